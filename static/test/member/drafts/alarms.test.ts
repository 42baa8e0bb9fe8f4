// Forged and dropped items in a draft: nothing is sent until the person has answered, as in rooms.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as Y from "yjs";

import { newSigningKey } from "../../../src/e2ee/signing.ts";
import type { Draft } from "../../../src/member/drafts/draft.ts";
import { COALESCE_MS } from "../../../src/member/drafts/sending.ts";
import { closeAll, company, type Profile, until } from "../profile.ts";
import { Server } from "../server.ts";
import { craft, type Crafted, show } from "./crafting.ts";
import { begin, CLAUSE, draftOf, Page, right } from "./table.ts";

const WORDS = "The Parties shall fish.";
const POSITION = [{ node: CLAUSE, lang: "en", hash: "A".repeat(43), stance: "accept" }] as const;
let server: Server;
let [ada, boris]: Profile[] = [];
let room: string;

before(async () => {
  server = await Server.start();
  [ada, boris] = (await company(server, ["Ada", "Boris"])).map(({ profile }) => profile);
  room = await ada!.engine.createRoom("huddle", "Fish", [boris!.account], "all");
  await boris!.meets("Fish");
});
after(async () => {
  closeAll();
  await server?.stop();
});

interface Table {
  hers: Page;
  his: Page;
  draft: Draft;
}

async function table(): Promise<Table> {
  const id = await begin(ada!, room, WORDS, [right(ada!, "chair"), right(boris!, "pen")]);
  const [hers, his] = [await Page.open(ada!, room, id), await Page.open(boris!, room, id)];
  return { hers, his, draft: await draftOf(ada!, room, id) };
}

/** An edit that Boris's device makes, shown to Ada with something wrong in it. */
async function lie({ his, draft }: Table, changed: Crafted, number?: number): Promise<void> {
  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(his.doc));
  const known = Y.encodeStateVector(other);
  other.getMap("meta").set("template", "bent");
  await show(draft, await craft(boris!, draft, Y.encodeStateAsUpdate(other, known), changed), "text", number);
}

/** Nothing of hers goes out: neither an edit nor an act, nor after a new start. */
async function isSilent({ hers, his }: Table): Promise<Page> {
  hers.insert(0, "Now: ");
  await hers.handed();
  assert.equal(await hers.api.draftAct(room, hers.draft, { v: 1, t: "position", at: 1, items: POSITION }), null);
  await ada!.reopen();
  await ada!.online();
  const again = await Page.open(ada!, room, hers.draft);
  await new Promise((resolve) => setTimeout(resolve, 2 * COALESCE_MS)); // what is sent goes out within the first
  const { unsent, pendingActs, blocked } = await again.view();
  assert.deepEqual([unsent, pendingActs.length, blocked], [2, 1, true]);
  assert.equal(again.words(), `Now: ${WORDS}`, "what she wrote is kept");
  assert.equal(his.words(), WORDS);
  return again;
}

test("behind a forged item nothing is sent until the person goes on", async () => {
  const at = await table();
  await lie(at, { signer: await newSigningKey() });
  const told = await at.hers.view();
  assert.deepEqual([told.problem?.kind, told.blocked, told.answers], ["forged", true, ["continue"]]);
  const hers = await isSilent(at);
  for (const wrong of ["fetch", "reread"] as const)
    await assert.rejects(hers.api.answerDraftProblem(room, hers.draft, wrong), { code: "room.blocked" });
  assert.equal((await hers.view()).problem?.kind, "forged");

  await hers.api.answerDraftProblem(room, hers.draft, "continue");
  // What she has seen holds the lie, so that the server, which shows Boris another history, is found out at once.
  await until("the alarm that follows", async () => (await hers.view()).problem?.kind === "fork");
  assert.deepEqual((await hers.view()).answers, []);
  const [first] = (await (await hers.api.draftEvidence(room, hers.draft)).text()).split("\n");
  const { past } = JSON.parse(first!);
  assert.deepEqual([past.length, past[0].kind, past[0].answer], [1, "forged", "continue"]);
  assert.equal((await at.his.view()).problem, null);
});

test("behind a missing sequence nothing is sent until the person goes on", async () => {
  const at = await table();
  await lie(at, { sequence: 5 });
  const told = await at.hers.view();
  assert.deepEqual([told.problem?.kind, told.blocked, told.answers], ["dropped", true, ["continue"]]);
  const hers = await isSilent(at);
  await hers.api.answerDraftProblem(room, hers.draft, "continue");
  await until("the alarm that follows", async () => (await hers.view()).problem?.kind === "fork");
});

test("missing numbers are fetched again: the alarm ends, and what waited is sent, once they have come", async () => {
  const at = await table();
  const { number } = at.draft.text.data;
  const missing = { kind: "dropped", stream: "text", number: number + 1, account: null } as const;
  const evidence = `the server goes on at ${number + 2}`;
  await at.draft.host.store.write(at.draft.alarm({ ...missing, evidence }, null));
  assert.deepEqual((await at.hers.view()).answers, ["fetch"]);
  at.hers.insert(0, "Now: ");
  await at.hers.handed();
  await at.hers.api.answerDraftProblem(room, at.hers.draft, "fetch");
  const { problem, unsent } = await at.hers.view();
  assert.deepEqual([problem?.kind, unsent], ["dropped", 1], "it has not come");

  await at.hers.api.closeDraft(room, at.hers.draft); // so that she is told of nothing that she does not ask for
  at.his.insert(WORDS.length, " And eat.");
  await at.his.handed();
  await until("his is sent", async () => (await at.his.view()).unsent === 0);
  await at.hers.api.answerDraftProblem(room, at.hers.draft, "fetch");
  assert.equal(at.draft.data.problem, null);
  await at.his.reads(`Now: ${WORDS} And eat.`);
});

test("somebody's fault that nothing follows from is told, and hinders nobody", async () => {
  const at = await table();
  const body = new TextEncoder().encode("no update");
  await show(at.draft, await craft(boris!, at.draft, body));
  const told = await at.hers.view();
  assert.deepEqual([told.problem?.kind, told.blocked, told.answers], ["malformed", false, ["continue"]]);
  await at.hers.api.answerDraftProblem(room, at.hers.draft, "continue");
  assert.equal((await at.hers.view()).problem, null);
});
