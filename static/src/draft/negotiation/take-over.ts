// A pen-holder takes proposals into the text: as an option of a bracket, with the proposals that it comes from.

import * as Y from "yjs";
import { unb64, MalformedError } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import type { NodeKind, OptionSource, Run } from "../../wire/drafts/text.ts";
import type { DraftOps } from "../model/ops.ts";
import { fragmentIn } from "../model/doc.ts";
import { textIn } from "../model/inline.ts";
import { runsOf } from "./fragments.ts";
import type { Proposal } from "./proposals.ts";

/** What the pen-holder makes of one or several proposals to a clause. */
export interface Takeover {
  node: Id;
  kind: Proposal["kind"];
  /** Words by language; nothing for "delete". */
  text: Readonly<Record<string, string>>;
  /** The delegation whose option it is; "" if several stand behind it. */
  by: Id | "";
  reason: string;
  from: readonly OptionSource[];
  /** The bracket that gets one more option; null for a bracket of its own. */
  bracket: Id | null;
  /** The words that it is about; null for the whole clause. */
  span: { lang: string; from: number; to: number } | null;
}

/** Put it into the text as one edit. Returns the bracket; null if what it is about is not there any more. */
export function takeOver(ops: DraftOps, takeover: Takeover, place: { kind: NodeKind; parent: Id | "" }): Id | null {
  return ops.together(() => {
    if (takeover.kind === "insert") return inserted(ops, takeover, place);
    if (takeover.bracket !== null) return extended(ops, takeover, takeover.bracket);
    if (takeover.span !== null) return around(ops, takeover, takeover.span);
    return ops.bracketClause(takeover.node, wordsOf(takeover), wishOf(takeover));
  });
}

function wishOf({ by, reason, from, kind }: Takeover): {
  by: string;
  reason: string;
  from: readonly OptionSource[];
  kind: "text" | "delete";
} {
  return { by, reason, from, kind: kind === "delete" ? "delete" : "text" };
}

function wordsOf({ text, kind }: Takeover): Record<string, Run[]> {
  if (kind === "delete") return {};
  return Object.fromEntries(Object.entries(text).map(([lang, words]) => [lang, runsOf(words)]));
}

/** A new clause stands in a bracket whose other option is that it does not come. */
function inserted(ops: DraftOps, takeover: Takeover, { kind, parent }: { kind: NodeKind; parent: Id | "" }): Id | null {
  const node = ops.addClause({ kind, parent, after: takeover.node });
  const bracket = ops.bracketClause(node, wordsOf(takeover), wishOf(takeover));
  if (bracket === null) return null;
  ops.addOption(bracket, { node, words: {} }, { by: "", kind: "delete" });
  return bracket;
}

function extended(ops: DraftOps, takeover: Takeover, bracket: Id): Id | null {
  const words = wordsOf(takeover);
  return ops.addOption(bracket, { node: takeover.node, words }, wishOf(takeover)) === null ? null : bracket;
}

function around(ops: DraftOps, takeover: Takeover, span: { lang: string; from: number; to: number }): Id | null {
  const { by, reason } = takeover;
  const bracket = ops.bracketSpan([{ node: takeover.node, ...span }], { by, reason });
  return bracket === null ? null : extended(ops, takeover, bracket);
}

/** Where the words are now that a proposal or a comment was anchored to; null if they are gone. */
export function spanOf(
  doc: Y.Doc,
  { node, lang, start, end }: { node: Id; lang: string; start?: string | null; end?: string | null },
): { lang: string; from: number; to: number } | null {
  const fragment = fragmentIn(doc, node, lang);
  if (fragment === undefined || typeof start !== "string" || typeof end !== "string") return null;
  const text = textIn(fragment);
  const [from, to] = [placeOf(doc, text, start), placeOf(doc, text, end)];
  return from === null || to === null || from >= to ? null : { lang, from, to };
}

function placeOf(doc: Y.Doc, text: Y.XmlText, place: string): number | null {
  let bytes: Uint8Array;
  try {
    bytes = unb64(place);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
  const found = decoded(bytes, doc);
  return found !== null && found.type === text ? found.index : null;
}

/** Positions come from others' programs: what does not parse points nowhere. */
function decoded(bytes: Uint8Array, doc: Y.Doc): Y.AbsolutePosition | null {
  try {
    return Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(bytes), doc);
  } catch (error) {
    if (error instanceof Error) return null; // lib0 tells a short or wrong encoding by a plain Error
    throw error;
  }
}
