// "Who accepts what" (docs/protocol.md §5), the client's column, for one item of content at its place of the record.
//
// | rule                                                | otherwise                                      |
// |-----------------------------------------------------|------------------------------------------------|
// | its id was not in the record before                 | replayed: not shown again; alarm "forged"      |
// | signed by a listed device of a known account        | refused item.forged; alarm "forged"            |
// | that device was not revoked before                  | refused item.forged; alarm "forged"            |
// | its account is in the group at this place           | refused member.absent; alarm "forged"          |
// | sequence = last + 1                                 | refused item.sequence; a gap: alarm "dropped", |
// |                                                     |   a repeat: alarm "forged"                     |
// | the head it saw is the record's head there          | shown; alarm "fork"                            |
// | epoch is the one in force or the one before         | refused item.stale_epoch                       |
// | bucket is that epoch's                              | refused item.malformed                         |

import { equal, hex } from "../wire/bytes.ts";
import type { Envelope } from "../wire/envelope.ts";
import type { Id } from "../wire/ids.ts";
import type { RoomProblem } from "./api.ts";
import type { ListedOwner } from "./people.ts";
import type { RoomData } from "./roomdata.ts";

/**
 * Revocation is dated by the revoking browser's clock, which the server allows to be off by 65 minutes; items by
 * the server's.
 */
const CLOCK_SLACK_MS = 7_200_000;

export interface Examined {
  number: number;
  at_ms: number;
  envelope: Envelope;
  owner: ListedOwner | null;
  /** The signature is the owner's device's. */
  signed: boolean;
}

/** Why an item is refused (a code), and what is wrong with the room because of it. */
export interface Verdict {
  code: string | null;
  problem: RoomProblem | null;
}

export interface Surroundings {
  data: RoomData;
  /** Number of the item with this id in the record so far. */
  numberOf(item: Id): number | undefined;
  /** The record's head at a number, or undefined before the base. */
  headAt(number: number): Uint8Array | undefined;
}

/** Judge an item's author and place; epoch and bucket are judged by checkEpoch. */
export function checkItem(examined: Examined, around: Surroundings): Verdict {
  const { number, envelope } = examined;
  const before = around.numberOf(envelope.item);
  if (before !== undefined)
    return alarm("replayed", "forged", number, `item ${envelope.item} stands at ${before} already`);
  const author = checkAuthor(examined, around.data);
  if (author) return author;
  const seen = checkSeen(examined, around);
  const order = checkSequence(number, envelope, around.data);
  return { code: order?.code ?? null, problem: seen ?? order?.problem ?? null };
}

/** Judge the epoch and bucket of content; null if they fit. */
export function checkEpoch({ epoch, bucket }: Envelope, data: RoomData): string | null {
  if (epoch === data.epoch) return bucket === data.bucket ? null : "item.malformed";
  if (epoch !== data.epoch - 1) return "item.stale_epoch";
  return data.previousBucket === null || bucket === data.previousBucket ? null : "item.malformed";
}

function checkAuthor({ number, at_ms, envelope, owner, signed }: Examined, data: RoomData): Verdict | null {
  const { device, sequence } = envelope;
  if (!owner) return alarm("item.forged", "forged", number, `no account lists device ${device}`);
  if (!signed) return alarm("item.forged", "forged", number, `not signed by device ${device}, sequence ${sequence}`);
  const revoked_ms = owner.revoked_s === null ? Number.POSITIVE_INFINITY : owner.revoked_s * 1000 + CLOCK_SLACK_MS;
  if (at_ms > revoked_ms)
    return alarm("item.forged", "forged", number, `device ${device} was revoked at ${owner.revoked_s}`);
  const { seats, accounts } = data.membership;
  // Without group state and without the founding, who is in is the server's word; what opens is from someone with
  // the key.
  if (seats !== null && !Object.hasOwn(accounts, owner.account)) {
    return alarm("member.absent", "forged", number, `account ${owner.account} is not in the group`);
  }
  return null;
}

function checkSeen({ number, envelope }: Examined, around: Surroundings): RoomProblem | null {
  const { seenNumber, seenHead } = envelope;
  const ours = around.headAt(seenNumber);
  const possible = seenNumber < number && (ours === undefined || equal(ours, seenHead));
  if (possible) return null;
  const evidence = `at ${seenNumber}: device ${envelope.device} saw ${hex(seenHead)}, here ${ours ? hex(ours) : "nothing"}`;
  return { kind: "fork", number, evidence };
}

function checkSequence(number: number, { device, sequence }: Envelope, data: RoomData): Verdict | null {
  const last = data.sequences[device];
  // Where the record is read from the middle, a device's earlier items are not known.
  if (last === undefined && data.base?.number !== 0) return null;
  const expected = (last ?? 0) + 1;
  if (sequence === expected) return null;
  const evidence = `device ${device}: sequence ${sequence} where ${expected} is due`;
  return alarm("item.sequence", sequence > expected ? "dropped" : "forged", number, evidence);
}

function alarm(code: string, kind: RoomProblem["kind"], number: number, evidence: string): Verdict {
  return { code, problem: { kind, number, evidence } };
}
