// Text with brackets as it is read: words, the signs "[", "/", "]", and whose each option is.
//
// In a clause every option's words stand one after the other in the same text, each run with the brackets that it lies
// in. Brackets may nest, overlap, and stop and go on; a sign is written wherever one begins, changes its option or ends.

import type { Bracket, BracketMark, Run } from "../../wire/drafts/text.ts";

/** What a reader sees at one place of a clause. */
export type Atom =
  | { t: "text"; text: string; em: boolean; strong: boolean; source: string | null; brackets: readonly BracketMark[] }
  | { t: "break"; brackets: readonly BracketMark[] }
  | { t: "note"; note: string; brackets: readonly BracketMark[] }
  /** "open": a bracket begins; "or": its next option; "close": it ends; "by": whose the option just read is. */
  | { t: "sign"; sign: "open" | "or" | "close"; bracket: string }
  | { t: "by"; bracket: string; option: string; delegations: string[] }
  /** An option to leave the words out, where it has no words of its own to stand for it. */
  | { t: "removal"; bracket: string; option: string };

/** Words without any marks. */
export function plainAtom(text: string): Atom {
  return { t: "text", text, em: false, strong: false, source: null, brackets: [] };
}

/** Delegations behind an option: its author first, then its supporters. */
export type Supporters = (bracket: string, option: string) => readonly string[];

export interface Attribution {
  brackets: readonly Bracket[];
  /** null: without attribution. */
  supporters: Supporters | null;
}

/** The brackets that a run lies in, with its options there: the same words may stand for several. */
type Lying = ReadonlyMap<string, readonly string[]>;

/** The atoms of a clause's runs, in reading order. */
export function atomsOf(runs: readonly Run[], attribution: Attribution): Atom[] {
  const writer = new SignWriter(attribution);
  const lying = runs.map(lyingOf);
  runs.forEach((run, index) => {
    writer.turn(lying[index - 1] ?? new Map(), lying[index] ?? new Map(), lengths(lying, index));
    writer.atoms.push(atomOf(run));
  });
  writer.turn(lying.at(-1) ?? new Map(), new Map(), new Map());
  return spaced(writer.atoms);
}

/** A space at the beginning of bracketed words is written before the sign: "notify [promptly", not "notify[ promptly". */
function spaced(atoms: readonly Atom[]): Atom[] {
  const result: Atom[] = [];
  for (const atom of atoms) {
    const space = atom.t === "text" ? /^\s+/.exec(atom.text)?.[0] : undefined;
    const first = result.length - opens(result);
    if (atom.t !== "text" || space === undefined || first === result.length) {
      result.push(atom);
      continue;
    }
    result.splice(first, 0, { ...atom, text: space });
    if (atom.text !== space) result.push({ ...atom, text: atom.text.slice(space.length) });
  }
  return result;
}

/** How many signs that open brackets stand at the end. */
function opens(atoms: readonly Atom[]): number {
  let count = 0;
  for (let atom = atoms.at(-1); atom?.t === "sign" && atom.sign === "open"; atom = atoms.at(-1 - count)) count++;
  return count;
}

function lyingOf(run: Run): Lying {
  const lying = new Map<string, string[]>();
  for (const [bracket, option] of run.brackets) lying.set(bracket, [...(lying.get(bracket) ?? []), option]);
  return lying;
}

function atomOf({ text, marks, brackets, cite, atom }: Run): Atom {
  if (atom === "br") return { t: "break", brackets };
  if (atom !== undefined) return { t: "note", note: atom.note, brackets };
  const source = cite?.source ?? null;
  return { t: "text", text, em: marks.includes("em"), strong: marks.includes("strong"), source, brackets };
}

/** For each bracket that begins at `index`: how many runs it goes on for. The longest is written outermost. */
function lengths(lying: readonly Lying[], index: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const bracket of lying[index]?.keys() ?? []) {
    if (lying[index - 1]?.has(bracket)) continue;
    let end = index;
    while (lying[end]?.has(bracket)) end++;
    found.set(bracket, end - index);
  }
  return found;
}

class SignWriter {
  readonly atoms: Atom[] = [];
  readonly #attribution: Attribution;
  /** Brackets that are open, outermost first. */
  #open: string[] = [];

  constructor(attribution: Attribution) {
    this.#attribution = attribution;
  }

  /** The signs between two runs. */
  turn(before: Lying, after: Lying, lengths: ReadonlyMap<string, number>): void {
    const ending = this.#open.filter((bracket) => !after.has(bracket)).reverse();
    for (const bracket of ending) this.#close(bracket, before.get(bracket) ?? []);
    for (const bracket of this.#open) {
      const [old, next] = [before.get(bracket), after.get(bracket)];
      if (old === undefined || String(old) === String(next)) continue;
      for (const option of old) this.#by(bracket, option);
      this.atoms.push({ t: "sign", sign: "or", bracket });
    }
    const beginning = [...after.keys()].filter((bracket) => !before.has(bracket));
    beginning.sort((a, b) => (lengths.get(b) ?? 0) - (lengths.get(a) ?? 0) || (a < b ? -1 : 1));
    for (const bracket of beginning) {
      this.#open.push(bracket);
      this.atoms.push({ t: "sign", sign: "open", bracket });
    }
  }

  #close(bracket: string, options: readonly string[]): void {
    for (const option of options) this.#by(bracket, option);
    for (const { id, kind } of this.#options(bracket)) {
      if (kind !== "delete") continue;
      this.atoms.push({ t: "sign", sign: "or", bracket }, { t: "removal", bracket, option: id });
      this.#by(bracket, id);
    }
    this.atoms.push({ t: "sign", sign: "close", bracket });
    this.#open = this.#open.filter((each) => each !== bracket);
  }

  #options(bracket: string): Bracket["options"] {
    return this.#attribution.brackets.find(({ id }) => id === bracket)?.options ?? [];
  }

  #by(bracket: string, option: string): void {
    const { supporters } = this.#attribution;
    if (supporters === null) return;
    const delegations = [...supporters(bracket, option)];
    if (delegations.length > 0) this.atoms.push({ t: "by", bracket, option, delegations });
  }
}
