// A file as clauses: what the preview shows, and what is then put into a draft.

import { newId } from "../../wire/ids.ts";
import { type Bracket, type NodeKind, type Run, refusedCodePoints } from "../../wire/drafts/text.ts";
import { BracketReader, type ReadBracket } from "./brackets.ts";
import { accepted, acceptedRuns } from "./changes.ts";
import { ImportRefusedError, LIMITS } from "./limits.ts";
import { decodeText, readText } from "./plain.ts";
import { type ReadFile, type ReadParagraph, type ReadRun, type TrackedChange, type Warning } from "./read.ts";
import { structureOf } from "./structure.ts";
import { readWord } from "./word.ts";

/** A clause of an import, in one language. */
export interface ImportedNode {
  id: string;
  kind: NodeKind;
  /** "" at the top. */
  parent: string;
  runs: Run[];
}

export interface ImportedText {
  /** The words of the title's clause; "" if the file has none. */
  title: string;
  /** In the order of the document; a footnote behind the clause that calls it. */
  nodes: ImportedNode[];
  brackets: Bracket[];
  warnings: Warning[];
  /** Who recorded changes in the file, and whether there are any. */
  authors: string[];
  tracked: boolean;
}

export interface ImportOptions {
  /** What becomes of changes that were recorded in Word. */
  changes: "accept" | "brackets";
  /** Square brackets in the words become brackets of the draft. */
  square: boolean;
  /** Delegations of the room by their names, to whom options of our own exports are given back. */
  delegations?: ReadonlyMap<string, string>;
  /** What a bracket says of a recorded change. */
  reason?: (change: TrackedChange) => string;
}

/** What a file says; ImportRefusedError if it can not be taken. `name` tells a Word document from a text. */
export function readFile(name: string, bytes: Uint8Array): ReadFile {
  if (/\.(docx|docm|dotx|doc)$/i.test(name) || (bytes[0] === 0x50 && bytes[1] === 0x4b)) return readWord(bytes);
  return readText(decodeText(bytes));
}

/** The clauses of what was read; ImportRefusedError if there are none, or too many. */
export function clausesOf(file: ReadFile, options: ImportOptions): ImportedText {
  const tracked = isTracked(file);
  const paragraphs = firstColumn(
    options.changes === "accept" ? accepted(file.paragraphs) : file.paragraphs,
    file.warnings,
  );
  const placed = structureOf(paragraphs);
  if (placed.length === 0) throw new ImportRefusedError("empty");
  const maker = new Maker(file, options);
  const ids = placed.map(() => newId());
  placed.forEach(({ kind, parent, runs }, index) => maker.clause(ids[index] ?? "", kind, ids[parent] ?? "", runs));
  const { nodes, brackets, warnings } = maker;
  const title =
    nodes
      .find(({ kind }) => kind === "title")
      ?.runs.map(({ text, atom }) => (atom === "br" ? " " : text))
      .join("") ?? "";
  return { title, nodes, brackets, warnings: [...warnings], authors: file.authors, tracked };
}

function isTracked({ paragraphs, notes }: ReadFile): boolean {
  const all = [...paragraphs.map(({ runs }) => runs), ...notes.values()];
  return all.some((runs) => runs.some(({ change }) => change !== null));
}

/** Our exports may hold several languages, one behind the other: a draft's column takes one. */
function firstColumn(paragraphs: readonly ReadParagraph[], warnings: Set<Warning>): readonly ReadParagraph[] {
  const first = paragraphs.findIndex(({ kind }) => kind === "title");
  const next = first === -1 ? -1 : paragraphs.findIndex(({ kind }, index) => kind === "title" && index > first);
  if (next === -1) return paragraphs;
  warnings.add("columns");
  return paragraphs.slice(0, next);
}

class Maker {
  readonly nodes: ImportedNode[] = [];
  readonly warnings: Set<Warning>;
  readonly #file: ReadFile;
  readonly #accept: boolean;
  readonly #reader: BracketReader;
  #letters = 0;

  constructor(
    file: ReadFile,
    { changes, square, delegations = new Map(), reason = ({ author }) => author }: ImportOptions,
  ) {
    this.#file = file;
    this.#accept = changes === "accept";
    this.warnings = new Set(file.warnings);
    this.#reader = new BracketReader({ newId, changes: !this.#accept, square, delegations, reason });
  }

  get brackets(): Bracket[] {
    const used = new Set(
      this.nodes.flatMap(({ runs }) => runs.flatMap(({ brackets }) => brackets.map(([bracket]) => bracket))),
    );
    return this.#reader.brackets.filter(({ id }) => used.has(id)).map(asBracket);
  }

  clause(id: string, kind: NodeKind, parent: string, read: readonly ReadRun[]): void {
    const node: ImportedNode = { id, kind, parent, runs: [] };
    this.nodes.push(node);
    if (this.nodes.length > LIMITS.nodes) throw new ImportRefusedError("too-many-clauses");
    const runs = this.#reader.read(read).map((run) => this.#cleaned(run));
    node.runs = trimmed(runs.flatMap((run) => this.#note(run, node)));
    const length = node.runs.reduce((sum, { text }) => sum + text.length, 0);
    this.#letters += length;
    if (length > LIMITS.clause || this.#letters > LIMITS.text) throw new ImportRefusedError("too-long");
  }

  /** The footnote that a run calls becomes a clause of its own; a sign without a footnote is nothing. */
  #note(run: Run, node: ImportedNode): Run[] {
    if (run.atom === undefined || run.atom === "br") return [run];
    const read = node.kind === "note" ? undefined : this.#file.notes.get(run.atom.note);
    if (read === undefined) return [];
    const id = newId();
    this.clause(id, "note", node.id, this.#accept ? acceptedRuns(read) : read);
    return [{ ...run, atom: { note: id } }];
  }

  /** Words without what no draft may hold: invisible controls are common in files, and nothing that anybody reads. */
  #cleaned(run: Run): Run {
    const text = run.text.replace(/[\t\v\f \u00a0\u2028\u2029]+/g, " ").replace(/[\u00ad\u200b\u2060\ufeff]/g, "");
    const refused = new Set(refusedCodePoints(text));
    if (refused.size === 0) return text === run.text ? run : { ...run, text };
    this.warnings.add("controls");
    return { ...run, text: [...text].filter((letter) => !refused.has(letter.codePointAt(0) ?? 0)).join("") };
  }
}

function asBracket({ id, by, reason, options }: ReadBracket): Bracket {
  return { id, by, at: Date.now(), reason, whole: false, options: options.map((option) => ({ ...option, from: [] })) };
}

/** Runs without space at the clause's ends, neighbours that look alike as one. */
function trimmed(runs: readonly Run[]): Run[] {
  const joined: Run[] = [];
  for (const run of runs) {
    if (run.atom === undefined && run.text === "") continue;
    const last = joined.at(-1);
    if (last !== undefined && run.atom === undefined && last.atom === undefined && alike(last, run)) {
      joined[joined.length - 1] = { ...last, text: last.text + run.text };
    } else joined.push(run);
  }
  const [first, last] = [joined[0], joined.at(-1)];
  if (first !== undefined) joined[0] = { ...first, text: first.text.trimStart() };
  if (last !== undefined)
    joined[joined.length - 1] = { ...(joined.at(-1) as Run), text: (joined.at(-1) as Run).text.trimEnd() };
  return joined.filter(({ text, atom }) => atom !== undefined || text !== "");
}

function alike(a: Run, b: Run): boolean {
  return String(a.marks) === String(b.marks) && String(a.brackets) === String(b.brackets);
}
