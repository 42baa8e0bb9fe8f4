// What the list of drafts says of one, from its text and acts.

import type * as Y from "yjs";

import { bracketsOf, languagesOf, mapIn, metaOf } from "../../draft/model/doc.ts";
import type { ActsState } from "../../wire/drafts/state.ts";

/**
 * The titles, first the one in the drafting language (null before there is a text); how many brackets nobody decided.
 */
export function projectionCounts(
  doc: Y.Doc,
  acts: ActsState,
): { title: string | null; titles: Record<string, string>; open: number } {
  const entries = [...(mapIn(metaOf(doc), "title") ?? [])];
  const titles = Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  const [lang] = languagesOf(doc);
  const title = lang === undefined ? undefined : titles[lang];
  const undecided = [...bracketsOf(doc).keys()].filter((bracket) => {
    const decision = acts.decisions[bracket];
    return !decision || decision.conflict || decision.option === "";
  });
  return { title: title ?? null, titles, open: undecided.length };
}
