// Canonical JSON (RFC 8785) for the small subset that is signed: printable ASCII strings, integers from 0 to 2^53-1,
// arrays and objects. The Python twin is portal/wire/canonical.py.

import { type Bytes, fromUtf8, MalformedError, utf8 } from "./bytes.ts";

export type Canonical = string | number | Canonical[] | { [key: string]: Canonical };
export type CanonicalObject = { [key: string]: Canonical };

/** Deeper nesting than this is refused by both sides, so that neither meets the end of its stack. */
export const MAX_DEPTH = 16;

const PRINTABLE_ASCII = /^[ -~]*$/;

/** The one byte string of `value`; MalformedError for anything outside the subset. */
export function canonicalJson(value: Canonical): Bytes {
  return utf8(write(value, MAX_DEPTH));
}

/** Parse `raw` and insist that it is canonical; MalformedError otherwise. */
export function parseCanonical(raw: Uint8Array): Canonical {
  const text = fromUtf8(raw);
  let value: Canonical;
  try {
    value = JSON.parse(text) as Canonical;
  } catch {
    throw new MalformedError("not JSON");
  }
  if (write(value, MAX_DEPTH) !== text) throw new MalformedError("not canonical JSON");
  return value;
}

/** Like parseCanonical, for an object with exactly these keys; `keys` may depend on what the object says. */
export function parseCanonicalObject(
  raw: Uint8Array,
  keys: readonly string[] | ((object: CanonicalObject) => readonly string[]),
): CanonicalObject {
  const value = parseCanonical(raw);
  if (typeof value !== "object" || Array.isArray(value)) throw new MalformedError("not a JSON object");
  const due = typeof keys === "function" ? keys(value) : keys;
  if (Object.keys(value).length !== due.length || !due.every((key) => Object.hasOwn(value, key))) {
    throw new MalformedError("missing or unknown fields");
  }
  return value;
}

/** The integer under `key`; MalformedError if there is another thing. */
export function integerOf(object: CanonicalObject, key: string): number {
  const value = object[key];
  if (typeof value !== "number") throw new MalformedError(`${key} is no number`);
  return value;
}

/** The text under `key`; MalformedError if there is another thing. */
export function textOf(object: CanonicalObject, key: string): string {
  const value = object[key];
  if (typeof value !== "string") throw new MalformedError(`${key} is no text`);
  return value;
}

function write(value: unknown, depth: number): string {
  if (depth < 0) throw new MalformedError("nested too deeply");
  if (typeof value === "string") return writeText(value);
  if (typeof value === "number") return writeInteger(value);
  if (Array.isArray(value)) return `[${value.map((inner) => write(inner, depth - 1)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    // For ASCII keys, UTF-16 order (RFC 8785) and the order of code points are the same.
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, inner]) => `${writeText(key)}:${write(inner, depth - 1)}`).join(",")}}`;
  }
  throw new MalformedError(`${value === null ? "null" : typeof value} can not be signed`);
}

function writeText(text: string): string {
  if (!PRINTABLE_ASCII.test(text)) throw new MalformedError("only printable ASCII can be signed");
  return JSON.stringify(text);
}

function writeInteger(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) {
    throw new MalformedError("only integers from 0 to 2^53-1 can be signed");
  }
  return String(value);
}
