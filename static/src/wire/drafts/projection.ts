// What the text and the acts together say: the clean text, each clause's state, the roots that can be signed. Pure.
// The Python twin is portal/wire/drafts/projection.py.

import { b64 } from "../bytes.ts";
import type { Stance } from "./acts.ts";
import { agreementsOf, type Standing } from "./agreements.ts";
import { bracketsOf } from "./brackets.ts";
import { type CleanNode, cleanNode } from "./clean.ts";
import { type ClauseNumber, numberClauses } from "./numbering.ts";
import type {
  BracketView,
  ClauseView,
  Projection,
  StandingActs,
} from "./projection-types.ts";
import { rootsOf } from "./roots.ts";
import type { Concord, Position } from "./state.ts";
import { codePointName, type TextDocument } from "./text.ts";

export type * from "./projection-types.ts";

/** From what holds a text back to what lets it pass: a delegation's view of several languages is its first of these. */
const GRAVITY: readonly Stance[] = ["object", "reserve", "none", "ad_ref", "accept"];

/**
 * The draft `draft` (its id) as it stands. Nothing is refused: words without a canonical form are among `problems`, and
 * stand in the way of every decision, agreement and root that would rest on them.
 */
export function project(document: TextDocument, acts: StandingActs, draft: string): Projection {
  const langs = [...new Set(document.meta.langs)];
  const brackets = bracketsOf(document, langs, acts.decisions);
  const decided = new Map(
    [...brackets].flatMap(([id, { state, option }]) => (state === "decided" ? [[id, option!] as const] : [])),
  );
  const nodes = document.nodes.map((node) => cleanNode(node, langs, decided));
  const notes = references(nodes, langs);
  const gone = goneOf(nodes, notes);
  const numbers = numberClauses(document.nodes, gone, [...notes]);
  const agreements = agreementsOf(nodes, gone, langs, acts);
  const clauses = nodes.map((node) => clauseView(node, { langs, acts, brackets, gone, numbers, agreements }));
  const { roots, root, blocked } = rootsOf({ document, draft, langs, acts, brackets, nodes, clauses });
  return {
    clauses,
    brackets: Object.fromEntries(brackets),
    roots: Object.fromEntries([...roots].map(([lang, hash]) => [lang, hash && b64(hash)])),
    root: root && b64(root),
    blocked,
    counts: countsOf(clauses, brackets),
    problems: nodes.flatMap(({ node, columns }) =>
      langs.flatMap((lang) => {
        const refused = columns.get(lang)!.refused;
        return refused.length > 0 ? [{ node: node.id, lang, codePoints: refused.map(codePointName) }] : [];
      }),
    ),
  };
}

interface Around {
  readonly langs: readonly string[];
  readonly acts: StandingActs;
  readonly brackets: ReadonlyMap<string, BracketView>;
  readonly gone: ReadonlySet<string>;
  readonly numbers: ReadonlyMap<string, ClauseNumber>;
  readonly agreements: ReadonlyMap<string, Standing>;
}

function clauseView(clean: CleanNode, around: Around): ClauseView {
  const { node, columns } = clean;
  const { langs, acts, brackets, numbers } = around;
  const open = clean.brackets.filter((id) => brackets.get(id)!.state === "open");
  const conflicted = clean.brackets.filter((id) => brackets.get(id)!.state === "conflicted");
  const agreement = around.agreements.get(node.id)!;
  const concords = entry(acts.concords, node.id) ?? {};
  const fresh = freshConcords(clean, langs, concords);
  const nothingDrafted = columns.get(langs[0] ?? "")?.isEmpty ?? true;
  return {
    node: node.id,
    kind: node.kind,
    parent: node.parent,
    ...numbers.get(node.id)!,
    gone: around.gone.has(node.id),
    state: conflicted.length > 0 ? "conflicted" : open.length > 0 ? "bracketed" : agreement.state,
    voided: agreement.voided,
    waitsFor: agreement.waitsFor,
    packages: agreement.packages,
    hash: clean.hash,
    stale: langs.filter((lang, i) => i > 0 && !fresh.has(lang) && !(columns.get(lang)!.isEmpty && nothingDrafted)),
    concord: Object.fromEntries(
      langs.flatMap((lang) => {
        const concord = entry(concords, lang);
        return concord === undefined ? [] : [[lang, { account: concord.account, fresh: fresh.has(lang) }]];
      }),
    ),
    runs: clean.runs,
    open,
    conflicted,
    positions: positionsOf(clean, langs, entry(acts.positions, node.id) ?? {}),
  };
}

/** The footnotes that the clean text refers to, in the order in which it first does: the drafting language leads. */
function references(nodes: readonly CleanNode[], langs: readonly string[]): Set<string> {
  const known = new Set(nodes.filter(({ node }) => node.kind === "note").map(({ node }) => node.id));
  return new Set(
    nodes.flatMap(({ columns }) => langs.flatMap((lang) => columns.get(lang)!.notes.filter((note) => known.has(note)))),
  );
}

/**
 * The clauses that the decisions leave no words, and the footnotes that nothing refers to. A heading stays as long as
 * something stands under it.
 */
function goneOf(nodes: readonly CleanNode[], notes: ReadonlySet<string>): Set<string> {
  const kept = new Set<string>();
  const gone = new Set<string>();
  for (const { node, gone: emptied } of [...nodes].reverse()) {
    if (node.kind === "note" ? !notes.has(node.id) : emptied && !kept.has(node.id)) gone.add(node.id);
    else if (node.kind !== "note") kept.add(node.parent);
  }
  return gone;
}

/** The columns signed off as they now are: from the drafting language, or from one that is itself signed off. */
function freshConcords(
  { columns }: CleanNode,
  langs: readonly string[],
  concords: Readonly<Record<string, Concord>>,
): Set<string> {
  const matching = langs.slice(1).flatMap((lang) => {
    const concord = entry(concords, lang);
    const hash = columns.get(lang)!.hash;
    const source = concord && columns.get(concord.source)?.hash;
    return hash && concord?.hash === hash && source === concord.source_hash ? [[lang, concord.source] as const] : [];
  });
  const fresh = new Set<string>();
  for (let before = -1; before !== fresh.size; ) {
    before = fresh.size;
    for (const [lang, source] of matching) if (source === langs[0] || fresh.has(source)) fresh.add(lang);
  }
  return fresh;
}

function positionsOf(
  { columns }: CleanNode,
  langs: readonly string[],
  positions: Readonly<Record<string, Readonly<Record<string, Position>>>>,
): ClauseView["positions"] {
  const gravest = new Map<string, { stance: Stance; fresh: boolean }>();
  for (const lang of langs) {
    for (const [delegation, { stance, hash }] of Object.entries(entry(positions, lang) ?? {})) {
      const next = { stance, fresh: hash === columns.get(lang)!.hash };
      const known = gravest.get(delegation);
      if (known === undefined || outweighs(next, known)) gravest.set(delegation, next);
    }
  }
  return Object.fromEntries(gravest);
}

/** On the present words before on former ones; then the graver. */
function outweighs(a: { stance: Stance; fresh: boolean }, b: { stance: Stance; fresh: boolean }): boolean {
  return a.fresh === b.fresh ? GRAVITY.indexOf(a.stance) < GRAVITY.indexOf(b.stance) : a.fresh;
}

function countsOf(clauses: readonly ClauseView[], brackets: ReadonlyMap<string, BracketView>): Projection["counts"] {
  const bracketed = [...brackets.values()];
  const standing = clauses.filter(({ gone }) => !gone);
  return {
    open: bracketed.filter(({ state }) => state === "open").length,
    conflicted: bracketed.filter(({ state }) => state === "conflicted").length,
    agreed: standing.filter(({ state }) => state === "agreed").length,
    adRef: standing.filter(({ state }) => state === "agreed_ad_ref").length,
    clauses: standing.length,
  };
}

/** What a record itself holds under `key`: ids and languages are other people's words, "constructor" may be one. */
function entry<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
