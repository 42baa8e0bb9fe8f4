// The plaintexts of the record (docs/protocol.md §5, "Content types"): made, and read with suspicion.

import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { type Id, isId } from "../wire/ids.ts";
import type { Mark } from "./api.ts";

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
  | { t: "notice"; notice: "archived" | "reopened" };

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

type Fields = Record<string, unknown>;

const READERS: { [type in Content["t"]]: (fields: Fields) => Content | null } = {
  message: readMessage,
  correction: ({ target, text, lang }) =>
    isId(target) && isText(text) && isText(lang) ? { t: "correction", target, text, lang } : null,
  withdrawal: ({ target, reason }) => {
    if (!isId(target) || (reason !== undefined && !isText(reason))) return null;
    return { t: "withdrawal", target, ...(reason !== undefined && { reason }) };
  },
  reaction: ({ target, mark, on }) =>
    isId(target) && isMark(mark) && typeof on === "boolean" ? { t: "reaction", target, mark, on } : null,
  name: ({ name }) => (isText(name) ? { t: "name", name } : null),
  notice: ({ notice }) => (notice === "archived" || notice === "reopened" ? { t: "notice", notice } : null),
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

function listOf<T>(value: unknown, most: number, read: (inner: unknown) => T | null): T[] | null {
  if (!Array.isArray(value) || value.length > most) return null;
  const list = value.map(read);
  return list.includes(null) ? null : (list as T[]);
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isMark(value: unknown): value is Mark {
  return MARKS.includes(value as Mark);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
