// The silence procedure: what nobody objects to by the deadline is adopted. Twin of portal/wire/drafts/silence.py.
//
//   status      silence_extend  silence_consent  silence_break  silence_close                  silence_late
//   open        open            open             broken         adopted; withdrawn → ended     not_adopted
//   broken      broken          broken           broken         broken, withdrawn → ended      not_adopted
//   adopted     not_running     not_running      not_running    not_running                    disputed; void
//   disputed    not_running     not_running      not_running    not_running                    disputed; void
//   ended       not_running     not_running      not_running    not_running                    not_adopted
//   void        not_running     not_running      not_running    not_running                    not_adopted
//
// silence_late makes an adoption disputed (the objector's device says that it objected in time), or void (the server's
// receipt for the objection says so too, and the acts lack it). A broken silence can be extended: to talk, not to mend.

import type { Id } from "../ids.ts";
import type { ActLine, ActOf, Refusal } from "./acts.ts";
import { close, judgeUnopposed, mayAnswer, object, opened } from "./deadlines.ts";
import { areAuthentic, isConflicted, isSilenceRunning, type Judge, made } from "./judging.ts";
import { adopt, doubt } from "./lifecycle.ts";
import { delegationOf, includes, partiesOf, type RightsTable } from "./rights.ts";
import type { ActsState, Silence, Stage } from "./state.ts";
import { readObjection } from "./statements.ts";

export const silenceOpen: Judge<"silence_open"> = (state, line, act, { silence_min_ms }) => {
  if (isSilenceRunning(state)) return "silence_running";
  if (state.silences[act.silence] !== undefined) return "id_taken";
  if (isConflicted(state)) return "conflicted";
  if (!areAuthentic(state, act.langs)) return "languages";
  // All who negotiate are heard: a chair can leave nobody out.
  if (act.eligible.join() !== partiesOf(state.rights).join()) return "eligible";
  if (act.deadline_ms - line.at_ms < silence_min_ms) return "deadline_short";
  state.silences[act.silence] = {
    ...opened(line, act.deadline_ms, act.eligible),
    status: "open",
    root: act.root,
    langs: [...act.langs],
    entitled: entitledBy(state.rights),
    extensions: [],
    consents: [],
    late: [],
  };
  return null;
};

export const silenceExtend: Judge<"silence_extend"> = (state, line, act) => {
  const silence = state.silences[act.silence];
  if (silence === undefined) return "unknown_silence";
  if (silence.closed !== null) return "not_running";
  if (line.at_ms > silence.deadline_ms) return "deadline_passed";
  if (act.deadline_ms <= silence.deadline_ms) return "deadline_earlier";
  silence.deadline_ms = act.deadline_ms;
  silence.extensions.push({ ...made(line), deadline_ms: act.deadline_ms });
  return null;
};

export const silenceBreak: Judge<"silence_break"> = (state, line, act) => {
  const silence = state.silences[act.silence];
  if (silence === undefined) return "unknown_silence";
  const verdict = object(silence, line, act.reason ?? "");
  if (verdict === null) silence.status = "broken";
  return verdict;
};

export const silenceConsent: Judge<"silence_consent"> = (state, line, act) => {
  const silence = state.silences[act.silence];
  if (silence === undefined) return "unknown_silence";
  const verdict = mayAnswer(silence, line);
  if (verdict === null) silence.consents.push(made(line));
  return verdict;
};

export const silenceClose: Judge<"silence_close"> = (state, line, act) => {
  const silence = state.silences[act.silence];
  if (silence === undefined) return "unknown_silence";
  if (silence.closed !== null) return "not_running";
  const verdict = judgeOutcome(silence, line, act);
  if (verdict !== null) return verdict;
  close(silence, line);
  silence.status = act.outcome === "adopted" ? "adopted" : "ended";
  if (act.outcome === "adopted") {
    adopt(state, line, { root: silence.root, langs: silence.langs, silence: act.silence, date: "" });
  }
  return null;
};

function judgeOutcome(silence: Silence, line: ActLine, act: ActOf<"silence_close">): Refusal | null {
  switch (act.outcome) {
    case "adopted":
      return judgeUnopposed(silence, line, act, "broken");
    case "broken":
      return silence.objections.length === 0 ? "not_broken" : null;
    case "withdrawn":
      return null;
  }
}

/** Once a text is signed, its adoption is past: the signatures say who consents. */
const STILL_OPEN: readonly Stage[] = ["draft", "revision", "adopted", "initialled"];

export const silenceLate: Judge<"silence_late"> = (state, line, act, { draft }) => {
  const silence = state.silences[act.silence];
  if (silence === undefined) return "unknown_silence";
  if (silence.status !== "adopted" && silence.status !== "disputed") return "not_adopted";
  if (!STILL_OPEN.includes(state.stage)) return "too_late";
  const verdict = judgeObjection(state, silence, line, act, draft);
  if (verdict !== null) return verdict;
  const { account: objector, receipt: word } = line.proof!;
  const receipt = act.objection.receipt ?? null;
  const proven = receipt !== null && word === "missing" && receipt.at_ms <= silence.deadline_ms;
  silence.late.push({
    ...made(line),
    objector,
    objector_delegation: objectorOf(state, silence, objector),
    receipt: proven ? { ...receipt } : null,
  });
  silence.status = proven ? "void" : "disputed";
  if (isAdoptionBy(state, act.silence)) doubt(state, line, silence.status);
  return null;
};

function judgeObjection(
  state: ActsState,
  silence: Silence,
  line: ActLine,
  act: ActOf<"silence_late">,
  draft: string,
): Refusal | null {
  const { proof } = line;
  const said = readObjection(act.objection.statement);
  if (said === null) return "wrong_statement";
  if (proof === null) return "bad_signature";
  if (said.account !== proof.account || said.device !== proof.device) return "wrong_signer";
  if (said.delegation !== objectorOf(state, silence, said.account)) return "wrong_signer";
  if (said.draft !== draft || said.silence !== act.silence) return "wrong_statement";
  if (said.root !== silence.root) return "wrong_root";
  if (!silence.eligible.includes(said.delegation)) return "not_eligible";
  return said.at > silence.deadline_ms ? "deadline_passed" : null;
}

/** For whom an account could object: as the table was when the silence was opened, or as it is now. */
function objectorOf({ rights }: ActsState, { entitled }: Silence, account: Id): Id | "" {
  return entitled[account] ?? delegationOf(rights, account);
}

function entitledBy(table: RightsTable | null): Silence["entitled"] {
  const speakers = (table?.members ?? []).filter((one) => one.delegation !== "" && includes(one.right, "propose"));
  return Object.fromEntries(speakers.map(({ account, delegation }) => [account, delegation]));
}

function isAdoptionBy(state: ActsState, silence: string): boolean {
  return state.adoption?.silence === silence && state.adoption.status !== "void";
}
