// What this browser keeps of a draft, all sealed at rest (../store.ts):
//   drafts:<draft>                         which room, what was made of it, what is wrong with it
//   drafts.stream:<draft>:<stream>         how far the stream was followed
//   drafts.base:<draft>:<stream>           what the stream came to at the number where its rows begin
//   drafts.row:<draft>:<stream>:<number>   an item behind that
//   drafts.out:<draft>:<order>             what waits to be sent
//   drafts.witness:<draft>:<stream>:<n>    an item that contradicts

import type { Bytes } from "../../wire/bytes.ts";
import { DraftItemKind, streamOf } from "../../wire/drafts/streams.ts";
import { firstDraftHead } from "../../wire/drafts/envelope.ts";
import type { Id } from "../../wire/ids.ts";
import type { Place } from "../roomdata.ts";
import type { StreamName } from "./api.ts";

/** An item as the server handed it out; `receipt` is b64(64), of acts. */
export interface Incoming {
  number: number;
  at_ms: number;
  raw: Bytes;
  receipt: string | null;
}

/** An item at its place. `head` is the stream's after it. */
export interface DraftRow extends Incoming {
  kind: DraftItemKind;
  item: Id;
  device: Id;
  /** Null for an item that nobody signed. */
  account: Id | null;
  epoch: number;
  seen: number;
  head: Bytes;
  /** "sealed": of an epoch from before this account was let in. */
  state: "open" | "refused" | "replayed" | "sealed";
  code: string | null;
  plaintext: Bytes | null;
}

/** What was found out about a snapshot or revision. */
export interface SnapshotInfo {
  number: number;
  item: Id;
  through: number;
  hash: string;
  account: Id;
  epoch: number;
  /** equal: made again here and found the same · different · adopted: believed for want of what it is made of. */
  verdict: "equal" | "different" | "adopted";
  /** Somebody of another delegation has found it equal. */
  confirmed: boolean;
}

/** Kept under "drafts.stream:<draft>:<stream>". */
export interface StreamData {
  v: 1;
  stream: StreamName;
  /** From where the chain is verified here. */
  from: Place;
  /** Where the rows begin: what came before is in the base. */
  base: Place;
  number: number;
  head: Bytes;
  /** The newest epoch of any item. */
  epoch: number;
  sequences: Record<Id, number>;
  snapshots: SnapshotInfo[];
  /** Versions that were kept under a name, though they were not what stood there: by their items, for good. */
  falseRevisions: Id[];
  /** Nothing behind the base is unreadable here. */
  whole: boolean;
  /** What follows can not be followed. */
  stopped: boolean;
}

const NUMBER_DIGITS = 12;

export function newStream(draft: Id, stream: StreamName): StreamData {
  const from = { number: 0, head: firstDraftHead(draft, streamOf(stream)!) };
  return {
    v: 1,
    stream,
    from,
    base: from,
    ...from,
    epoch: 0,
    sequences: {},
    snapshots: [],
    falseRevisions: [],
    whole: true,
    stopped: false,
  };
}

export const names = {
  draft: (draft: Id): string => `drafts:${draft}`,
  stream: (draft: Id, stream: StreamName): string => `drafts.stream:${draft}:${stream}`,
  base: (draft: Id, stream: StreamName): string => `drafts.base:${draft}:${stream}`,
  rows: (draft: Id, stream: StreamName): string => `drafts.row:${draft}:${stream}:`,
  row: (draft: Id, stream: StreamName, number: number): string => names.rows(draft, stream) + digits(number),
  outs: (draft: Id): string => `drafts.out:${draft}:`,
  out: (draft: Id, order: number): string => names.outs(draft) + digits(order),
  witnesses: (draft: Id): string => `drafts.witness:${draft}:`,
  witness: (draft: Id, stream: StreamName, number: number): string =>
    `${names.witnesses(draft)}${stream}:${digits(number)}`,
};

/** Whether an item is a snapshot of its stream, kept for good or not. */
export function isSnapshot(kind: DraftItemKind): boolean {
  return kind === DraftItemKind.snapshot || kind === DraftItemKind.revision;
}

function digits(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, "0");
}
