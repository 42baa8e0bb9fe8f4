// Puzzles of a pass: a counter for which SHA-256("<pass>:<puzzle>:<counter>") begins with a small enough number.
// Twin of portal/server/feedback/proof_of_work.py.
import { sha256 } from "@noble/hashes/sha2.js";

const RANGE = 2 ** 32;

/** Whether `counter` solves one puzzle of the pass `work` at `cost`. */
export function solves(work: string, cost: number, puzzle: number, counter: number): boolean {
  return isSmall(sha256(new TextEncoder().encode(`${work}:${puzzle}:${counter}`)), cost);
}

/** The first counter that solves one puzzle; takes `cost` hashes on average. */
export function solvePuzzle(work: string, cost: number, puzzle: number): number {
  const start = sha256.create().update(new TextEncoder().encode(`${work}:${puzzle}:`));
  const trial = sha256.create();
  const digest = new Uint8Array(32);
  for (let counter = 0; ; counter += 1) {
    start._cloneInto(trial).update(digitsOf(counter)).digestInto(digest);
    if (isSmall(digest, cost)) return counter;
  }
}

function isSmall(digest: Uint8Array, cost: number): boolean {
  const first = ((digest[0] ?? 0) * 0x1000000) + ((digest[1] ?? 0) << 16) + ((digest[2] ?? 0) << 8) + (digest[3] ?? 0);
  return first * cost < RANGE;
}

function digitsOf(counter: number): Uint8Array {
  const text = String(counter);
  const digits = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) digits[i] = text.charCodeAt(i);
  return digits;
}
