// Comparing two versions: nothing of either side may be lost, and words are what the language calls words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, joined, smoothed } from "../../src/draft/redline/compare.ts";
import {
  type Entry,
  type Piece,
  type Version,
  entriesOf,
  redline,
  textDifference,
} from "../../src/draft/redline/redline.ts";
import { type Atom, atomsOf } from "../../src/draft/redline/signs.ts";
import { words } from "../../src/draft/redline/words.ts";
import type { ClauseView } from "../../src/wire/drafts/projection-types.ts";
import type { Bracket, Run } from "../../src/wire/drafts/text.ts";

const SAMPLES: readonly [lang: string, before: string, after: string][] = [
  ["en", "The Parties shall cooperate in good faith.", "The Parties should endeavour to cooperate promptly."],
  ["zh", "各缔约方应当本着诚意进行合作", "各缔约方可以本着诚意进行技术合作"],
  ["th", "ภาคีจะต้องให้ความร่วมมือโดยสุจริต", "ภาคีควรให้ความร่วมมือทางเทคนิคโดยสุจริต"],
  ["ar", "يتعاون الأطراف بحسن نية", "يتعاون جميع الأطراف بحسن نية وعلى الفور"],
  ["ja", "締約国は誠実に協力する。", "締約国は誠実に技術協力を行う。"],
  ["ko", "당사자는 성실히 협력한다.", "각 당사자는 신속하고 성실하게 협력하여야 한다."],
  ["en", "", "Everything is new."],
  ["en", "Everything goes.", ""],
  ["no tag!", "a b 👩‍👩‍👧 c", "a 👩‍👧 b c"],
];

function run(text: string, brackets: Run["brackets"] = []): Run {
  return { text, marks: [], brackets };
}

function clause(node: string, runs: readonly Run[], more: Partial<ClauseView> = {}): ClauseView {
  return {
    node,
    kind: "paragraph",
    parent: "",
    number: node,
    ordinal: 1,
    depth: 0,
    gone: false,
    state: "open",
    voided: false,
    waitsFor: [],
    packages: [],
    hash: {},
    stale: [],
    concord: {},
    runs: { en: runs },
    open: [],
    conflicted: [],
    positions: {},
    ...more,
  };
}

function version(clauses: ClauseView[], brackets: Bracket[] = []): Version {
  return { clauses, brackets, supporters: () => [], whole: false };
}

function textOf(pieces: readonly Piece[], without: "inserted" | "deleted"): string {
  const left = pieces.filter(({ op }) => op !== without);
  return left.map(({ atom }) => (atom.t === "text" ? atom.text : "")).join("");
}

function read(atoms: readonly Atom[]): string {
  const signs = { open: "[", or: "/", close: "]" };
  return atoms
    .map((atom) => {
      if (atom.t === "text") return atom.text;
      if (atom.t === "sign") return signs[atom.sign];
      if (atom.t === "by") return `(${atom.delegations.join()})`;
      return atom.t === "removal" ? "—" : `<${atom.t}>`;
    })
    .join("");
}

/** A small generator with a seed, so that a failure can be had again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("either side can be read off a redline, whole", () => {
  for (const [lang, before, after] of SAMPLES) {
    const pieces = textDifference(before, after, lang);
    assert.equal(textOf(pieces, "inserted"), before);
    assert.equal(textOf(pieces, "deleted"), after);
  }
});

test("no word of either side is lost, whatever the words", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const next = random(seed);
    const pool = ["a", "b", "c", "shall", "，", "合作", " ", "، ", "นี้"];
    const side = (): string[] => Array.from({ length: next(40) }, () => pool[next(pool.length)] ?? "");
    const [before, after] = [side(), side()];
    const edits = smoothed(compare(before, after, String), (items) => items.every((item) => item === " "));
    assert.deepEqual(
      edits.filter(({ op }) => op !== "inserted").flatMap(({ items }) => items),
      before,
    );
    assert.deepEqual(
      edits.filter(({ op }) => op !== "deleted").flatMap(({ items }) => items),
      after,
    );
    assert.deepEqual(joined(edits), edits, "nothing is left to join");
  }
});

test("texts with nothing in common are compared at once", () => {
  const side = (seed: number): string => Array.from({ length: 6000 }, (_, at) => `w${(at * seed) % 99991}`).join(" ");
  const started = process.cpuUsage();
  const pieces = textDifference(side(7919), side(104729), "en");
  assert.ok(process.cpuUsage(started).user < 2_500_000, "microseconds of this process, however busy the machine is");
  assert.equal(textOf(pieces, "deleted"), side(104729));
});

test("Chinese and Thai are cut into words, not into letters or whole sentences", () => {
  const chinese = textDifference("各缔约方应当进行合作", "各缔约方可以进行合作", "zh");
  const changed = chinese.filter(({ op }) => op !== "same").map(({ op, atom }) => [op, atom.t === "text" && atom.text]);
  assert.deepEqual(changed, [
    ["deleted", "应当"],
    ["inserted", "可以"],
  ]);
  const thai = words("th", "ภาคีจะต้องให้ความร่วมมือ");
  assert.ok(thai.length > 3, "Thai has no spaces, and words all the same");
  assert.equal(thai.join(""), "ภาคีจะต้องให้ความร่วมมือ");
});

test("a long text without a space is cut whole", () => {
  const text = "𠀀合作".repeat(9000);
  assert.equal(words("zh", text).join(""), text);
  assert.ok(words("zh", text).every((word) => !/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(word)));
});

test("a replaced group of words is one change, with the spaces inside it", () => {
  const pieces = textDifference("within thirty calendar days", "within ninety working days", "en");
  assert.deepEqual(
    pieces.map(({ op, atom }) => [op, atom.t === "text" ? atom.text : ""]),
    [
      ["same", "within "],
      ["deleted", "thirty calendar"],
      ["inserted", "ninety working"],
      ["same", " days"],
    ],
  );
});

test("clauses keep their identity through moves, and their numbers may change", () => {
  const before = version(["1", "2", "6", "3", "5"].map((node) => clause(node, [run(`words of ${node}`)])));
  const after = version([
    clause("3", [run("words of 3 and more")], { number: "1" }),
    clause("1", [run("words of 1")], { number: "2" }),
    clause("6", [run("words of 6")], { number: "3" }),
    clause("4", [run("words of 4")], { number: "4" }),
    clause("5", [run("words of five")], { number: "5" }),
  ]);
  const entries = redline(before, after, "en");
  const changes = entries.map(({ node, change, otherNumber }): [string, Entry["change"], string] => [
    node,
    change,
    otherNumber,
  ]);
  assert.deepEqual(changes, [
    ["3", "moved", "3"],
    ["1", "same", "1"],
    ["2", "deleted", ""],
    ["6", "same", "6"],
    ["3", "away", "1"],
    ["4", "inserted", ""],
    ["5", "changed", "5"],
  ]);
});

test("brackets read with signs and attribution, nested and overlapping ones as well", () => {
  const option = (id: string, kind: "text" | "delete" = "text") => ({ id, by: id, kind, from: [] });
  const bracket = (id: string, options: Bracket["options"]): Bracket => ({
    id,
    by: "",
    at: 0,
    reason: "",
    whole: false,
    options,
  });
  const brackets = [bracket("A", [option("N"), option("U")]), bracket("B", [option("F"), option("X", "delete")])];
  const supporters = (_: string, chosen: string): string[] => [chosen];
  const nested = [
    run("They "),
    run("shall ", [["A", "N"]]),
    run("at once ", [
      ["A", "N"],
      ["B", "F"],
    ]),
    run("may ", [["A", "U"]]),
    run("act."),
  ];
  assert.equal(read(atomsOf(nested, { brackets, supporters })), "They [shall [at once (F)/—(X)](N)/may (U)]act.");
  const overlapping = [
    run("a", [["A", "N"]]),
    run("b", [
      ["A", "N"],
      ["B", "F"],
    ]),
    run("c", [["B", "F"]]),
  ];
  assert.equal(read(atomsOf(overlapping, { brackets, supporters: null })), "[a[b]c/—]");
  const shared = [
    run("x", [
      ["A", "N"],
      ["A", "U"],
    ]),
  ];
  assert.equal(read(atomsOf(shared, { brackets, supporters })), "[x(N)(U)]");
  const [entry] = entriesOf(version([clause("1", nested)], brackets), "en");
  assert.equal(textOf(entry?.pieces ?? [], "deleted"), "They shall at once may act.");
});

test("a bracket that is put around unchanged words is the only change", () => {
  const brackets: Bracket[] = [{ id: "A", by: "", at: 0, reason: "", whole: false, options: [] }];
  const entries = redline(
    version([clause("1", [run("They shall act.")])]),
    version([clause("1", [run("They "), run("shall", [["A", "N"]]), run(" act.")])], brackets),
    "en",
  );
  const changed = entries[0]?.pieces.filter(({ op }) => op !== "same").map(({ op, atom }) => `${op} ${atom.t}`);
  assert.deepEqual(changed, ["inserted sign", "inserted sign"]);
});
