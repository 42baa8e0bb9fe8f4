// What a Yjs update (version 1) says, read to its last byte before a document is touched. Format:
// yjs/src/utils/encoding.js and structs/, of yjs 13.6. The Python twin is portal/member/drafts/update.py.

import { MalformedError } from "../../wire/bytes.ts";
import { ByteReader } from "./bytereader.ts";

export const Ref = { gone: 0, deleted: 1, string: 4, embed: 5, format: 6, type: 7, any: 8 } as const;

export interface Place {
  client: number;
  clock: number;
}

/**
 * One struct: `length` ticks from `clock` on. `origin` and `right` are what it was put between; without both it has a
 * `parent`, the name of a root or the place of a type, and perhaps a `key` there. `units` are what it holds, one a
 * tick, as texts that are equal for equal values; none for what is gone. `kind` is that of a type.
 */
export interface Struct extends Place {
  length: number;
  ref: number;
  origin: Place | null;
  right: Place | null;
  parent: string | Place | null;
  key: string | null;
  units: readonly string[];
  kind: number;
}

export interface Parsed {
  /** By client, without gaps. */
  structs: ReadonlyMap<number, readonly Struct[]>;
  deletions: readonly { client: number; start: number; end: number }[];
}

const UINT32_MAX = 2 ** 32 - 1;
const TYPES = 7;
/** Elements and hooks have a name. */
const NAMED_TYPES = [3, 5];

/** Null for what is no update, or holds what drafts have no use for. */
export function parseUpdate(update: Uint8Array): Parsed | null {
  try {
    return readUpdate(new ByteReader(update));
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

export function endOf({ clock, length }: Struct): number {
  return clock + length;
}

function readUpdate(reader: ByteReader): Parsed {
  const structs = new Map<number, Struct[]>();
  for (let blocks = reader.number(); blocks > 0; blocks--) {
    let count = reader.number();
    const client = reader.number();
    let clock = reader.number();
    if (structs.has(client) || client > UINT32_MAX) throw new MalformedError("a client twice, or none");
    const read: Struct[] = [];
    for (; count > 0; count--) {
      const struct = readStruct(reader, client, clock);
      read.push(struct);
      clock = endOf(struct);
    }
    if (clock > UINT32_MAX) throw new MalformedError("a clock of 2^32 or more");
    if (read.length > 0) structs.set(client, read);
  }
  const deletions: { client: number; start: number; end: number }[] = [];
  for (let clients = reader.number(); clients > 0; clients--) {
    const client = reader.number();
    for (let ranges = reader.number(); ranges > 0; ranges--) {
      const start = reader.number();
      deletions.push({ client, start, end: start + positive(reader.number()) });
    }
  }
  if (!reader.isAtEnd) throw new MalformedError("bytes behind its end");
  return { structs, deletions };
}

function readStruct(reader: ByteReader, client: number, clock: number): Struct {
  const info = reader.byte();
  const ref = info & 0x1f;
  const bare = { client, clock, ref, origin: null, right: null, parent: null, key: null, units: [], kind: -1 };
  if (ref === Ref.gone) return { ...bare, length: positive(reader.number()) };
  const origin = (info & 0x80) !== 0 ? readPlace(reader) : null;
  const right = (info & 0x40) !== 0 ? readPlace(reader) : null;
  let parent: Struct["parent"] = null;
  let key: Struct["key"] = null;
  if ((info & 0xc0) === 0) {
    parent = reader.number() === 1 ? reader.text() : readPlace(reader);
    key = (info & 0x20) !== 0 ? reader.text() : null;
  }
  const placed = { ...bare, origin, right, parent, key };
  if (ref === Ref.deleted) return { ...placed, length: positive(reader.number()) };
  if (ref === Ref.type) {
    const kind = reader.number();
    if (kind >= TYPES) throw new MalformedError("a type of another kind");
    const name = NAMED_TYPES.includes(kind) ? reader.text() : "";
    return { ...placed, length: 1, kind, units: [`${kind} ${name}`] };
  }
  const units = readUnits(reader, ref);
  return { ...placed, length: positive(units.length), units };
}

function readUnits(reader: ByteReader, ref: number): string[] {
  if (ref === Ref.string) return reader.text().split("");
  if (ref === Ref.any) return reader.repeated(() => reader.any());
  if (ref === Ref.embed) return [reader.json()];
  if (ref === Ref.format) return [`${JSON.stringify(reader.text())} ${reader.json()}`];
  throw new MalformedError(`a struct of kind ${ref}`);
}

function readPlace(reader: ByteReader): Place {
  return { client: reader.number(), clock: reader.number() };
}

function positive(length: number): number {
  if (length === 0) throw new MalformedError("nothing where there should be something");
  return length;
}
