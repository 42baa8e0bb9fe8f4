// Without a network, without a right, without a memory: nothing that was written is lost, nothing is said twice.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { newId } from "../../../src/wire/ids.ts";
import { closeAll, company, Profile, until } from "../profile.ts";
import { insideOf } from "../inside.ts";
import { Server } from "../server.ts";
import { begin, CLAUSE, draftOf, Page, right } from "./table.ts";

const WORDS = "The Parties shall fish.";
const [NORTH, SOUTH] = [newId(), newId()].sort() as [string, string];
let server: Server;
let [ada, boris]: Profile[] = [];

before(async () => {
  server = await Server.start();
  [ada, boris] = (await company(server, ["Ada", "Boris"])).map(({ profile }) => profile);
});
after(async () => {
  closeAll();
  await server?.stop();
});

async function table(name: string): Promise<{ room: string; hers: Page; his: Page }> {
  const room = await ada!.engine.createRoom("huddle", name, [boris!.account], "all");
  await boris!.meets(name);
  const id = await begin(ada!, room, WORDS, [right(ada!, "chair", NORTH), right(boris!, "pen", SOUTH)]);
  return { room, hers: await Page.open(ada!, room, id), his: await Page.open(boris!, room, id) };
}

function cutOff(profile: Profile): void {
  insideOf(profile).socket.stop();
}

function backAgain(profile: Profile): void {
  insideOf(profile).socket.start();
}

test("what one writes the other reads, and both edits of one sentence stay", async () => {
  const { hers, his } = await table("Together");
  assert.equal(hers.words(), "The Parties shall fish.");
  assert.equal(his.words(), "The Parties shall fish.");
  hers.insert(17, " not");
  his.insert(22, " together");
  await hers.reads("The Parties shall not fish together.");
  await his.reads("The Parties shall not fish together.");
  const view = await hers.view();
  assert.deepEqual([view.problem, view.waitingFor, view.unsent], [null, null, 0]);
  assert.deepEqual(new Set(Object.values(view.clients)), new Set([ada!.account, boris!.account]));
});

test("edits of two people without a network merge on return, also after a new start; acts wait and get their numbers", async () => {
  const { room, hers, his } = await table("Away");
  await his.reads(WORDS);
  cutOff(boris!);
  cutOff(ada!);
  for (const [at, letter] of [..." by night"].entries()) his.insert(22 + at, letter);
  hers.insert(4, "High ");
  await Promise.all([hers.handed(), his.handed()]);
  const position = {
    v: 1,
    t: "position",
    at: 1,
    items: [{ node: CLAUSE, lang: "en", hash: "A".repeat(43), stance: "accept" }],
  } as const;
  assert.equal(await his.api.draftAct(room, his.draft, position), null);
  const waiting = await his.view();
  assert.deepEqual([waiting.unsent, waiting.pendingActs.map(({ content }) => content.t)], [2, ["position"]]);
  await boris!.reopen();
  const again = await Page.open(boris!, room, his.draft);
  assert.equal(again.words(), "The Parties shall fish by night.");
  assert.equal((await again.view()).unsent, 2);
  backAgain(ada!);
  await boris!.online();
  await again.reads("The High Parties shall fish by night.");
  await hers.reads("The High Parties shall fish by night.");
  const acts = await until("the act", async () =>
    (await hers.view()).actLog.filter(({ content }) => content.t === "position"),
  );
  await until("no act waits", async () => (await again.view()).pendingActs.length === 0);
  const [act] = (await again.view()).actLog.filter(({ content }) => content.t === "position");
  assert.ok(act!.receipt, "the server has signed that it took the act");
  assert.equal(act!.delegation, SOUTH);
  assert.ok(acts);
  const { problem, unsent } = await again.view();
  assert.deepEqual([problem, unsent], [null, 0]);
});

test("a browser set back to an earlier day says nothing twice and loses nothing that others have", async () => {
  const { room, hers, his } = await table("Restored");
  his.insert(0, "First. ");
  await hers.reads(`First. ${WORDS}`);
  const image = boris!.backend.image();
  his.insert(0, "Second. ");
  await hers.reads(`Second. First. ${WORDS}`);
  boris!.engine.stop();
  boris!.backend = image;
  await boris!.open();
  await boris!.online();
  const again = await Page.open(boris!, room, his.draft);
  await again.reads(`Second. First. ${WORDS}`);
  again.insert(0, "Third. ");
  await hers.reads(`Third. Second. First. ${WORDS}`);
  const inside = await draftOf(ada!, room, hers.draft);
  assert.equal(inside.data.problem, null);
  assert.deepEqual(
    inside.text.rows.map(({ state }) => state),
    ["open", "open", "open", "open"],
  );
});

test("who is put out in the middle of an edit keeps the words, and nobody gets them", async () => {
  const { room, hers, his } = await table("Removed");
  await his.reads(WORDS);
  cutOff(boris!);
  his.insert(0, "Never sent: ");
  await his.handed();
  await ada!.engine.removeMember(room, boris!.account);
  backAgain(boris!);
  await until("refused", async () => (await his.view()).unsentFailure, 20_000);
  assert.equal(his.words(), `Never sent: ${WORDS}`);
  hers.insert(0, "After that: ");
  await until("sent", async () => (await hers.view()).unsent === 0);
  assert.equal(hers.words(), `After that: ${WORDS}`);
  const inside = await draftOf(boris!, room, his.draft);
  assert.equal(inside.text.rows.length, 1, "what was written without him did not reach him");
  await assert.rejects(insideOf(boris!).rooms.http.get(`/api/rooms/${room}/drafts`), { code: "room.not_found" });
});

test("of two tabs one writes, and what it had not sent the other one sends after taking over", async () => {
  const { room, hers, his } = await table("Tabs");
  await his.reads(WORDS);
  cutOff(boris!);
  his.insert(0, "From the first tab. ");
  await his.handed();
  const second = new Profile(server, { backend: boris!.backend, lock: (boris as unknown as { lock: string }).lock });
  Object.assign(second, { cookies: (boris as unknown as { cookies: unknown }).cookies });
  await second.open();
  assert.equal(second.status.phase, "elsewhere");
  await second.engine.takeOver();
  await second.online();
  await hers.reads(`From the first tab. ${WORDS}`);
  await assert.rejects(his.api.draftUpdate(room, his.draft, "text", new Uint8Array([0, 0])));
});
