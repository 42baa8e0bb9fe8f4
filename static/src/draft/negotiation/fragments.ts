// Words in and out of a proposal's fragment, as a person types them: lines and no marks.

import type * as Y from "yjs";
import type { Run } from "../../wire/drafts/text.ts";
import { fragmentOf, plainRuns, plainText, readFragment } from "../model/inline.ts";

const BREAK: Run = { text: "", marks: [], brackets: [], atom: "br" };

/** Runs without marks; each line end is a line break. */
export function runsOf(words: string): Run[] {
  const lines = words.replaceAll("\r\n", "\n").split("\n");
  return lines.flatMap((line, index) => [...(index === 0 ? [] : [BREAK]), ...plainRuns(line)]);
}

/** A fresh fragment that holds these words. */
export function fragmentOfWords(words: string): Y.XmlFragment {
  return fragmentOf(runsOf(words));
}

/** The words of a fragment without any marks; a line break is "\n". */
export function wordsIn(fragment: Y.XmlFragment): string {
  return plainText(readFragment(fragment));
}
