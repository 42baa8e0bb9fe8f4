// What is kept of a room beside its keys and rows.

import type { Bytes } from "../wire/bytes.ts";
import { firstHead } from "../wire/envelope.ts";
import type { Id } from "../wire/ids.ts";
import type { RoomAnswer, RoomRole } from "./answers.ts";
import type { PastProblem, RoomKind, RoomProblem } from "./api.ts";
import type { Membership } from "./membership.ts";

/** A place of the record: `head` is the 32-byte head after item `number`. */
export interface Place {
  number: number;
  head: Bytes;
}

/** Kept under "room:<id>". */
export interface RoomData {
  v: 1;
  room: Id;
  kind: RoomKind;
  state: "active" | "archived";
  standing: "member" | "removed";
  role: RoomRole;
  /** The policy of the group; null until the founding or a welcome told it. */
  history: string | null;
  /** From where this account can verify the record; null until its grants said so. */
  base: Place | null;
  /** The last item that was processed, or the base. */
  number: number;
  head: Bytes;
  /** The epoch in force after it, its bucket, and the bucket of the epoch before; -1 before the founding. */
  epoch: number;
  bucket: number;
  previousBucket: number | null;
  /** The first epoch that this account may read. */
  firstEpoch: number;
  /** Last sequence number of each device. */
  sequences: Record<Id, number>;
  membership: Membership;
  members: RoomAnswer["members"];
  cursor: number;
  /** First number that the server lets this account read. */
  visibleFrom: number;
  problem: RoomProblem | null;
  /** Alarms that this person has answered; see alarms.ts. */
  past: PastProblem[];
  /** Nothing behind `number` is taken in: what follows can not be followed. */
  stopped: boolean;
  /** rejoin() was asked for: a welcome that comes now replaces the group. */
  rejoining: boolean;
  /** For the list of rooms while the rows are not loaded. */
  name: string | null;
  newest: { at_ms: number; account: Id; text: string } | null;
}

/**
 * Kept under "pending:<id>" from before it is sent until the record shows whether it counts: what this device wants to
 * put into the record that changes its group. `group` is the encoded state that then holds.
 */
export interface PendingChange {
  kind: "founding" | "commit";
  item: Id;
  raw: Bytes;
  /** Body of the request, sent again and again until the server has answered. */
  request: Record<string, unknown>;
  group: Bytes;
}

/** What the server says of a room that is not verified by the record. */
export type RoomWord = Pick<RoomAnswer, "room" | "kind" | "state" | "role" | "members" | "cursor" | "visible_from">;

/** A room of which nothing but the server's word is known yet. */
export function newRoom(answer: RoomWord): RoomData {
  const { room, kind, state, role, members, cursor } = answer;
  return {
    v: 1,
    room,
    kind,
    state,
    standing: "member",
    role,
    history: null,
    base: null,
    number: 0,
    head: firstHead(room),
    epoch: -1,
    bucket: 0,
    previousBucket: null,
    firstEpoch: 0,
    sequences: {},
    membership: { seats: null, accounts: {} },
    members,
    cursor,
    visibleFrom: answer.visible_from,
    problem: null,
    past: [],
    stopped: false,
    rejoining: false,
    name: null,
    newest: null,
  };
}

/** `data` at a base from which its account verifies the record: the beginning, or where it was let in. */
export function atBase(data: RoomData, base: Place, firstEpoch: number): RoomData {
  const fromStart = base.number === 0;
  return {
    ...data,
    base,
    number: base.number,
    head: base.head,
    epoch: fromStart ? -1 : firstEpoch - 1,
    bucket: 0,
    previousBucket: null,
    firstEpoch,
    sequences: {},
    membership: { seats: fromStart ? [] : null, accounts: {} },
  };
}
