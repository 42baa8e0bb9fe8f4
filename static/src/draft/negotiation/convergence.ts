// How a text converges: open brackets, their options and agreed clauses over time.
//
// Brackets tell when they were made, by their makers' clocks; of acts the server tells when it took them. A bracket that was taken out of the text by hand
// leaves no trace here: the series speaks of the brackets that the text still has.

import type { Id } from "../../wire/ids.ts";

/** A bracket of the present text. */
export interface BracketFacts {
  id: Id;
  at_ms: number;
  options: number;
}

/** What an act does to the series. Refused acts are not among them. */
export type SeriesAct =
  | { at_ms: number; number: number; t: "decide"; bracket: Id; option: Id; over: readonly number[] }
  | { at_ms: number; number: number; t: "agree"; nodes: readonly Id[] }
  | { at_ms: number; number: number; t: "reopen"; nodes: readonly Id[] };

export interface Point {
  at_ms: number;
  brackets: number;
  options: number;
  agreed: number;
}

/**
 * Brackets as the series takes them. When one was put is said by the clock of whoever put it, which may be a year off:
 * so none counts before the draft began or after now, nor after the server took the first decision on it.
 */
export function withinTheDraft(
  brackets: readonly BracketFacts[],
  acts: readonly SeriesAct[],
  { begun_ms, now_ms }: { begun_ms: number; now_ms: number },
): BracketFacts[] {
  const decided = new Map<Id, number>();
  for (const act of acts) {
    if (act.t === "decide") decided.set(act.bracket, Math.min(act.at_ms, decided.get(act.bracket) ?? act.at_ms));
  }
  return brackets.map((bracket) => {
    const latest_ms = decided.get(bracket.id) ?? Math.max(now_ms, begun_ms);
    return { ...bracket, at_ms: Math.min(Math.max(bracket.at_ms, begun_ms), latest_ms) };
  });
}

/** The state after each moment at which something changed, the oldest first; one point a moment. */
export function convergence(brackets: readonly BracketFacts[], acts: readonly SeriesAct[]): Point[] {
  const standing = new Standing();
  const steps = [
    ...brackets.map((bracket) => ({ at_ms: bracket.at_ms, number: 0, take: () => standing.open(bracket) })),
    ...acts.map((act) => ({ at_ms: act.at_ms, number: act.number, take: () => standing.apply(act) })),
  ].sort((a, b) => a.at_ms - b.at_ms || a.number - b.number);
  const points: Point[] = [];
  for (const { at_ms, take } of steps) {
    take();
    const point = { at_ms, ...standing.count() };
    if (points.at(-1)?.at_ms === at_ms) points[points.length - 1] = point;
    else points.push(point);
  }
  return points;
}

class Standing {
  readonly #options = new Map<Id, number>();
  /** Of each bracket the decisions that stand: more than one option among them is a conflict, which is open. */
  readonly #decisions = new Map<Id, Map<number, Id>>();
  readonly #agreed = new Set<Id>();

  open(bracket: BracketFacts): void {
    this.#options.set(bracket.id, bracket.options);
  }

  apply(act: SeriesAct): void {
    if (act.t === "decide") {
      const decisions = this.#decisions.get(act.bracket) ?? new Map<number, Id>();
      for (const number of act.over) decisions.delete(number);
      this.#decisions.set(act.bracket, decisions.set(act.number, act.option));
      return;
    }
    for (const node of act.nodes) {
      if (act.t === "agree") this.#agreed.add(node);
      else this.#agreed.delete(node);
    }
  }

  count(): Omit<Point, "at_ms"> {
    let brackets = 0;
    let options = 0;
    for (const [bracket, count] of this.#options) {
      if (new Set(this.#decisions.get(bracket)?.values()).size === 1) continue;
      brackets += 1;
      options += count;
    }
    return { brackets, options, agreed: this.#agreed.size };
  }
}

/** The corners of a line that steps from value to value, as an SVG path in a box of `width` × `height`. */
export function stepPath(
  points: readonly Point[],
  of: (point: Point) => number,
  box: { width: number; height: number; from_ms: number; to_ms: number; most: number },
): string {
  const span = Math.max(1, box.to_ms - box.from_ms);
  const x = (at_ms: number): string => (((at_ms - box.from_ms) / span) * box.width).toFixed(1);
  const y = (value: number): string => (box.height - (value / Math.max(1, box.most)) * box.height).toFixed(1);
  const corners = points.map((point) => [x(point.at_ms), y(of(point))] as const);
  const [first, ...rest] = corners;
  if (first === undefined) return "";
  return `M${first[0]} ${first[1]}${rest.map(([left, top]) => `H${left}V${top}`).join("")}H${x(box.to_ms)}`;
}
