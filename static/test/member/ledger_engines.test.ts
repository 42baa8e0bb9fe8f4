// Whole engines at a real server whose ledger is forked for one of them, and whose people get ghost devices.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { signingKeyFromSeed } from "../../src/e2ee/signing.ts";
import type { LedgerFinding } from "../../src/member/api.ts";
import { MemberError } from "../../src/member/failure.ts";
import { verifyEvidence } from "../../src/member/ledger/evidence.ts";
import { own } from "../../src/wire/bytes.ts";
import { base64 } from "../../src/wire/ledger/base64.ts";
import { parseVkey } from "../../src/wire/ledger/note.ts";
import { entriesPath, splitBundle } from "../../src/wire/ledger/tiles.ts";
import { insideOf } from "./inside.ts";
import { TestLog } from "./logs.ts";
import { type Character, closeAll, company, type Fetch, invite, type Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

const HOUR_MS = 3_600_000;

let server: Server;
let [ada, boris]: Profile[] = [];
/** What Boris is shown in the place of the server's ledger and lists. */
let lie: (url: URL, honest: () => Promise<Response>) => Promise<Response> = (_url, honest) => honest();
let ahead_ms = 0;

before(async () => {
  server = await Server.start();
  const people: Character[] = await company(server, ["Ada"]);
  const through = (send: Fetch): Fetch => (input, init) => lie(new URL(String(input)), () => send(input, init));
  const options = { through, now_ms: () => Date.now() + ahead_ms };
  people.push(await invite(server, people[0]!, "Boris", ["delegate"], options));
  [ada, boris] = people.map(({ profile }) => profile);
});
after(async () => {
  closeAll();
  await server?.stop();
});

/** The server's own ledger as it stands now, which goes on with other entries. */
async function forked(): Promise<TestLog> {
  const text = async (path: string): Promise<string> => (await fetch(`${server.origin}${path}`)).text();
  const key = parseVkey((await text("/ledger/key")).trim());
  const size = Number((await text("/ledger/checkpoint")).split("\n")[1]);
  const bundle = await fetch(`${server.origin}/ledger/${entriesPath(0, size)}`);
  const entries = splitBundle(new Uint8Array(await bundle.arrayBuffer()), size).map(own);
  const seed = new Uint8Array(await readFile(join(server.data, "keys", "ledger")));
  return new TestLog(await signingKeyFromSeed(seed), entries, key.name).grow(3, "for one of them alone");
}

/** The log's answers in the place of the server's. */
function showing(log: TestLog): typeof lie {
  return async (url, honest) => {
    if (!url.pathname.startsWith("/ledger/")) return honest();
    const [one, other] = [...url.searchParams.values()].map(Number);
    const hashes = async (made: Promise<Uint8Array[]>) => Response.json({ hashes: (await made).map(base64) });
    try {
      if (/checkpoint|milestone/.test(url.pathname)) return new Response(await log.checkpoint());
      if (url.pathname === "/ledger/consistency") return await hashes(log.consistency(one!, other!));
      if (url.pathname === "/ledger/proof") return await hashes(log.inclusion(one!, other!));
      if (!url.pathname.includes("/tile/entries/")) return await honest();
      const entries = log.history.map((entry) => [entry.length >> 8, entry.length & 255, ...entry]);
      return new Response(Uint8Array.from(entries.flat()));
    } catch (error) {
      if (!(error instanceof MemberError)) throw error;
      return Response.json({ error: { code: error.code, message: "", detail: {} } }, { status: 404 });
    }
  };
}

async function look(profile: Profile): Promise<void> {
  await insideOf(profile).heeding.look();
}

async function finding(profile: Profile, kind: LedgerFinding["kind"]): Promise<LedgerFinding> {
  return until(kind, async () => (await profile.engine.ledgerFindings()).find((one) => one.kind === kind));
}

test("honest people find nothing, and prove each other's lists", async () => {
  const room = await ada!.engine.createRoom("huddle", "Together", [boris!.account], "all");
  await boris!.meets("Together");
  await ada!.say(room, "honest");
  await boris!.reads(room, "honest");
  const proven = () => insideOf(boris!).ledger.listings.get(ada!.account);
  await until("Ada's list is proven", async () => {
    await look(boris!);
    return proven()?.proven === proven()?.newest;
  });
  for (const profile of [ada!, boris!]) {
    await look(profile);
    assert.deepEqual(await profile.engine.ledgerFindings(), []);
    const view = await profile.engine.ledger();
    assert.equal(view.state, "following");
    assert.ok(view.size >= 4 && view.confirmed_ms > 0, "both accounts' keys and devices are in");
  }
});

test("a list that is not in the ledger counts for an hour, and not after it", async () => {
  lie = async (url, honest) => {
    const answer = await honest();
    if (url.pathname !== "/api/device-lists") return answer;
    const lists = (await answer.json()) as Record<string, { ledger: unknown }[]>;
    for (const statement of lists[carol.profile.account] ?? []) statement.ledger = null;
    return Response.json(lists, { headers: { date: answer.headers.get("date") ?? "" } });
  };
  const carol = await invite(server, { profile: ada!, handle: "ada", recoveryKey: "" }, "Carol", ["delegate"]);
  const room = await ada!.engine.createRoom("huddle", "Unlogged", [boris!.account, carol.profile.account], "all");
  await boris!.meets("Unlogged");
  await boris!.say(room, "while it is being entered");
  await carol.profile.reads(room, "while it is being entered");
  ahead_ms += HOUR_MS + 60_000;
  await insideOf(boris!).people.refresh([carol.profile.account]);
  await look(boris!);
  assert.deepEqual((await boris!.view(room)).unlogged, [carol.profile.account]);
  await carol.profile.say(room, "a ghost's words?");
  await boris!.say(room, "kept until it is clear");
  const view = await boris!.view(room);
  assert.deepEqual(view.unlogged, [carol.profile.account]);
  assert.deepEqual(await boris!.texts(room), ["while it is being entered"]);
  lie = (_url, honest) => honest();
  await look(boris!);
  await boris!.reads(room, "kept until it is clear");
  await boris!.reads(room, "a ghost's words?");
});

test("a forked ledger is found by one message, in both directions, and writing goes on", async () => {
  const room = await ada!.engine.createRoom("huddle", "Forked", [boris!.account], "all");
  await boris!.meets("Forked");
  const log = await forked();
  lie = showing(log);
  await look(boris!);
  assert.equal((await boris!.engine.ledger()).size, log.history.length);
  assert.deepEqual(await boris!.engine.ledgerFindings(), [], "alone, nobody could know");
  await boris!.say(room, "this is what I was shown");
  await ada!.reads(room, "this is what I was shown");
  const found = await finding(ada!, "split");
  assert.equal(found.account, boris!.account);
  const evidence = await ada!.engine.ledgerEvidence(found.id);
  assert.notEqual(await verifyEvidence(new Uint8Array(await evidence.arrayBuffer())), "none");
  assert.equal((await ada!.view(room)).problem, null);
  await ada!.say(room, "writing goes on");
  await boris!.reads(room, "writing goes on");
});
