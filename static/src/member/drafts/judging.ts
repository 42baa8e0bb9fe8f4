// "Who accepts what" for one item of a draft at its place (docs/protocol.md §10), the client's column.
//
// | rule                                                | otherwise                                             |
// |-----------------------------------------------------|-------------------------------------------------------|
// | its id was not in the stream before                 | replayed: counts for nothing; alarm "forged"          |
// | signed by a listed device of a known account        | refused item.forged; alarm "forged"                   |
// | that device was not revoked before                  | refused item.forged; alarm "forged"                   |
// | its account was in the room in its epoch            | refused member.absent; alarm "forged"                 |
// | sequence = last + 1                                 | refused item.sequence; gap: "dropped", repeat: "forged" |
// | the head it saw is the stream's head there          | counts; alarm "fork"                                  |
// | epoch not older than the newest of the stream but 1 | refused item.stale_epoch                              |
// | its epoch, or the one after, was in force then      | refused item.stale_epoch; alarm "forged"              |
// | bucket is that epoch's                              | refused item.malformed                                |
// | the table of rights allows it                       | refused draft.right_required; alarm "right"           |

import { equal, hex } from "../../wire/bytes.ts";
import type { DraftEnvelope } from "../../wire/drafts/envelope.ts";
import type { Id } from "../../wire/ids.ts";
import type { ListedOwner } from "../people.ts";
import type { DraftProblem } from "./api.ts";
import type { StreamData } from "./rows.ts";

/** As for the record: revocation is dated by the revoking browser's clock, items by the server's. */
const CLOCK_SLACK_MS = 7_200_000;
/** Times of a draft's items never go back, and may be ahead of the record's by as much as that takes. */
const TIME_SLACK_MS = 10_000;

export interface Examined {
  number: number;
  at_ms: number;
  envelope: DraftEnvelope;
  owner: ListedOwner | null;
  signed: boolean;
}

export interface Verdict {
  code: string | null;
  problem: Pick<DraftProblem, "kind" | "evidence"> | null;
}

export interface Around {
  data: StreamData;
  numberOf(device: Id, item: Id): number | undefined;
  headAt(number: number): Uint8Array | undefined;
  /** Whether the account was in the room in this epoch; undefined if that is not known here. */
  wasMember(account: Id, epoch: number): boolean | undefined;
  /** When an epoch ended, by the server's clock; undefined if it has not, or that is not known here. */
  endOf(epoch: number): number | undefined;
  /** The bucket of an epoch; undefined if it is not known here. */
  bucketOf(epoch: number): number | undefined;
  mayWrite(owner: ListedOwner, envelope: DraftEnvelope, number: number, at_ms: number): boolean;
}

/** Judge one item; what is inside of it is judged where it is opened. */
export function judge(examined: Examined, around: Around): Verdict {
  const { envelope } = examined;
  const before = around.numberOf(envelope.device, envelope.item);
  if (before !== undefined) return alarm("replayed", "forged", `item ${envelope.item} stands at ${before} already`);
  const author = judgeAuthor(examined, around);
  if (author) return author;
  const seen = judgeSeen(examined, around);
  const later = judgeSequence(envelope, around.data) ?? judgeEpoch(examined, around) ?? judgeRight(examined, around);
  return { code: later?.code ?? null, problem: seen ?? later?.problem ?? null };
}

function judgeAuthor({ at_ms, envelope, owner, signed }: Examined, around: Around): Verdict | null {
  const { device, sequence, epoch } = envelope;
  if (!owner) return alarm("item.forged", "forged", `no account lists device ${device}`);
  if (!signed) return alarm("item.forged", "forged", `not signed by device ${device}, sequence ${sequence}`);
  const revoked_ms = owner.revoked_s === null ? Number.POSITIVE_INFINITY : owner.revoked_s * 1000 + CLOCK_SLACK_MS;
  if (at_ms > revoked_ms) return alarm("item.forged", "forged", `device ${device} was revoked at ${owner.revoked_s}`);
  if (around.wasMember(owner.account, epoch) === false)
    return alarm("member.absent", "forged", `account ${owner.account} is not in the room's epoch ${epoch}`);
  return null;
}

function judgeSeen({ number, envelope }: Examined, around: Around): Verdict["problem"] {
  const { seenNumber, seenHead, device } = envelope;
  const ours = around.headAt(seenNumber);
  if (seenNumber < number && (ours === undefined || equal(ours, seenHead))) return null;
  const evidence = `at ${seenNumber}: device ${device} saw ${hex(seenHead)}, here ${ours ? hex(ours) : "nothing"}`;
  return { kind: "fork", evidence };
}

function judgeSequence({ device, sequence }: DraftEnvelope, data: StreamData): Verdict | null {
  const last = data.sequences[device];
  // Where the stream is read from the middle, a device's earlier items are not known.
  if (last === undefined && data.from.number !== 0) return null;
  const expected = (last ?? 0) + 1;
  if (sequence === expected) return null;
  const evidence = `device ${device}: sequence ${sequence} where ${expected} is due`;
  return alarm("item.sequence", sequence > expected ? "dropped" : "forged", evidence);
}

function judgeEpoch({ at_ms, envelope: { epoch, bucket, device } }: Examined, around: Around): Verdict | null {
  if (epoch < around.data.epoch - 1) return { code: "item.stale_epoch", problem: null };
  // Else whoever was put out could go on, in the last epoch that they know, as long as the stream rests.
  const ended_ms = around.endOf(epoch + 1);
  if (ended_ms !== undefined && at_ms > ended_ms + TIME_SLACK_MS)
    return alarm(
      "item.stale_epoch",
      "forged",
      `device ${device}: epoch ${epoch} at ${at_ms}, epoch ${epoch + 1} ended at ${ended_ms}`,
    );
  const due = around.bucketOf(epoch);
  return due === undefined || due === bucket ? null : { code: "item.malformed", problem: null };
}

function judgeRight({ number, at_ms, envelope, owner }: Examined, around: Around): Verdict | null {
  if (around.mayWrite(owner!, envelope, number, at_ms)) return null;
  return alarm("draft.right_required", "right", `account ${owner!.account}, kind ${envelope.kind}`);
}

function alarm(code: string, kind: DraftProblem["kind"], evidence: string): Verdict {
  return { code, problem: { kind, evidence } };
}
