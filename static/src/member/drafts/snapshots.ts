// Snapshots: what a stream came to at one number, instead of all items up to there (docs/protocol.md §10).
//
// plaintext = u32 n ‖ canonical JSON (n bytes) ‖ deflate-raw(state)

import { deflateSync, Inflate } from "fflate";

import { type Bytes, concat, MalformedError, readU32, u32 } from "../../wire/bytes.ts";
import { jcs, parseJcs } from "../../wire/drafts/jcs.ts";
import { isId } from "../../wire/ids.ts";
import type { StreamName } from "./api.ts";
import type { ClaimLine } from "./cleandoc.ts";

export interface Snapshot {
  stream: StreamName;
  through: number;
  /** b64(32). */
  hash: string;
  /** Empty for the acts. */
  claims: ClaimLine[];
  state: Bytes;
}

/** A state of more is none: 4 MiB of deflated zeros would be four gigabytes. */
const STATE_MAX_BYTES = 64 << 20;
const PIECE_BYTES = 65_536;
const FIELDS = ["clients", "hash", "stream", "through", "v"];

export function encodeSnapshot({ stream, through, hash, claims, state }: Snapshot): Bytes {
  const head = jcs({ clients: claims, hash, stream, through, v: 1 });
  return concat(u32(head.length), head, deflateSync(state, { level: 9 }));
}

/** Null for what is no snapshot. */
export function parseSnapshot(plaintext: Uint8Array): Snapshot | null {
  try {
    const length = readU32(plaintext, 0);
    const head = parseJcs(plaintext.subarray(4, 4 + length)) as Record<string, unknown>;
    const deflated = plaintext.subarray(4 + length);
    if (!isHead(head)) return null;
    const { clients: claims, hash, stream, through } = head;
    return { stream, through, hash, claims, state: inflated(deflated) };
  } catch (error) {
    // fflate throws errors of its own at what is not deflated.
    if (error instanceof Error) return null;
    throw error;
  }
}

type Head = { clients: ClaimLine[]; hash: string; stream: StreamName; through: number; v: 1 };

function isHead(value: Record<string, unknown>): value is Head {
  const { clients, hash, stream, through, v } = value;
  const named = Object.keys(value).sort().join() === FIELDS.join();
  const plain = v === 1 && typeof hash === "string" && typeof stream === "string" && Number.isSafeInteger(through);
  return named && plain && Array.isArray(clients) && clients.every(isClaim) && isAscending(clients);
}

function isClaim(value: unknown): value is ClaimLine {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [client, account, device] = value as unknown[];
  return Number.isSafeInteger(client) && (client as number) >= 0 && isId(account) && isId(device);
}

function isAscending(clients: readonly ClaimLine[]): boolean {
  return clients.every(([client], at) => at === 0 || clients[at - 1]![0] < client);
}

/** Piece by piece, so that a bomb is found while it is small. */
function inflated(deflated: Uint8Array): Bytes {
  const parts: Uint8Array[] = [];
  let size = 0;
  const inflate = new Inflate((part) => {
    size += part.length;
    parts.push(part);
  });
  for (let at = 0; at === 0 || at < deflated.length; at += PIECE_BYTES) {
    inflate.push(deflated.subarray(at, at + PIECE_BYTES), at + PIECE_BYTES >= deflated.length);
    if (size > STATE_MAX_BYTES) throw new MalformedError("a state too large");
  }
  return concat(...parts);
}
