// The hash by which two clients compare what a stream comes to (docs/protocol.md §10).

import * as Y from "yjs";

import { readFragment } from "../../draft/model/inline.ts";
import { readText } from "../../draft/model/read.ts";
import { b64, MalformedError } from "../../wire/bytes.ts";
import { documentHash } from "../../wire/drafts/clauses.ts";
import { isId } from "../../wire/ids.ts";
import type { Run } from "../../wire/drafts/text.ts";
import type { DocumentName, StreamName } from "./api.ts";

/** b64(32) of a document's content; null if it holds something that has no canonical form. */
export function contentHash(stream: DocumentName, doc: Y.Doc): string | null {
  return unlessMalformed(() => documentHash(stream === "text" ? readText(doc) : proposalsJson(doc)));
}

/** Whether items of this stream are Yjs updates. */
export function isDocument(stream: StreamName): stream is DocumentName {
  return stream === "text" || stream.startsWith("proposals/");
}

function unlessMalformed(hash: () => Uint8Array): string | null {
  try {
    return b64(hash());
  } catch (error) {
    // RangeError: nested so deeply that it can not be walked.
    if (error instanceof MalformedError || error instanceof RangeError) return null;
    throw error;
  }
}

/** Everything that a delegation's proposals say, as plain JSON. */
function proposalsJson(doc: Y.Doc): object {
  const rows = [...doc.getMap("proposals").entries()].filter(([id, row]) => isId(id) && row instanceof Y.Map);
  const supports = [...doc.getMap("supports").entries()].filter(([, on]) => on === true);
  // Object.fromEntries makes fields also of names like "__proto__".
  return {
    proposals: Object.fromEntries(rows.map(([id, row]) => [id, proposalJson(row as Y.Map<unknown>)])),
    supports: Object.fromEntries(supports),
  };
}

function proposalJson(row: Y.Map<unknown>): object {
  const fields = [...row.entries()].flatMap(([key, value]): [string, unknown][] => {
    const plain = plainValue(value);
    return plain === undefined || key === "text" ? [] : [[key, plain]];
  });
  const words = row.get("text");
  const fragments = words instanceof Y.Map ? [...words.entries()] : [];
  const text = fragments.flatMap(([lang, fragment]): [string, Run[]][] => {
    return fragment instanceof Y.XmlFragment ? [[lang, readFragment(fragment)]] : [];
  });
  return Object.fromEntries([...fields, ["text", Object.fromEntries(text)]]);
}

/** Texts, booleans and integers; undefined for everything else. */
function plainValue(value: unknown): string | boolean | number | undefined {
  if (typeof value === "string" || typeof value === "boolean") return value;
  const number = typeof value === "bigint" ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}
