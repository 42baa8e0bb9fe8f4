// The plaintexts of the record (docs/protocol.md §5, "Content types"): made, and read with suspicion.

import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { type Id, isId } from "../wire/ids.ts";
import type { Mark } from "./api.ts";
import { type Fields, isCount, isOneOf, isRecord, isText, listOf } from "./fields.ts";
import {
  type PrivateContent,
  type PrivateKeyContent,
  readPrivate,
  readPrivateKey,
  readRendering,
  readTerm,
  readTranslation,
  type RenderingContent,
  type TermContent,
  type TranslationContent,
} from "./interpreters/translated.ts";

/** How a file is found and opened. `key` and `sha256` are b64 of 32 bytes; the hash is of the plaintext. */
export interface FileContent {
  blob: Id;
  key: string;
  name: string;
  type: string;
  size_bytes: number;
  chunk_bytes: number;
  sha256: string;
  width?: number;
  height?: number;
}

export type Content =
  | { t: "message"; text: string; lang: string; reply?: Id; mentions: Id[]; files: FileContent[] }
  | { t: "correction"; target: Id; text: string; lang: string }
  | { t: "withdrawal"; target: Id; reason?: string }
  | { t: "reaction"; target: Id; mark: Mark; on: boolean }
  | { t: "name"; name: string }
  | { t: "notice"; notice: "archived" | "reopened" }
  | { t: "translations"; on: boolean }
  | TranslationContent
  | RenderingContent
  | TermContent
  | PrivateKeyContent
  | PrivateContent;

/** What interpreters write, and nobody else; they write nothing else. */
const INTERPRETERS: ReadonlySet<Content["t"]> = new Set<Content["t"]>(["translation", "private_key", "private"]);

const MARKS: readonly Mark[] = ["agree", "noted", "thanks", "question"];
const MENTIONS_MAX = 256;
const FILES_MAX = 64;

/** Plaintext of an item; `at_ms` is this device's clock. */
export function encodeContent(content: Content, at_ms: number): Uint8Array {
  return utf8(JSON.stringify({ v: 1, at: at_ms, ...content }));
}

/** The content of a plaintext, or null if it is none of version 1: other members' programs are not trusted either. */
export function parseContent(plaintext: Uint8Array): Content | null {
  let fields: unknown;
  try {
    fields = JSON.parse(fromUtf8(plaintext));
  } catch {
    return null;
  }
  if (!isRecord(fields) || fields["v"] !== 1) return null;
  const read =
    typeof fields["t"] === "string" && Object.hasOwn(READERS, fields["t"])
      ? READERS[fields["t"] as Content["t"]]
      : null;
  return read ? read(fields) : null;
}

/** Whether a device of this kind may write such content. */
export function mayWrite(interpreter: boolean, { t }: Content): boolean {
  return INTERPRETERS.has(t) === interpreter;
}

const READERS: { [type in Content["t"]]: (fields: Fields) => Content | null } = {
  message: readMessage,
  correction: ({ target, text, lang }) =>
    isId(target) && isText(text) && isText(lang) ? { t: "correction", target, text, lang } : null,
  withdrawal: ({ target, reason }) => {
    if (!isId(target) || (reason !== undefined && !isText(reason))) return null;
    return { t: "withdrawal", target, ...(reason !== undefined && { reason }) };
  },
  reaction: ({ target, mark, on }) =>
    isId(target) && isOneOf(mark, MARKS) && typeof on === "boolean" ? { t: "reaction", target, mark, on } : null,
  name: ({ name }) => (isText(name) ? { t: "name", name } : null),
  notice: ({ notice }) => (notice === "archived" || notice === "reopened" ? { t: "notice", notice } : null),
  translations: ({ on }) => (typeof on === "boolean" ? { t: "translations", on } : null),
  translation: readTranslation,
  rendering: readRendering,
  term: readTerm,
  private_key: readPrivateKey,
  private: readPrivate,
};

function readMessage({ text, lang, reply, mentions, files }: Fields): Content | null {
  if (!isText(text) || !isText(lang) || (reply !== undefined && !isId(reply))) return null;
  const named = listOf(mentions ?? [], MENTIONS_MAX, (value) => (isId(value) ? value : null));
  const attached = listOf(files ?? [], FILES_MAX, readFile);
  if (!named || !attached) return null;
  return { t: "message", text, lang, mentions: named, files: attached, ...(reply !== undefined && { reply }) };
}

function readFile(value: unknown): FileContent | null {
  if (!isRecord(value)) return null;
  const { blob, key, name, type, size_bytes, chunk_bytes, sha256, width, height } = value;
  if (!isId(blob) || !isText(key) || !isText(name) || !isText(type) || !isText(sha256)) return null;
  if (!isCount(size_bytes) || !isCount(chunk_bytes)) return null;
  const file = { blob, key, name, type, size_bytes, chunk_bytes, sha256 };
  return isCount(width) && isCount(height) ? { ...file, width, height } : file;
}
