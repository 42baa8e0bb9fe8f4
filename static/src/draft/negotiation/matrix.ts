// The matrix of positions: a row for each clause, a column for each delegation.

import type { Id } from "../../wire/ids.ts";

export const STANCES = ["accept", "ad_ref", "reserve", "object", "none"] as const;
/** accept · accept ad referendum · reserve · object · no instructions. */
export type Stance = (typeof STANCES)[number];

export interface Position {
  stance: Stance;
  /** False: the clause's words are not those any more that it was taken on. */
  fresh: boolean;
}

/** A clause as the projection has it, as far as the matrix needs it. */
export interface MatrixClause {
  node: Id;
  state: string;
  positions: Readonly<Record<Id, Position>>;
}

export const FILTERS = ["all", "unsettled", "mine", "against", "stale"] as const;
/** unsettled: not agreed · mine: the own delegation has none that is fresh · against: reserve or object · stale. */
export type Filter = (typeof FILTERS)[number];

/** The clauses that pass a filter; "mine" passes none without an own delegation. */
export function filtered<C extends MatrixClause>(clauses: readonly C[], filter: Filter, own: Id): C[] {
  return clauses.filter((clause) => passes(clause, filter, own));
}

function passes(clause: MatrixClause, filter: Filter, own: Id): boolean {
  const all = Object.values(clause.positions);
  switch (filter) {
    case "all":
      return true;
    case "unsettled":
      return clause.state !== "agreed";
    case "mine":
      return own !== "" && clause.state !== "agreed" && clause.positions[own]?.fresh !== true;
    case "against":
      return all.some(({ stance, fresh }) => fresh && (stance === "reserve" || stance === "object"));
    case "stale":
      return all.some(({ fresh }) => !fresh);
  }
}

/** What stands in the way of agreeing a clause: delegations against it, and parties without a fresh position. */
export function obstacles(clause: MatrixClause, parties: readonly Id[]): { against: Id[]; silent: Id[] } {
  const against = Object.entries(clause.positions)
    .filter(([, { stance, fresh }]) => fresh && (stance === "reserve" || stance === "object"))
    .map(([delegation]) => delegation);
  const silent = parties.filter((party) => clause.positions[party]?.fresh !== true);
  return { against, silent };
}

/** How often each stance is taken on a clause by the parties; a stale or missing one counts as "none". */
export function tally(clause: MatrixClause, parties: readonly Id[]): Record<Stance, number> {
  const counts: Record<Stance, number> = { accept: 0, ad_ref: 0, reserve: 0, object: 0, none: 0 };
  for (const party of parties) {
    const position = clause.positions[party];
    counts[position?.fresh === true ? position.stance : "none"] += 1;
  }
  return counts;
}

/** The cell that an arrow key leads to in a grid of `rows` × `columns`; the same at an edge, null for other keys. */
export function steppedCell(
  key: string,
  [row, column]: readonly [number, number],
  [rows, columns]: readonly [number, number],
  rightToLeft: boolean,
): [number, number] | null {
  const clamp = (value: number, count: number): number => Math.min(Math.max(value, 0), Math.max(0, count - 1));
  const forward = rightToLeft ? -1 : 1;
  switch (key) {
    case "ArrowUp":
      return [clamp(row - 1, rows), column];
    case "ArrowDown":
      return [clamp(row + 1, rows), column];
    case "ArrowRight":
      return [row, clamp(column + forward, columns)];
    case "ArrowLeft":
      return [row, clamp(column - forward, columns)];
    case "Home":
      return [row, 0];
    case "End":
      return [row, clamp(columns - 1, columns)];
    case "PageUp":
      return [0, column];
    case "PageDown":
      return [clamp(rows - 1, rows), column];
    default:
      return null;
  }
}
