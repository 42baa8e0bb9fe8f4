// Clauses as the hierarchy of Akoma Ntoso 3.0: parts, articles, paragraphs, points.

import type { ClauseView } from "../../../wire/drafts/projection-types.ts";
import type { NodeKind } from "../../../wire/drafts/text.ts";
import { isHeading, labelOf } from "../labels.ts";
import { element, escaped } from "../markup.ts";
import { type InlineContext, inlineOf } from "./inline.ts";

/** Abbreviations of eIds, after the naming convention of Akoma Ntoso. */
const SHORT: Readonly<Record<NodeKind, string>> = {
  title: "title",
  preamble: "rec",
  part: "part",
  article: "art",
  paragraph: "para",
  point: "point",
  annex: "annex",
  final: "final",
  note: "note",
};

/** eIds of all clauses: "art_3__para_1", counted among siblings of one kind, so that each is there once. */
export function elementIds(clauses: readonly ClauseView[]): Map<string, string> {
  const ids = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { node, kind, parent } of clauses) {
    const above = ids.get(parent);
    const prefix = above === undefined ? SHORT[kind] : `${above}__${SHORT[kind]}`;
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    ids.set(node, `${prefix}_${count}`);
  }
  return ids;
}

export interface TreeContext extends Omit<InlineContext, "clause" | "note"> {
  lang: string;
  clauses: readonly ClauseView[];
  ids: ReadonlyMap<string, string>;
}

export class TreeWriter {
  readonly #context: TreeContext;
  readonly #below = new Map<string, ClauseView[]>();

  constructor(context: TreeContext) {
    this.#context = context;
    const known = new Set(context.clauses.map(({ node }) => node));
    for (const clause of context.clauses) {
      const parent = known.has(clause.parent) ? clause.parent : "";
      this.#below.set(parent, [...(this.#below.get(parent) ?? []), clause]);
    }
  }

  /** Clauses at the top, of these kinds. */
  top(...kinds: readonly NodeKind[]): ClauseView[] {
    return (this.#below.get("") ?? []).filter(({ kind, gone }) => kinds.includes(kind) && !gone);
  }

  /** What stands under a clause, footnotes apart. */
  below({ node }: ClauseView): ClauseView[] {
    return (this.#below.get(node) ?? []).filter(({ kind, gone }) => kind !== "note" && !gone);
  }

  /** A clause and what is under it as paragraphs, where the standard has no hierarchy. */
  blocks(clause: ClauseView): string {
    const inner = this.below(clause).map((each) => this.blocks(each));
    const label = labelOf(clause, this.#context.lang);
    const number = label === "" ? "" : `${escaped(label)} `;
    return element("p", {}, number + this.words(clause)) + inner.join("");
  }

  /** The words of a clause. */
  words({ node, runs }: ClauseView): string {
    const { ids, brackets, by, lang } = this.#context;
    const clause = ids.get(node) ?? node;
    return inlineOf(runs[lang] ?? [], { clause, brackets, by, note: (note) => this.#note(note) });
  }

  /** A clause and everything under it. */
  hierarchy(clause: ClauseView): string {
    const { ids, lang } = this.#context;
    const { node, kind } = clause;
    const label = labelOf(clause, lang);
    const words = this.words(clause);
    const below = this.below(clause);
    const children = below.map((each) => this.hierarchy(each)).join("");
    const number = label === "" ? "" : element("num", {}, escaped(label));
    const heading = isHeading(kind);
    const inner = heading
      ? number + (words === "" ? "" : element("heading", {}, words)) + children
      : number + element(below.length > 0 ? "intro" : "content", {}, element("p", {}, words)) + children;
    const values = { eId: ids.get(node) ?? null, wId: node };
    if (kind === "part" || kind === "article" || kind === "paragraph" || kind === "point")
      return element(kind, values, inner);
    return element("hcontainer", { ...values, name: kind }, inner);
  }

  #note(note: string): string {
    const clause = this.#context.clauses.find(({ node }) => node === note);
    if (clause === undefined || clause.kind !== "note") return "";
    const values = { eId: this.#context.ids.get(note) ?? null, marker: clause.number || null, placement: "bottom" };
    return element("authorialNote", values, element("p", {}, this.words(clause)));
  }
}
