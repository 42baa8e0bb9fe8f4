// Brackets from a file: signs of our own exports, changes that somebody recorded in Word, and square brackets as such.

import type { BracketMark, BracketOption, Run } from "../../wire/drafts/text.ts";
import { ImportRefusedError, LIMITS } from "./limits.ts";
import type { ReadRun, TrackedChange } from "./read.ts";

/** A bracket as it will be put into the text. */
export interface ReadBracket {
  id: string;
  by: string;
  reason: string;
  options: { id: string; by: string; kind: BracketOption["kind"] }[];
}

export interface BracketReading {
  newId: () => string;
  /** Recorded changes become brackets; else they were accepted before. */
  changes: boolean;
  /** Square brackets in the words themselves become brackets. */
  square: boolean;
  /** Delegations by the names that our exports call them. */
  delegations: ReadonlyMap<string, string>;
  /** "Ingrid, 3 May 2026, in Word": what a bracket says of a recorded change. */
  reason: (change: TrackedChange) => string;
}

type Token =
  | { t: "run"; run: ReadRun }
  | { t: "open" | "or" | "close"; text: string; run: ReadRun }
  | { t: "by"; names: string }
  | { t: "removal" };

/** Reads one clause after the other; `brackets` are those found so far. */
export class BracketReader {
  readonly brackets: ReadBracket[] = [];
  readonly #reading: BracketReading;
  #runs: Run[] = [];
  #stack: { bracket: ReadBracket; option: string }[] = [];
  #changed: ReadRun[] = [];
  /** Options that have words. */
  readonly #worded = new Set<string>();

  constructor(reading: BracketReading) {
    this.#reading = reading;
  }

  /** The runs of a clause, with the brackets around them. */
  read(runs: readonly ReadRun[]): Run[] {
    this.#runs = [];
    this.#stack = [];
    for (const token of balanced(tokensOf(runs, this.#reading.square))) this.#take(token);
    this.#flush();
    return this.#runs;
  }

  #take(token: Token): void {
    const changed = token.t === "run" && token.run.change !== null && this.#reading.changes;
    if (!changed) this.#flush();
    switch (token.t) {
      case "run":
        if (changed) this.#changed.push(token.run);
        else this.#put(token.run, []);
        break;
      case "open":
        this.#open(this.#bracket(""));
        break;
      case "or":
        this.#next("text");
        break;
      case "close":
        this.#close();
        break;
      case "by":
        this.#attribute(token.names);
        break;
      case "removal":
        this.#remove();
    }
  }

  #put(run: ReadRun, more: readonly BracketMark[]): void {
    const marks = [...(run.em ? ["em"] : []), ...(run.strong ? ["strong"] : [])];
    const around = this.#stack.map(({ bracket, option }): BracketMark => [bracket.id, option]);
    const brackets = [...around, ...more].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, option] of brackets) this.#worded.add(option);
    this.#runs.push({
      text: run.atom === null ? run.text : "",
      marks,
      brackets,
      ...(run.atom === null ? {} : { atom: run.atom }),
    });
  }

  #bracket(reason: string): ReadBracket {
    if (this.brackets.length >= LIMITS.brackets) throw new ImportRefusedError("too-many-elements");
    const bracket: ReadBracket = { id: this.#reading.newId(), by: "", reason, options: [] };
    this.brackets.push(bracket);
    return bracket;
  }

  #option(bracket: ReadBracket, kind: BracketOption["kind"]): string {
    const id = this.#reading.newId();
    bracket.options.push({ id, by: "", kind });
    return id;
  }

  #open(bracket: ReadBracket): void {
    this.#stack.push({ bracket, option: this.#option(bracket, "text") });
  }

  #next(kind: BracketOption["kind"]): void {
    const inner = this.#stack.at(-1);
    if (inner !== undefined) inner.option = this.#option(inner.bracket, kind);
  }

  /** An option without words of its own stands for leaving the others out: "[shall / ]". */
  #close(): void {
    const inner = this.#stack.pop();
    if (inner === undefined) return;
    for (const option of inner.bracket.options) {
      if (!this.#worded.has(option.id)) option.kind = "delete";
    }
  }

  #remove(): void {
    const inner = this.#stack.at(-1);
    const option = inner?.bracket.options.find(({ id }) => id === inner.option);
    if (option !== undefined) option.kind = "delete";
  }

  /** Whose an option is: a delegation of this room, or else words in the bracket's reason. */
  #attribute(names: string): void {
    const inner = this.#stack.at(-1);
    const option = inner?.bracket.options.find(({ id }) => id === inner.option);
    if (inner === undefined || option === undefined) return;
    const [first = "", ...others] = names.split(";").map((name) => name.trim());
    option.by = this.#reading.delegations.get(first) ?? "";
    const left = option.by === "" ? [first, ...others] : others;
    if (left.length === 0) return;
    const reason = `${inner.bracket.options.indexOf(option) + 1}: ${left.join("; ")}`;
    inner.bracket.reason = inner.bracket.reason === "" ? reason : `${inner.bracket.reason} · ${reason}`;
  }

  /** Recorded changes that stand together: what was and what shall be are the options of one bracket. */
  #flush(): void {
    const group = this.#changed;
    this.#changed = [];
    const first = group[0]?.change;
    if (first === null || first === undefined) return;
    const bracket = this.#bracket(this.#reading.reason(first));
    for (const op of ["deleted", "inserted"] as const) {
      const runs = group.filter(({ change }) => change?.op === op);
      const option = this.#option(bracket, runs.length === 0 ? "delete" : "text");
      for (const run of runs) this.#put(run, [[bracket.id, option]]);
    }
  }
}

function tokensOf(runs: readonly ReadRun[], square: boolean): Token[] {
  return runs.flatMap((run): Token[] => {
    switch (run.role) {
      case "number":
        return [];
      case "sign":
        return run.change?.op === "deleted" ? [] : signsIn(run);
      case "by":
        return [{ t: "by", names: run.text.trim().replace(/^\(|\)$/g, "") }];
      case "removal":
        return [{ t: "removal" }];
      case null:
        return square && run.atom === null ? squareIn(run) : [{ t: "run", run }];
    }
  });
}

const SIGNS: Readonly<Record<string, "open" | "or" | "close">> = { "[": "open", "/": "or", "]": "close" };

/** Word may have joined several signs of ours into one run. */
function signsIn(run: ReadRun): Token[] {
  return [...run.text].flatMap((letter): Token[] => {
    const t = SIGNS[letter];
    return t === undefined ? [] : [{ t, text: letter, run: { ...run, role: null, text: letter } }];
  });
}

/** Brackets with nothing but a number or dots in them are references and gaps, and stay as they are. */
const NO_BRACKET = /\[(?:[\d.…_ ]{0,20}|sic)\]/u;
/** Brackets inside one another; what is deeper stays as it is. Negotiators have come to five. */
const MOST_NESTED = 12;

function squareIn(run: ReadRun): Token[] {
  const parts = run.text.split(new RegExp(`(${NO_BRACKET.source}|[[\\]]| / )`, "u"));
  return parts.flatMap((text): Token[] => {
    if (text === "") return [];
    const t = text.length === 1 || text === " / " ? SIGNS[text.trim()] : undefined;
    return [t === undefined ? { t: "run", run: { ...run, text } } : { t, text, run: { ...run, text } }];
  });
}

/** Signs without their other half are words, and so is a stroke outside of brackets. */
function balanced(tokens: readonly Token[]): Token[] {
  const alone = new Set<number>();
  const open: number[] = [];
  tokens.forEach(({ t }, index) => {
    if (t === "open") {
      if (open.length >= MOST_NESTED) alone.add(index);
      open.push(index);
    } else if (t === "or" && (open.length === 0 || open.length > MOST_NESTED)) alone.add(index);
    else if (t === "close") {
      const first = open.pop();
      if (first === undefined || alone.has(first)) alone.add(index);
    }
  });
  for (const index of open) alone.add(index);
  return together(strokes(tokens.map((token, index) => (alone.has(index) ? asWords(token) : token))));
}

/** A stroke inside of a bracket that turned out to be none is a word as well. */
function strokes(tokens: readonly Token[]): Token[] {
  let depth = 0;
  return tokens.map((token) => {
    if (token.t === "open") depth++;
    else if (token.t === "close") depth--;
    return token.t === "or" && depth === 0 ? asWords(token) : token;
  });
}

/** Words that stand side by side and look alike as one token. */
function together(tokens: readonly Token[]): Token[] {
  const result: Token[] = [];
  for (const token of tokens) {
    const last = result.at(-1);
    if (last?.t === "run" && token.t === "run" && alike(last.run, token.run)) {
      result[result.length - 1] = { t: "run", run: { ...last.run, text: last.run.text + token.run.text } };
    } else result.push(token);
  }
  return result;
}

function alike(a: ReadRun, b: ReadRun): boolean {
  return a.em === b.em && a.strong === b.strong && a.change === b.change && a.atom === null && b.atom === null;
}

function asWords(token: Token): Token {
  return "text" in token ? { t: "run", run: token.run } : token;
}
