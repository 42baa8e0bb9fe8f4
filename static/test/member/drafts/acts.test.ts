// From positions to signatures: acts through the workers of two delegations, and what a third party makes of it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { readText } from "../../../src/draft/model/read.ts";
import type { SignWish } from "../../../src/member/drafts/api.ts";
import type { ActContent } from "../../../src/wire/drafts/acts.ts";
import { project } from "../../../src/wire/drafts/projection.ts";
import type { Projection } from "../../../src/wire/drafts/projection-types.ts";
import { DraftItemKind } from "../../../src/wire/drafts/streams.ts";
import { newId } from "../../../src/wire/ids.ts";
import { b64 } from "../../../src/wire/bytes.ts";
import { writeAct } from "../../../src/wire/drafts/reading.ts";
import { DRAFT_SUBMIT } from "../../../src/wire/events.ts";
import { insideOf } from "../inside.ts";
import { closeAll, company, type Profile, until } from "../profile.ts";
import { Server } from "../server.ts";
import { craft, streamIn } from "./crafting.ts";
import { begin, CLAUSE, draftOf, Page, right } from "./table.ts";

const PORTAL = fileURLToPath(new URL("../../../../.venv/bin/portal", import.meta.url));
const [NORTH, SOUTH] = [newId(), newId()].sort() as [string, string];
const DAY_MS = 86_400_000;
let server: Server;
let [ada, boris]: Profile[] = [];
let room: string;
let [hers, his]: Page[] = [];

before(async () => {
  server = await Server.start();
  [ada, boris] = (await company(server, ["Ada", "Boris"])).map(({ profile }) => profile);
  room = await ada!.engine.createRoom("huddle", "Treaty", [boris!.account], "all");
  await boris!.meets("Treaty");
  const rights = [right(ada!, "chair", NORTH), right(boris!, "pen", SOUTH)];
  const draft = await begin(ada!, room, "The Parties shall fish.", rights);
  [hers, his] = [await Page.open(ada!, room, draft), await Page.open(boris!, room, draft)];
  await his.reads("The Parties shall fish.");
});
after(async () => {
  closeAll();
  await server?.stop();
});

type Unsaid<T> = T extends unknown ? Omit<T, "v" | "at"> : never;

function act(page: Page, content: Unsaid<ActContent>): Promise<number | null> {
  return page.api.draftAct(page.room, page.draft, { v: 1, at: Date.now(), ...content } as ActContent);
}

async function projected(page: Page): Promise<Projection> {
  page.hear();
  return project(readText(page.doc), (await page.view()).acts, page.draft);
}

/** What both see once both have this act. */
async function both(number: number): Promise<Projection> {
  for (const page of [hers!, his!]) await until("the act", async () => (await page.view()).acts.number >= number);
  const [one, other] = [await projected(hers!), await projected(his!)];
  assert.deepEqual(one, other);
  return one;
}

test("positions, agreement, an edit that voids it; silence broken; a version that is kept", async () => {
  const hash = (await projected(hers!)).clauses[0]!.hash["en"]!;
  const item = { node: CLAUSE, lang: "en", hash };
  for (const page of [hers!, his!]) await act(page, { t: "position", items: [{ ...item, stance: "accept" }] });
  const agreed = await act(hers!, { t: "agree", items: [item], level: "agreed" });
  assert.equal((await both(agreed!)).clauses[0]!.state, "agreed");
  // Nobody but a chair agrees for all: it keeps its place, and says why it counts for nothing.
  const refused = await act(his!, { t: "agree", items: [item], level: "agreed" });
  await both(refused!);
  assert.equal((await hers!.view()).actLog.find(({ number }) => number === refused)!.refused, "right");
  his!.insert(22, " well");
  await hers!.reads("The Parties shall fish well.");
  assert.equal((await projected(hers!)).clauses[0]!.voided, true);
  await hers!.api.reviseDraft(room, hers!.draft, "Rev.1");
  const { revisions } = (await hers!.view()).acts;
  assert.deepEqual(
    revisions.map(({ name }) => name),
    ["Rev.1"],
  );
  hers!.delete(0, 4);
  await his!.reads("Parties shall fish well.");
  const kept = await his!.api.draftRevision(room, his!.draft, revisions[0]!.item);
  assert.ok(Buffer.from(kept).includes("The Parties"));
  await assert.rejects(his!.api.draftRevision(room, his!.draft, newId()), { code: "draft.not_found" });
});

test("an objection breaks silence; one that is kept out can be handed over on paper", async () => {
  const { root, roots } = await projected(hers!);
  const silence = newId();
  const langs = [["en", roots["en"]!]] as [string, string][];
  const opening = { t: "silence_open", silence, root: root!, langs, eligible: [NORTH, SOUTH] } as const;
  const short = await act(hers!, { ...opening, deadline_ms: Date.now() + DAY_MS });
  await both(short!);
  assert.equal((await his!.view()).acts.refused[short!], "deadline_short");
  const open = await act(hers!, { ...opening, deadline_ms: Date.now() + 4 * DAY_MS });
  await both(open!);
  const { file, qr } = await his!.api.offlineObjection(room, his!.draft, silence);
  const paper = JSON.parse(qr) as { objection: { statement: string } };
  assert.equal(await file.text(), `${qr}\n`);
  assert.match(paper.objection.statement, new RegExp(`"silence":"${silence}"`));
  const broken = await act(his!, { t: "silence_break", silence, reason: "fish" });
  await both(broken!);
  assert.equal((await hers!.view()).acts.silences[silence]!.status, "broken");
  const { state } = (await draftOf(ada!, room, hers!.draft)).acts;
  await act(hers!, { t: "silence_close", silence, through: state.number, head: state.head, outcome: "broken" });
});

test("adopted, initialled, signed by both; the bundle convinces who was not there", async () => {
  const { root, roots, clauses } = await projected(hers!);
  const langs = [["en", roots["en"]!]] as [string, string][];
  const item = { node: CLAUSE, lang: "en", hash: clauses[0]!.hash["en"]! };
  for (const page of [hers!, his!]) await act(page, { t: "position", items: [{ ...item, stance: "accept" }] });
  await act(hers!, { t: "agree", items: [item], level: "agreed" });
  await act(hers!, { t: "authentic", langs: ["en"] });
  const adopted = await act(hers!, { t: "lifecycle", step: "adopted", date: "2026-11-22", root: root!, langs });
  await both(adopted!);
  assert.equal((await his!.view()).acts.stage, "adopted", JSON.stringify((await his!.view()).acts.refused));
  const initial: SignWish = { kind: "initial", items: [item], root: root! };
  await his!.api.signDraft(room, his!.draft, initial);
  await act(hers!, { t: "sign_open", root: root!, langs, order: [NORTH, SOUTH], testimonium: "Done at sea." });
  const signing: SignWish = { kind: "sign", root: root!, langs, name: "Ada", capacity: "Minister" };
  await hers!.api.signDraft(room, hers!.draft, signing);
  const signed = await his!.api.signDraft(room, his!.draft, { ...signing, name: "Boris" });
  await both(signed!);
  const { acts, actLog } = await his!.view();
  assert.equal(acts.stage, "signed", JSON.stringify(acts.refused));
  assert.equal(acts.signing!.signatures.length, 2);
  assert.ok(actLog.every(({ receipt }) => receipt !== null));
  for (const grade of ["audit", "public"] as const) {
    const bundle = await (await hers!.api.draftBundle(room, hers!.draft, grade)).text();
    assert.equal(bundle.includes(`"key":`), grade === "audit", "keys are in the audit's bundle alone");
    const verdict = await verified(bundle);
    assert.match(verdict, /^GOOD/m, verdict);
  }
});

test("a snapshot of the acts is what the acts come to, or it is told", async () => {
  const inside = await draftOf(boris!, room, his!.draft);
  await inside.send({ stream: "acts", kind: DraftItemKind.snapshot, plaintext: null });
  await inside.sender("acts").flush();
  const watching = await draftOf(ada!, room, hers!.draft);
  const last = () => watching.acts.data.snapshots.at(-1);
  await until("confirmed", () => last()?.confirmed, 20_000);
  assert.equal(last()!.verdict, "equal");
  const { encodeSnapshot } = await import("../../../src/member/drafts/snapshots.ts");
  const { jcs } = await import("../../../src/wire/drafts/jcs.ts");
  const through = watching.acts.data.number;
  await until("he has seen as much", () => inside.acts.data.number === through); // a snapshot is of what its author saw
  const fields = { stream: "acts" as const, through, claims: [], hash: "A".repeat(43) };
  const plaintext = encodeSnapshot({ ...fields, state: jcs({ ...watching.acts.state, stage: "in_force" }) });
  const raw = await craft(boris!, inside, plaintext, { stream: "acts", kind: DraftItemKind.snapshot });
  await insideOf(boris!).socket.call(DRAFT_SUBMIT, room, his!.draft, b64(raw));
  await until("told", () => watching.data.problem, 20_000);
  assert.equal(watching.data.problem!.kind, "snapshot");
});

test("an act without the ledger's receipt is taken in by nobody, and told", async () => {
  const inside = await draftOf(ada!, room, hers!.draft);
  const { number } = inside.acts.data;
  const raw = await craft(boris!, inside, writeAct({ v: 1, t: "reopen", at: 1, nodes: [CLAUSE], reason: "" }), {
    stream: "acts",
    kind: DraftItemKind.entry,
  });
  await streamIn(inside, "acts").receive({ number: number + 1, at_ms: Date.now(), raw, receipt: null });
  assert.equal(inside.acts.data.number, number);
  assert.deepEqual([inside.data.problem!.kind, inside.acts.waiting], ["forged", true]);
  await inside.sync();
  assert.equal(inside.acts.waiting, false);
  // Nothing of hers is sent behind it until she says so.
  const { blocked, answers } = await hers!.view();
  assert.deepEqual([blocked, answers], [true, ["continue"]]);
  await hers!.api.answerDraftProblem(room, hers!.draft, "continue");
  assert.equal((await hers!.view()).blocked, false);
});

test("comments are their authors'; cursors are seen and kept nowhere", async () => {
  const comment = newId();
  const anchor = { node: CLAUSE, lang: "en", quote: "fish" };
  const said = { t: "comment", comment, anchor, text: "Which fish?", lang: "en", audience: "room" } as const;
  await his!.api.draftTalk(room, his!.draft, said);
  await until("the comment", async () => (await hers!.view()).comments[0]?.text === "Which fish?");
  await hers!.api.draftTalk(room, hers!.draft, { t: "resolve", target: comment, on: true });
  await until("resolved", async () => (await his!.view()).comments[0]!.resolved);
  await hers!.api.draftTalk(room, hers!.draft, { t: "edit", target: comment, text: "No fish!" });
  await hers!.api.draftCursor(room, hers!.draft, new Uint8Array([1, 2, 3]));
  const cursor = await until("the cursor", () => boris!.events.find((event) => event.type === "draft-cursor"), 20_000);
  assert.deepEqual(cursor.type === "draft-cursor" && [cursor.account, [...cursor.cursor!]], [ada!.account, [1, 2, 3]]);
  assert.equal((await his!.view()).comments[0]!.text, "Which fish?");
});

/** What `portal verify draft` prints about a bundle. */
async function verified(bundle: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "portal-bundle-"));
  try {
    const file = join(folder, "bundle.jsonl");
    await writeFile(file, bundle);
    const { stdout } = await promisify(execFile)(PORTAL, ["verify", "draft", file]).catch((error: unknown) => {
      const { stdout, code } = error as { stdout: string; code: number };
      return { stdout: `${stdout}(${code})` };
    });
    return stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
