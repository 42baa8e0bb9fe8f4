// The code by which an interpreter asks to be let in: Crockford base32, 16 characters in four groups of four
// (docs/protocol.md §1).

import { groupsOf, normalise } from "../entry/recovery-key.ts";

const LENGTH = 16;
const FOREIGN = /[^0-9A-HJKMNP-TV-Z]/u;

/** The code as it is printed, from whatever way it was typed. */
export function groupedCode(typed: string): string {
  return groupsOf(typed).join(" ");
}

export type CodeProblem = { kind: "character"; character: string } | { kind: "length"; count: number };

/** Why a typed text can be no code, or null. */
export function codeProblem(typed: string): CodeProblem | null {
  const text = normalise(typed);
  const character = FOREIGN.exec(text)?.[0];
  if (character !== undefined) return { kind: "character", character };
  return text.length === LENGTH ? null : { kind: "length", count: text.length };
}
