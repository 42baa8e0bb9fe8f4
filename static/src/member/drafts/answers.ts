// Alarms of a draft: which of them stop sending, and what a person can answer. Nothing is answered by the program itself.
//
// | alarm                             | sent on? | answers                                                     |
// |-----------------------------------|----------|-------------------------------------------------------------|
// | forged: the item is refused       | no       | continue: it stays refused                                  |
// | forged: what is no item here      | no       | none: nothing can be followed behind it                     |
// | dropped: a sequence is missing    | no       | continue: what was left out stays missing                   |
// | dropped: numbers are missing      | no       | fetch: cured if they come, else the alarm stands            |
// | fork                              | no       | none: nobody could tell which of two histories is meant     |
// | foreign-client, right, malformed, | yes      | continue: it was somebody's fault, and nothing of it counts |
// | snapshot                          |          |                                                             |
//
// As in rooms (alarms.ts). What does not stand any more stays with the draft for good: "past" in its data.

import type { Answer } from "../api.ts";
import { MemberError } from "../failure.ts";
import type { DraftProblem, PastDraftProblem } from "./api.ts";
import type { Draft } from "./draft.ts";

const STOPPING: ReadonlySet<DraftProblem["kind"]> = new Set(["fork", "forged", "dropped"]);

/** Whether nothing is sent to a draft in which this stands, until a person has answered it. */
export function isStopping(problem: DraftProblem | null): boolean {
  return problem !== null && STOPPING.has(problem.kind);
}

/** What can be answered to the alarm that stands; empty without one. */
export function answersTo(draft: Draft): Answer[] {
  const { problem } = draft.data;
  if (!problem || problem.kind === "fork" || draft.streams().some(({ data }) => data.stopped)) return [];
  const stream = draft.streams().find(({ name }) => name === problem.stream);
  const isMissing = problem.kind === "dropped" && problem.number > (stream?.data.number ?? 0);
  return [isMissing ? "fetch" : "continue"];
}

/** Go on with the draft as it is. MemberError room.blocked if the alarm is not one that allows it. */
export async function goOn(draft: Draft, now_ms: number): Promise<void> {
  requireAnswer(draft, "continue");
  await settle(draft, draft.data.problem!, "continue", now_ms);
}

/** Fetch what was missing. The alarm is over if it has come, and stands if it has not. */
export async function fetchAgain(draft: Draft, now_ms: number): Promise<void> {
  requireAnswer(draft, "fetch");
  const missing = draft.data.problem!;
  await draft.sync();
  const stream = draft.streams().find(({ name }) => name === missing.stream);
  // What came may have brought another alarm, which nobody has seen yet.
  const isCured = draft.data.problem === missing && (stream?.data.number ?? 0) >= missing.number;
  if (isCured) await settle(draft, missing, "fetch", now_ms);
}

async function settle(draft: Draft, problem: DraftProblem, answer: Answer, at_ms: number): Promise<void> {
  const over: PastDraftProblem = { ...problem, answer, at_ms };
  await draft.change({ problem: null, past: [...(draft.data.past ?? []), over] });
  draft.resumed();
}

function requireAnswer(draft: Draft, answer: Answer): void {
  if (answersTo(draft).includes(answer)) return;
  throw new MemberError("room.blocked", { problem: draft.data.problem?.kind ?? null });
}
