// Socket.IO event names and their payloads (docs/protocol.md §7). A test compares them with portal/wire/events.py.

import type { StreamName } from "./drafts/streams.ts";
import type { Id } from "./ids.ts";

// client → server
export const ROOM_OPEN = "room.open";
export const ROOM_CLOSE = "room.close";
export const ITEM_SUBMIT = "item.submit";
export const TYPING = "typing";
export const PRESENCE = "presence";
export const ASIDE = "aside";
export const DRAFT_OPEN = "draft.open";
export const DRAFT_CLOSE = "draft.close";
export const DRAFT_SUBMIT = "draft.submit";
export const DRAFT_CURSOR = "draft.cursor";
// server → client
export const ITEM = "item";
export const ROOM_CHANGED = "room.changed";
export const ROOMS_CHANGED = "rooms.changed";
export const CURSOR = "cursor";
export const DEVICE_LIST_CHANGED = "device-list.changed";
export const SESSION_REVOKED = "session.revoked";
export const DRAFT_ITEM = "draft.item";
export const DRAFTS_CHANGED = "drafts.changed";

export const CLIENT_EVENTS = [
  ROOM_OPEN,
  ROOM_CLOSE,
  ITEM_SUBMIT,
  TYPING,
  PRESENCE,
  ASIDE,
  DRAFT_OPEN,
  DRAFT_CLOSE,
  DRAFT_SUBMIT,
  DRAFT_CURSOR,
] as const;
export const SERVER_EVENTS = [
  ITEM,
  ROOM_CHANGED,
  ROOMS_CHANGED,
  CURSOR,
  TYPING,
  PRESENCE,
  DEVICE_LIST_CHANGED,
  SESSION_REVOKED,
  ASIDE,
  DRAFT_ITEM,
  DRAFT_CURSOR,
  DRAFTS_CHANGED,
] as const;

export type PresenceState = "active" | "away" | "off";

/** What an acknowledgement carries: the answer, or an error of the closed list. */
export type Acknowledgement<T> =
  { ok: T } | { error: { code: string; message: string; detail: Record<string, string | number | boolean | null> } };

/** Arguments of each event that the server sends. Bytes travel as base64url text. */
export interface ServerEvents {
  [ITEM]: [room: Id, number: number, at_ms: number, envelope: string];
  [ROOM_CHANGED]: [room: Id];
  [ROOMS_CHANGED]: [];
  [CURSOR]: [room: Id, number: number];
  [TYPING]: [room: Id, account: Id, on: boolean];
  [PRESENCE]: [account: Id, state: PresenceState];
  [DEVICE_LIST_CHANGED]: [account: Id];
  [SESSION_REVOKED]: [];
  [ASIDE]: [room: Id, account: Id, sealed: string];
  [DRAFT_ITEM]: [
    room: Id,
    draft: Id,
    stream: StreamName,
    number: number,
    at_ms: number,
    envelope: string,
    receipt: string | null,
  ];
  [DRAFT_CURSOR]: [room: Id, draft: Id, account: Id, sealed: string];
  [DRAFTS_CHANGED]: [room: Id];
}
