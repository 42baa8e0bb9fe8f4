// What is agreed: by the acts, for the present words, and held back by links and packages. The Python twin is
// portal/wire/drafts/agreements.py.

import type { CleanNode } from "./clean.ts";
import type { StandingActs } from "./projection-types.ts";
import type { Agreement } from "./state.ts";

/** Of one clause, brackets aside. */
export interface Standing {
  readonly state: "open" | "agreed_ad_ref" | "agreed";
  readonly voided: boolean;
  readonly waitsFor: readonly string[];
  readonly packages: readonly string[];
}

type Level = "none" | "void" | "ad_ref" | "agreed";

/**
 * By node. A clause is agreed if its words in the drafting language are, and in every other language that an agreement
 * names. Clauses without words have nothing to agree on, and hold nothing back.
 */
export function agreementsOf(
  nodes: readonly CleanNode[],
  gone: ReadonlySet<string>,
  langs: readonly string[],
  acts: StandingActs,
): Map<string, Standing> {
  const levels = new Map<string, Level>();
  const spoken = new Set<string>();
  for (const clean of nodes) {
    const { id } = clean.node;
    levels.set(id, levelOf(clean, langs, Object.hasOwn(acts.agreements, id) ? acts.agreements[id]! : {}));
    if (!gone.has(id) && !clean.isEmpty) spoken.add(id);
  }
  const groups = packagesOf(acts, spoken);
  const waiting = new Set([...spoken].filter((id) => levels.get(id) !== "agreed"));
  spread(waiting, spoken, acts.links, groups);
  const holding = groups.filter(([, members]) => [...members].some((id) => waiting.has(id)));
  return new Map(
    [...levels].map(([id, level]) => {
      const links = Object.hasOwn(acts.links, id) ? acts.links[id]! : [];
      const state = level === "agreed" && waiting.has(id) ? "agreed_ad_ref" : stateOf(level);
      const packages = holding.filter(([, members]) => members.has(id)).map(([group]) => group);
      return [id, { state, voided: level === "void", waitsFor: links.filter((other) => waiting.has(other)), packages }];
    }),
  );
}

function stateOf(level: Level): Standing["state"] {
  if (level === "agreed") return "agreed";
  return level === "ad_ref" ? "agreed_ad_ref" : "open";
}

function levelOf(
  { columns }: CleanNode,
  langs: readonly string[],
  agreements: Readonly<Record<string, Agreement>>,
): Level {
  const named = langs.filter((lang) => Object.hasOwn(agreements, lang));
  if (named.length === 0) return "none";
  if (!named.every((lang) => columns.get(lang)!.hash === agreements[lang]!.hash)) return "void";
  if (named[0] !== langs[0]) return "none";
  return named.every((lang) => agreements[lang]!.level === "agreed") ? "agreed" : "ad_ref";
}

/** The packages that are locked, by id, with those of their members that have words. */
function packagesOf({ packages }: StandingActs, spoken: ReadonlySet<string>): [string, ReadonlySet<string>][] {
  return Object.entries(packages)
    .filter(([, { on }]) => on)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { nodes }]) => [id, nodes.length === 0 ? spoken : new Set(nodes.filter((node) => spoken.has(node)))]);
}

/** Let `waiting` grow by all that is linked to something in it, or in a package with it, however far. */
function spread(
  waiting: Set<string>,
  spoken: ReadonlySet<string>,
  links: StandingActs["links"],
  groups: readonly (readonly [string, ReadonlySet<string>])[],
): void {
  const dependents = new Map<string, string[]>();
  for (const [node, others] of Object.entries(links)) {
    if (!spoken.has(node)) continue;
    for (const other of others) dependents.set(other, [...(dependents.get(other) ?? []), node]);
  }
  const settled = new Set(groups);
  // A set that grows while it is walked through is walked through to its end.
  for (const node of waiting) {
    for (const dependent of dependents.get(node) ?? []) waiting.add(dependent);
    for (const group of settled) {
      if (!group[1].has(node)) continue;
      settled.delete(group);
      for (const member of group[1]) waiting.add(member);
    }
  }
}
