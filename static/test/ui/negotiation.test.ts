// Proposals, who stands behind what, the matrix, the series and the order of signing.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as Y from "yjs";
import { alternativesByClause, takenOver } from "../../src/draft/negotiation/alternatives.ts";
import { type SeriesAct, convergence, stepPath, withinTheDraft } from "../../src/draft/negotiation/convergence.ts";
import { dueFor } from "../../src/draft/negotiation/due.ts";
import { fragmentOfWords, wordsIn } from "../../src/draft/negotiation/fragments.ts";
import { filtered, obstacles, steppedCell, tally } from "../../src/draft/negotiation/matrix.ts";
import {
  type NewProposal,
  addProposal,
  readProposals,
  readSupports,
  reviseProposal,
  setSupport,
  withdrawProposal,
} from "../../src/draft/negotiation/proposals.ts";
import { alternat, moved, nextToSign, turnsOf } from "../../src/draft/negotiation/signing.ts";
import {
  HOUR_MS,
  countdown,
  earliestDeadline,
  needsOtherWay,
  offeredDeadline,
  phaseOf,
} from "../../src/draft/negotiation/silence.ts";
import { bracketsIn, optionLine } from "../../src/draft/negotiation/options.ts";
import { segmentsOf, translatedRuns, wordsBySegment } from "../../src/draft/negotiation/segments.ts";
import { spanOf, takeOver } from "../../src/draft/negotiation/take-over.ts";
import { createText } from "../../src/draft/model/create.ts";
import { fragmentIn } from "../../src/draft/model/doc.ts";
import { textIn } from "../../src/draft/model/inline.ts";
import { opsOn } from "../../src/draft/model/ops.ts";
import { readText } from "../../src/draft/model/read.ts";
import { b64 } from "../../src/wire/bytes.ts";
import { allProposals, cosponsorsOf, readBoards, supportersOf } from "../../src/draft/negotiation/support.ts";

const id = (letter: string): string => `${letter.repeat(21)}A`;
const [CLAUSE, OTHER, BRACKET, OPTION] = [id("c"), id("d"), id("b"), id("o")];
const [KOREA, GERMANY, FRANCE] = [id("K"), id("G"), id("F")];

function proposal(change: Partial<NewProposal> = {}): NewProposal {
  const places = { bracket: null, start: null, end: null };
  const text = { en: "The Parties may verify.", ko: "당사국은 검증할 수 있다." };
  const words = { quote: "The Parties shall verify.", text, reason: "cost", cites: [{ source: "NPT III", text: "x" }] };
  return { kind: "alternative", node: CLAUSE, lang: "en", ...places, ...words, ...change };
}

/** Two replicas that hear of each other. */
function twin(doc: Y.Doc): Y.Doc {
  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  return other;
}

test("words survive a fragment, with their lines", () => {
  const doc = new Y.Doc();
  const rows = doc.getMap<Y.XmlFragment>("rows");
  for (const words of ["", "one", "one\ntwo\n", "\n", "검증\r\nالتحقق"]) {
    rows.set("row", fragmentOfWords(words));
    assert.equal(wordsIn(rows.get("row") as Y.XmlFragment), words.replace("\r\n", "\n"));
  }
});

test("a proposal is read by others as it was written, revised and withdrawn", () => {
  const doc = new Y.Doc();
  const made = addProposal(doc, proposal(), 1000);
  const [read] = readProposals(twin(doc), GERMANY);
  assert.deepEqual(read, { ...proposal(), id: made, delegation: GERMANY, at_ms: 1000, withdrawn: false });
  assert.ok(reviseProposal(doc, made, { text: { en: "New words." }, reason: "", cites: [] }));
  assert.ok(withdrawProposal(doc, made, true));
  const [again] = readProposals(twin(doc), GERMANY);
  assert.deepEqual([again?.text, again?.reason, again?.withdrawn], [{ en: "New words." }, "", true]);
  assert.equal(withdrawProposal(doc, OTHER, true), false);
});

test("what another program wrote wrongly is left out, and spoils nothing else", () => {
  const doc = new Y.Doc();
  addProposal(doc, proposal(), 1);
  const rows = doc.getMap("proposals");
  rows.set("not an id", new Y.Map([["kind", "alternative"]]));
  rows.set(id("x"), "text");
  rows.set(id("y"), new Y.Map<unknown>([["kind", "spell"], ["node", CLAUSE], ["at", 1]]));
  rows.set(id("z"), new Y.Map<unknown>([["kind", "delete"], ["node", CLAUSE], ["at", 2], ["cites", "{"], ["text", 3]]));
  const read = readProposals(doc, GERMANY);
  assert.deepEqual(read.map(({ kind }) => kind), ["alternative", "delete"]);
  assert.deepEqual([read[1]?.cites, read[1]?.text], [[], {}]);
});

test("a delegation stands behind an option once, by its strongest reason, and no longer when it withdraws", () => {
  const docs = new Map([KOREA, GERMANY, FRANCE].map((delegation) => [delegation, new Y.Doc()]));
  const german = docs.get(GERMANY) as Y.Doc;
  const french = docs.get(FRANCE) as Y.Doc;
  const korean = docs.get(KOREA) as Y.Doc;
  const source = addProposal(german, proposal(), 5);
  const option = { id: OPTION, by: KOREA, from: [{ delegation: GERMANY, proposal: source }] };
  setSupport(french, { delegation: GERMANY, proposal: source }, true);
  setSupport(korean, { bracket: BRACKET, option: OPTION }, true);
  const standing = (): string[] =>
    supportersOf(BRACKET, option, readBoards(docs)).map(({ delegation, because }) => `${delegation[0]} ${because}`);
  assert.deepEqual(standing(), ["G source", "K supports", "F cosponsor"]);
  const [only] = allProposals(readBoards(docs));
  assert.deepEqual(only && cosponsorsOf(only, readBoards(docs)), [FRANCE]);
  withdrawProposal(german, source, true);
  setSupport(korean, { bracket: BRACKET, option: OPTION }, false);
  assert.deepEqual(standing(), []);
  assert.equal(readSupports(korean).size, 0);
  assert.deepEqual(supportersOf(BRACKET, { id: OPTION, by: KOREA, from: [] }, readBoards(docs)), [
    { delegation: KOREA, because: "by" },
  ]);
});

test("alternatives keep their numbers for everybody, whoever withdraws and in whatever order they arrive", () => {
  const german = new Y.Doc();
  const korean = new Y.Doc();
  const first = addProposal(german, proposal(), 10);
  const second = addProposal(korean, proposal({ kind: "replace" }), 20);
  addProposal(korean, proposal({ kind: "insert" }), 15);
  addProposal(german, proposal({ node: OTHER }), 5);
  withdrawProposal(german, first, true);
  const numbered = (docs: [string, Y.Doc][]): string[] =>
    (alternativesByClause(allProposals(readBoards(new Map(docs)))).get(CLAUSE) ?? []).map(
      ({ proposal: { kind }, number }) => `${kind} ${number}`,
    );
  const one = numbered([[GERMANY, german], [KOREA, korean]]);
  assert.deepEqual(one, ["alternative 1", "insert 1", "replace 2"]);
  assert.deepEqual(numbered([[KOREA, korean], [GERMANY, german]]), one);
  const from = [{ delegation: KOREA, proposal: second }];
  const options = [{ id: OPTION, from }, { id: OTHER, from: [] }];
  assert.deepEqual(takenOver([{ id: BRACKET, options }]), new Map([[`${KOREA} ${second}`, [{ bracket: BRACKET, option: OPTION }]]]));
});

test("the series opens, closes and agrees; two contrary decisions leave a bracket open", () => {
  const brackets = [{ id: BRACKET, at_ms: 10, options: 2 }, { id: OTHER, at_ms: 10, options: 3 }];
  const decide = (at_ms: number, number: number, option: string, over: number[] = []): SeriesAct => ({
    t: "decide", bracket: BRACKET, option, over, at_ms, number,
  });
  const acts: SeriesAct[] = [
    decide(20, 1, id("p")),
    decide(30, 2, id("q")),
    decide(40, 3, id("q"), [1, 2]),
    { t: "agree", nodes: [CLAUSE], at_ms: 50, number: 4 },
    { t: "reopen", nodes: [CLAUSE], at_ms: 60, number: 5 },
  ];
  assert.deepEqual(
    convergence(brackets, acts).map(({ at_ms, brackets: open, options, agreed }) => [at_ms, open, options, agreed]),
    [[10, 2, 5, 0], [20, 1, 3, 0], [30, 2, 5, 0], [40, 1, 3, 0], [50, 1, 3, 1], [60, 1, 3, 0]],
  );
  const path = stepPath(convergence(brackets, acts.slice(0, 1)), (point) => point.brackets, {
    width: 100, height: 50, from_ms: 10, to_ms: 30, most: 2,
  });
  assert.equal(path, "M0.0 0.0H50.0V25.0H100.0");
  assert.deepEqual(convergence([], []), []);
});

test("a bracket counts between the draft's beginning, now, and the first decision on it, whatever clock put it", () => {
  const [past, future] = [{ id: BRACKET, at_ms: 1, options: 2 }, { id: OTHER, at_ms: 9_000, options: 2 }];
  const decided = (bracket: string, at_ms: number): SeriesAct => ({ t: "decide", bracket, option: OPTION, over: [], at_ms, number: 1 });
  const range = { begun_ms: 100, now_ms: 500 };
  const times = (acts: SeriesAct[]): number[] => withinTheDraft([past, future], acts, range).map(({ at_ms }) => at_ms);
  assert.deepEqual(times([]), [100, 500]);
  assert.deepEqual(times([decided(OTHER, 300), decided(OTHER, 200)]), [100, 200]);
  const points = convergence(withinTheDraft([future], [decided(OTHER, 200)], range), [decided(OTHER, 200)]);
  assert.deepEqual(points, [{ at_ms: 200, brackets: 0, options: 0, agreed: 0 }]);
});

test("the matrix tells what stands in the way of agreeing", () => {
  const fresh = { stance: "accept", fresh: true } as const;
  const clause = {
    node: CLAUSE,
    state: "open",
    positions: { [KOREA]: fresh, [GERMANY]: { stance: "object", fresh: true }, [FRANCE]: { ...fresh, fresh: false } } as const,
  };
  assert.deepEqual(obstacles(clause, [KOREA, GERMANY, FRANCE]), { against: [GERMANY], silent: [FRANCE] });
  assert.deepEqual(tally(clause, [KOREA, GERMANY, FRANCE]), { accept: 1, ad_ref: 0, reserve: 0, object: 1, none: 1 });
  const settled = { node: OTHER, state: "agreed", positions: { [KOREA]: fresh } };
  const nodes = (filter: Parameters<typeof filtered>[1], own = KOREA): string[] =>
    filtered([clause, settled], filter, own).map(({ node }) => node);
  assert.deepEqual(nodes("all"), [CLAUSE, OTHER]);
  assert.deepEqual(nodes("unsettled"), [CLAUSE]);
  assert.deepEqual(nodes("mine"), []);
  assert.deepEqual(nodes("mine", FRANCE), [CLAUSE]);
  assert.deepEqual(nodes("mine", ""), []);
  assert.deepEqual(nodes("against"), [CLAUSE]);
  assert.deepEqual(nodes("stale"), [CLAUSE]);
});

test("arrow keys walk the grid, mirrored where one reads from the right, and stop at its edges", () => {
  const size = [3, 2] as const;
  assert.deepEqual(steppedCell("ArrowRight", [0, 0], size, false), [0, 1]);
  assert.deepEqual(steppedCell("ArrowRight", [0, 1], size, true), [0, 0]);
  assert.deepEqual(steppedCell("ArrowUp", [0, 1], size, false), [0, 1]);
  assert.deepEqual(steppedCell("PageDown", [0, 1], size, false), [2, 1]);
  assert.deepEqual(steppedCell("End", [1, 0], size, false), [1, 1]);
  assert.equal(steppedCell("a", [1, 0], size, false), null);
});

test("each copy names its keeper first, and signatures follow the agreed order", () => {
  const order = [FRANCE, GERMANY, KOREA];
  assert.deepEqual(alternat(order, KOREA), [KOREA, FRANCE, GERMANY]);
  assert.deepEqual(alternat(order, OTHER), order);
  assert.equal(nextToSign(order, new Set([FRANCE])), GERMANY);
  assert.equal(nextToSign(order, new Set(order)), null);
  assert.deepEqual(turnsOf(order, new Set([FRANCE])).map(({ standing }) => standing), ["signed", "now", "waits"]);
  assert.deepEqual(moved(order, KOREA, -1), [FRANCE, KOREA, GERMANY]);
  assert.deepEqual(moved(order, FRANCE, -1), order);
});

test("a translation gets the brackets of its source; pieces that stay keep their emphasis", () => {
  const inBracket = { text: "shall", marks: [], brackets: [[BRACKET, OPTION]] as [string, string][] };
  const source = segmentsOf([{ text: "The Parties ", marks: [], brackets: [] }, inBracket]);
  assert.deepEqual(source.map(({ words }) => words), ["The Parties ", "shall"]);
  const strong = { text: "Les Parties ", marks: ["strong"], brackets: [] };
  const runs = translatedRuns(source, ["Les Parties ", "doivent"], [strong]);
  assert.deepEqual(runs, [strong, { text: "doivent", marks: [], brackets: [[BRACKET, OPTION]] }]);
  assert.deepEqual(wordsBySegment(source, runs), ["Les Parties ", "doivent"]);
  assert.deepEqual(wordsBySegment(source, [strong]), ["Les Parties ", ""]);
  assert.deepEqual(segmentsOf([]).map(({ words }) => words), [""]);
});

/** A text of one clause, with what a pen-holder can do to it. */
function table(words: string) {
  const doc = new Y.Doc();
  createText(doc, { id: "t", nodes: [{ kind: "article", text: { en: words } }] }, ["en", "ko"], { en: "T" });
  return { doc, ops: opsOn(doc), node: readText(doc).nodes[0]?.id ?? "" };
}

test("a proposal becomes an option beside the words that are there, and says where it comes from", () => {
  const { doc, ops, node } = table("The Parties shall verify.");
  const from = [{ delegation: GERMANY, proposal: id("1") }, { delegation: FRANCE, proposal: id("2") }];
  const takeover = { node, text: { en: "may\nverify" }, by: "", reason: "cost", from, bracket: null, span: null } as const;
  const place = { kind: "article", parent: "" } as const;
  const whole = takeOver(ops, { ...takeover, kind: "alternative" }, place) ?? "";
  assert.deepEqual(readText(doc).brackets.find(({ id: each }) => each === whole)?.options[1]?.from, from);
  const words = (bracket: string): string[] =>
    (readText(doc).brackets.find(({ id: each }) => each === bracket)?.options ?? []).map(
      (option) => optionLine(readText(doc), bracket, option, "en")?.words ?? "delete",
    );
  assert.deepEqual(words(whole), ["The Parties shall verify.", "may\nverify"]);
  assert.equal(takeOver(ops, { ...takeover, kind: "delete", bracket: whole }, place), whole);
  assert.deepEqual(words(whole), ["The Parties shall verify.", "may\nverify", "delete"]);
  const added = takeOver(ops, { ...takeover, kind: "insert" }, place) ?? "";
  assert.deepEqual(words(added), ["may\nverify", "delete"]);
  assert.deepEqual(readText(doc).nodes.map((each) => bracketsIn(each)), [[whole], [added]]);
});

test("an anchor follows its words through edits, and points nowhere once they are gone", () => {
  const { doc, ops, node } = table("The Parties shall verify.");
  const text = textIn(fragmentIn(doc, node, "en") as Y.XmlFragment);
  const at = (offset: number): string => b64(Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, offset)));
  const anchor = { node, lang: "en", start: at(12), end: at(17) };
  text.insert(0, "Art. 1: ");
  const span = spanOf(doc, anchor);
  assert.deepEqual(span, { lang: "en", from: 20, to: 25 });
  const changed = { node, text: { en: "may" }, by: GERMANY, reason: "", from: [], bracket: null, span } as const;
  const bracket = takeOver(ops, { ...changed, kind: "replace" }, { kind: "article", parent: "" });
  const options = readText(doc).brackets.find(({ id: each }) => each === bracket)?.options ?? [];
  assert.deepEqual(options.map((each) => optionLine(readText(doc), bracket ?? "", each, "en")?.words), ["shall", "may"]);
  ops.setWords(node, "en", "");
  assert.equal(spanOf(doc, anchor), null);
  assert.equal(spanOf(doc, { ...anchor, start: "AAAA" }), null);
  assert.equal(spanOf(doc, { ...anchor, start: "not base64!" }), null);
});

test("what is due is told to whom it concerns, the most pressing first", () => {
  const made = { number: 1, account: id("a"), delegation: KOREA, at_ms: 0 };
  const silence = {
    ...{ opened: made, deadline_ms: 100, eligible: [KOREA, GERMANY], entitled: {}, objections: [], removed: [] },
    ...{ tail: [], closed: null, status: "open" as const, root: "", langs: [], extensions: [], consents: [], late: [] },
  };
  const clause = { state: "open", gone: false, kind: "article", positions: {} } as const;
  const facts = {
    ...{ own: KOREA, proposes: true, decides: true, chairs: false, silences: { [OTHER]: silence } },
    clauses: [{ ...clause, conflicted: [BRACKET] }, { ...clause, conflicted: [BRACKET], state: "agreed" as const }],
    signing: { order: [KOREA, GERMANY], signatures: [] },
  };
  assert.deepEqual(dueFor(facts, 50), [
    { kind: "conflict", count: 1 },
    { kind: "silence", silence: OTHER, deadline_ms: 100 },
    { kind: "sign" },
    { kind: "position", count: 1 },
  ]);
  const answered = { ...silence, consents: [made] };
  const others = { ...facts, decides: false, own: GERMANY, signing: null };
  assert.deepEqual(dueFor({ ...others, silences: { [OTHER]: answered } }, 50).map(({ kind }) => kind), ["silence", "position"]);
  assert.deepEqual(dueFor({ ...others, chairs: true }, 101).map(({ kind }) => kind), ["close", "position"]);
  assert.deepEqual(dueFor({ ...others, proposes: false }, 50), []);
});

test("a silence runs to its deadline inclusive, breaks at once, and alarms only for what waits", () => {
  const silence = { deadline_ms: 10 * HOUR_MS, status: "open" as const, objections: [] };
  assert.equal(phaseOf(silence, 10 * HOUR_MS), "running");
  assert.equal(phaseOf(silence, 10 * HOUR_MS + 1), "lapsed");
  assert.equal(phaseOf({ ...silence, status: "broken" }, 0), "broken");
  assert.equal(phaseOf({ ...silence, status: "ended" }, 0), "ended");
  const objection = { number: 1, account: id("a"), delegation: KOREA, at_ms: 1, reason: "" };
  assert.equal(phaseOf({ ...silence, status: "ended", objections: [objection] }, 0), "broken");
  assert.equal(phaseOf({ ...silence, status: "disputed" }, 20 * HOUR_MS), "disputed");
  assert.deepEqual(countdown(90_061_000, 0), { days: 1, hours: 1, minutes: 1, seconds: 1 });
  assert.deepEqual(countdown(0, 5), { days: 0, hours: 0, minutes: 0, seconds: 0 });
  assert.equal(needsOtherWay(10 * HOUR_MS, true, 9 * HOUR_MS), true);
  assert.equal(needsOtherWay(10 * HOUR_MS, false, 9 * HOUR_MS), false);
  assert.equal(needsOtherWay(10 * HOUR_MS, true, HOUR_MS), false);
  assert.equal(earliestDeadline(1), 72 * HOUR_MS + 60_000);
  assert.equal(earliestDeadline(1, 10_000), 11_000);
  assert.equal(offeredDeadline(11_000, 10_000), 71_000);
  assert.equal(offeredDeadline(0, 72 * HOUR_MS), HOUR_MS);
});
