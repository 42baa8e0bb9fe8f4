// What each paragraph is: title, recital, part, article, paragraph, point, annex, closing words; and under what it stands.

import type { NodeKind } from "../../wire/drafts/text.ts";
import { type Label, isAmbiguous, isFinal, labelAt, letterOf, looksLikeHeading } from "./labels.ts";
import { type ReadParagraph, type ReadRun, textOfRuns } from "./read.ts";

/** A clause as it will be; `parent` is its place in the list, -1 at the top. */
export interface Placed {
  kind: Exclude<NodeKind, "note">;
  parent: number;
  runs: ReadRun[];
}

/** Where a clause stands in the hierarchy: annex 0, part 1, article 2, paragraph 3, points 4. */
const RANK: Readonly<Record<string, number>> = { annex: 0, part: 1, article: 2, paragraph: 3, point: 4 };

interface Open {
  at: number;
  rank: number;
  style: string;
}

/** A paragraph with what its beginning says. */
interface Line {
  paragraph: ReadParagraph;
  text: string;
  label: Label | null;
}

export function structureOf(paragraphs: readonly ReadParagraph[]): Placed[] {
  const lines = paragraphs.filter(({ runs, kind }) => kind !== null || textOfRuns(runs).trim() !== "").map(lineOf);
  return new Builder(lines).build();
}

function lineOf(paragraph: ReadParagraph): Line {
  const text = textOfRuns(paragraph.runs).trimStart();
  if (paragraph.label === null) return { paragraph, text, label: labelAt(text) };
  // An automatic number is none of the words, so that it takes none of them.
  const found = labelAt(`${paragraph.label.text} `);
  const style = `list ${paragraph.label.level} ${found?.style ?? ""}`;
  const label: Label = {
    kind: found?.kind ?? "paragraph",
    style: found?.style.startsWith("decimal") ? found.style : style,
    length: 0,
  };
  return { paragraph, text, label };
}

class Builder {
  readonly #lines: readonly Line[];
  readonly #headings: readonly number[];
  readonly placed: Placed[] = [];
  #open: Open[] = [];
  /** Before the first numbered clause, and after the closing words began. */
  #before = true;
  #closing = false;
  /** The last label's text among points, to tell "(i)" behind "(h)" from "(i)" behind "(a)". */
  #letter = "";

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
    const levels = lines.flatMap(({ paragraph, label }) =>
      typeof paragraph.heading === "number" && label === null ? [paragraph.heading] : [],
    );
    this.#headings = [...new Set(levels)].sort((a, b) => a - b);
  }

  build(): Placed[] {
    for (let index = 0; index < this.#lines.length; index++) {
      const line = this.#lines[index] as Line;
      if (line.paragraph.kind !== null) this.#own(line);
      else if (line.label !== null && this.#labelled(line, line.label, index)) {
        if (this.#takesHeading(index)) this.#heading(this.#lines[++index] as Line);
      } else this.#unlabelled(line);
    }
    return this.#before ? this.#withoutNumbers() : this.placed;
  }

  /** A text in which nothing is numbered has no recitals: its clauses are paragraphs. */
  #withoutNumbers(): Placed[] {
    return this.placed.map((placed) => (placed.kind === "preamble" ? { ...placed, kind: "paragraph" } : placed));
  }

  /** A paragraph of our own export says what it is. */
  #own({ paragraph }: Line): void {
    const { kind, depth } = paragraph;
    if (kind === null || kind === "line") return;
    if (kind !== "title" && kind !== "preamble") this.#before = false;
    if (kind === "point") this.#place("point", paragraph.runs, `own ${depth}`);
    else this.#place(kind, paragraph.runs, kind);
  }

  /** False if the label turns out to be none. */
  #labelled(line: Line, label: Label, index: number): boolean {
    const words = line.text.slice(label.length);
    if (label.kind === "paragraph" || label.kind === "point") {
      this.#numbered(line, label, words, index);
      return true;
    }
    const [heading, rest] = headingAndRest(label, words);
    // "Article 5 applies to ships." names an article and is none.
    if (label.kind !== "article" && rest !== "") return false;
    if (rest !== "" && isReference(rest, label, line.text)) return false;
    this.#before = false;
    this.#closing = false;
    const from = line.text.length - words.length;
    const runs = trimmedFrom(line.paragraph.runs, from);
    const headingRuns = heading === "" ? [] : plain(sliced(runs, words.indexOf(heading), heading.length));
    this.#place(label.kind, headingRuns, label.style);
    if (rest !== "") this.#restOf(runs, words, rest);
    return true;
  }

  /** What stands behind a heading in the same line: a paragraph, which may have a number of its own. */
  #restOf(runs: readonly ReadRun[], words: string, rest: string): void {
    const label = labelAt(rest);
    const start = words.length - rest.length + (label?.kind === "paragraph" ? label.length : 0);
    this.#place("paragraph", sliced(runs, start, words.length), "decimal");
  }

  #numbered(line: Line, label: Label, words: string, index: number): void {
    const runs = trimmedFrom(line.paragraph.runs, line.text.length - words.length);
    this.#before = false;
    if (label.kind === "paragraph" && this.#isHeadingOfSections(line, label, words, index))
      this.#place("article", plain(runs), label.style);
    else if (label.kind === "paragraph") this.#paragraph(runs, label.style);
    else this.#place("point", runs, this.#pointStyle(line, label));
  }

  /** "1.1" under an article that is counted "1."; else the levels of decimal numbers are paragraphs and points. */
  #paragraph(runs: ReadRun[], style: string): void {
    const outer = this.#open.find((open) => open.style === "decimal");
    const level = Number(/\d$/.exec(style)?.[0] ?? "1") - (outer?.rank === RANK["article"] ? 1 : 0);
    if (level <= 1) this.#place("paragraph", runs, style);
    else this.#place("point", runs, style);
  }

  #pointStyle({ text, paragraph }: Line, label: Label): string {
    if (paragraph.label !== null) return label.style;
    const letter = letterOf(text);
    const follows = letter !== "" && this.#letter !== "" && letter.charCodeAt(0) === this.#letter.charCodeAt(0) + 1;
    const style = label.style === "letter" && isAmbiguous(text) && !follows ? "roman" : label.style;
    if (style === "letter") this.#letter = letter;
    return style;
  }

  /** "1. Purpose" above "1.1 …", or in bold, or in a style for headings. */
  #isHeadingOfSections({ paragraph }: Line, label: Label, words: string, index: number): boolean {
    if (!looksLikeHeading(words) || label.style.startsWith("decimal2") || label.style.startsWith("decimal3"))
      return false;
    const next = this.#lines[index + 1]?.label?.style;
    const bold = paragraph.runs.every(({ strong, text }) => strong || text.trim() === "");
    return typeof paragraph.heading === "number" || bold || next === "decimal2";
  }

  /** Whether the line below a bare "Article 5" is its heading. */
  #takesHeading(index: number): boolean {
    const last = this.placed.at(-1);
    const next = this.#lines[index + 1];
    if (last === undefined || next === undefined || !["part", "article", "annex"].includes(last.kind)) return false;
    if (last.runs.length > 0 || next.label !== null || next.paragraph.kind !== null) return false;
    return looksLikeHeading(next.text) && !isFinal(next.text);
  }

  #heading(line: Line): void {
    const last = this.placed.at(-1);
    if (last !== undefined) last.runs = plain(line.paragraph.runs);
  }

  #unlabelled({ paragraph, text }: Line): void {
    if (this.placed.length === 0 && this.#isTitle(paragraph, text)) this.#place("title", plain(paragraph.runs), "");
    else if (paragraph.heading === "title" && this.placed.at(-1)?.kind === "title") this.#continueTitle(paragraph.runs);
    else if (typeof paragraph.heading === "number") this.#styledHeading(paragraph, paragraph.heading);
    else if (this.#before) this.#place("preamble", paragraph.runs, "");
    else if (this.#closing || (isFinal(text) && !this.#open.some(({ rank }) => rank === 0))) {
      this.#closing = true;
      this.#place("final", paragraph.runs, "");
    } else this.#place("paragraph", paragraph.runs, "plain");
  }

  #isTitle(paragraph: ReadParagraph, text: string): boolean {
    return paragraph.heading !== null || (looksLikeHeading(text) && this.#lines.length > 1);
  }

  #continueTitle(runs: readonly ReadRun[]): void {
    const title = this.placed.at(-1);
    if (title !== undefined) title.runs = plain([...title.runs, { ...(runs[0] as ReadRun), text: " " }, ...runs]);
  }

  /** Headings by style alone: the deepest of them are articles, those above are parts. */
  #styledHeading(paragraph: ReadParagraph, level: number): void {
    this.#before = false;
    this.#closing = false;
    const deepest = level === this.#headings.at(-1);
    this.#place(deepest ? "article" : "part", plain(paragraph.runs), `heading ${level}`);
  }

  #place(kind: Placed["kind"], runs: ReadRun[], style: string): void {
    const rank = RANK[kind];
    if (rank === undefined) this.#open = [];
    else this.#close(rank, style);
    const parent = this.#open.at(-1)?.at ?? -1;
    this.placed.push({ kind, parent, runs });
    if (rank !== undefined) this.#open.push({ at: this.placed.length - 1, rank, style });
    if (kind !== "point") this.#letter = "";
  }

  /** What ends where a clause of this rank begins. Parts in parts, and points in points, are told apart by their style. */
  #close(rank: number, style: string): void {
    const nests = rank === RANK["part"] || rank === RANK["point"];
    const same = this.#open.findIndex((open) => open.rank === rank && (!nests || open.style === style));
    if (same !== -1) this.#open = this.#open.slice(0, same);
    this.#open = this.#open.filter((open) => open.rank < rank || (nests && open.rank === rank));
  }
}

/** The heading in the line of a label, and what is more than a heading: "제1조(목적) 이 협정은 …", "第一条 各缔约方应…". */
function headingAndRest({ kind }: Label, words: string): [heading: string, rest: string] {
  const [, inner, rest] = /^[(（]([^()（）]{1,80})[)）]\s*(.*)$/su.exec(words) ?? [];
  if (inner !== undefined && kind === "article") return [inner, rest ?? ""];
  if (words.trim() === "") return ["", ""];
  return looksLikeHeading(words) ? [words.trim(), ""] : ["", words];
}

/** Whether a sentence goes on behind "Article 5", in small letters: it speaks of that article. */
function isReference(rest: string, label: Label, text: string): boolean {
  const behind = text.slice(0, label.length);
  return !/[.:：–—-]\s*$/u.test(behind) && /^\p{Ll}/u.test(rest);
}

/** Runs from an offset in the words on, without space at their beginning. */
function trimmedFrom(runs: readonly ReadRun[], from: number): ReadRun[] {
  const text = textOfRuns(runs);
  const lead = text.length - text.trimStart().length;
  return sliced(runs, lead + from, text.length);
}

/** `length` letters of the words from `from` on; line breaks and footnotes count one. */
function sliced(runs: readonly ReadRun[], from: number, length: number): ReadRun[] {
  const result: ReadRun[] = [];
  let at = 0;
  for (const run of runs) {
    const width = run.atom !== null ? 1 : run.role === null ? run.text.length : 0;
    const [start, end] = [Math.max(0, from - at), Math.min(width, from + length - at)];
    if (width === 0) {
      if (at >= from && at <= from + length) result.push(run);
    } else if (start < end) result.push(run.atom !== null ? run : { ...run, text: run.text.slice(start, end) });
    at += width;
  }
  return result;
}

/** Headings have no emphasis of their own. */
function plain(runs: readonly ReadRun[]): ReadRun[] {
  return runs.map((run) => ({ ...run, em: false, strong: false }));
}
