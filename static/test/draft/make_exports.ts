// Writes exports of drafts into a folder, for tests that open them with other programs (tests/exchange).
//
//   node make_exports.ts FOLDER [random drafts]

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { aknFileOf, aknOf, type History } from "../../src/draft/exports/akn/akn.ts";
import { docxOf } from "../../src/draft/exports/docx/docx.ts";
import { htmlOf } from "../../src/draft/exports/html/html.ts";
import { manuscript, protocolAfter, protocolBefore, protocolComments, randomDraft } from "./samples.ts";

const [folder = ".", count = "0"] = process.argv.slice(2);
const HISTORY: History = {
  revisions: [
    { name: "Rev.1", at_ms: Date.UTC(2026, 10, 3) },
    { name: "Rev.2", at_ms: Date.UTC(2026, 10, 20) },
  ],
  steps: [
    { step: "adopted", at_ms: Date.UTC(2026, 10, 21), delegation: "" },
    { step: "ratified", at_ms: Date.UTC(2026, 10, 22), delegation: "NO" },
  ],
};

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

const redline = manuscript({ before: protocolBefore(), after: protocolAfter() }, protocolComments());
const plain = manuscript({ after: protocolAfter() }, protocolComments());
write("redline.docx", await docxOf(redline));
write("plain.docx", await docxOf(plain));
write("redline.html", htmlOf(redline));
for (const lang of plain.columns.map((column) => column.lang))
  write(`protocol-${lang}.xml`, aknOf(plain, lang, HISTORY));
write("protocol.zip", aknFileOf(plain, HISTORY).bytes);
for (let seed = 1; seed <= Number(count); seed++) {
  const draft = manuscript({ after: randomDraft(seed) });
  const history = seed % 2 === 0 ? HISTORY : { revisions: [], steps: [] };
  for (const { lang } of draft.columns) write(`random-${seed}-${lang}.xml`, aknOf(draft, lang, history));
  write(`random-${seed}.docx`, await docxOf(draft));
  write(`random-${seed}.html`, htmlOf(draft));
}
