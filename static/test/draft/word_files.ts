// Word documents by hand, and what an import makes of a file.

import { strToU8, zipSync } from "fflate";
import * as Y from "yjs";
import { type ImportedText, type ImportOptions, clausesOf, readFile } from "../../src/draft/imports/clauses.ts";
import { createFromImport } from "../../src/draft/imports/write.ts";
import { readText } from "../../src/draft/model/read.ts";
import { textOfRuns } from "../../src/wire/drafts/clauses.ts";
import type { Run, TextDocument } from "../../src/wire/drafts/text.ts";

const ACCEPT: ImportOptions = { changes: "accept", square: false };
export const W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';

/** A DOCX with this body; `parts` replaces or adds others. */
export function docx(body: string, parts: Record<string, string> = {}): Uint8Array {
  const document = `<?xml version="1.0" encoding="UTF-8"?><w:document ${W}><w:body>${body}</w:body></w:document>`;
  const all = { "[Content_Types].xml": "<Types/>", "word/document.xml": document, ...parts };
  return zipSync(Object.fromEntries(Object.entries(all).map(([name, text]) => [name, strToU8(text)])));
}

export function p(text: string, about = ""): string {
  return `<w:p><w:pPr>${about}</w:pPr><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
}

export function read(name: string, bytes: Uint8Array, options: Partial<ImportOptions> = {}): ImportedText {
  return clausesOf(readFile(name, bytes), { ...ACCEPT, ...options });
}

export function words(runs: readonly Run[]): string {
  return runs.map(({ text, atom }) => (atom === undefined ? text : atom === "br" ? "\n" : "*")).join("");
}

/** Kind and canonical text of each clause, footnotes behind their clauses. */
export function canonical(document: TextDocument, lang: string): string[] {
  return document.nodes.map(({ kind, text }) => `${kind}: ${textOfRuns(text[lang] ?? []).text}`);
}

export function imported(from: ImportedText, lang: string): TextDocument {
  const doc = new Y.Doc();
  createFromImport(doc, from, [lang], { [lang]: from.title });
  return readText(doc);
}
