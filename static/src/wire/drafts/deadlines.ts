// What silence and rectification share: a deadline, objections by it, and a closing act that quotes the acts it takes
// into account, so that it can not be closed over an act that came in time. Twin of portal/wire/drafts/deadlines.py.
//
//   before the deadline: objections, extension         after it: closing
//   a closing as unopposed quotes (through, head):     through < the newest act of before the deadline → left_out
//                                                      head is not the acts' head at through → wrong_head

import type { Id } from "../ids.ts";
import type { ActLine, Base64, Refusal } from "./acts.ts";
import { made } from "./judging.ts";
import { partiesOf } from "./rights.ts";
import type { ActsState, Procedure } from "./state.ts";

/** A procedure that `line` opens. */
export function opened(line: ActLine, deadlineMs: number, eligible: readonly Id[]): Procedure {
  return {
    opened: made(line),
    deadline_ms: deadlineMs,
    eligible: [...eligible],
    objections: [],
    removed: [],
    tail: [[line.number, line.head]],
    closed: null,
  };
}

/** All that are open: each item of the stream is noted in their tails before it is judged. */
export function running(state: ActsState): Procedure[] {
  return [...Object.values(state.silences), ...Object.values(state.rectifications)].filter(
    ({ closed }) => closed === null,
  );
}

/** Keep number and head of an item for a closing act to quote: none of before the newest that came in time. */
export function observe(procedure: Procedure, { number, head, at_ms }: ActLine): void {
  if (at_ms <= procedure.deadline_ms) procedure.tail = [];
  procedure.tail.push([number, head]);
}

/** After a change of rights: who was to be heard, and may no longer speak. */
export function noteRemoved(state: ActsState): void {
  const parties = new Set(partiesOf(state.rights));
  for (const procedure of running(state)) {
    const gone = procedure.eligible.filter((one) => !parties.has(one) && !procedure.removed.includes(one));
    procedure.removed.push(...gone);
  }
}

/** Why `line` can not object; null: its objection is kept. */
export function object(procedure: Procedure, line: ActLine, reason: string): Refusal | null {
  const verdict = mayAnswer(procedure, line);
  if (verdict !== null) return verdict;
  procedure.objections.push({ ...made(line), reason });
  return null;
}

/** Why `line` may neither object nor consent. */
export function mayAnswer(procedure: Procedure, line: ActLine): Refusal | null {
  if (procedure.closed !== null) return "not_running";
  if (line.delegation === "" || !procedure.eligible.includes(line.delegation)) return "not_eligible";
  return line.at_ms > procedure.deadline_ms ? "deadline_passed" : null;
}

/** Why a procedure can not be closed as one that nobody opposed. `contested`: the reason if somebody did. */
export function judgeUnopposed(
  procedure: Procedure,
  line: ActLine,
  act: { readonly through: number; readonly head: Base64 },
  contested: Refusal,
): Refusal | null {
  if (procedure.objections.length > 0) return contested;
  if (line.at_ms <= procedure.deadline_ms) return "too_early";
  if (procedure.removed.length > 0) return "eligible_removed";
  if (act.through < procedure.tail[0]![0]) return "left_out";
  const quoted = procedure.tail.find(([number]) => number === act.through);
  return quoted === undefined || quoted[1] !== act.head ? "wrong_head" : null;
}

/** Close it by `line`. */
export function close(procedure: Procedure, line: ActLine): void {
  procedure.closed = made(line);
  procedure.tail = [];
}
