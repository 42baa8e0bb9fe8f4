// The record as `GET record` answers it.

import { readU32, readU64 } from "../wire/bytes.ts";
import type { Incoming } from "./batch.ts";

/** Items of `GET record`: u64 number, u64 at_ms, u32 length, envelope, repeated. A cut last item is left out. */
export function parseRecord(raw: Uint8Array): Incoming[] {
  const items: Incoming[] = [];
  for (let at = 0; at + 20 <= raw.length; ) {
    const length = readU32(raw, at + 16);
    if (at + 20 + length > raw.length) break;
    const envelope = new Uint8Array(raw.subarray(at + 20, at + 20 + length));
    items.push({ number: readU64(raw, at), at_ms: readU64(raw, at + 8), raw: envelope });
    at += 20 + length;
  }
  return items;
}
