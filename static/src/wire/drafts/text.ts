// The text on the table as plain data, and its canonical form. The Python twin is portal/wire/drafts/text.py;
// docs/protocol.md §10 "The text and its hashes" says what is hashed.

import { RUNS } from "./code-points.ts";

export type NodeKind =
  | "title"
  | "preamble"
  | "part"
  | "article"
  | "paragraph"
  | "point"
  | "annex"
  | "final"
  | "note";

/** A bracket's id and that of the option for which these words stand. */
export type BracketMark = readonly [bracket: string, option: string];

export interface Citation {
  readonly id: string;
  readonly source: string;
}

/** A line break, or the reference to a footnote, which is a node of kind "note". */
export type Atom = "br" | { readonly note: string };

/** Words that carry the same marks. With an atom, `text` is "". */
export interface Run {
  readonly text: string;
  /** "em" and "strong", sorted. */
  readonly marks: readonly string[];
  /** Sorted by bracket, then option; a bracket may stand in a run only once for each option. */
  readonly brackets: readonly BracketMark[];
  readonly cite?: Citation;
  readonly atom?: Atom;
}

/** A clause: a node of the tree, with its own words (of a part, an article or an annex: the heading). */
export interface TextNode {
  readonly id: string;
  readonly kind: NodeKind;
  /** The node under which it stands; "" at the top. */
  readonly parent: string;
  /** Its place among its siblings: a fractional index. */
  readonly order: string;
  /** By language (BCP 47). */
  readonly text: Readonly<Record<string, readonly Run[]>>;
}

export interface OptionSource {
  readonly delegation: string;
  readonly proposal: string;
}

export interface BracketOption {
  readonly id: string;
  /** The delegation that asked for it, or "". */
  readonly by: string;
  /** "delete": the option under which none of the bracket's words remain. */
  readonly kind: "text" | "delete";
  readonly from: readonly OptionSource[];
}

export interface Bracket {
  readonly id: string;
  readonly by: string;
  /** Milliseconds since 1970, by the clock of whoever put it. */
  readonly at: number;
  readonly reason: string;
  /** Around the whole text: marks no words, and holds back the whole text until it is decided. */
  readonly whole: boolean;
  readonly options: readonly BracketOption[];
}

/** Everything that the stream `text` says. Nodes in the order of the document (depth first), brackets by id. */
export interface TextDocument {
  readonly meta: {
    readonly title: Readonly<Record<string, string>>;
    /** The columns (BCP 47); the first is the drafting language. */
    readonly langs: readonly string[];
    readonly template: string;
  };
  readonly nodes: readonly TextNode[];
  readonly brackets: readonly Bracket[];
}

/** Words that have no canonical form, by the code points in them that are refused. */
export class RefusedText extends Error {
  override readonly name = "RefusedText";
  /** Distinct, ascending. */
  readonly codePoints: readonly number[];

  constructor(codePoints: Iterable<number>) {
    const distinct = [...new Set(codePoints)].sort((a, b) => a - b);
    super(`a draft's text can not hold ${distinct.map(codePointName).join(", ")}`);
    this.codePoints = distinct;
  }
}

/** "U+202E": how a code point is called where people read of it. */
export function codePointName(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** What stands in canonical text for the reference to a footnote; nobody else may write it (U+FFFC). */
export const NOTE_SIGN = "\uFFFC";

const ALLOWED = allowedCodePoints();
const PLAIN = /^[!-~]*(?: [!-~]+)*$/;

/** The code points of `text` that no draft may hold: controls, private use, unassigned; distinct, ascending. */
export function refusedCodePoints(text: string): number[] {
  const found = new Set<number>();
  for (let i = 0; i < text.length; i++) {
    const codePoint = text.codePointAt(i)!;
    if (ALLOWED[codePoint] === 0) found.add(codePoint);
    if (codePoint > 0xffff) i++;
  }
  return [...found].sort((a, b) => a - b);
}

/** The one form of `text`: normalised (NFC), line ends as LF, white space as single spaces, none at the ends. */
export function canonicalText(text: string): string {
  const refused = refusedCodePoints(text);
  if (refused.length > 0) throw new RefusedText(refused);
  return trim(canonicalWords(text));
}

/** The same for a part of a text: white space at its ends is kept, as a single space. Nothing is refused here. */
export function canonicalWords(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .normalize("NFC")
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/[ \t\u00A0]+/g, " ")
    .replaceAll(/ *\n */g, "\n");
}

/** Without spaces and line ends at the beginning; other white space is words to us, and runtimes differ over it. */
export function trimStart(text: string): string {
  return text.replace(/^[ \n]+/, "");
}

export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\n")) end--;
  return text.slice(0, end);
}

export function trim(text: string): string {
  return trimEnd(trimStart(text));
}

/**
 * What remains of `runs` where `decided` names the option of a bracket: the words of its other options go, the bracket
 * vanishes. Adjacent runs that then carry the same marks are merged.
 */
export function cleanRuns(runs: readonly Run[], decided: ReadonlyMap<string, string>): readonly Run[] {
  const clean: Run[] = [];
  for (const run of runs) {
    if (!run.brackets.every(([bracket, option]) => (decided.get(bracket) ?? option) === option)) continue;
    const brackets = run.brackets.filter(([bracket]) => !decided.has(bracket));
    const next = brackets.length === run.brackets.length ? run : { ...run, brackets };
    const last = clean.at(-1);
    if (last !== undefined && carrySame(last, next)) clean[clean.length - 1] = { ...last, text: last.text + next.text };
    else clean.push(next);
  }
  return clean;
}

/** Whether two runs stand under the same options of the same brackets. */
export function sameBrackets(a: readonly BracketMark[], b: readonly BracketMark[]): boolean {
  return a.length === b.length && a.every((mark, i) => mark[0] === b[i]![0] && mark[1] === b[i]![1]);
}

function carrySame(a: Run, b: Run): boolean {
  return (
    a.atom === undefined &&
    b.atom === undefined &&
    a.cite?.id === b.cite?.id &&
    a.cite?.source === b.cite?.source &&
    a.marks.length === b.marks.length &&
    a.marks.every((mark, i) => mark === b.marks[i]) &&
    sameBrackets(a.brackets, b.brackets)
  );
}

/** By code point: 1 where text may hold it. A table, because each keystroke asks it of a whole clause. */
function allowedCodePoints(): Uint8Array {
  const table = new Uint8Array(0x110000);
  let begin = 0;
  RUNS.split(" ").forEach((length, i) => {
    const end = begin + Number.parseInt(length, 36);
    table.fill(i % 2, begin, end);
    begin = end;
  });
  return table;
}
