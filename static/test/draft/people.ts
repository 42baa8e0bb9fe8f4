// Several people at one text, each with a copy of it, as their pages have it.

import * as Y from "yjs";
import { EDIT } from "../../src/draft/model/doc.ts";
import { createText } from "../../src/draft/model/create.ts";
import { fragmentIn } from "../../src/draft/model/doc.ts";
import { type DraftOps, opsOn } from "../../src/draft/model/ops.ts";
import { plainText, readFragment, textIn } from "../../src/draft/model/inline.ts";
import { readText } from "../../src/draft/model/read.ts";
import type { Run, TextDocument } from "../../src/wire/drafts/text.ts";

const NETWORK = Symbol("network");

export class Writer {
  readonly doc = new Y.Doc();
  readonly ops: DraftOps = opsOn(this.doc);
  readonly undo = new Y.UndoManager([this.doc.getMap("meta"), this.doc.getMap("nodes"), this.doc.getMap("brackets")], {
    trackedOrigins: new Set([EDIT]),
    captureTimeout: 0,
  });

  get document(): TextDocument {
    return readText(this.doc);
  }

  text(node: string, lang = "en"): Y.XmlText {
    const fragment = fragmentIn(this.doc, node, lang);
    if (fragment === undefined) throw new Error(`no text of ${node} in ${lang}`);
    return textIn(fragment);
  }

  runs(node: string, lang = "en"): Run[] {
    const fragment = fragmentIn(this.doc, node, lang);
    return fragment === undefined ? [] : readFragment(fragment);
  }

  words(node: string, lang = "en"): string {
    return plainText(this.runs(node, lang));
  }

  /** Type as the editor does: formats of what stands before go on. */
  type(node: string, offset: number, words: string, lang = "en"): void {
    this.doc.transact(() => this.text(node, lang).insert(offset, words), EDIT);
  }

  erase(node: string, offset: number, length: number, lang = "en"): void {
    this.doc.transact(() => this.text(node, lang).delete(offset, length), EDIT);
  }
}

/** Let everybody have what everybody has. */
export function exchange(...writers: Writer[]): void {
  for (const from of writers) {
    for (const to of writers) {
      if (from === to) continue;
      Y.applyUpdate(to.doc, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), NETWORK);
    }
  }
}

export interface Table {
  writers: Writer[];
  /** The clauses, in order. */
  nodes: string[];
}

/** A text with these clauses in English, before so many people. */
export function table(people: number, ...clauses: string[]): Table {
  const writers = Array.from({ length: people }, () => new Writer());
  const [first] = writers;
  if (first === undefined) throw new RangeError("nobody is there");
  const nodes = clauses.map((words) => ({ kind: "paragraph", text: { en: words } }) as const);
  createText(first.doc, { id: "test", nodes }, ["en"], { en: "Test" });
  first.undo.clear();
  exchange(...writers);
  return { writers, nodes: first.document.nodes.map(({ id }) => id) };
}
