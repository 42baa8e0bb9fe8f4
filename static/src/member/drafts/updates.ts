// Which edits of a draft's document are taken (docs/protocol.md §10): the same for every reader, or documents would
// part.
//
// | rule                                                            | otherwise      |
// |-----------------------------------------------------------------|----------------|
// | an update of nothing but what drafts need (parsing.ts)          | malformed      |
// | begins, for each client, no later than what is known ends       | malformed      |
// | every struct can be placed after all that it refers to          | malformed      |
// | everything may stand where it would (standing.ts)               | malformed      |
// | what is new in it is by clients of its sender's device, or by   | foreign-client |
// |  clients that nobody has used                                   |                |
//
// Deletions name no client of their own: who deleted is who signed.

import * as Y from "yjs";

import type { Id } from "../../wire/ids.ts";
import { endOf, type Parsed, parseUpdate, type Place, type Struct } from "./parsing.ts";
import { Standings } from "./standing.ts";

/** Whose a Yjs client number is: it never changes hands. */
export interface Claim {
  account: Id;
  device: Id;
}

export type Claims = ReadonlyMap<number, Claim>;

/** What an update would bring; `clients` are those of whom something in it is new. */
export interface Examined {
  clients: number[];
  problem: "malformed" | "foreign-client" | null;
}

const MALFORMED: Examined = { clients: [], problem: "malformed" };

/** Judge `update` by `author` against the document that it is for, which is not changed. */
export function examineUpdate(doc: Y.Doc, claims: Claims, update: Uint8Array, author: Claim): Examined {
  const parsed = parseUpdate(update);
  const placed = parsed && placeAll(doc, parsed);
  if (!placed) return MALFORMED;
  const clients = [...parsed.structs].flatMap(([client, structs]) => {
    return endOf(structs.at(-1)!) > Y.getState(doc.store, client) ? [client] : [];
  });
  const foreign = clients.some((client) => {
    const claim = claims.get(client);
    return claim !== undefined && (claim.device !== author.device || claim.account !== author.account);
  });
  if (foreign) return { clients, problem: "foreign-client" };
  const standings = new Standings(doc, parsed);
  return standings.isSound(placed) && !standings.cutsLetters(placed) ? { clients, problem: null } : MALFORMED;
}

/** What is new, in an order in which each comes after all that it needs; null where there is none. */
function placeAll(doc: Y.Doc, { structs, deletions }: Parsed): Struct[] | null {
  const known = new Map([...structs.keys()].map((client) => [client, Y.getState(doc.store, client)]));
  const reach = (client: number): number => known.get(client) ?? Y.getState(doc.store, client);
  if ([...structs].some(([client, [first]]) => first!.clock > reach(client))) return null;
  const placed: Struct[] = [];
  const next = new Map([...structs.keys()].map((client) => [client, 0]));
  // Who waits for a place is looked at again when that is reached, and not before.
  const waiting = new Map<number, Place[]>();
  const ready = [...structs.keys()];
  for (let client = ready.pop(); client !== undefined; client = ready.pop()) {
    const queue = structs.get(client)!;
    let at = next.get(client)!;
    for (; at < queue.length; at++) {
      const struct = queue[at]!;
      if (endOf(struct) <= reach(client)) continue;
      const missing = needsOf(struct).find((place) => place.clock >= reach(place.client));
      if (missing) {
        const waits = waiting.get(missing.client) ?? [];
        waiting.set(missing.client, waits);
        insertSorted(waits, { clock: missing.clock, client });
        break;
      }
      known.set(client, endOf(struct));
      placed.push(struct);
    }
    next.set(client, at);
    const waits = waiting.get(client) ?? [];
    while (waits.length > 0 && waits.at(-1)!.clock < reach(client)) ready.push(waits.pop()!.client);
  }
  const whole = [...structs].every(([client, queue]) => next.get(client) === queue.length);
  return whole && deletions.every(({ client, end }) => end <= reach(client)) ? placed : null;
}

/** Descending by clock, so that the next one due is the last. */
function insertSorted(waits: Place[], one: Place): void {
  let [low, high] = [0, waits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (waits[middle]!.clock > one.clock) low = middle + 1;
    else high = middle;
  }
  waits.splice(low, 0, one);
}

function needsOf({ origin, right, parent }: Struct): Place[] {
  return [origin, right, typeof parent === "string" ? null : parent].filter((place) => place !== null);
}
