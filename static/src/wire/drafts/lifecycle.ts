// The life of a draft: from a text on the table to a treaty in force. Twin of portal/wire/drafts/lifecycle.py.
//
// "Agreed ad referendum" and "package agreed" are stages too, but they follow from the text: `stageOf`.

import type { Id } from "../ids.ts";
import type { ActLine, ActOf, LangRoot, Refusal, Step } from "./acts.ts";
import { areAuthentic, isConflicted, isSilenceRunning, type Judge, made } from "./judging.ts";
import { includes, partiesOf } from "./rights.ts";
import type { ActsState, Instruments, Stage } from "./state.ts";

/** `doubted`: an adoption turned out not to hold. The others are stages reached. */
type Event = Exclude<Stage, "draft"> | "doubted";

/** Stage → what may happen → the next stage. What is not here leaves the stage as it is. */
const NEXT: Readonly<Record<Stage, Readonly<Partial<Record<Event, Stage>>>>> = {
  draft: { revision: "revision", adopted: "adopted", withdrawn: "withdrawn" },
  revision: { adopted: "adopted", withdrawn: "withdrawn" },
  adopted: { doubted: "draft", initialled: "initialled", signed: "signed", withdrawn: "withdrawn" },
  initialled: { doubted: "draft", signed: "signed", withdrawn: "withdrawn" },
  signed: { submitted: "submitted", deposited: "deposited", in_force: "in_force" },
  submitted: { deposited: "deposited", in_force: "in_force" },
  deposited: { in_force: "in_force" },
  in_force: {},
  withdrawn: {},
};

const UNSIGNED: readonly Stage[] = ["draft", "revision", "adopted", "initialled"];
const SIGNED: readonly Stage[] = ["signed", "submitted", "deposited", "in_force"];

interface StepRule {
  readonly from: readonly Stage[];
  /** Of a delegation's step: whether it must have signed (true), must not (false), or either (null). */
  readonly signatory: boolean | null;
  /** Of a delegation's step: one of these went before it (if any are named), and none of those. */
  readonly after: readonly Step[];
  readonly without: readonly Step[];
}

/** A delegation's own steps (VCLT arts. 11–16, 54). */
const OWN_STEPS: Readonly<Partial<Record<Step, StepRule>>> = {
  submitted: { from: SIGNED, signatory: true, after: [], without: ["ratified", "accepted", "acceded", "withdrawn"] },
  ratified: { from: SIGNED, signatory: true, after: [], without: ["accepted", "acceded", "withdrawn"] },
  accepted: { from: SIGNED, signatory: null, after: [], without: ["ratified", "acceded", "withdrawn"] },
  acceded: { from: SIGNED, signatory: false, after: [], without: ["ratified", "accepted", "withdrawn"] },
  deposited: { from: SIGNED, signatory: null, after: ["ratified", "accepted", "acceded"], without: ["withdrawn"] },
  withdrawn: { from: SIGNED, signatory: null, after: [], without: [] },
};

/** Steps of the draft as a whole: the chair's. */
const COMMON_STEPS: Readonly<Partial<Record<Step, readonly Stage[]>>> = {
  adopted: ["draft", "revision"],
  in_force: ["signed", "submitted", "deposited"],
  withdrawn: UNSIGNED,
};

/** Let the stage follow what happened, if it does. `date`: the day outside the portal. */
export function advance(state: ActsState, line: ActLine, event: Event, date = ""): void {
  const next = NEXT[state.stage][event];
  if (next === undefined) return;
  state.stage = next === "draft" && state.revisions.length > 0 ? "revision" : next;
  state.stages.push({ stage: state.stage, number: line.number, at_ms: line.at_ms, date });
}

/** The text that `root` names is adopted; what was being signed before is signed no more. */
export function adopt(
  state: ActsState,
  line: ActLine,
  { root, langs, silence, date }: { root: string; langs: readonly LangRoot[]; silence: Id | ""; date: string },
): void {
  state.adoption = { ...made(line), root, langs: [...langs], silence, status: "adopted" };
  state.signing = null;
  advance(state, line, "adopted", date);
  checkInitialled(state, line);
}

/** An adoption that does not hold: the text is on the table again. */
export function doubt(state: ActsState, line: ActLine, status: "disputed" | "void"): void {
  if (state.adoption !== null) state.adoption.status = status;
  advance(state, line, "doubted");
}

/** Initialled is the text when every party put its initials under the whole of it. */
export function checkInitialled(state: ActsState, line: ActLine): void {
  const root = state.adoption?.status === "adopted" ? state.adoption.root : null;
  const whole = state.initials.filter((one) => one.items.length === 0 && one.root === root);
  const by = new Set(whole.map(({ delegation }) => delegation));
  const parties = partiesOf(state.rights);
  if (parties.length > 0 && parties.every((party) => by.has(party))) advance(state, line, "initialled");
}

export const lifecycle: Judge<"lifecycle"> = (state, line, act) => {
  const rule = OWN_STEPS[act.step];
  // A withdrawal that names no delegation is the draft's.
  if (rule === undefined || (act.step === "withdrawn" && act.delegation === undefined)) {
    return commonStep(state, line, act);
  }
  const delegation = act.delegation ?? line.delegation;
  if (delegation === "") return "no_delegation";
  if (delegation !== line.delegation && !includes(line.right, "chair")) return "own_only";
  const verdict = judgeOwnStep(state, delegation, act.step, rule);
  if (verdict !== null) return verdict;
  (state.instruments[delegation] ??= {})[act.step as keyof Instruments[Id]] = act.date;
  if (act.step === "submitted" || act.step === "deposited") advance(state, line, act.step, act.date);
  return null;
};

function commonStep(state: ActsState, line: ActLine, act: ActOf<"lifecycle">): Refusal | null {
  if (!includes(line.right, "chair")) return "right";
  if (!COMMON_STEPS[act.step]!.includes(state.stage)) return "step_order";
  if (act.step !== "adopted") {
    advance(state, line, act.step as Event, act.date);
    return null;
  }
  if (isSilenceRunning(state)) return "silence_running";
  if (isConflicted(state)) return "conflicted";
  if (!areAuthentic(state, act.langs!)) return "languages";
  adopt(state, line, { root: act.root!, langs: act.langs!, silence: "", date: act.date });
  return null;
}

function judgeOwnStep(state: ActsState, delegation: Id, step: Step, rule: StepRule): Refusal | null {
  if (!rule.from.includes(state.stage)) return "step_order";
  const signed = state.signing?.signatures.some((one) => one.delegation === delegation) ?? false;
  if (rule.signatory !== null && rule.signatory !== signed) return "not_party";
  const done: Readonly<Record<string, string>> = state.instruments[delegation] ?? {};
  if (done[step] !== undefined || rule.without.some((other) => done[other] !== undefined)) return "step_order";
  if (rule.after.length > 0 && !rule.after.some((other) => done[other] !== undefined)) return "step_order";
  return null;
}

/** Every stage there is, in order: those that the acts say and, before adoption, the two that the text says. */
export type FullStage = Stage | "ad_ref" | "package";

/**
 * The stage as people see it: before its adoption a text of which every clause is agreed is a `package`, one of which
 * every clause is agreed at least ad referendum is `ad_ref`. `counts` are the projection's; `clauses`: all that can be
 * agreed.
 */
export function stageOf(
  state: ActsState,
  counts: { readonly clauses: number; readonly agreed: number; readonly adRef: number },
): FullStage {
  if (state.stage !== "draft" && state.stage !== "revision") return state.stage;
  if (counts.clauses === 0 || counts.agreed + counts.adRef < counts.clauses) return state.stage;
  return counts.adRef === 0 ? "package" : "ad_ref";
}
