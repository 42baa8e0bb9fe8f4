// A server that shows two people two histories of one draft: whoever writes into the one learns of the other.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as Y from "yjs";

import { closeAll, company, type Profile, until } from "../profile.ts";
import { Server } from "../server.ts";
import { craft, show } from "./crafting.ts";
import { begin, CLAUSE, draftOf, Page, right } from "./table.ts";

const WORDS = "The Parties shall fish.";
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

/** An edit that Boris's own device makes and signs. */
function edited({ doc }: Page): Uint8Array {
  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  const before = Y.encodeStateVector(other);
  other.getMap("meta").set("template", "for Ada alone");
  return Y.encodeStateAsUpdate(other, before);
}

test("what is written into a history shown to nobody else is refused, told and kept, and no more is sent", async () => {
  const room = await ada!.engine.createRoom("huddle", "Fish", [boris!.account], "all");
  await boris!.meets("Fish");
  const id = await begin(ada!, room, WORDS, [right(ada!, "chair"), right(boris!, "pen")]);
  const [hers, his] = [await Page.open(ada!, room, id), await Page.open(boris!, room, id)];
  const [draft, honest] = [await draftOf(ada!, room, id), await draftOf(boris!, room, id)];
  const { number } = honest.text.data;

  // The lie: the server shows Ada an edit that is sound in itself, and keeps a history in which it does not stand.
  await show(draft, await craft(boris!, honest, edited(his)));
  hers.hear();
  assert.equal(hers.doc.getMap("meta").get("template"), "for Ada alone");
  assert.equal((await hers.view()).problem, null, "alone it can not be known for a lie");

  hers.insert(0, "Now: ");
  await hers.handed();
  const problem = await until("the alarm", async () => (await hers.view()).problem);
  assert.deepEqual([problem.kind, problem.stream, problem.number], ["fork", "text", number + 1]);
  assert.match(problem.evidence, /does not know head [0-9a-f]{64} at/);
  const told = await until("an event for the page", () =>
    ada!.events.find((one) => one.type === "draft" && one.view.draft === id && one.view.problem?.kind === "fork"),
  );
  assert.ok(told);
  const evidence = await (await hers.api.draftEvidence(room, id)).text();
  const [head, witness] = evidence.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(head.problem.kind, "fork");
  assert.ok(witness.envelope.length > 100, "the item that was refused is kept as it was signed");

  // Others go on in theirs, which she takes nothing of; and she tells that server nothing more, not even an act.
  his.insert(0, "Honestly: ");
  await his.handed();
  await until("his is sent", async () => (await his.view()).unsent === 0);
  const items = [{ node: CLAUSE, lang: "en", hash: "A".repeat(43), stance: "accept" }] as const;
  assert.equal(await hers.api.draftAct(room, id, { v: 1, t: "position", at: 1, items }), null);
  assert.deepEqual([his.words(), hers.words()], [`Honestly: ${WORDS}`, `Now: ${WORDS}`]);
  assert.equal((await his.view()).problem, null);
  assert.equal((await his.view()).actLog.filter(({ content }) => content.t === "position").length, 0);

  // Both are still so after a new start, and what she wrote is there.
  await ada!.reopen();
  await ada!.online();
  const again = await Page.open(ada!, room, id);
  const { problem: still, unsent, pendingActs } = await again.view();
  assert.deepEqual([still?.kind, unsent, pendingActs.length], ["fork", 2, 1]);
  assert.equal(again.words(), `Now: ${WORDS}`);
});
