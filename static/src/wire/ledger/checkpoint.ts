// Checkpoints (c2sp.org/tlog-checkpoint): a log's size and root as the text of a signed note. Twin of
// portal/wire/ledger/checkpoint.py. Extension lines are refused: no log here writes any, and ML-DSA does not sign them.

import { type Bytes, equal, MalformedError, utf8 } from "../bytes.ts";
import { base64, unbase64 } from "./base64.ts";
import { EMPTY_ROOT, HASH_BYTES } from "./merkle.ts";

export const ORIGIN_MAX_BYTES = 255;

/** `root` has 32 bytes. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

/** The text of the note: three lines. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${base64(root)}\n`;
}

/** Read such a text; MalformedError if it is none, or an empty tree has another root than the empty one. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size, root, end, ...more] = text.split("\n");
  if (!origin || size === undefined || root === undefined || end !== "" || more.length > 0) {
    throw new MalformedError("no checkpoint of three lines");
  }
  if (utf8(origin).length > ORIGIN_MAX_BYTES) throw new MalformedError("the origin is too long");
  const read = { origin, size: decimal(size), root: unbase64(root, HASH_BYTES) };
  if (read.size === 0 && !equal(read.root, EMPTY_ROOT)) throw new MalformedError("the empty tree has another root");
  return read;
}

/** An integer from 0 to 2^53-1 in decimal without leading zeros; MalformedError otherwise. */
export function decimal(text: string): number {
  const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new MalformedError("not a decimal number");
  return value;
}
