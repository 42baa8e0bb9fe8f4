// Which machine's words are shown where a column has none of a person's.

import type { MachineView } from "../../member/drafts/api.ts";
import type { ClauseView } from "../../wire/drafts/projection.ts";

/** Whether the machine has read the clause as it is now. */
export function isFresh(machine: MachineView, clause: ClauseView): boolean {
  return clause.hash[machine.from] === machine.source;
}

/**
 * What to show of a clause in the column `lang`: of several interpreters the one that has read the clause as it is now,
 * else the newest. Null where a person has written something, or no machine has.
 */
export function machineWords(all: readonly MachineView[], clause: ClauseView, lang: string): MachineView | null {
  if (clause.gone || (clause.runs[lang]?.length ?? 0) > 0) return null;
  const found = all.filter((each) => each.node === clause.node && each.lang === lang && each.text.trim() !== "");
  const rank = (each: MachineView): number => (isFresh(each, clause) ? 1 : 0);
  found.sort((a, b) => rank(b) - rank(a) || b.at_ms - a.at_ms || (a.by < b.by ? -1 : 1));
  return found[0] ?? null;
}
