// Glossary files: read, written and compared with what a room has agreed.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TermView } from "../../src/member/api.ts";
import { type Concept, ExchangeFault } from "../../src/ui/terms/concept.ts";
import { readCsv, rowsOf, writeCsv } from "../../src/ui/terms/csv.ts";
import { readConcepts } from "../../src/ui/terms/files.ts";
import { conceptsOf, planOf } from "../../src/ui/terms/plan.ts";
import { readTbx, writeTbx } from "../../src/ui/terms/tbx.ts";

const ID = "AAAAAAAAAAAAAAAAAAAAAA";

const CONCEPTS: Concept[] = [
  {
    name: ID,
    words: [
      { lang: "en", text: 'armistice, the "1953" one', status: "preferred" },
      { lang: "en", text: "truce\nline", status: "forbidden" },
      { lang: "ko", text: "정전협정", status: "preferred" },
    ],
    note: "=not a formula <b>",
  },
  { name: null, words: [{ lang: "en", text: "IAEA", status: "keep" }], note: "" },
];

function fault(kind: ExchangeFault["kind"], values: ExchangeFault["values"] = {}): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ExchangeFault);
    assert.deepEqual([error.kind, error.values], [kind, values]);
    return true;
  };
}

function term(id: string, words: TermView["words"], note = ""): TermView {
  return { term: id, words, note, by: ID, at_ms: 0 };
}

test("rows keep quotes, separators and line ends inside of cells, and know their lines", () => {
  assert.deepEqual(rowsOf('a,"b ""c"", d"\r\n\r\n"x\ny",z\nlast,', ","), [
    { line: 1, cells: ["a", 'b "c", d'] },
    { line: 3, cells: ["x\ny", "z"] },
    { line: 5, cells: ["last", ""] },
  ]);
  assert.throws(() => rowsOf('a\n"b', ","), fault("quote", { line: 2 }));
});

test("a table that was written is read as it was, and no cell of it is a formula", () => {
  const text = writeCsv(CONCEPTS);
  assert.match(text, /,'=not a formula <b>\n/);
  const named = CONCEPTS.map((concept, index) => ({ ...concept, name: concept.name ?? String(index + 1) }));
  assert.deepEqual(readCsv(text.slice(1)), named);
});

test("a table from a spreadsheet of any country is read; the first word of a forbidden line is not forbidden", () => {
  const read = readCsv("EN;ko;Status\ntruce;휴전;forbidden\nline;;\n");
  assert.deepEqual(
    read.map(({ words }) => words.map(({ text, status }) => `${text} ${status}`)),
    [["truce preferred", "휴전 forbidden"], ["line preferred"]],
  );
});

test("what is wrong with a table is said with its line", () => {
  assert.throws(() => readCsv("word,meaning\na,b"), fault("header"));
  assert.throws(() => readCsv("en,ko,status\na,b,\n\nc,d,liked"), fault("status", { line: 4, status: "liked" }));
  assert.throws(() => readCsv("en,ko\n,\n"), fault("empty"));
});

test("a document that was written is read as it was", () => {
  assert.deepEqual(readTbx(writeTbx(CONCEPTS)), CONCEPTS);
});

test("older documents are read, with prefixes, regions and states of other tools", () => {
  const read = readTbx(`<?xml version="1.0"?><!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">
    <martif type="TBX" xmlns:t="urn:x"><text><body><t:termEntry id="7"><note> agreed in May </note>
      <langSet xml:lang="ko-KR"><ntig><termGrp><term>휴전</term>
        <termNote type="administrativeStatus">supersededTerm-admn-sts</termNote></termGrp></ntig></langSet>
      <langSet lang="EN"><tig><term>truce</term></tig></langSet></t:termEntry></body></text></martif>`);
  assert.deepEqual(read, [
    {
      name: null,
      words: [
        { lang: "ko", text: "휴전", status: "forbidden" },
        { lang: "en", text: "truce", status: "preferred" },
      ],
      note: "agreed in May",
    },
  ]);
});

test("a hostile or broken document is refused with words for it", () => {
  assert.throws(() => readTbx("<tbx>\n <text></tbx>"), fault("xml", { line: 2, column: 8 }));
  assert.throws(() => readTbx('<!DOCTYPE t [<!ENTITY a "&b;&b;">]><t>&a;</t>'), fault("entities"));
  assert.throws(() => readTbx("<a>".repeat(200_000)), fault("deep"));
  assert.throws(() => readTbx("<html></html>"), fault("empty"));
});

test("a file is taken by its content, in the encodings that programs write", async () => {
  const file = (bytes: Uint8Array<ArrayBuffer>): File => new File([bytes], "terms.txt");
  const utf16 = new Uint8Array([0xff, 0xfe, ...Buffer.from("en\tko\ntruce\t휴전\n", "utf16le")]);
  assert.equal((await readConcepts(file(utf16)))[0]?.words[1]?.text, "휴전");
  const tbx = new TextEncoder().encode(writeTbx(CONCEPTS));
  assert.equal((await readConcepts(file(tbx))).length, 2);
  await assert.rejects(readConcepts(file(new Uint8Array([0x65, 0x6e, 0x0a, 0xff]))), fault("encoding"));
  const long = new TextEncoder().encode(`en,note\n${"x".repeat(501)},`);
  await assert.rejects(readConcepts(file(long)), fault("longWord", { word: "x".repeat(40), most: 500 }));
  const many = new TextEncoder().encode(`en\n${"word\n".repeat(1001)}`);
  await assert.rejects(readConcepts(file(many)), fault("tooMany", { found: 1001, most: 1000 }));
});

test("an import adds, changes or finds the same, and takes nothing away", () => {
  const terms = [
    term(ID, [{ lang: "en", text: "Armistice", status: "preferred" }, { lang: "de", text: "Waffenstillstand", status: "preferred" }], "old"), // prettier-ignore
    term("BBBBBBBBBBBBBBBBBBBBBA", [{ lang: "en", text: "IAEA", status: "keep" }]),
    term("CCCCCCCCCCCCCCCCCCCCCA", [{ lang: "en", text: "annex", status: "preferred" }]),
  ];
  const file: Concept[] = [
    { name: null, words: [{ lang: "en", text: "armistice", status: "preferred" }, { lang: "ko", text: "정전협정", status: "preferred" }], note: "" }, // prettier-ignore
    { name: null, words: [{ lang: "en", text: "IAEA", status: "keep" }], note: "" },
    { name: null, words: [{ lang: "en", text: "protocol", status: "preferred" }], note: "" },
    { name: "CCCCCCCCCCCCCCCCCCCCCA", words: [{ lang: "en", text: "appendix", status: "preferred" }], note: "" },
  ];
  const plan = planOf(terms, file);
  assert.equal(plan.same, 1);
  assert.deepEqual(
    plan.added.map(({ words }) => words.map(({ text }) => text)),
    [["protocol"]],
  );
  assert.deepEqual(
    plan.changed.map(({ before, words, note }) => [before?.term, words.map(({ text }) => text), note]),
    [
      ["CCCCCCCCCCCCCCCCCCCCCA", ["appendix"], ""],
      [ID, ["armistice", "정전협정", "Waffenstillstand"], "old"],
    ],
  );
});

test("whatever can be typed comes back from both forms", () => {
  const signs = ["a", "가", ",", ";", "\t", '"', "'", "=", "-", "\n", "\r", "\r\n", "<", "&", "]]>", " ", "😀"];
  let seed = 7;
  const draw = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const text = (): string => Array.from({ length: 1 + draw(6) }, () => signs[draw(signs.length)]).join("").trim();
  for (let round = 0; round < 300; round += 1) {
    const words = (["en", "ko"] as const).map((lang) => ({ lang, text: `${text()}x`.trim(), status: "admitted" as const }));
    const concept: Concept = { name: ID, words, note: text() };
    assert.deepEqual(readTbx(writeTbx([concept])), [concept]);
    assert.deepEqual(readCsv(writeCsv([concept]).slice(1)), [concept]);
  }
});

test("what was exported from a room changes nothing when it comes back", () => {
  const terms = [term(ID, CONCEPTS[0]?.words ?? [], "a note"), term("BBBBBBBBBBBBBBBBBBBBBA", CONCEPTS[1]?.words ?? [])];
  for (const concepts of [readCsv(writeCsv(conceptsOf(terms)).slice(1)), readTbx(writeTbx(conceptsOf(terms)))]) {
    assert.deepEqual(planOf(terms, concepts), { added: [], changed: [], same: 2 });
  }
});
