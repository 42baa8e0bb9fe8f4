// How people speak of clauses: "Article 4, paragraph 2".

import type { ClauseView } from "../../wire/drafts/projection.ts";
import type { NodeKind, TextDocument } from "../../wire/drafts/text.ts";
import type { Id } from "../../wire/ids.ts";
import { excerpt, wordsOf } from "../../draft/negotiation/options.ts";
import { type Key, t, translator } from "../i18n.ts";

/** Where the text itself counts nothing, clauses of one kind under one heading are counted for whoever speaks of them. */
const UNCOUNTED: Readonly<Record<NodeKind, Key>> = {
  title: "negotiation.kind.title",
  preamble: "negotiation.kind.onlyPreamble",
  part: "negotiation.kind.onlyPart",
  article: "negotiation.kind.onlyArticle",
  paragraph: "negotiation.kind.onlyParagraph",
  point: "negotiation.kind.onlyPoint",
  annex: "negotiation.kind.onlyAnnex",
  final: "negotiation.kind.onlyFinal",
  note: "negotiation.kind.onlyNote",
};

const NAMES: Readonly<Record<NodeKind, Key>> = {
  title: "negotiation.kind.title",
  preamble: "negotiation.kind.preamble",
  part: "negotiation.kind.part",
  article: "negotiation.kind.article",
  paragraph: "negotiation.kind.paragraph",
  point: "negotiation.kind.point",
  annex: "negotiation.kind.annex",
  final: "negotiation.kind.final",
  note: "negotiation.kind.note",
};

const LONGEST_EXCERPT = 80;

/** The place of a clause among those of its kind under its parent, and how many these are. */
interface Place {
  at: number;
  of: number;
}

function placesOf(clauses: Iterable<ClauseView>): Map<Id, Place> {
  const siblings = new Map<string, Id[]>();
  for (const { node, kind, parent, gone } of clauses) {
    const key = `${parent} ${kind}`;
    if (!gone && siblings.get(key)?.push(node) === undefined) siblings.set(key, [node]);
  }
  return new Map([...siblings.values()].flatMap((nodes) => nodes.map((node, i) => [node, { at: i + 1, of: nodes.length }])));
}

/** Names and words of clauses; made once for a state of the text. */
export class ClauseNames {
  readonly #clauses: ReadonlyMap<Id, ClauseView>;
  readonly #document: TextDocument;
  #places: ReadonlyMap<Id, Place> | null = null;

  constructor(clauses: ReadonlyMap<Id, ClauseView>, document: TextDocument) {
    this.#clauses = clauses;
    this.#document = document;
  }

  /** What the clause is called, with the articles and annexes in which it stands. */
  of(node: Id): string {
    return this.#within(node).replace(/\p{L}/u, (first) => first.toLocaleUpperCase(translator().lang));
  }

  #within(node: Id): string {
    const clause = this.#clauses.get(node);
    if (clause === undefined) return t("negotiation.clause.gone");
    const own = this.#own(clause);
    const parent = this.#clauses.get(clause.parent);
    if (parent === undefined || parent.kind === "part" || clause.kind === "article") return own;
    return t("negotiation.clause.within", { outer: this.#within(parent.node), inner: own });
  }

  #own({ node, kind, number }: ClauseView): string {
    if (number !== "") return t(NAMES[kind], { number });
    this.#places ??= placesOf(this.#clauses.values());
    const place = this.#places.get(node);
    if (place === undefined || place.of === 1) return t(UNCOUNTED[kind]);
    return t(NAMES[kind], { number: String(place.at) });
  }

  /** Its first words in the column, or in the first column that has some. */
  excerpt(node: Id, lang: string): { words: string; lang: string } {
    const runs = this.#clauses.get(node)?.runs ?? {};
    for (const each of [lang, ...this.#document.meta.langs]) {
      const words = wordsOf(runs[each] ?? []);
      if (words.trim() !== "") return { words: excerpt(words, LONGEST_EXCERPT), lang: each };
    }
    return { words: "", lang };
  }
}
