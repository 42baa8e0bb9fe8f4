// Where a silence procedure stands for a reader at a moment, and what is to be done about it.

import { SILENCE_MIN_MS, type Silence, type SilenceStatus } from "../../wire/drafts/state.ts";

export const HOUR_MS = 3_600_000;
/** How long before the deadline an objection without a receipt becomes an alarm. */
export const ALARM_MS = 2 * HOUR_MS;

/** So long a reason may be that its act is no larger than any other: who relays it can not tell an objection by its size. */
export const REASON_CHARS_MAX = 300;

/** running: anybody may still object · lapsed: the deadline is over and nobody has closed it yet · else as it ended. */
export type SilencePhase = "running" | "lapsed" | Exclude<SilenceStatus, "open">;

/** Where it stands at `now_ms`. */
export function phaseOf(
  { deadline_ms, status, objections }: Pick<Silence, "deadline_ms" | "status" | "objections">,
  now_ms: number,
): SilencePhase {
  if (status === "ended" && objections.length > 0) return "broken";
  if (status !== "open") return status;
  return now_ms <= deadline_ms ? "running" : "lapsed";
}

export interface Countdown {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

/** The time that is left, cut into days, hours, minutes and seconds; zeros once it is over. */
export function countdown(deadline_ms: number, now_ms: number): Countdown {
  const left_s = Math.max(0, Math.ceil((deadline_ms - now_ms) / 1000));
  return {
    days: Math.floor(left_s / 86_400),
    hours: Math.floor((left_s % 86_400) / 3600),
    minutes: Math.floor((left_s % 3600) / 60),
    seconds: left_s % 60,
  };
}

/** How long what is shown of a countdown stays true: a second in the last hour, else a minute. */
export function tick_ms(deadline_ms: number, now_ms: number): number {
  return deadline_ms - now_ms > HOUR_MS ? 60_000 : 1000;
}

/** Whether an objection that has no receipt yet must be carried to the others by other means. */
export function needsOtherWay(deadline_ms: number, waiting: boolean, now_ms: number): boolean {
  return waiting && deadline_ms - now_ms <= ALARM_MS;
}

/** Whether deadlines are told to the second: where a silence may be shorter than an hour, as in demonstrations. */
export function countsSeconds(shortest_ms: number): boolean {
  return shortest_ms < HOUR_MS;
}

/** The shortest deadline that may be chosen at `now_ms`: a whole minute (or second), at least `shortest_ms` from now. */
export function earliestDeadline(now_ms: number, shortest_ms = SILENCE_MIN_MS): number {
  const grain_ms = countsSeconds(shortest_ms) ? 1000 : 60_000;
  return Math.ceil((now_ms + shortest_ms) / grain_ms) * grain_ms;
}

/** The deadline that is offered first: with time left to read what is signed. */
export function offeredDeadline(earliest_ms: number, shortest_ms: number): number {
  return earliest_ms + (countsSeconds(shortest_ms) ? 60_000 : HOUR_MS);
}
