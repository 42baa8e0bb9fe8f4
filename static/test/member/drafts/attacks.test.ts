// What a lying server, or a member with a program of their own, can put before others; and what they say then.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as Y from "yjs";

import type { Draft } from "../../../src/member/drafts/draft.ts";
import type { DraftProblem } from "../../../src/member/drafts/api.ts";
import { newSigningKey } from "../../../src/e2ee/signing.ts";
import { DraftItemKind } from "../../../src/wire/drafts/streams.ts";
import { closeAll, company, type Profile, until } from "../profile.ts";
import { Server } from "../server.ts";
import { craft, show, streamIn } from "./crafting.ts";
import { begin, draftOf, firstText, Page, right } from "./table.ts";

const WORDS = "The Parties shall fish.";
let server: Server;
let [ada, boris, cleo]: Profile[] = [];
let room: string;

before(async () => {
  server = await Server.start();
  [ada, boris, cleo] = (await company(server, ["Ada", "Boris", "Cleo"])).map(({ profile }) => profile);
  room = await ada!.engine.createRoom("huddle", "Fish", [boris!.account, cleo!.account], "all");
  for (const profile of [boris!, cleo!]) await profile.meets("Fish");
});
after(async () => {
  closeAll();
  await server?.stop();
});

/** A fresh draft in which Boris has the pen and Cleo may comment, as Ada has it open. */
async function table(): Promise<{ page: Page; draft: Draft }> {
  const rights = [right(ada!, "chair"), right(boris!, "pen"), right(cleo!, "comment")];
  const id = await begin(ada!, room, WORDS, rights);
  const page = await Page.open(ada!, room, id);
  assert.equal(page.words(), WORDS);
  return { page, draft: await draftOf(ada!, room, id) };
}

/** An edit of the page's text by a new client, as an update. */
function edited({ doc }: Page, client?: number): Uint8Array {
  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  if (client !== undefined) other.clientID = client;
  const before = Y.encodeStateVector(other);
  other.getMap("meta").set("template", "bent");
  return Y.encodeStateAsUpdate(other, before);
}

function problemOf({ data }: Draft): DraftProblem["kind"] | null {
  return data.problem?.kind ?? null;
}

test("an honest edit of another's is taken, so that what follows is refused for what it is", async () => {
  const { page, draft } = await table();
  await show(draft, await craft(boris!, draft, edited(page)));
  page.hear();
  assert.equal(page.doc.getMap("meta").get("template"), "bent");
  assert.equal(problemOf(draft), null);
});

test("a replayed item counts for nothing, and is told", async () => {
  const { page, draft } = await table();
  const raw = await craft(boris!, draft, edited(page));
  await show(draft, raw);
  await show(draft, raw);
  assert.equal(problemOf(draft), "forged");
  assert.deepEqual(
    draft.text.rows.map(({ state }) => state),
    ["open", "open", "replayed"],
  );
});

test("an item that its device did not sign is refused", async () => {
  const { page, draft } = await table();
  await show(draft, await craft(boris!, draft, edited(page), { signer: await newSigningKey() }));
  assert.equal(problemOf(draft), "forged");
  page.hear();
  assert.equal(page.doc.getMap("meta").get("template"), undefined);
});

test("a dropped item leaves a gap in its author's sequence", async () => {
  const { page, draft } = await table();
  await show(draft, await craft(boris!, draft, edited(page), { sequence: 2 }));
  assert.equal(problemOf(draft), "dropped");
  assert.equal(draft.text.rows.at(-1)!.code, "item.sequence");
});

test("another history than its author has seen is a fork", async () => {
  const { page, draft } = await table();
  const seen = { number: draft.text.data.number, head: new Uint8Array(32) };
  await show(draft, await craft(boris!, draft, edited(page), { seen }));
  assert.equal(problemOf(draft), "fork");
  assert.match(await (await page.api.draftEvidence(room, page.draft)).text(), /"kind":"fork"/);
});

test("items that come out of order wait for those before them; another one at a known place is a fork", async () => {
  const { page, draft } = await table();
  const first = await craft(boris!, draft, edited(page));
  const { number } = draft.text.data;
  const next = await craft(boris!, draft, firstText("x"), { sequence: 2 });
  await show(draft, next, "text", number + 2);
  assert.equal(draft.text.data.number, number);
  await show(draft, first, "text", number + 1);
  assert.equal(draft.text.data.number, number + 2);
  await show(draft, await craft(boris!, draft, edited(page)), "text", number + 1);
  assert.equal(problemOf(draft), "fork");
});

test("an edit under the number of somebody else's browser reaches no page, nor does one that refers to nothing", async () => {
  const { page, draft } = await table();
  const [client] = Object.keys((await page.view()).clients).map(Number);
  await show(draft, await craft(boris!, draft, edited(page, client)));
  assert.equal(problemOf(draft), "foreign-client");
  const far = new Y.Doc();
  far.getText("other").insert(0, "one");
  const before = Y.encodeStateVector(far);
  far.getText("other").insert(1, "two");
  await show(draft, await craft(boris!, draft, Y.encodeStateAsUpdate(far, before)));
  assert.deepEqual(
    draft.text.rows.slice(-2).map(({ code }) => code),
    ["draft.foreign_client", "item.malformed"],
  );
  page.hear();
  assert.equal(page.doc.getMap("meta").get("template"), undefined);
});

test("who may only comment changes no text, and nobody but a chair the rights", async () => {
  const { page, draft } = await table();
  await show(draft, await craft(cleo!, draft, edited(page)));
  assert.equal(problemOf(draft), "right");
  const table2 = draft.tables.newest!;
  const { rightsBody } = await import("../../../src/wire/drafts/rights.ts");
  const body = rightsBody({ ...table2, members: table2.members.map((one) => ({ ...one, right: "chair" as const })) });
  await show(draft, await craft(boris!, draft, body, { stream: "acts", kind: DraftItemKind.rights }), "acts");
  assert.equal(draft.tables.authorNow(cleo!.account, false).right, "comment");
  const his = await Page.open(cleo!, room, page.draft);
  await assert.rejects(his.api.draftUpdate(room, page.draft, "text", edited(his)), { code: "draft.right_required" });
});

test("what is no item of the stream stops it, and what is kept says so after a new start", async () => {
  const { draft, page } = await table();
  await show(draft, new Uint8Array(300));
  assert.equal(problemOf(draft), "forged");
  assert.equal(draft.text.data.stopped, true);
  await ada!.reopen();
  await ada!.online();
  const again = await draftOf(ada!, room, page.draft);
  assert.equal(problemOf(again), "forged");
  assert.equal(streamIn(again, "text").data.stopped, true);
  await until("the room again", async () => (await ada!.engine.rooms()).some((one) => one.room === room));
});
