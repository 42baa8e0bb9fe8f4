// The words of a clause in Akoma Ntoso: emphasis, footnotes, and the options of brackets as alternatives to one another.
//
// An option is an <inline name="bracket">; the second and later options of a bracket say alternativeTo="the first". XML
// can not overlap, brackets can: an option that another one cuts in two is written in parts with the same pt:option.

import type { Bracket, BracketMark, Run } from "../../../wire/drafts/text.ts";
import { attributes, element, escaped } from "../markup.ts";

export interface InlineContext {
  /** eId of the clause; those of its options begin with it. */
  clause: string;
  brackets: readonly Bracket[];
  /** Delegations behind an option, as references ("#NO"). */
  by: (bracket: string, option: string) => string;
  /** Markup of a footnote; "" if it is gone. */
  note: (note: string) => string;
}

/** The markup of `runs`. */
export function inlineOf(runs: readonly Run[], context: InlineContext): string {
  return new InlineWriter(context).write(runs);
}

class InlineWriter {
  readonly #context: InlineContext;
  /** Options that are open, outermost first. */
  #open: BracketMark[] = [];
  /** eId of each bracket's first option in this clause. */
  readonly #first = new Map<string, string>();
  #parts = 0;
  #markup = "";

  constructor(context: InlineContext) {
    this.#context = context;
  }

  write(runs: readonly Run[]): string {
    runs.forEach((run, index) => {
      this.#turn(run.brackets, (mark) => lengthFrom(runs, index, mark));
      this.#markup += this.#words(run);
    });
    this.#turn([], () => 0);
    for (const bracket of this.#first.keys()) this.#removals(bracket);
    return this.#markup;
  }

  /** Close what does not go on, and what lies inside of it; open what is missing, the longest outermost. */
  #turn(marks: readonly BracketMark[], length: (mark: BracketMark) => number): void {
    const cut = this.#open.findIndex((mark) => !has(marks, mark));
    if (cut !== -1) {
      this.#markup += "</inline>".repeat(this.#open.length - cut);
      this.#open = this.#open.slice(0, cut);
    }
    const missing = marks.filter((mark) => !has(this.#open, mark)).sort((a, b) => length(b) - length(a));
    for (const mark of missing) {
      this.#markup += `<inline${attributes(this.#option(mark))}>`;
      this.#open.push(mark);
    }
  }

  #option([bracket, option]: BracketMark): Record<string, string | null> {
    const eId = `${this.#context.clause}__bracket_${++this.#parts}`;
    const first = this.#first.get(bracket);
    if (first === undefined) this.#first.set(bracket, eId);
    const by = this.#context.by(bracket, option);
    return {
      name: "bracket",
      eId,
      status: "undefined",
      alternativeTo: first ?? null,
      "pt:bracket": bracket,
      "pt:option": option,
      "pt:by": by === "" ? null : by,
    };
  }

  /** Options to leave the words out have none: they stand behind the clause, as alternatives to the first. */
  #removals(bracket: string): void {
    const found = this.#context.brackets.find(({ id }) => id === bracket);
    for (const { id, kind } of found?.options ?? []) {
      if (kind !== "delete") continue;
      this.#markup += element("inline", { ...this.#option([bracket, id]), status: "removed" });
    }
  }

  #words({ text, marks, atom, cite }: Run): string {
    if (atom === "br") return "<br/>";
    if (atom !== undefined) return this.#context.note(atom.note);
    const bold = marks.includes("strong") ? `<b>${escaped(text)}</b>` : escaped(text);
    const marked = marks.includes("em") ? `<i>${bold}</i>` : bold;
    return cite === undefined ? marked : element("span", { title: cite.source }, marked);
  }
}

function has(marks: readonly BracketMark[], [bracket, option]: BracketMark): boolean {
  return marks.some(([id, chosen]) => id === bracket && chosen === option);
}

/** For how many runs from `index` on a mark goes on. */
function lengthFrom(runs: readonly Run[], index: number, mark: BracketMark): number {
  let end = index;
  while (has(runs[end]?.brackets ?? [], mark)) end++;
  return end - index;
}
