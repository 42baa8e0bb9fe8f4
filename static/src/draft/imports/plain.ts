// Plain text as paragraphs: one a line, or one a block where lines are broken to a width.

import { ImportRefusedError, LIMITS } from "./limits.ts";
import { type ReadFile, plainParagraph, plainRun } from "./read.ts";
import { labelAt } from "./labels.ts";

/** The paragraphs of a text; ImportRefusedError if it is beyond the limits. */
export function readText(text: string): ReadFile {
  if (text.length > LIMITS.text) throw new ImportRefusedError("too-long");
  const lines = text.replace(/^\ufeff/, "").split(/\r\n?|\n|\u2028|\u2029/u);
  const paragraphs = (isWrapped(lines) ? blocksOf(lines) : lines)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => plainParagraph([plainRun(line)]));
  return { paragraphs, notes: new Map(), warnings: new Set(), authors: [] };
}

/** The text of a file's bytes: UTF-8 or, with its mark, UTF-16. ImportRefusedError if it is no text. */
export function decodeText(file: Uint8Array): string {
  if (file.length > LIMITS.file_bytes) throw new ImportRefusedError("too-large");
  const sixteen =
    file[0] === 0xff && file[1] === 0xfe ? "utf-16le" : file[0] === 0xfe && file[1] === 0xff ? "utf-16be" : null;
  try {
    const text = new TextDecoder(sixteen ?? "utf-8", { fatal: true }).decode(file);
    if (text.includes("\0")) throw new ImportRefusedError("not-text");
    return text;
  } catch (error) {
    if (error instanceof TypeError) throw new ImportRefusedError("not-text");
    throw error;
  }
}

/** Widest line of a text that was broken to a width (mails, RFCs). */
const WIDTH = 90;

/** Whether paragraphs are set apart by empty lines and their lines end where the width did. */
function isWrapped(lines: readonly string[]): boolean {
  const full = lines.filter((line) => line.trim() !== "");
  if (lines.length - full.length < 2 || full.length < 4 || full.some((line) => line.length > WIDTH)) return false;
  const broken = lines.filter((line, index) => line.length > WIDTH / 2 && (lines[index + 1] ?? "").trim() !== "");
  return broken.length >= full.length / 4;
}

/** Lines of a block are one paragraph, up to one that begins with a label of its own. */
function blocksOf(lines: readonly string[]): string[] {
  const blocks: string[] = [];
  let open = false;
  for (const raw of lines) {
    const line = raw.trim();
    if (line === "") open = false;
    else if (open && labelAt(line) === null) blocks[blocks.length - 1] += ` ${line}`;
    else {
      blocks.push(line);
      open = true;
    }
  }
  return blocks;
}
