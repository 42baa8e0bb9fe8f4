// Assertions on refusals: which code, not which words.

import assert from "node:assert/strict";

import { Refusal, type RefusalCode } from "../../src/e2ee/refusal.ts";

/** The work must be refused with this code. */
export async function refused(code: RefusalCode, work: Promise<unknown> | (() => unknown)): Promise<void> {
  const error = await outcome(work);
  assert.ok(error instanceof Refusal, `not refused but ${String(error)}`);
  assert.equal(error.code, code);
}

/** The work must be refused with a code that begins so. */
export async function refusedLike(prefix: string, work: Promise<unknown> | (() => unknown)): Promise<void> {
  const error = await outcome(work);
  assert.ok(error instanceof Refusal, `not refused but ${String(error)}`);
  assert.ok(error.code.startsWith(prefix), `${error.code} is not ${prefix}…`);
}

async function outcome(work: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return error;
  }
  return "accepted";
}

/** `raw` with one bit changed. */
export function flipped(raw: Uint8Array, byte: number, bit = 0): Uint8Array<ArrayBuffer> {
  const changed = new Uint8Array(raw);
  changed[byte < 0 ? raw.length + byte : byte]! ^= 1 << bit;
  return changed;
}
