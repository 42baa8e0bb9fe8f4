// What the server says of where people's device lists stand in the ledger, before anything of it is looked up.

import { b64, type Bytes, unb64 } from "../../wire/bytes.ts";
import { isBytes, isCount, isRecord } from "../fields.ts";
import type { KeptListing } from "./kept.ts";

/** Where the ledger has a statement, by the server's word. */
export interface Place {
  index: number;
  nonce: Bytes;
}

/** A verified list as it was shown: the hash of each statement, and what the server says of it. */
export interface Shown {
  sign: string;
  heads: readonly Bytes[];
  places: readonly (Place | null)[];
}

const NONCE_BYTES = 32;

/** What an answer says of a statement's place; null as long as it has none, or for what is no place. */
export function placeOf(said: unknown): Place | null {
  if (!isRecord(said) || !isCount(said["index"]) || !isBytes(said["nonce"], NONCE_BYTES)) return null;
  return { index: said["index"], nonce: unb64(said["nonce"]) };
}

/** What is known of a list after it was shown. */
export function noted(before: KeptListing | undefined, shown: Shown, now_ms: number): KeptListing {
  const newest = shown.heads.length - 1;
  const same = before?.sign === shown.sign ? before : null;
  const proven = same?.proven ?? -1;
  const seq = shown.places.findLastIndex((place) => place !== null);
  const place = shown.places[seq];
  const stands = place && seq > proven;
  const waiting = same !== null && same.proven < same.newest;
  return {
    sign: shown.sign,
    proven,
    newest,
    word: stands ? { seq, head: b64(shown.heads[seq]!), index: place.index, nonce: b64(place.nonce) } : null,
    since_ms: waiting ? same.since_ms : now_ms,
    refused: same !== null && same.refused && proven < newest,
  };
}
