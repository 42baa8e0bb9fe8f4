// What the server says of drafts (docs/protocol.md §10). It is not trusted: what matters is verified where it is used.

import { unb64 } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import type { Http } from "../http.ts";
import { parseRecord } from "../recordstream.ts";
import type { Place } from "../roomdata.ts";
import type { StreamName } from "./api.ts";
import type { Incoming } from "./rows.ts";

/** The end of a stream at the server, and the place behind which it still has all items. */
export interface Reach extends Place {
  stream: StreamName;
  base: Place;
}

interface PlaceAnswer {
  number: number;
  head: string;
}

export interface StreamAnswer extends PlaceAnswer {
  stream: StreamName;
  base: PlaceAnswer;
}

export interface DraftAnswer {
  draft: Id;
  created_ms: number;
  founder: Id;
  streams: StreamAnswer[];
}

/** Acknowledgement of an item; acts come with a receipt, b64(64). */
export interface DraftAck extends PlaceAnswer {
  at_ms: number;
  receipt?: string | null;
}

interface Asking {
  readonly room: { readonly id: Id };
  readonly draft: Id;
  readonly host: { readonly http: Http };
}

export function reachOf({ stream, base, ...end }: StreamAnswer): Reach {
  return { stream, ...placeOf(end), base: placeOf(base) };
}

/** Items of a stream behind `after`, in order, as the server has them; of acts with their receipts. */
export async function fetchItems(works: Asking, stream: StreamName, after: number, limit: number): Promise<Incoming[]> {
  const { http } = works.host;
  const path = `${draftPath(works)}/streams/${stream}`;
  const items = parseItems(await http.getBytes(`${path}/items?after=${after}&limit=${limit}`));
  if (stream !== "acts" || items.length === 0) return items;
  const receipts = new Map<number, string>();
  for (const { number, receipt } of await http.get<{ number: number; receipt: string }[]>(
    `${path}/receipts?after=${after}`,
  ))
    receipts.set(number, receipt);
  return items.map((item) => ({ ...item, receipt: receipts.get(item.number) ?? null }));
}

/** The snapshots of a stream that are kept for good. */
export async function fetchRevisions(works: Asking, stream: StreamName): Promise<Incoming[]> {
  return parseItems(await works.host.http.getBytes(`${draftPath(works)}/streams/${stream}/revisions`));
}

export function draftPath({ room, draft }: Pick<Asking, "room" | "draft">): string {
  return `/api/rooms/${room.id}/drafts/${draft}`;
}

function placeOf({ number, head }: PlaceAnswer): Place {
  return { number, head: unb64(head, 32) };
}

function parseItems(raw: Uint8Array): Incoming[] {
  return parseRecord(raw).map((item) => ({ ...item, receipt: null }));
}
