// A log's signed promise that it will hold a commitment. Twin of portal/wire/ledger/promise.py.

import { type Bytes, MalformedError } from "../bytes.ts";
import { base64, unbase64 } from "./base64.ts";
import { COMMITMENT_BYTES } from "./entries.ts";

export const PROMISE_HEADER = "portal receipt promise v1";

/** An entry with this commitment (32 bytes) was received on `day` (UTC, as 2026-11-22). */
export interface Promised {
  readonly commitment: Bytes;
  readonly day: string;
}

/** The text of the note that the log signs: three lines. */
export function formatPromise({ commitment, day }: Promised): string {
  return `${PROMISE_HEADER}\n${base64(commitment)}\n${day}\n`;
}

/** Read such a text; MalformedError if it is none. */
export function parsePromise(text: string): Promised {
  const [header, commitment, day, end, ...more] = text.split("\n");
  if (header !== PROMISE_HEADER || commitment === undefined || day === undefined || end !== "" || more.length > 0) {
    throw new MalformedError("no promise of three lines");
  }
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(day) || Number.isNaN(Date.parse(day))) throw new MalformedError("no day");
  return { commitment: unbase64(commitment, COMMITMENT_BYTES), day };
}
