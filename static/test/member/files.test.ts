// Files: sealed in chunks, with pause, resume, a reload in the middle, and damage that is noticed.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";

import type { Transfer } from "../../src/member/api.ts";
import { roomOf } from "./inside.ts";
import { closeAll, type Character, company, type Fetch, Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

const SIZE_BYTES = 20 * 1024 * 1024 + 12_345;

let server: Server;
let people: Character[];
let [ada, boris]: Profile[] = [];
let room: string;
const bytes = new Uint8Array(SIZE_BYTES);
for (let from = 0; from < bytes.length; from += 65_536)
  crypto.getRandomValues(bytes.subarray(from, Math.min(from + 65_536, bytes.length)));

before(async () => {
  server = await Server.start();
  people = await company(server, ["Ada", "Boris"]);
  [ada, boris] = people.map(({ profile }) => profile);
  room = await ada!.engine.createRoom("huddle", "Files", [boris!.account], "all");
  await boris!.meets("Files");
});
after(async () => {
  closeAll();
  await server?.stop();
});

function transferOf(profile: Profile, transfer: string): Transfer | undefined {
  const seen = profile.events.flatMap((event) =>
    event.type === "transfer" && event.transfer.transfer === transfer ? [event.transfer] : [],
  );
  return seen.at(-1);
}

function file(content: Uint8Array<ArrayBuffer>, name: string, type: string): File {
  return new File([content], name, { type });
}

async function done(profile: Profile, transfer: string): Promise<void> {
  await until("uploaded", () => transferOf(profile, transfer)?.state === "done", 120_000);
}

test("20 MB with a pause, a reload in the middle and the same file picked again, arrive whole", async () => {
  const transfer = await ada!.engine.upload(room, file(bytes, "annex.pdf", "application/pdf"));
  await until("some of it sent", () => (transferOf(ada!, transfer)?.done_bytes ?? 0) > 4_000_000, 60_000);
  await ada!.engine.pauseTransfer(transfer);
  assert.equal(transferOf(ada!, transfer)!.state, "paused");
  await assert.rejects(
    ada!.engine.send(room, { text: "too early", lang: "en", reply: null, mentions: [], files: [transfer] }),
    { code: "transfer.unfinished" },
  );
  const before = transferOf(ada!, transfer)!.done_bytes;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(transferOf(ada!, transfer)!.done_bytes, before, "nothing goes on while it is paused");

  await ada!.reopen();
  await ada!.online();
  await assert.rejects(ada!.engine.resumeTransfer(transfer), { code: "transfer.pick_again" });
  const other = await ada!.engine.upload(room, file(bytes.slice().fill(1, 0, 5), "annex.pdf", "application/pdf"));
  await until("another file is noticed", () => transferOf(ada!, other)?.failure === "transfer.file_changed");
  assert.equal(other, transfer);
  await ada!.reopen();
  await ada!.online();
  assert.equal(await ada!.engine.upload(room, file(bytes, "annex.pdf", "application/pdf")), transfer);
  await done(ada!, transfer);
  await ada!.engine.send(room, { text: "the annex", lang: "en", reply: null, mentions: [], files: [transfer] });

  const entry = await boris!.reads(room, "the annex");
  assert.deepEqual(
    entry.files.map(({ name, size_bytes }) => [name, size_bytes]),
    [["annex.pdf", SIZE_BYTES]],
  );
  const blob = await boris!.engine.download(room, entry.item, entry.files[0]!.blob);
  assert.equal(blob.type, "application/pdf");
  const digest = (raw: Uint8Array): string => createHash("sha256").update(raw).digest("hex");
  assert.equal(digest(new Uint8Array(await blob.arrayBuffer())), digest(bytes));
});

test("an upload that is cancelled leaves nothing", async () => {
  const transfer = await ada!.engine.upload(room, file(bytes, "cancelled.bin", ""));
  await until("begun", () => (transferOf(ada!, transfer)?.done_bytes ?? 0) > 0, 60_000);
  await ada!.engine.cancelTransfer(transfer);
  assert.equal(transferOf(ada!, transfer)!.state, "cancelled");
  await assert.rejects(ada!.engine.resumeTransfer(transfer), { code: "transfer.unknown" });
  assert.deepEqual(await ada!.backend.list("transfer:"), []);
});

test("small and empty files, pictures with their size, and what may run is offered for saving only", async () => {
  const items = [file(new Uint8Array(), "empty.txt", "text/plain"), file(bytes.slice(0, 5), "page.html", "text/html")];
  const transfers = await Promise.all(items.map((one) => ada!.engine.upload(room, one)));
  const picture = await ada!.engine.upload(room, file(bytes.slice(0, 100_000), "map.png", "image/png"), {
    width: 640,
    height: 480,
  });
  for (const transfer of [...transfers, picture]) await done(ada!, transfer);
  await ada!.engine.send(room, {
    text: "three",
    lang: "en",
    reply: null,
    mentions: [],
    files: [...transfers, picture],
  });
  const entry = await boris!.reads(room, "three");
  const blobs = await Promise.all(entry.files.map(({ blob }) => boris!.engine.download(room, entry.item, blob)));
  assert.deepEqual(
    blobs.map(({ size, type }) => [size, type]),
    [
      [0, "text/plain"],
      [5, "application/octet-stream"],
      [100_000, "image/png"],
    ],
  );
  assert.deepEqual([entry.files[2]!.width, entry.files[2]!.height], [640, 480]);
});

test("a chunk that the server changed is refused", async () => {
  const damaged =
    (send: Fetch): Fetch =>
    async (input, init) => {
      const answer = await send(input, init);
      if (!/\/chunks\/0$/.test(String(input)) || init?.method !== "GET") return answer;
      const raw = new Uint8Array(await answer.arrayBuffer());
      raw[100]! ^= 1;
      return new Response(raw, { status: 200 });
    };
  const transfer = await ada!.engine.upload(room, file(bytes.slice(0, 50_000), "evidence.bin", ""));
  await done(ada!, transfer);
  await ada!.engine.send(room, { text: "evidence", lang: "en", reply: null, mentions: [], files: [transfer] });
  const entry = await boris!.reads(room, "evidence");
  const second = await new Profile(server, { through: damaged }).open();
  await second.engine.signIn("boris", "correct horse battery staple");
  await second.online();
  await second.meets("Files");
  await second.reads(room, "evidence");
  await assert.rejects(second.engine.download(room, entry.item, entry.files[0]!.blob), { code: "file.chunk" });
  assert.equal(roomOf(second, room).data.problem, null);
  second.close();
});
