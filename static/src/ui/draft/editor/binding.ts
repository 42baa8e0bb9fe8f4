// Keeps the editor of one clause and its text in Yjs equal.
//
// What is typed goes into Yjs step by step; what comes from others becomes a transaction of just what changed, so that
// cursor, selection and a composition that is under way (Korean, Chinese, Japanese) stay where they are. Both keep the
// same offsets. After either, the two are compared; should they ever differ, the text in Yjs counts and nothing of it is
// changed by that: what this editor does not know stays in the text.
//
// A browser gives a composition up when the letters around it are drawn anew, and the input method then writes its
// syllable a second time. So what others change there waits until the composition is over. Meanwhile the text is ahead
// of the editor, and what is composed is written where its neighbours are in the text by now.

import type { Fragment, Node } from "prosemirror-model";
import { type EditorState, TextSelection, type Transaction } from "prosemirror-state";
import { AddMarkStep, Mapping, RemoveMarkStep, ReplaceStep, type Step, StepMap } from "prosemirror-transform";
import type * as Y from "yjs";
import { createAbsolutePositionFromRelativePosition, createRelativePositionFromTypeIndex } from "yjs";
import { EDIT } from "../../../draft/model/doc.ts";
import { readInline } from "../../../draft/model/inline.ts";
import { documentOf, formatOf, formatsOfMarks } from "./schema.ts";

/** Set on transactions that bring in what is in Yjs already. */
export const FROM_TEXT = "from-text";

/** A place belongs to the letter before it, or to the one behind. */
const [BEFORE, BEHIND] = [-1, 1] as const;

/** What Yjs says of a change of a text: one of the first three, in order from its beginning. */
export interface Change {
  retain?: number;
  insert?: unknown;
  delete?: number;
  attributes?: Record<string, unknown>;
}

export class Binding {
  readonly text: Y.XmlText;
  #writing = false;
  /** Where selection and cursor are, told by the letters before them. */
  #place: [anchor: Y.RelativePosition, head: Y.RelativePosition] | null = null;
  readonly #apply: (change: (state: EditorState) => Transaction | null) => void;
  /** From the editor's offsets to those of the text, while it is ahead. */
  #ahead: Mapping | null = null;
  readonly #disturbs: (changes: readonly Change[]) => boolean;
  readonly #observe = (event: Y.YTextEvent): void => {
    if (this.#writing) return;
    const changes = event.delta as Change[];
    if (this.#ahead === null && !this.#disturbs(changes)) this.#apply((state) => this.#takeIn(state, changes));
    else (this.#ahead ??= new Mapping()).appendMap(mapOf(changes));
  };

  readonly #before: () => void;

  /**
   * @param apply lets a change be made of the editor's state and shown.
   * @param prepare called before somebody else's change, while the text is still what the editor shows.
   * @param disturbs whether somebody else's change would end a composition; it then waits for `release`.
   */
  constructor(
    text: Y.XmlText,
    apply: (change: (state: EditorState) => Transaction | null) => void,
    prepare: () => void = () => undefined,
    disturbs: (changes: readonly Change[]) => boolean = () => false,
  ) {
    this.text = text;
    this.#apply = apply;
    this.#disturbs = disturbs;
    this.#before = () => {
      if (!this.#writing) prepare();
    };
    text.observe(this.#observe);
    text.doc?.on("beforeTransaction", this.#before);
  }

  destroy(): void {
    this.text.unobserve(this.#observe);
    this.text.doc?.off("beforeTransaction", this.#before);
  }

  /** The document as the text is now. */
  read(): Node {
    return documentOf(readInline(this.text));
  }

  /** Remember where the cursor is, so that it stays between the same letters whatever others do. */
  keepPlace({ selection: { anchor, head } }: EditorState): void {
    const at = (offset: number): Y.RelativePosition =>
      createRelativePositionFromTypeIndex(this.text, this.placeOf(offset), BEFORE);
    this.#place = [at(anchor), at(head)];
  }

  /** The offset in the text of a place in the editor: the same, unless the text is ahead. */
  placeOf(offset: number): number {
    return this.#ahead?.map(offset, BEFORE) ?? offset;
  }

  /** The composition is over: show what has waited for that. */
  release(): void {
    if (this.#ahead === null) return;
    this.#ahead = null;
    this.#apply((state) => this.catchUp(state));
  }

  /**
   * Write into Yjs what these transactions did, `state` being what they led to.
   *
   * What Yjs made something else of, such as half of a letter that is two UTF-16 units, is put right by `catchUp`.
   */
  write(transactions: readonly Transaction[], state: EditorState): void {
    const own = transactions.filter((each) => each.docChanged && each.getMeta(FROM_TEXT) !== true);
    const { doc } = this.text;
    if (own.length === 0 || doc === null) return;
    this.#writing = true;
    try {
      doc.transact(() => {
        for (const step of own.flatMap(({ steps }) => steps)) this.#writeStep(step);
      }, EDIT);
    } finally {
      this.#writing = false;
    }
    this.keepPlace(state);
    if (this.#ahead === null) this.#apply((now) => this.catchUp(now));
  }

  #writeStep(step: Step): void {
    if (!(step instanceof ReplaceStep || step instanceof AddMarkStep || step instanceof RemoveMarkStep)) {
      throw new TypeError(`the editor of a clause makes no ${step.constructor.name}`);
    }
    // What is put in stays with the letter before it; what is taken out or marked, and no more, are the own letters.
    const from = this.#ahead?.map(step.from, step.from === step.to ? BEFORE : BEHIND) ?? step.from;
    const to = Math.max(from, this.placeOf(step.to));
    if (!(step instanceof ReplaceStep)) {
      const [key, value] = formatOf(step.mark);
      this.text.format(from, to - from, { [key]: step instanceof AddMarkStep ? value : null });
      return;
    }
    this.text.delete(from, to - from);
    writeNodes(this.text, from, step.slice.content);
    if (this.#ahead === null) return;
    // From the editor as it is now: back over this step, on as before, and over the same step in the text.
    const ahead = new Mapping([step.getMap().invert()]);
    ahead.appendMapping(this.#ahead);
    ahead.appendMap(new StepMap([from, to - from, step.slice.size]), 0);
    this.#ahead = ahead;
  }

  /** What brings the editor to the text; null if they are equal. */
  catchUp(state: EditorState): Transaction | null {
    const tr = state.tr;
    this.#level(tr, this.read());
    return tr.docChanged ? this.#finish(tr) : null;
  }

  #takeIn(state: EditorState, changes: readonly Change[]): Transaction | null {
    const wanted = this.read();
    const tr = state.tr;
    let at = 0; // up to here, the two are equal
    for (const { retain, insert, delete: gone, attributes } of changes) {
      const length = retain ?? (typeof insert === "string" ? insert.length : insert === undefined ? 0 : 1);
      if (at + (gone ?? length) > Math.max(tr.doc.content.size, wanted.content.size)) break;
      if (gone !== undefined) tr.delete(at, at + gone);
      else if (insert !== undefined) tr.replace(at, at, wanted.slice(at, at + length));
      else if (attributes !== undefined) tr.replace(at, at + length, wanted.slice(at, at + length));
      at += length;
    }
    this.#level(tr, wanted);
    return tr.docChanged ? this.#finish(tr) : null;
  }

  /** Take away whatever difference is left. */
  #level(tr: Transaction, wanted: Node): void {
    const start = tr.doc.content.findDiffStart(wanted.content);
    const end = tr.doc.content.findDiffEnd(wanted.content);
    if (start === null || end === null) return;
    // What repeats itself is found from both sides: "aa" in "aaa".
    const overlap = Math.max(0, start - Math.min(end.a, end.b));
    tr.replace(start, end.a + overlap, wanted.slice(start, end.b + overlap));
  }

  #finish(tr: Transaction): Transaction {
    const [anchor, head] = this.#place ?? [null, null];
    const from = this.#offsetOf(anchor);
    const to = this.#offsetOf(head);
    if (from !== null && to !== null && Math.max(from, to) <= tr.doc.content.size) {
      tr.setSelection(TextSelection.create(tr.doc, from, to));
    }
    return tr.setMeta(FROM_TEXT, true).setMeta("addToHistory", false);
  }

  #offsetOf(place: Y.RelativePosition | null): number | null {
    const { doc } = this.text;
    if (place === null || doc === null) return null;
    const found = createAbsolutePositionFromRelativePosition(place, doc);
    return found?.type === this.text ? found.index : null;
  }
}

/** Where a change puts the offsets of what was there before. */
function mapOf(changes: readonly Change[]): StepMap {
  const ranges: number[] = [];
  let at = 0;
  for (const { retain = 0, insert, delete: gone = 0 } of changes) {
    const added = typeof insert === "string" ? insert.length : insert === undefined ? 0 : 1;
    if (gone + added > 0) ranges.push(at, gone, added);
    at += retain + gone;
  }
  return new StepMap(ranges);
}

function writeNodes(text: Y.XmlText, offset: number, nodes: Fragment): void {
  let at = offset;
  nodes.forEach((node) => {
    const formats = formatsOfMarks(node.marks);
    if (node.isText) text.insert(at, node.text ?? "", formats);
    else text.insertEmbed(at, node.type.name === "br" ? { br: true } : { note: String(node.attrs["id"]) }, formats);
    at += node.nodeSize;
  });
}
