// Canonical JSON (RFC 8785) with strings of any script, for what members write: clauses, acts, snapshots.
// wire/canonical is the subset for what the server signs. Numbers are the integers that both twins hold exactly.
// The Python twin is portal/wire/drafts/jcs.py.

import { type Bytes, fromUtf8, MalformedError, utf8 } from "../bytes.ts";

/** Deeper nesting is refused by both sides, so that neither meets the end of its stack. */
export const MAX_DEPTH = 32;

/** Letters, digits and the like, which are written as they are: the keys, and most of the values. */
const PLAIN = /^[\w -]*$/;

/**
 * The one byte string (UTF-8) of `value`.
 *
 * MalformedError: a number that is no integer from -(2^53-1) to 2^53-1, a lone surrogate in a text or key, nesting
 * beyond MAX_DEPTH, or anything that JSON has no word for, `undefined` among it.
 */
export function jcs(value: unknown): Bytes {
  return utf8(write(value, MAX_DEPTH));
}

/** Parse `raw` and insist that it is canonical; MalformedError otherwise. */
export function parseJcs(raw: Uint8Array): unknown {
  const text = fromUtf8(raw);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedError("not JSON");
  }
  if (write(value, MAX_DEPTH) !== text) throw new MalformedError("not canonical JSON");
  return value;
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return writeText(value);
    case "boolean":
      return String(value);
    case "number":
      return writeInteger(value);
    case "object":
      return value === null ? "null" : writeNested(value, depth);
    default:
      throw new MalformedError(`${typeof value} can not be signed`);
  }
}

function writeNested(value: object, depth: number): string {
  if (depth <= 0) throw new MalformedError("nested too deeply");
  let text = "";
  if (Array.isArray(value)) {
    for (const inner of value) text += `${text && ","}${write(inner, depth - 1)}`;
    return `[${text}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new MalformedError("no plain object");
  // JavaScript sorts strings by UTF-16 code units, which is the order that RFC 8785 asks for.
  for (const key of Object.keys(value).sort()) {
    text += `${text && ","}${writeText(key)}:${write((value as Record<string, unknown>)[key], depth - 1)}`;
  }
  return `{${text}}`;
}

function writeText(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new MalformedError("a lone surrogate");
  return JSON.stringify(text);
}

function writeInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new MalformedError("only integers from -(2^53-1) to 2^53-1 can be signed");
  // -0 is written as 0, as RFC 8785 has it.
  return String(value);
}
