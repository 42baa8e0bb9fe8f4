// Where people's cursors are: sealed, signed, passed on, kept nowhere.

import { openCursor, readCursorHead, sealCursor } from "../../e2ee/draftcursor.ts";
import { b64, MalformedError, unb64 } from "../../wire/bytes.ts";
import { DRAFT_CURSOR } from "../../wire/events.ts";
import type { Id } from "../../wire/ids.ts";
import { hasCode, MemberError } from "../failure.ts";
import type { Rooms } from "../rooms.ts";
import type { Socket } from "../socket.ts";

/** The server passes on ten a second of each sender. */
const LEAST_MS = 110;

export interface SeenCursor {
  room: Id;
  draft: Id;
  account: Id;
  cursor: Uint8Array | null;
}

export class Cursors {
  private readonly rooms: Rooms;
  private readonly socket: Socket;
  /** Newest moment of each device: an older cursor is none. */
  private readonly newest = new Map<Id, number>();
  private sent_ms = 0;
  private next: { room: Id; draft: Id; cursor: Uint8Array | null } | null = null;

  constructor(rooms: Rooms, socket: Socket) {
    this.rooms = rooms;
    this.socket = socket;
  }

  /** Of several that come close together the last one goes out. */
  async send(room: Id, draft: Id, cursor: Uint8Array | null): Promise<void> {
    const waits = this.next !== null;
    this.next = { room, draft, cursor };
    if (waits) return;
    const wait_ms = Math.max(0, this.sent_ms + LEAST_MS - Date.now());
    setTimeout(() => void this.rooms.quietly(() => this.sendNow()), wait_ms);
  }

  /** The cursor in a message of the server, if it is by a device of that account and newer than the last one. */
  async open(room: Id, draft: Id, account: Id, sealed: string): Promise<SeenCursor | null> {
    const raw = unlessMalformed(() => unb64(sealed));
    const head = raw && readCursorHead(raw);
    if (!raw || !head || (this.newest.get(head.device) ?? 0) >= head.at_ms) return null;
    const { room: inside } = this.rooms.get(room);
    const listed = this.rooms.people.device(account, head.device);
    const key = inside.ring.key(head.epoch);
    if (!listed || listed.revoked || !key || head.epoch < inside.data.epoch - 1) return null;
    const cursor = await openCursor(key, { room, draft }, raw, listed.key);
    if (!cursor) return null;
    this.newest.set(head.device, head.at_ms);
    return { room, draft, account, cursor: cursor.length > 0 ? cursor : null };
  }

  private async sendNow(): Promise<void> {
    const { next } = this;
    this.next = null;
    if (!next || !this.socket.connected) return;
    const { room: inside } = this.rooms.get(next.room);
    const key = inside.ring.key(inside.data.epoch);
    if (!key) return;
    const { device, key: signer } = this.rooms.keyholder.device;
    this.sent_ms = Math.max(Date.now(), this.sent_ms + 1);
    const place = { room: next.room, draft: next.draft };
    const cursor = next.cursor ?? new Uint8Array();
    if (cursor.length > 2000) throw new MemberError("draft.malformed", { bytes: cursor.length });
    const sealed = await sealCursor(key, place, { device, at_ms: this.sent_ms }, cursor, signer);
    try {
      await this.socket.call(DRAFT_CURSOR, next.room, next.draft, b64(sealed));
    } catch (error) {
      if (!hasCode(error, "draft.not_found")) throw error; // closed meanwhile: nobody's cursor is there
    }
  }
}

function unlessMalformed<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
