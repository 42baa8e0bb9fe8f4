// The words of clauses and of brackets' options, as plain strings for lists and dialogs.

import type { BracketOption, Run, TextDocument, TextNode } from "../../wire/drafts/text.ts";
import type { Id } from "../../wire/ids.ts";

/** Where a footnote's reference stands. */
const NOTE = "*";

/** Runs without their marks. */
export function wordsOf(runs: readonly Run[]): string {
  return runs.map(({ text, atom }) => (atom === undefined ? text : atom === "br" ? "\n" : NOTE)).join("");
}

/** The words of an option in one column, with the clause in which they stand, in the order of the document. */
export function optionWords(
  document: TextDocument,
  bracket: Id,
  option: Id,
  lang: string,
): { node: Id; words: string }[] {
  const found: { node: Id; words: string }[] = [];
  for (const node of document.nodes) {
    const runs = (node.text[lang] ?? []).filter(({ brackets }) =>
      brackets.some(([id, chosen]) => id === bracket && chosen === option),
    );
    if (runs.length > 0) found.push({ node: node.id, words: wordsOf(runs) });
  }
  return found;
}

/** One line for an option: its words in the column, else in the first column that has some, else null ("delete"). */
export function optionLine(
  document: TextDocument,
  bracket: Id,
  option: BracketOption,
  lang: string,
): { words: string; lang: string } | null {
  if (option.kind === "delete") return null;
  for (const each of [lang, ...document.meta.langs]) {
    const words = optionWords(document, bracket, option.id, each);
    if (words.length > 0) return { words: words.map((line) => line.words).join(" … "), lang: each };
  }
  return null;
}

/** The brackets of a clause in any column, by id, each once, in the order in which they begin. */
export function bracketsIn(node: TextNode): Id[] {
  const found = new Set<Id>();
  for (const runs of Object.values(node.text)) {
    for (const run of runs) for (const [bracket] of run.brackets) found.add(bracket);
  }
  return [...found];
}

/** At most `most` characters, cut between words where there are any, with an ellipsis. */
export function excerpt(words: string, most: number): string {
  const line = words.replace(/\s+/gu, " ").trim();
  const characters = [...line];
  if (characters.length <= most) return line;
  const cut = characters.slice(0, most - 1).join("");
  const space = cut.lastIndexOf(" ");
  return `${space > most / 2 ? cut.slice(0, space) : cut}…`;
}
