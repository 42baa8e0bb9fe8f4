// What a file says before anybody asks what its clauses are: paragraphs with their runs, labels and styles.

/** An insertion or deletion that somebody recorded in Word. */
export interface TrackedChange {
  op: "inserted" | "deleted";
  author: string;
  /** Milliseconds since 1970; null if the file does not tell. */
  at_ms: number | null;
}

/** What our own exports say about a run by its style, so that they come back as what they were. */
export type Role = "number" | "sign" | "by" | "removal";

/** Kinds of clauses that have a style in our exports; "line" is what the export itself says. */
export const OWN_KINDS = [
  "title",
  "preamble",
  "part",
  "article",
  "paragraph",
  "point",
  "annex",
  "final",
  "line",
] as const;
export type OwnKind = (typeof OWN_KINDS)[number];

export interface ReadRun {
  text: string;
  em: boolean;
  strong: boolean;
  atom: "br" | { note: string } | null;
  change: TrackedChange | null;
  role: Role | null;
}

export interface ReadParagraph {
  runs: ReadRun[];
  /** Kind of node that our own export's style names; null in other files. */
  kind: OwnKind | null;
  /** How many points a point of our own export stands in, itself included; 0 for all else. */
  depth: number;
  /** "title", or the level of a heading from 1; null in running text. */
  heading: "title" | number | null;
  /** An automatic number: how such numbers look (like "(a)") and which of its list's levels, from 0. */
  label: { text: string; level: number } | null;
  centred: boolean;
  /** The end of this paragraph was deleted: it goes on in the next one. */
  endDeleted: boolean;
}

export type Warning = "picture" | "table" | "formula" | "symbols" | "controls" | "comments" | "columns";

export interface ReadFile {
  paragraphs: ReadParagraph[];
  /** Footnotes by the name that runs call them. */
  notes: Map<string, ReadRun[]>;
  warnings: Set<Warning>;
  /** People whose changes are recorded in the file. */
  authors: string[];
}

/** A paragraph of running text. */
export function plainParagraph(runs: ReadRun[]): ReadParagraph {
  return { runs, kind: null, depth: 0, heading: null, label: null, centred: false, endDeleted: false };
}

/** A run without marks. */
export function plainRun(text: string): ReadRun {
  return { text, em: false, strong: false, atom: null, change: null, role: null };
}

/** The words of runs, without numbers and signs of our own exports; footnotes and line breaks are a space. */
export function textOfRuns(runs: readonly ReadRun[]): string {
  return runs.map((run) => (run.atom !== null ? " " : run.role === null ? run.text : "")).join("");
}
