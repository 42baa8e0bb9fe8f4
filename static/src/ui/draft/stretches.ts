// A selection over several clauses, as a stretch of each.

import type { Stretch } from "../../draft/model/brackets.ts";
import { lengthOfRuns } from "../../draft/model/inline.ts";
import type { TextDocument } from "../../wire/drafts/text.ts";
import type { TextPlace } from "./places.ts";

/** From one place up to another, in the order of the text; footnotes between them are not in it. */
export function stretchesOf(document: TextDocument, lang: string, from: TextPlace, to: TextPlace): Stretch[] {
  const first = document.nodes.findIndex(({ id }) => id === from.node);
  const last = document.nodes.findIndex(({ id }) => id === to.node);
  if (first < 0 || last < 0) return [];
  return document.nodes.slice(first, last + 1).flatMap(({ id, kind, text }, at) => {
    if (kind === "note" && first !== last) return [];
    const size = lengthOfRuns(text[lang] ?? []);
    return [{ node: id, lang, from: at === 0 ? from.offset : 0, to: at === last - first ? to.offset : size }];
  });
}
