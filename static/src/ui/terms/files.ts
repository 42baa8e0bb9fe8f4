// Glossary files as people have them: which form they are of, and how they are encoded.

import { type Concept, ExchangeFault, MOST_CONCEPTS, holdable } from "./concept.ts";
import { readCsv, writeCsv } from "./csv.ts";
import { readTbx, writeTbx } from "./tbx.ts";

export const FORMS = ["csv", "tbx"] as const;
export type Form = (typeof FORMS)[number];
/** What a file dialog offers. */
export const ACCEPTED = ".csv,.tsv,.tbx,.xml,text/csv,text/tab-separated-values,application/x-tbx,text/xml,application/xml";
const TYPES: Readonly<Record<Form, string>> = { csv: "text/csv;charset=utf-8", tbx: "application/x-tbx;charset=utf-8" };
const MOST_BYTES = 8 << 20;

/** Concepts of a file that somebody chose; ExchangeFault says what is wrong with it. */
export async function readConcepts(file: File): Promise<Concept[]> {
  if (file.size > MOST_BYTES) throw new ExchangeFault("large", { most: MOST_BYTES >> 20 });
  const text = decoded(new Uint8Array(await file.arrayBuffer()));
  const concepts = text.trimStart().startsWith("<") ? readTbx(text) : readCsv(text);
  if (concepts.length > MOST_CONCEPTS) throw new ExchangeFault("tooMany", { found: concepts.length, most: MOST_CONCEPTS });
  return concepts.map(holdable);
}

/** Text by its byte order mark, else UTF-8. */
function decoded(bytes: Uint8Array): string {
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new ExchangeFault("encoding");
    throw error;
  }
}

export function fileOf(concepts: readonly Concept[], form: Form): Blob {
  return new Blob([form === "csv" ? writeCsv(concepts) : writeTbx(concepts)], { type: TYPES[form] });
}
