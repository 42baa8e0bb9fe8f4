// What a reader still has to do in a negotiation, so that nobody has to look for it.

import type { ClauseView } from "../../wire/drafts/projection.ts";
import type { Silence, Signing } from "../../wire/drafts/state.ts";
import type { Id } from "../../wire/ids.ts";
import { nextToSign } from "./signing.ts";
import { phaseOf } from "./silence.ts";

export type Due =
  | { kind: "conflict"; count: number }
  | { kind: "silence"; silence: Id; deadline_ms: number }
  | { kind: "close"; silence: Id }
  | { kind: "sign" }
  | { kind: "position"; count: number };

export interface DueFacts {
  /** The reader's delegation, "" for none. */
  own: Id | "";
  /** May take positions, object and sign. */
  proposes: boolean;
  /** May decide brackets. */
  decides: boolean;
  /** May close procedures. */
  chairs: boolean;
  clauses: readonly Pick<ClauseView, "state" | "gone" | "kind" | "conflicted" | "positions">[];
  silences: Readonly<Record<Id, Silence>>;
  signing: Pick<Signing, "order" | "signatures"> | null;
}

/** What is due at `now_ms`, the most pressing first. */
export function dueFor(facts: DueFacts, now_ms: number): Due[] {
  const { own, proposes, decides } = facts;
  const due: Due[] = [];
  const conflicts = new Set(facts.clauses.flatMap(({ conflicted }) => conflicted)).size;
  if (decides && conflicts > 0) due.push({ kind: "conflict", count: conflicts });
  due.push(...silencesDue(facts, now_ms));
  if (own === "" || !proposes) return due;
  const { signing } = facts;
  const signed = new Set(signing?.signatures.map(({ delegation }) => delegation));
  if (signing !== null && nextToSign(signing.order, signed) === own) due.push({ kind: "sign" });
  const open = facts.clauses.filter(({ gone, kind, state }) => !gone && kind !== "note" && state !== "agreed");
  const missing = open.filter(({ positions }) => positions[own]?.fresh !== true).length;
  if (missing > 0) due.push({ kind: "position", count: missing });
  return due;
}

function silencesDue({ own, proposes, chairs, silences }: DueFacts, now_ms: number): Due[] {
  return Object.entries(silences).flatMap(([silence, each]): Due[] => {
    const phase = phaseOf(each, now_ms);
    const answered = [...each.objections, ...each.consents].some(({ delegation }) => delegation === own);
    if (phase === "running" && proposes && each.eligible.includes(own) && !answered) {
      return [{ kind: "silence", silence, deadline_ms: each.deadline_ms }];
    }
    const unclosed = each.closed === null && (phase === "lapsed" || phase === "broken");
    return chairs && unclosed ? [{ kind: "close", silence }] : [];
  });
}
