// How the text is settled: positions, decisions on brackets, agreements, packages, links, languages.
// Twin of portal/wire/drafts/settling.py.
//
// A decision stands until another names it in `over` (and its author had seen it). Two that stand for different options
// are a conflict: neither counts, until a decision names both.
//
//   stances of the parties on the words   agree ad_ref          agree agreed
//   all accept                            yes                   yes
//   accept or ad_ref                      yes                   position_ad_ref
//   one gave none, or has none            position_missing      position_missing
//   anybody reserves or objects           standing_objection    standing_objection

import type { Id } from "../ids.ts";
import type { ClauseRef, Level, Refusal } from "./acts.ts";
import { type Judge, made } from "./judging.ts";
import { advance } from "./lifecycle.ts";
import { partiesOf } from "./rights.ts";
import type { ActsState, Decided, Decision, Position } from "./state.ts";

/** Clauses of which something is kept, and languages of one. */
export const NODES_MAX = 20_000;
export const LANGS_MAX = 32;

export const position: Judge<"position"> = (state, line, act) => {
  const { delegation } = line;
  if (delegation === "") return "no_delegation";
  for (const { node, lang, hash, stance } of act.items) {
    const against = stance !== "accept" && stance !== "ad_ref";
    if (against && state.agreements[node]?.[lang]?.hash === hash) return "already_agreed";
  }
  if (!hasRoom(state.positions, act.items)) return "too_many";
  for (const { node, lang, hash, stance } of act.items) {
    const columns = (state.positions[node] ??= {});
    (columns[lang] ??= {})[delegation] = { ...made(line), stance, hash, note: act.note ?? "" };
  }
  return null;
};

export const decide: Judge<"decide"> = (state, line, act) => {
  const before: Pick<Decided, "standing" | "replaced"> = state.decisions[act.bracket] ?? { standing: [], replaced: [] };
  const known = new Set([...before.standing.map(({ number }) => number), ...before.replaced]);
  if (!act.over.every((number) => known.has(number))) return "over_unknown";
  if (act.over.some((number) => number > line.seen)) return "over_unseen";
  const over = new Set(act.over);
  const decision: Decision = { ...made(line), option: act.option, hash: act.hash };
  const standing = [...before.standing.filter(({ number }) => !over.has(number)), decision];
  const replaced = before.standing.map(({ number }) => number).filter((number) => over.has(number));
  state.decisions[act.bracket] = {
    ...decision,
    conflict: standing.some(({ option }) => option !== act.option),
    standing,
    replaced: [...before.replaced, ...replaced],
  };
  return null;
};

export const agree: Judge<"agree"> = (state, line, act) => {
  const parties = partiesOf(state.rights);
  for (const item of act.items) {
    const verdict = judgeAgreement(state, parties, item, act.level);
    if (verdict !== null) return verdict;
  }
  for (const { node, lang, hash } of act.items) {
    (state.agreements[node] ??= {})[lang] = { ...made(line), hash, level: act.level };
  }
  return null;
};

export const reopen: Judge<"reopen"> = (state, line, act) => {
  const agreed = act.nodes.filter((node) => state.agreements[node] !== undefined);
  if (agreed.length === 0) return "not_agreed";
  for (const node of agreed) {
    delete state.agreements[node];
    state.reopened[node] = { ...made(line), reason: act.reason };
    // Who reopens takes the own consent back: else the chair could agree again at once.
    if (line.delegation !== "") forgetPositions(state, node, line.delegation);
  }
  return null;
};

export const pack: Judge<"package"> = (state, line, act) => {
  if (!act.on && state.packages[act.package] === undefined) return "unknown_package";
  state.packages[act.package] = { ...made(line), name: act.name, nodes: [...act.nodes], on: act.on };
  return null;
};

export const link: Judge<"link"> = (state, _line, act) => {
  if (act.node === act.on) return "link_itself";
  const others = (state.links[act.node] ?? []).filter((on) => on !== act.on);
  if (!act.set && others.length === (state.links[act.node] ?? []).length) return "link_unknown";
  const links = act.set ? [...others, act.on].sort() : others;
  if (links.length === 0) delete state.links[act.node];
  else state.links[act.node] = links;
  return null;
};

export const revise: Judge<"revision"> = (state, line, act) => {
  if (state.revisions.some(({ name }) => name === act.name)) return "name_taken";
  state.revisions.push({ ...made(line), name: act.name, item: act.item });
  advance(state, line, "revision");
  return null;
};

export const authenticate: Judge<"authentic"> = (state, _line, act) => {
  state.authentic = [...act.langs];
  return null;
};

export const concord: Judge<"concord"> = (state, line, act) => {
  if (act.items.some(({ lang, source }) => lang === source)) return "same_language";
  if (!hasRoom(state.concords, act.items)) return "too_many";
  for (const { node, lang, hash, source, source_hash } of act.items) {
    (state.concords[node] ??= {})[lang] = { ...made(line), hash, source, source_hash };
  }
  return null;
};

/**
 * Whether what is kept by clause and language stays within bounds with `items`. Clauses that do not exist can not be
 * told from here, so that one party could otherwise fill everybody's state.
 */
function hasRoom(held: Record<Id, Record<string, unknown>>, items: readonly ClauseRef[]): boolean {
  const langs = new Map<Id, Set<string>>();
  for (const { node, lang } of items) {
    if (!langs.has(node)) langs.set(node, new Set(Object.keys(held[node] ?? {})));
    langs.get(node)!.add(lang);
  }
  const fresh = [...langs.keys()].filter((node) => held[node] === undefined).length;
  if (fresh > 0 && Object.keys(held).length + fresh > NODES_MAX) return false;
  return [...langs.values()].every((columns) => columns.size <= LANGS_MAX);
}

function judgeAgreement(state: ActsState, parties: readonly Id[], item: ClauseRef, level: Level): Refusal | null {
  const { node, lang, hash } = item;
  const agreed = state.agreements[node]?.[lang];
  if (agreed?.hash === hash && (agreed.level === "agreed" || level === "ad_ref")) return "already_agreed";
  const given = state.positions[node]?.[lang] ?? {};
  const onTheseWords = (held: Position | undefined) => (held?.hash === hash ? held.stance : "none");
  if (Object.values(given).some((held) => ["reserve", "object"].includes(onTheseWords(held)))) {
    return "standing_objection";
  }
  const stances = parties.map((party) => onTheseWords(given[party]));
  if (stances.includes("none")) return "position_missing";
  return level === "agreed" && stances.includes("ad_ref") ? "position_ad_ref" : null;
}

function forgetPositions(state: ActsState, node: Id, delegation: Id): void {
  const columns = state.positions[node];
  for (const [lang, held] of Object.entries(columns ?? {})) {
    delete held[delegation];
    if (Object.keys(held).length === 0) delete columns![lang];
  }
  if (columns !== undefined && Object.keys(columns).length === 0) delete state.positions[node];
}
