// From the stream of acts to what they come to: pure, one line after the other, equal in both twins.
// Twin of portal/wire/drafts/reducer.py.

import type { ActContent, ActLine, ActType, Refusal, RightsContent } from "./acts.ts";
import { noteRemoved, observe, running } from "./deadlines.ts";
import { isSilenceRunning, type Judge } from "./judging.ts";
import { lifecycle } from "./lifecycle.ts";
import { rectifyClose, rectifyObject, rectifyOpen } from "./rectification.ts";
import { delegationOf, includes, mayAct } from "./rights.ts";
import { agree, authenticate, concord, decide, link, pack, position, reopen, revise } from "./settling.ts";
import { initial, sign, signOpen } from "./signing.ts";
import { silenceBreak, silenceClose, silenceConsent, silenceExtend, silenceLate, silenceOpen } from "./silence.ts";
import { type ActsContext, type ActsState, emptyState } from "./state.ts";

const JUDGES: { readonly [Type in ActType]: Judge<Type> } = {
  position,
  decide,
  agree,
  reopen,
  package: pack,
  link,
  revision: revise,
  authentic: authenticate,
  concord,
  silence_open: silenceOpen,
  silence_extend: silenceExtend,
  silence_break: silenceBreak,
  silence_consent: silenceConsent,
  silence_close: silenceClose,
  silence_late: silenceLate,
  initial,
  sign_open: signOpen,
  sign,
  lifecycle,
  rectify_open: rectifyOpen,
  rectify_object: rectifyObject,
  rectify_close: rectifyClose,
};

/** What is settled by an adoption, and moves no more while it holds. */
const LOCKED_BY_ADOPTION: ReadonlySet<ActType> = new Set<ActType>([
  "position",
  "decide",
  "agree",
  "reopen",
  "package",
  "link",
  "revision",
  "authentic",
  "silence_open",
]);

/** What would change the text, or its languages, that a silence is about. */
const LOCKED_BY_SILENCE: ReadonlySet<ActType> = new Set<ActType>(["decide", "authentic"]);

/**
 * The state after `lines`, which go on where `from` ended (left as it is) or begin with the founding.
 *
 * Only acts, foundings and rights are lines; snapshots and countersignatures of the stream are not. RangeError if the
 * numbers do not ascend.
 */
export function reduce(lines: Iterable<ActLine>, context: ActsContext, from?: ActsState): ActsState {
  const state = from === undefined ? emptyState() : structuredClone(from);
  for (const line of lines) step(state, line, context);
  return state;
}

/** Take one line into `state`, in place; why it counts for nothing, or null. RangeError if it is not a later line. */
export function step(state: ActsState, line: ActLine, context: ActsContext): Refusal | null {
  if (line.number <= state.number) throw new RangeError(`act ${line.number} after act ${state.number}`);
  state.number = line.number;
  state.head = line.head;
  for (const procedure of running(state)) observe(procedure, line);
  const refusal = judge(state, line, context);
  if (refusal !== null) state.refused[line.number] = refusal;
  return refusal;
}

function judge(state: ActsState, line: ActLine, context: ActsContext): Refusal | null {
  const { content } = line;
  switch (content.t) {
    case "unread":
      return content.reason;
    case "founding":
    case "rights":
      return judgeRights(state, line, content, context);
    default:
      return judgeEntry(state, line, content, context);
  }
}

function judgeRights(
  state: ActsState,
  line: ActLine,
  { t, table }: RightsContent,
  context: ActsContext,
): Refusal | null {
  if (table.draft !== context.draft) return "malformed";
  if (t === "founding") {
    if (state.rights !== null) return "founded";
    const founder = table.members.find(({ account }) => account === line.account);
    if (founder?.right !== "chair") return "no_chair";
  } else {
    if (state.rights === null) return "no_founding";
    if (!includes(line.right, "chair")) return "right";
    if (!table.members.some(({ right }) => right === "chair")) return "no_chair";
  }
  state.rights = structuredClone(table);
  noteRemoved(state);
  return null;
}

function judgeEntry(state: ActsState, line: ActLine, act: ActContent, context: ActsContext): Refusal | null {
  if (state.rights === null) return "no_founding";
  if (!mayAct(line.right, act.t)) return "right";
  if (state.stage === "withdrawn") return "withdrawn";
  if (LOCKED_BY_ADOPTION.has(act.t) && state.adoption?.status === "adopted") return "locked";
  if (LOCKED_BY_SILENCE.has(act.t) && isSilenceRunning(state)) return "silence_running";
  // For whom somebody acts, the draft's own table says: what the room's list says may be another thing tomorrow.
  const listed = { ...line, delegation: delegationOf(state.rights, line.account) };
  // One table, whose judges take each its own act: the type of the entry says which.
  return (JUDGES[act.t] as Judge<ActType>)(state, listed, act, context);
}
