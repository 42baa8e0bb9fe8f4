// A draft as one page that needs nothing else: no script, no network, each column in its language and direction.

import type { Operation } from "../../redline/compare.ts";
import type { Entry, Piece } from "../../redline/redline.ts";
import type { Atom } from "../../redline/signs.ts";
import { directionOf, isHeading, labelOf, removalIn } from "../labels.ts";
import {
  type Column,
  type Manuscript,
  type ManuscriptComment,
  dateOf,
  filled,
  namesOf,
  sourceLine,
} from "../manuscript.ts";
import { element, escaped } from "../markup.ts";
import { withRanges } from "../ranges.ts";
import { STYLE } from "./style.ts";

const SIGNS = { open: "[", or: " / ", close: "]" } as const;
const TAGS: Readonly<Record<Operation, string>> = { same: "", inserted: "ins", deleted: "del" };

/** The whole page. */
export function htmlOf(manuscript: Manuscript): string {
  const { columns, words, source } = manuscript;
  const title = columns[0]?.title ?? "";
  const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
  const head = [
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title === "" ? source.name : `${title} — ${source.name}`)}</title>`,
    `<style>${STYLE}</style>`,
  ].join("\n");
  const links = columns
    .map(({ lang }, index) => `<a href="#column-${index}">${escaped(nameOf(lang, words.lang))}</a>`)
    .join(" ");
  const body = [
    columns.length > 1 ? `<nav>${links}</nav>` : "",
    ...columns.map((column, index) => new ColumnWriter(manuscript, column, index).article()),
    foot(manuscript),
  ].join("\n");
  return `<!doctype html>\n<html lang="${escaped(words.lang)}" dir="${directionOf(words.lang)}">\n<head>\n${head}\n</head>\n<body>\n<main>\n${body}\n</main>\n</body>\n</html>\n`;
}

/** Name of a language in the reader's; its tag if that has none. */
function nameOf(lang: string, reader: string): string {
  return new Intl.DisplayNames([reader], { type: "language", fallback: "code" }).of(lang) ?? lang;
}

function foot({ draft, source, words }: Manuscript): string {
  const hash = source.hash === "" ? "" : ` · ${escaped(source.hash)}`;
  return `<footer class="foot"><p>${escaped(words.evidence)}</p><p dir="ltr">${escaped(draft)}${hash}</p></footer>`;
}

class ColumnWriter {
  readonly #manuscript: Manuscript;
  readonly #column: Column;
  readonly #place: number;
  readonly #comments: readonly { id: number; comment: ManuscriptComment }[];

  constructor(manuscript: Manuscript, column: Column, place: number) {
    this.#manuscript = manuscript;
    this.#column = column;
    this.#place = place;
    this.#comments = manuscript.comments
      .map((comment, id) => ({ id, comment }))
      .filter(({ comment }) => comment.lang === column.lang);
  }

  article(): string {
    const { lang, title, entries } = this.#column;
    const { words, source } = this.#manuscript;
    const heading = entries.some(({ kind }) => kind === "title") || title === "" ? "" : `<h1>${escaped(title)}</h1>`;
    const about = [sourceLine(this.#manuscript), ...(source.version.whole ? [words.whole] : [])];
    const lines = about.map((line) => `<p>${escaped(line)}</p>`).join("");
    const inner = [
      heading,
      `<div class="about" lang="${escaped(words.lang)}" dir="${directionOf(words.lang)}">${lines}</div>`,
      ...entries.map((entry) => this.#entry(entry)),
      this.#notes(),
      this.#citations(),
      this.#listOfComments(),
    ];
    const values = { class: "column", id: `column-${this.#place}`, lang, dir: directionOf(lang) };
    return element("article", values, inner.filter((part) => part !== "").join("\n"));
  }

  #entry(entry: Entry): string {
    const { kind, node, change } = entry;
    const id = change === "away" ? null : `c${this.#place}-${node}`;
    const tag = kind === "title" ? "h1" : kind === "part" || kind === "annex" ? "h2" : kind === "article" ? "h3" : null;
    const number = this.#number(entry);
    if (tag !== null) return element(tag, { id }, number + this.#words(entry));
    const indent = kind === "point" ? ` d${Math.min(this.#depth(entry), 4)}` : "";
    if (number === "")
      return element("p", { id, class: kind === "final" ? "final" : null }, this.#words(entry) || "&#160;");
    return element("div", { id, class: `clause${indent}` }, `${number}<div>${this.#words(entry)}</div>`);
  }

  #number(entry: Entry): string {
    const label = labelOf(entry, this.#column.lang);
    if (label === "") return "";
    const op =
      entry.change === "inserted"
        ? "inserted"
        : entry.change === "deleted" || entry.change === "away"
          ? "deleted"
          : "same";
    const space = isHeading(entry.kind) ? " " : "";
    return `<span class="number">${wrapped(op, escaped(label))}${space}</span>`;
  }

  /** How many points a point stands in; a point right under an article counts as one in a paragraph. */
  #depth(entry: Entry): number {
    const parents = new Map(this.#column.entries.map(({ node, kind, parent }) => [node, { kind, parent }]));
    let depth = 1;
    for (let above = parents.get(entry.parent); above?.kind === "point" && depth < 4; above = parents.get(above.parent))
      depth++;
    return depth;
  }

  #words(entry: Entry): string {
    const { words } = this.#manuscript;
    const comments = this.#comments
      .filter(({ comment }) => comment.node === entry.node && entry.change !== "away")
      .map(({ id, comment }) => ({ comment: id, quote: comment.quote }));
    const spots = withRanges(entry.pieces, comments);
    let [html, open] = ["", 0];
    for (const spot of spots) {
      if (spot.t === "piece") html += open > 0 ? `<mark>${this.#piece(spot.piece)}</mark>` : this.#piece(spot.piece);
      else if (spot.t === "from") open++;
      else {
        open--;
        html += `<sup><a href="#k${spot.comment}" aria-label="${escaped(words.comments)} ${spot.comment + 1}">[${spot.comment + 1}]</a></sup>`;
      }
    }
    return html + this.#moved(entry);
  }

  /** Where a clause went, or came from. */
  #moved({ change, otherNumber }: Entry): string {
    const { words } = this.#manuscript;
    if (change !== "moved" && change !== "away") return "";
    const sentence = otherNumber === "" ? words.moved : change === "moved" ? words.movedFrom : words.movedTo;
    const text = filled(sentence, { number: otherNumber });
    return `<span class="moved" lang="${escaped(words.lang)}" dir="${directionOf(words.lang)}">${escaped(text)}</span>`;
  }

  #piece({ op, atom }: Piece): string {
    return wrapped(op, this.#atom(atom));
  }

  #atom(atom: Atom): string {
    switch (atom.t) {
      case "text": {
        const strong = atom.strong ? `<strong>${escaped(atom.text)}</strong>` : escaped(atom.text);
        const marked = atom.em ? `<em>${strong}</em>` : strong;
        return atom.source === null ? marked : `<span title="${escaped(atom.source)}">${marked}</span>`;
      }
      case "break":
        return "<br>";
      case "note": {
        const number = this.#column.notes.get(atom.note)?.number;
        return number === undefined ? "" : `<sup><a href="#n${this.#place}-${number}">${number}</a></sup>`;
      }
      case "sign":
        return `<span class="sign">${SIGNS[atom.sign]}</span>`;
      case "by":
        return ` <span class="by">(<bdi>${escaped(namesOf(atom.delegations, this.#manuscript.names))}</bdi>)</span>`;
      case "removal":
        return `<span class="removal">${escaped(removalIn(this.#column.lang))}</span>`;
    }
  }

  #notes(): string {
    const { notes } = this.#column;
    if (notes.size === 0) return "";
    const items = [...notes.values()].map(
      ({ number, pieces }) =>
        `<li id="n${this.#place}-${number}">${pieces.map((piece) => this.#piece(piece)).join("")}</li>`,
    );
    const { words } = this.#manuscript;
    return `<section class="notes"><h2 lang="${escaped(words.lang)}">${escaped(words.footnotes)}</h2><ol>${items.join("")}</ol></section>`;
  }

  /** On paper nobody points at words to learn where they were agreed. */
  #citations(): string {
    const { citations } = this.#column;
    if (citations.length === 0) return "";
    const items = citations.map(
      ({ words, source }) => `<li><q>${escaped(words)}</q> — <cite dir="auto">${escaped(source)}</cite></li>`,
    );
    const { words } = this.#manuscript;
    const heading = `<h2 lang="${escaped(words.lang)}">${escaped(words.citations)}</h2>`;
    return `<section class="notes">${heading}<ul>${items.join("")}</ul></section>`;
  }

  #listOfComments(): string {
    if (this.#comments.length === 0) return "";
    const { words } = this.#manuscript;
    const items = this.#comments.map(({ id, comment }) => {
      const who = `<strong><bdi>${escaped(comment.author)}</bdi></strong>, ${escaped(dateOf(comment.at_ms, words.lang))}`;
      return `<li id="k${id}" value="${id + 1}">${who}<div class="text" dir="auto">${escaped(comment.text)}</div></li>`;
    });
    const heading = `<h2>${escaped(words.comments)}</h2>`;
    return `<section class="comments" lang="${escaped(words.lang)}" dir="${directionOf(words.lang)}">${heading}<ol>${items.join("")}</ol></section>`;
  }
}

function wrapped(op: Operation, html: string): string {
  const tag = TAGS[op];
  return tag === "" || html === "" ? html : `<${tag}>${html}</${tag}>`;
}
