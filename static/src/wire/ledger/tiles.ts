// Tiles (c2sp.org/tlog-tiles): a log's hashes and entries as files that never change. Twin of
// portal/wire/ledger/tiles.py. Addresses are relative to the log's prefix.

import { MalformedError } from "../bytes.ts";
import { HASH_BYTES } from "./merkle.ts";

export const TILE_WIDTH = 256;
export const LEVEL_MAX = 63;

/** One tile of hashes: `width` of 256 are there. */
export interface TileSpan {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** Where the tile lies. */
export function tilePath(level: number, index: number, width = TILE_WIDTH): string {
  if (!Number.isInteger(level) || level < 0 || level > LEVEL_MAX) throw new RangeError(`no level ${level}`);
  return `tile/${level}/${numbered(index, width)}`;
}

/** Where the entries lie that the tile of level 0 with this index and width has the hashes of. */
export function entriesPath(index: number, width = TILE_WIDTH): string {
  return `tile/entries/${numbered(index, width)}`;
}

/** The tiles of level 0 that hold the leaves from `from` up to `size`, which is the tree's size. */
export function leafSpans(from: number, size: number): TileSpan[] {
  const spans: TileSpan[] = [];
  for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < size; index++) {
    spans.push({ level: 0, index, width: Math.min(TILE_WIDTH, size - index * TILE_WIDTH) });
  }
  return spans;
}

/** The entries of a bundle, each behind its length in two bytes; MalformedError if it is cut or has not `width`. */
export function splitBundle(raw: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < raw.length; ) {
    if (at + 2 > raw.length) throw new MalformedError("an entry bundle is cut");
    const end = at + 2 + raw[at]! * 256 + raw[at + 1]!;
    if (end > raw.length) throw new MalformedError("an entry bundle is cut");
    entries.push(raw.subarray(at + 2, end));
    at = end;
  }
  if (entries.length !== width) throw new MalformedError("an entry bundle of another width");
  return entries;
}

/** The hashes of a tile; MalformedError unless there are `width`. */
export function splitTile(raw: Uint8Array, width: number): Uint8Array[] {
  if (raw.length !== width * HASH_BYTES) throw new MalformedError("a tile of another width");
  return Array.from({ length: width }, (_, at) => raw.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

function numbered(index: number, width: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`no tile ${index}`);
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) throw new RangeError(`no width ${width}`);
  const parts = [String(index % 1000).padStart(3, "0")];
  for (let left = Math.floor(index / 1000); left > 0; left = Math.floor(left / 1000)) {
    parts.unshift(`x${String(left % 1000).padStart(3, "0")}`);
  }
  return parts.join("/") + (width < TILE_WIDTH ? `.p/${width}` : "");
}
