// Shortening a text: who makes snapshots, who believes them, who can read what.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { Draft } from "../../../src/member/drafts/draft.ts";
import { encodeSnapshot, parseSnapshot } from "../../../src/member/drafts/snapshots.ts";
import { contentHash } from "../../../src/member/drafts/hashes.ts";
import { CleanDocument } from "../../../src/member/drafts/cleandoc.ts";
import type { Place } from "../../../src/member/roomdata.ts";
import { b64, utf8 } from "../../../src/wire/bytes.ts";
import { DraftItemKind } from "../../../src/wire/drafts/streams.ts";
import { newId } from "../../../src/wire/ids.ts";
import { type Character, closeAll, company, invite, type Profile, until } from "../profile.ts";
import { Server } from "../server.ts";
import { craft } from "./crafting.ts";
import { insideOf } from "../inside.ts";
import { DRAFT_SUBMIT } from "../../../src/wire/events.ts";
import { begin, draftOf, Page, right } from "./table.ts";

const WORDS = "The Parties shall fish.";
const [NORTH, SOUTH] = [newId(), newId()].sort() as [string, string];
let server: Server;
let people: Character[];
let [ada, boris]: Profile[] = [];

before(async () => {
  server = await Server.start();
  people = await company(server, ["Ada", "Boris"]);
  [ada, boris] = people.map(({ profile }) => profile);
});
after(async () => {
  closeAll();
  await server?.stop();
});

/** A new room with a draft between two delegations, open at both. */
async function table(name: string, history: "all" | "none" = "none"): Promise<{ room: string; hers: Page; his: Page }> {
  const room = await ada!.engine.createRoom("huddle", name, [boris!.account], history);
  await boris!.meets(name);
  const rights = [right(ada!, "chair", NORTH), right(boris!, "pen", SOUTH)];
  const id = await begin(ada!, room, WORDS, rights);
  return { room, hers: await Page.open(ada!, room, id), his: await Page.open(boris!, room, id) };
}

async function shorten({ profile, room, draft }: Page): Promise<void> {
  const inside = await draftOf(profile, room, draft);
  await inside.send({ stream: "text", kind: DraftItemKind.snapshot, plaintext: null });
  await inside.sender("text").flush();
}

function snapshots(draft: Draft): [verdict: string, confirmed: boolean][] {
  return draft.text.data.snapshots.map(({ verdict, confirmed }) => [verdict, confirmed]);
}

test("an honest snapshot is confirmed by the other delegation; what it holds goes; what an undo could bring back is not in it", async () => {
  const { room, hers, his } = await table("Honest");
  const [hersInside, hisInside] = [await draftOf(ada!, room, hers.draft), await draftOf(boris!, room, hers.draft)];
  hers.insert(0, "NEVERTHELESS ");
  await his.reads(`NEVERTHELESS ${WORDS}`);
  await hersInside.reach();
  const early = hersInside.text.served!;
  hers.delete(0, 13);
  await his.reads(WORDS);
  await shorten(hers);
  await until("confirmed", () => snapshots(hersInside)[0]?.[1] && snapshots(hisInside)[0]?.[1], 20_000);
  await until("short", () => hersInside.text.rows.length <= 2 && hisInside.text.rows.length <= 2, 20_000);
  assert.equal(hersInside.data.problem, null);
  const items = await insideOf(boris!).rooms.http.getBytes(
    `/api/rooms/${room}/drafts/${hers.draft}/streams/text/items?after=0`,
  );
  assert.ok(items.length < 5000, "the server has purged the single edits");
  const { plaintext } = hisInside.text.rows.find(({ kind }) => kind === DraftItemKind.snapshot)!;
  const kept = Buffer.from(parseSnapshot(plaintext!)!.state);
  assert.ok(kept.includes(utf8("The Parties")));
  assert.ok(!kept.includes(utf8("NEVERTHELESS")), "deleted words are in the snapshot");
  // Who asked where the items begin just before they were purged asks again, and takes nothing for dropped.
  const text = hersInside.text as typeof hersInside.text & { begin(base: Place): Promise<void> };
  await text.serial.run(() => text.begin(early.base));
  text.heard(early);
  await text.sync();
  assert.equal(hersInside.data.problem, null);
  assert.equal(text.data.number, hisInside.text.data.number);
  hers.undo.undo();
  await his.reads(`NEVERTHELESS ${WORDS}`);
  await boris!.reopen();
  await boris!.online();
  const again = await Page.open(boris!, room, hers.draft);
  await again.reads(`NEVERTHELESS ${WORDS}`);
  again.insert(0, "AND ");
  await hers.reads(`AND NEVERTHELESS ${WORDS}`);
});

test("a snapshot that drops words is told and confirmed by nobody; an honest one takes its place", async () => {
  const { room, hers, his } = await table("Dropping");
  his.insert(WORDS.length, " But not whales.");
  await hers.reads(`${WORDS} But not whales.`);
  const hisInside = await draftOf(boris!, room, his.draft);
  const hersInside = await draftOf(ada!, room, hers.draft);
  await until("in the stream", () => hisInside.text.data.number === 2, 20_000);
  // All that came before the whales, and nothing to be seen that is missing.
  const [first] = hisInside.text.rows;
  const short = new CleanDocument();
  assert.equal(short.apply(first!.plaintext!, { account: first!.account!, device: first!.device }), null);
  const { state, claims } = short.keep();
  const plaintext = encodeSnapshot({
    stream: "text",
    through: 2,
    claims,
    hash: contentHash("text", short.doc)!,
    state,
  });
  const raw = await craft(boris!, hisInside, plaintext, { kind: DraftItemKind.snapshot });
  const taken = await insideOf(boris!).socket.call<{ number: number }>(DRAFT_SUBMIT, room, his.draft, b64(raw));
  assert.equal(taken.number, 3);
  await until("told", () => hersInside.data.problem, 20_000);
  assert.equal(hersInside.data.problem!.kind, "snapshot");
  assert.equal(hersInside.data.problem!.account, boris!.account);
  await until("evidence", async () => {
    return /"kind":"snapshot".*"envelope"/.test(await (await hers.api.draftEvidence(room, hers.draft)).text());
  });
  // Somebody answers with the truth, which is confirmed; the false one never was.
  await until("the truth confirmed", () => snapshots(hersInside).at(-1)?.[1], 20_000);
  assert.ok(!snapshots(hersInside).some(([verdict, confirmed]) => verdict === "different" && confirmed));
  await hers.reads(`${WORDS} But not whales.`);
  await his.reads(`${WORDS} But not whales.`);
});

test("a snapshot that is behind another one is refused by the server, and forgotten here", async () => {
  const { room, hers, his } = await table("Stale");
  const inside = await draftOf(boris!, room, his.draft);
  hers.insert(0, "So ");
  await his.reads(`So ${WORDS}`);
  const snapshot = await inside.text.serial.run(async () => inside.text.snapshot());
  const stale = await craft(boris!, inside, snapshot!, { kind: DraftItemKind.snapshot });
  await shorten(hers);
  await assert.rejects(insideOf(boris!).socket.call(DRAFT_SUBMIT, room, his.draft, b64(stale)), {
    code: /draft.snapshot_taken|item.sequence/,
  });
  await shorten(his);
  assert.equal(inside.outgoing.all().length, 0);
});

test("a newcomer without history reads the snapshot of her epoch and edits, and not what was deleted before", async () => {
  const { room, hers, his } = await table("Newcomer");
  hers.insert(0, "SECRETLY ");
  await his.reads(`SECRETLY ${WORDS}`);
  hers.delete(0, 9);
  await his.reads(WORDS);
  const cleo = await invite(server, people[0]!, "Cleo");
  await ada!.engine.addMembers(room, [cleo.profile.account]);
  await cleo.profile.meets("Newcomer");
  await hers.api.setDraftRights(
    room,
    hers.draft,
    [right(ada!, "chair", NORTH), right(boris!, "pen", SOUTH), right(cleo.profile, "pen", SOUTH)],
    "read",
  );
  const third = await Page.open(cleo.profile, room, hers.draft);
  await third.reads(WORDS);
  third.insert(0, "Indeed: ");
  await hers.reads(`Indeed: ${WORDS}`);
  await his.reads(`Indeed: ${WORDS}`);
  const inside = await draftOf(cleo.profile, room, hers.draft);
  await until("confirmed", () => inside.text.unconfirmed === false, 20_000);
  const everything = Buffer.concat([
    Buffer.from(await third.api.draftState(room, hers.draft, "text")),
    ...inside.text.rows.map(({ plaintext }) => Buffer.from(plaintext ?? [])),
  ]);
  assert.ok(!everything.includes(utf8("SECRETLY")), "she can read what was deleted before she came");
  assert.equal((await third.view()).problem, null);
  assert.equal((await third.view()).acts.rights?.members.length, 3);
});
