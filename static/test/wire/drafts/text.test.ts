// Texts, their hashes and what they come to with acts: as Python says (tests/wire/drafts/make_text_vectors.py); that
// both say the same of a thousand more is tests/wire/drafts/test_twins.py.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { b64, fromUtf8, MalformedError, utf8 } from "../../../src/wire/bytes.ts";
import { documentHash, piecesOf } from "../../../src/wire/drafts/clauses.ts";
import { jcs, MAX_DEPTH, parseJcs } from "../../../src/wire/drafts/jcs.ts";
import { numberClauses } from "../../../src/wire/drafts/numbering.ts";
import { project, type Projection, type StandingActs } from "../../../src/wire/drafts/projection.ts";
import { emptyState } from "../../../src/wire/drafts/state.ts";
import {
  canonicalText,
  codePointName,
  RefusedText,
  refusedCodePoints,
  type Run,
  type TextDocument,
} from "../../../src/wire/drafts/text.ts";

interface Vectors {
  canonical: { text: string; canonical?: string; refused?: string[] }[];
  normal_forms: string;
  drafts: { document: TextDocument; acts: StandingActs; draft: string; hash: string; projection: Projection }[];
}

const path = new URL("../../../../tests/vectors/drafts/text.json", import.meta.url);
const vectors = JSON.parse(readFileSync(path, "ascii")) as Vectors;

const words = (text: string, more: Partial<Run> = {}): Run => ({ text, marks: [], brackets: [], ...more });

test("a text has the canonical form that Python gives it, or is refused for the same code points", () => {
  for (const { text, canonical, refused } of vectors.canonical) {
    if (refused === undefined) {
      assert.equal(canonicalText(text), canonical);
    } else {
      assert.throws(
        () => canonicalText(text),
        (error) => error instanceof RefusedText && error.codePoints.map(codePointName).join() === refused.join(),
        JSON.stringify(text),
      );
    }
  }
});

test("every code point that a text may hold is normalised as in Python, whatever Unicode this runtime knows", () => {
  const hash = createHash("sha256");
  for (let point = 0; point < 0x110000; point++) {
    const character = String.fromCodePoint(point);
    if (refusedCodePoints(character).length > 0) continue;
    hash.update(`${character}\n${character}\u0301\u0323\na${character}\u0327\n`.normalize("NFC"));
  }
  assert.equal(hash.digest("hex"), vectors.normal_forms);
});

test("drafts come to what Python says", () => {
  for (const { document, acts, draft, hash, projection } of vectors.drafts) {
    assert.equal(b64(documentHash(document)), hash);
    assert.deepEqual(JSON.parse(JSON.stringify(project(document, acts, draft))), projection);
  }
  assert.notEqual(vectors.drafts[1]!.projection.root, null);
});

test("what is remembered of a clause follows the decisions, the columns and its number", () => {
  const { document, acts, draft, projection } = vectors.drafts[1]!;
  const undecided = { ...acts, decisions: {} };
  for (const round of [1, 2]) {
    assert.deepEqual(project(document, acts, draft).root, projection.root, `round ${round}`);
    const before = project(document, undecided, draft);
    assert.equal(before.clauses[3]!.state, "bracketed");
    assert.deepEqual(before, project(structuredClone(document), undecided, draft));
  }
  const korean = { ...document, meta: { ...document.meta, langs: ["ko"] } };
  assert.deepEqual(Object.keys(project(korean, acts, draft).clauses[0]!.hash), ["ko"]);
  const numbered = { ...document, nodes: [{ ...document.nodes[2]!, id: "another" }, ...document.nodes] };
  assert.deepEqual(project(numbered, acts, draft), project(structuredClone(numbered), acts, draft));
  assert.notEqual(project(numbered, acts, draft).roots.en, projection.roots.en);
  const kinds = { ...document, nodes: document.nodes.map((node) => ({ ...node, kind: "point" as const, parent: "" })) };
  assert.deepEqual(project(kinds, acts, draft), project(structuredClone(kinds), acts, draft));
});

test("what is remembered of a long text gives the root that reading it anew gives, whatever is edited", () => {
  const [draft, langs] = ["draft", ["en"]];
  const acts: StandingActs = { ...emptyState(), authentic: langs };
  let made = 0;
  const clause = (): TextDocument["nodes"][number] => {
    made += 1;
    return { id: `n${made}`, kind: "paragraph", parent: "", order: "a", text: { en: [words(`Clause ${made}.`)] } };
  };
  const meta = { title: { en: "Long" }, langs, template: "" };
  let document: TextDocument = { meta, nodes: Array.from({ length: 37 }, clause), brackets: [] };
  const edits: ((nodes: TextDocument["nodes"][number][], at: number) => unknown)[] = [
    (nodes, at) => nodes.splice(at, 1, { ...nodes[at]!, text: { en: [words(`Edited ${(made += 1)}.`)] } }),
    (nodes, at) => nodes.splice(at, 0, clause()),
    (nodes, at) => nodes.splice(at, 1),
    (nodes, at) => nodes.push(...nodes.splice(at, 1)),
  ];
  const roots = new Set<string | null>();
  for (let round = 0; round < 80; round++) {
    const nodes = [...document.nodes];
    edits[round % edits.length]!(nodes, (round * 7) % nodes.length);
    document = { ...document, nodes };
    const { root } = project(document, acts, draft);
    assert.equal(root, project(structuredClone(document), acts, draft).root, `round ${round}`);
    roots.add(root);
  }
  assert.ok(!roots.has(null));
  assert.ok(roots.size > 60);
});

test("a clause that nobody touched is not read again", () => {
  const { document, acts, draft } = vectors.drafts[1]!;
  const counted = structuredClone(document.nodes[3]!);
  let reads = 0;
  for (const runs of Object.values(counted.text)) {
    for (const run of runs) {
      const { text } = run;
      Object.defineProperty(run, "text", { get: () => (reads++, text), enumerable: true });
    }
  }
  const nodes = document.nodes.map((node) => (node.id === counted.id ? counted : node));
  project({ ...document, nodes }, acts, draft);
  const once = reads;
  assert.ok(once > 0);
  const moved = nodes.map((node) => ({ ...node, order: "elsewhere" }));
  const edited = moved.map((node) => (node.id === "second" ? { ...node, text: { en: [words("New words.")] } } : node));
  assert.equal(project({ ...document, nodes: edited }, acts, draft).root, null);
  // Whether it has words left is asked anew, which costs nothing.
  assert.ok(reads - once <= 2 * counted.text.en!.length, `${reads - once} reads`);
});

test("a machine's words never become part of an authentic root without a person's name", () => {
  const { document, acts, draft, projection } = vectors.drafts[1]!;
  const { second, ...concords } = acts.concords;
  assert.ok(second);
  const unsigned = project(document, { ...acts, concords }, draft);
  assert.deepEqual([unsigned.root, unsigned.roots.ko, unsigned.roots.en], [null, null, projection.roots.en]);
  assert.deepEqual(unsigned.blocked, [{ node: "second", lang: "ko", why: "concordance" }]);
});

test("bidi controls, unassigned code points and lone surrogates are problems with their names", () => {
  const { document, acts, draft } = vectors.drafts[1]!;
  const bad = { ...document.nodes[1]!, text: { en: [words("a\u202eb\u0378"), words("c\ud800")], ko: [words("가")] } };
  const nodes = document.nodes.map((node) => (node.id === bad.id ? bad : node));
  const { problems, root, clauses } = project({ ...document, nodes }, acts, draft);
  assert.deepEqual(problems, [{ node: "recital", lang: "en", codePoints: ["U+0378", "U+202E", "U+D800"] }]);
  assert.equal(root, null);
  assert.deepEqual(Object.keys(clauses[1]!.hash), ["ko"]);
  assert.throws(() => piecesOf([words("\ud83d"), words("\ude00")]), RefusedText);
  assert.throws(() => documentHash({ ...document, nodes }), MalformedError);
});

test("an empty text has numbers, states and roots too", () => {
  const empty = { meta: { title: {}, langs: ["en"], template: "" }, nodes: [], brackets: [] };
  const { counts, root } = project(empty, emptyState(), "ZHJhZnQgZHJhZnQgZHJhZg");
  assert.deepEqual(counts, { open: 0, conflicted: 0, agreed: 0, adRef: 0, clauses: 0 });
  assert.equal(typeof root, "string");
  assert.equal(numberClauses([]).size, 0);
  const none = { ...vectors.drafts[0]!.document, meta: { ...empty.meta, langs: [] } };
  assert.equal(project(none, emptyState(), "ZHJhZnQgZHJhZnQgZHJhZg").root, null);
});

test("canonical JSON is RFC 8785's: the order of UTF-16, its escapes, integers in one form", () => {
  const keys = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"];
  const sorted = '{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\u{1f600}":0,"\ufb33":0}';
  assert.equal(fromUtf8(jcs(Object.fromEntries(keys.map((key) => [key, 0])))), sorted);
  const said = { string: "\u20ac$\u000f\nA'B\"\\\\\"/", literals: [null, true, false], numbers: [1.0, -0, -5] };
  const text = '{"literals":[null,true,false],"numbers":[1,0,-5],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}';
  assert.equal(fromUtf8(jcs(said)), text);
  assert.deepEqual(parseJcs(utf8(text)), { ...said, numbers: [1, 0, -5] });
});

test("what has no canonical JSON is refused", () => {
  const impossible = [1.5, 2 ** 53, Number.NaN, Infinity, "\ud800", { "\udfff": 1 }, undefined, [undefined], 1n];
  for (const value of impossible) assert.throws(() => jcs([value]), MalformedError, String(value));
  assert.throws(() => jcs(new Map()), MalformedError);
  const spellings = ['{"b":1,"a":2}', '{"a":1,"a":1}', "[1.0]", "[1e3]", "[ ]", '["\\u0041"]', '["\\ud800"]', "[-0]"];
  for (const text of spellings) assert.throws(() => parseJcs(utf8(text)), MalformedError, text);
  let nested: unknown = [];
  for (let i = 1; i < MAX_DEPTH; i++) nested = [nested];
  assert.deepEqual(parseJcs(jcs(nested)), nested);
  assert.throws(() => jcs([nested]), MalformedError);
});
