// What word processors put on the clipboard, as paragraphs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LONGEST_SOURCE } from "../../src/draft/model/citations.ts";
import { plainText } from "../../src/draft/model/inline.ts";
import { paragraphsOfHtml, paragraphsOfText } from "../../src/ui/draft/editor/paste.ts";
import type { Run } from "../../src/wire/drafts/text.ts";
import { growsAsItsSize } from "../growth.ts";

const WORD = `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p {mso-style: x} --></style></head>
<body><!--StartFragment--><p class=MsoNormal style='text-indent:0'><b style='mso-bidi-font-weight:normal'>Article 4</b><o:p></o:p></p>
<p class=MsoListParagraph><span style='mso-list:Ignore'>1.<span style='font:7.0pt'>&nbsp;&nbsp; </span></span>Each
Party&nbsp;<i style='mso-bidi-font-style:normal'>shall</i> <span style="font-weight:bold">report</span> &mdash; 한국어 &#x2764;.<br>Second line.</p>
<!--[if !supportLists]-->&lt;kept&gt;<![endif]--><script>alert(1)</script><!--EndFragment--></body></html>`;

test("paragraphs, bold and italic of a Word document are taken, its styles, scripts and list signs are not", () => {
  const paragraphs = paragraphsOfHtml(WORD);
  assert.deepEqual(paragraphs.map(plainText), [
    "Article 4",
    "Each Party shall report — 한국어 ❤.\nSecond line.",
    "<kept>",
  ]);
  assert.deepEqual(paragraphs[0]?.[0]?.marks, ["strong"]);
  const marked = paragraphs[1]?.filter(({ marks }) => marks.length > 0).map(({ text, marks }) => [text, marks]);
  assert.deepEqual(marked, [
    ["shall", ["em"]],
    ["report", ["strong"]],
  ]);
});

test("words copied from a draft keep where they were agreed, as a citation of their own", () => {
  const copied = `<p>They <span class="cited" data-cited="UN Charter, Art. 2(4) &amp; 51">shall <em>refrain</em></span> from force.</p>`;
  const read = (): (readonly Run[])[] => paragraphsOfHtml(copied);
  const [runs = []] = read();
  assert.deepEqual(
    runs.map(({ text, cite }) => [text, cite?.source]),
    [["They ", undefined], ["shall ", "UN Charter, Art. 2(4) & 51"], ["refrain", "UN Charter, Art. 2(4) & 51"], [" from force.", undefined]],
  );
  const ids = new Set([...runs, ...(read()[0] ?? [])].flatMap(({ cite }) => cite?.id ?? []));
  assert.equal(ids.size, 2);
  for (const source of ["", "x".repeat(LONGEST_SOURCE + 1)]) {
    const [plain = []] = paragraphsOfHtml(`<span data-cited="${source}">words</span>`);
    assert.deepEqual(plain.map(({ cite }) => cite), [undefined]);
  }
});

test("lines of plain text are paragraphs", () => {
  assert.deepEqual(paragraphsOfText("one\r\n\n  two \t three\n").map(plainText), ["one", "two three"]);
});

test("what is made to take long takes no longer than what is not", () => {
  for (const piece of ["<a", "<!--", "<b>", "</q>", "<p style='", '"', "&", "<![", "<br"]) {
    const reading = (count: number) => (): void => void paragraphsOfHtml(piece.repeat(count));
    assert.ok(growsAsItsSize(reading, 10_000), piece);
  }
  const crossed = (count: number) => (): void =>
    void paragraphsOfHtml(`${"<b>".repeat(count)}${"</q>".repeat(count)}`);
  assert.ok(growsAsItsSize(crossed, 2_500));
});
