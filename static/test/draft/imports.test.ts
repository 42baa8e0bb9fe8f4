// Reading files into clauses: Word documents as people write them, and texts in several languages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { strToU8 } from "fflate";
import * as Y from "yjs";
import { docxOf } from "../../src/draft/exports/docx/docx.ts";
import type { ImportedText } from "../../src/draft/imports/clauses.ts";
import { readText } from "../../src/draft/imports/plain.ts";
import { appendImport, createFromImport } from "../../src/draft/imports/write.ts";
import { EDIT } from "../../src/draft/model/doc.ts";
import { readText as readDraft } from "../../src/draft/model/read.ts";
import { manuscript, NAMES, protocolAfter, protocolBefore } from "./samples.ts";
import { W, canonical, docx, imported, p, read, words } from "./word_files.ts";

/** Clauses as lines, indented by what they stand under. */
function outline({ nodes }: ImportedText): string[] {
  const depth = (node: string): number =>
    node === "" ? 0 : 1 + depth(nodes.find((each) => each.id === node)?.parent ?? "");
  return nodes.map(({ kind, parent, runs }) => `${"  ".repeat(depth(parent))}${kind}: ${words(runs)}`);
}

test("a treaty as plain text becomes its clauses", () => {
  const text = [
    "Protocol on the Exchange of Indicators",
    "The Parties to this Protocol,",
    "Have agreed as follows:",
    "PART I",
    "General provisions",
    "Article 1",
    "Use of terms",
    "1. For the purposes of this Protocol:",
    '(a) "indicator" means a sign;',
    "(i) of water; or",
    "(ii) of air;",
    "(b) “Party” means a State.",
    "2. Article 5 applies mutatis mutandis.",
    "Article 2: Exchange",
    "Each Party shall notify.",
    "DONE at Oslo, in English.",
    "For Norway",
    "Annex",
    "List of indicators",
    "1. Water level",
    "2. Wind",
  ].join("\r\n");
  assert.deepEqual(outline(read("treaty.txt", strToU8(text))), [
    "title: Protocol on the Exchange of Indicators",
    "preamble: The Parties to this Protocol,",
    "preamble: Have agreed as follows:",
    "part: General provisions",
    "  article: Use of terms",
    "    paragraph: For the purposes of this Protocol:",
    '      point: "indicator" means a sign;',
    "        point: of water; or",
    "        point: of air;",
    "      point: “Party” means a State.",
    "    paragraph: Article 5 applies mutatis mutandis.",
    "  article: Exchange",
    "    paragraph: Each Party shall notify.",
    "final: DONE at Oslo, in English.",
    "final: For Norway",
    "annex: List of indicators",
    "  paragraph: Water level",
    "  paragraph: Wind",
  ]);
});

test("Korean, Chinese, Russian and Arabic texts say their articles in their own way", () => {
  const korean =
    "지표 교환에 관한 의정서\n제1장 총칙\n제1조(목적) 이 의정서는 지표의 교환을 목적으로 한다.\n제2조(통보)\n① 각 당사자는 통보한다.\n② 사무국은 보존한다.\n가. 지표\n나. 날짜";
  assert.deepEqual(outline(read("a.txt", strToU8(korean))), [
    "title: 지표 교환에 관한 의정서",
    "part: 총칙",
    "  article: 목적",
    "    paragraph: 이 의정서는 지표의 교환을 목적으로 한다.",
    "  article: 통보",
    "    paragraph: 각 당사자는 통보한다.",
    "    paragraph: 사무국은 보존한다.",
    "      point: 지표",
    "      point: 날짜",
  ]);
  const chinese = "议定书\n第一章 总则\n第一条 各缔约方应当通知。\n第二条\n秘书处\n（一）保密；\n（二）报告。";
  assert.deepEqual(outline(read("a.txt", strToU8(chinese))), [
    "title: 议定书",
    "part: 总则",
    "  article: ",
    "    paragraph: 各缔约方应当通知。",
    "  article: 秘书处",
    "    point: 保密；",
    "    point: 报告。",
  ]);
  const russian = "Протокол\nСтатья 1\nОбмен\n1. Каждая Сторона уведомляет.\na) показатель;\nПриложение\nПеречень";
  assert.deepEqual(outline(read("a.txt", strToU8(russian))), [
    "title: Протокол",
    "article: Обмен",
    "  paragraph: Каждая Сторона уведомляет.",
    "    point: показатель;",
    "annex: Перечень",
  ]);
  const arabic = "بروتوكول\nالمادة ١\nالتبادل\n١. يخطر كل طرف الأمانة.\n(أ) المؤشر؛\n(ب) التاريخ.";
  assert.deepEqual(outline(read("a.txt", strToU8(arabic))), [
    "title: بروتوكول",
    "article: التبادل",
    "  paragraph: يخطر كل طرف الأمانة.",
    "    point: المؤشر؛",
    "    point: التاريخ.",
  ]);
});

test("decimal numbers: headed sections are articles, what is below them paragraphs and points", () => {
  const text =
    "Memorandum of Understanding\n1. Purpose\n1.1 The Sides share data.\n1.1.1 At once.\n1.2 They meet.\n2. Costs\n2.1 Each Side bears its own.";
  assert.deepEqual(outline(read("a.txt", strToU8(text))), [
    "title: Memorandum of Understanding",
    "article: Purpose",
    "  paragraph: The Sides share data.",
    "    point: At once.",
    "  paragraph: They meet.",
    "article: Costs",
    "  paragraph: Each Side bears its own.",
  ]);
});

test("letters go on as letters, and a text broken to a width is put together", () => {
  const letters = [..."abcdefghij"].map((letter) => `(${letter}) point ${letter};`).join("\n");
  const nodes = read("a.txt", strToU8(`1. All:\n${letters}`)).nodes;
  assert.equal(new Set(nodes.slice(1).map(({ parent }) => parent)).size, 1, "(i) behind (h) is no Roman number");
  const wrapped =
    "A statement of the delegations that\nmet in Geneva\n\nThe delegations agree that they shall meet again at an\nearly date, and that the date\nis to be found.\n\nThey thank their hosts for what was a very good meeting\nby any measure.";
  assert.equal(readText(wrapped).paragraphs.length, 3);
});

test("Word's automatic numbers, headings, footnotes, emphasis and line breaks are read", () => {
  const numbering = `<w:numbering ${W}><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="Article %1"/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl><w:lvl w:ilvl="2"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/></w:lvl></w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="1"/></w:num></w:numbering>`;
  const styles = `<w:styles ${W}><w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style><w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style></w:styles>`;
  const footnotes = `<w:footnotes ${W}><w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote><w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> Of water.</w:t></w:r></w:p></w:footnote></w:footnotes>`;
  const list = (level: number): string => `<w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="7"/></w:numPr>`;
  const body = [
    p("A Protocol", '<w:pStyle w:val="Titel"/>'),
    p("Use of terms", list(0)),
    `<w:p><w:pPr>${list(1)}</w:pPr><w:r><w:t xml:space="preserve">An </w:t></w:r><w:r><w:rPr><w:i/></w:rPr><w:t>indicator</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:rPr><w:b w:val="0"/></w:rPr><w:t xml:space="preserve"> means</w:t><w:br/><w:t>a sign.</w:t></w:r></w:p>`,
    p("of water;", list(2)),
    p("of air.", list(2)),
    p("Final provisions", list(0)),
  ].join("");
  const imported = read(
    "a.docx",
    docx(body, { "word/numbering.xml": numbering, "word/styles.xml": styles, "word/footnotes.xml": footnotes }),
  );
  assert.deepEqual(outline(imported), [
    "title: A Protocol",
    "article: Use of terms",
    "  paragraph: An indicator* means\na sign.",
    "    note: Of water.",
    "    point: of water;",
    "    point: of air.",
    "article: Final provisions",
  ]);
  const runs = imported.nodes[2]?.runs ?? [];
  assert.deepEqual(
    runs.filter(({ marks }) => marks.length > 0).map(({ text, marks }) => [text, marks]),
    [["indicator", ["em"]]],
  );
});

test("recorded changes are taken as done, or become brackets", () => {
  const change = (op: string, inner: string): string =>
    `<w:${op} w:id="1" w:author="Omar" w:date="2026-11-02T10:00:00Z">${inner}</w:${op}>`;
  const body = [
    `<w:p><w:r><w:t xml:space="preserve">Parties </w:t></w:r>${change("del", "<w:r><w:delText>shall</w:delText></w:r>")}${change("ins", "<w:r><w:t>should</w:t></w:r>")}<w:r><w:t xml:space="preserve"> meet.</w:t></w:r></w:p>`,
    `<w:p><w:pPr><w:rPr>${change("del", "")}</w:rPr></w:pPr>${change("del", "<w:r><w:delText>All of this goes.</w:delText></w:r>")}</w:p>`,
    `<w:p><w:pPr><w:rPr>${change("del", "")}</w:rPr></w:pPr><w:r><w:t xml:space="preserve">One half </w:t></w:r></w:p>`,
    p("and the other."),
  ].join("");
  assert.deepEqual(outline(read("a.docx", docx(body))), [
    "paragraph: Parties should meet.",
    "paragraph: One half and the other.",
  ]);
  const reason = (by: { author: string }): string => `in Word: ${by.author}`;
  const kept = read("a.docx", docx(body), { changes: "brackets", reason });
  assert.equal(words(kept.nodes[0]?.runs ?? []), "Parties shallshould meet.");
  const found = kept.brackets.map(({ reason: why, options }) => [why, ...options.map(({ kind }) => kind)]);
  assert.deepEqual(found, [
    ["in Word: Omar", "text", "text"],
    ["in Word: Omar", "text", "delete"],
  ]);
  assert.ok(kept.tracked);
  assert.deepEqual(kept.authors, ["Omar"]);
});

test("square brackets become brackets where somebody wants it, references do not", () => {
  const text = "The Parties [shall / should] meet [[at once] or later], see [4] and [...].";
  const plain = read("a.txt", strToU8(`1. ${text}`));
  assert.equal(words(plain.nodes[0]?.runs ?? []), text);
  const taken = read("a.txt", strToU8(`1. ${text}`), { square: true });
  assert.equal(words(taken.nodes[0]?.runs ?? []), "The Parties shallshould meet at once or later, see [4] and [...].");
  assert.deepEqual(
    taken.brackets.map(({ options }) => options.length),
    [2, 1, 1],
  );
  const broken = read("a.txt", strToU8("1. One [two"), { square: true });
  assert.equal(words(broken.nodes[0]?.runs ?? []), "One [two");
});

test("what no draft may hold is left out, and said", () => {
  const imported = read("a.txt", strToU8("1. The Parties\u202e shall\u00ad meet\u00a0now."));
  assert.equal(words(imported.nodes[0]?.runs ?? []), "The Parties shall meet now.");
  assert.deepEqual(imported.warnings, ["controls"]);
});

test("a Word document of ours comes back with every clause's canonical text, and its brackets", async () => {
  for (const lang of ["en", "ar", "zh"]) {
    const after = protocolAfter();
    const bytes = await docxOf(manuscript({ after }, [], [lang]));
    const back = read("a.docx", bytes, {
      delegations: new Map(Object.entries(NAMES).map(([key, name]) => [name, key])),
    });
    const expected = canonical(after, lang);
    assert.deepEqual(canonical(imported(back, lang), lang), [`title: ${after.meta.title[lang]}`, ...expected]);
    const kinds = back.brackets.map(({ options }) => options.map(({ by, kind }) => `${by} ${kind}`).join(", "));
    const [force, prompt] = ["NO text, US text", "CL text, US delete"];
    assert.deepEqual(kinds, { en: [force, prompt], ar: [prompt], zh: [force] }[lang]);
  }
});

test("a redline of ours, read back with its changes taken as done, is the text after", async () => {
  const after = protocolAfter();
  const bytes = await docxOf(manuscript({ before: protocolBefore(), after }, [], ["en"]));
  assert.deepEqual(canonical(imported(read("a.docx", bytes), "en"), "en").slice(1), canonical(after, "en"));
});

test("an import is appended behind what there is, and undone in one step", () => {
  const doc = new Y.Doc();
  createFromImport(doc, read("a.txt", strToU8("Title\n1. One.")), ["en", "fr"], { en: "Title", fr: "Titre" });
  const undo = new Y.UndoManager([doc.getMap("nodes"), doc.getMap("brackets")], {
    trackedOrigins: new Set([EDIT]),
    captureTimeout: 0,
  });
  appendImport(doc, read("b.txt", strToU8("Zwei\nArticle 2\nMore [x / y].")), "fr");
  const document = readDraft(doc);
  assert.deepEqual(document.meta.langs, ["en", "fr"]);
  assert.deepEqual(
    document.nodes.map(({ kind }) => kind),
    ["title", "paragraph", "part", "article", "paragraph"],
  );
  assert.deepEqual(words(document.nodes.at(-1)?.text["fr"] ?? []), "More [x / y].");
  undo.undo();
  assert.equal(readDraft(doc).nodes.length, 2);
});
