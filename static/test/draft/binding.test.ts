// Two editors at one clause: what is typed here and there comes together, and everybody's cursor stays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Schema } from "prosemirror-model";
import { EditorState, TextSelection, type Transaction } from "prosemirror-state";
import { initProseMirrorDoc } from "y-prosemirror";
import * as Y from "yjs";
import { readInline } from "../../src/draft/model/inline.ts";
import { Binding } from "../../src/ui/draft/editor/binding.ts";
import { runsOfNodes, schema } from "../../src/ui/draft/editor/schema.ts";
import { type Writer, exchange, table } from "./people.ts";

/** An editor without a screen: a state, bound to a text as the page's is. */
class Editor {
  state: EditorState;
  readonly binding: Binding;
  /** An input method is at work: what others change waits. */
  composing = false;

  constructor(writer: Writer, node: string) {
    const apply = (change: (state: EditorState) => Transaction | null): void => {
      const tr = change(this.state);
      if (tr !== null) this.dispatch(tr);
    };
    this.binding = new Binding(writer.text(node), apply, undefined, () => this.composing);
    this.state = EditorState.create({ schema, doc: this.binding.read() });
    this.binding.keepPlace(this.state);
  }

  dispatch(tr: Transaction): void {
    const { state, transactions } = this.state.applyTransaction(tr);
    this.state = state;
    this.binding.write(transactions, state);
    this.binding.keepPlace(this.state);
  }

  select(anchor: number, head = anchor): void {
    this.dispatch(this.state.tr.setSelection(TextSelection.create(this.state.doc, anchor, head)));
  }

  /** Compose at the cursor, one state of the syllables after the other, each in place of the one before. */
  *compose(...states: string[]): Generator<void> {
    this.composing = true;
    let length = 0;
    for (const words of states) {
      const { head } = this.state.selection;
      this.dispatch(this.state.tr.insertText(words, head - length, head));
      length = words.length;
      yield;
    }
    this.composing = false;
    this.binding.release();
  }

  /** Where the cursor is, as a bar in the words. */
  get seen(): string {
    const { doc, selection } = this.state;
    const words = doc.textBetween(0, doc.content.size);
    return `${words.slice(0, selection.head)}|${words.slice(selection.head)}`;
  }

  assertEqual(): void {
    assert.deepEqual(runsOfNodes(this.state.doc.content.content), readInline(this.binding.text));
  }
}

function pair(words: string): { a: Editor; b: Editor; meet: () => void; writers: [Writer, Writer]; node: string } {
  const { writers, nodes } = table(2, words);
  const [first, second] = writers;
  const [node = ""] = nodes;
  if (first === undefined || second === undefined) throw new RangeError("two were asked for");
  const meet = (): void => exchange(first, second);
  return { a: new Editor(first, node), b: new Editor(second, node), meet, writers: [first, second], node };
}

test("the cursor stays between its letters whatever others put in, take out or mark", () => {
  const cases: [(b: Editor) => Transaction, string][] = [
    [(b) => b.state.tr.insertText("XX", 0), "XXabc|def"],
    [(b) => b.state.tr.insertText("XX", 6), "abc|defXX"],
    [(b) => b.state.tr.insertText("XX", 3), "abc|XXdef"],
    [(b) => b.state.tr.delete(0, 2), "c|def"],
    [(b) => b.state.tr.delete(4, 6), "abc|d"],
    [(b) => b.state.tr.delete(2, 4), "ab|ef"],
    [(b) => b.state.tr.addMark(0, 6, schema.marks.strong.create()), "abc|def"],
    [(b) => b.state.tr.insertText("X", 0).insertText("Y", 7), "Xabc|defY"],
    [(b) => b.state.tr.delete(5, 6).delete(0, 1), "bc|de"],
  ];
  for (const [change, seen] of cases) {
    const { a, b, meet } = pair("abcdef");
    a.select(3);
    b.dispatch(change(b));
    meet();
    assert.equal(a.seen, seen);
    a.assertEqual();
    b.assertEqual();
  }
});

test("a selection stays around its words while others write inside it", () => {
  const { a, b, meet } = pair("one two three");
  a.select(4, 7);
  b.dispatch(b.state.tr.insertText("-X-", 5).insertText("begin ", 0));
  meet();
  const { from, to } = a.state.selection;
  assert.equal(a.state.doc.textBetween(from, to), "t-X-wo");
});

test("what one strikes while another writes into it: the new words stay", () => {
  const { a, b, meet } = pair("one two three");
  a.dispatch(a.state.tr.delete(4, 8));
  b.dispatch(b.state.tr.insertText("and a half", 7));
  meet();
  assert.equal(a.state.doc.textContent, "one and a halfthree");
  assert.ok(a.state.doc.eq(b.state.doc));
});

test("undo brings back one's own words and leaves the others' and their place", () => {
  const { a, b, meet, writers } = pair("middle");
  a.dispatch(a.state.tr.insertText("mine ", 0));
  meet();
  b.dispatch(b.state.tr.insertText(" theirs", 11));
  meet();
  a.select(8);
  writers[0].undo.undo();
  assert.equal(a.seen, "mid|dle theirs");
  a.assertEqual();
});

test("what others change beside a composition waits for its end, and what is composed comes out whole, in place", () => {
  const cases: [(tr: Transaction) => Transaction, string][] = [
    [(tr) => tr.insertText("XX", 0), "XXabc한국|def"],
    [(tr) => tr.insertText("XX", 2), "abXXc한국|def"],
    [(tr) => tr.insertText("XX", 3), "abcXX한국|def"],
    [(tr) => tr.insertText("XX", 4), "abc한국|XXdef"],
    [(tr) => tr.insertText("XX", 6), "abc한국|deXXf"],
    [(tr) => tr.delete(0, 3), "한국|def"],
    [(tr) => tr.delete(2, 3), "ab한국|def"],
    [(tr) => tr.delete(4, 7), "abc한국|"],
    [(tr) => tr.delete(5, 6).delete(0, 1).insertText("Y", 0), "Ybc한국|df"],
    [(tr) => tr.addMark(0, 7, schema.marks.strong.create()), "abc한국|def"],
  ];
  for (const [change, seen] of cases) {
    const { a, b, meet } = pair("abcdef");
    a.select(3);
    let states = 0;
    for (const _ of a.compose("ㅎ", "하", "한", "한ㄱ", "한구", "한국")) {
      meet();
      states += 1;
      if (states === 3) b.dispatch(change(b.state.tr)); // the other sees "abc한def" by now
      meet();
      if (states >= 3) assert.equal(a.seen.replace(/[ㄱ-힣]+\|/, "*"), "abc*def");
    }
    meet();
    assert.equal(a.seen, seen);
    a.assertEqual();
    b.assertEqual();
    assert.ok(a.state.doc.eq(b.state.doc));
  }
});

/** Numbers that are the same for the same seed: mulberry32. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const LETTERS = ["a", "shall ", "한국어", "تحتفظ", "條約", "é", "\u{1F54A}", " "];
/** Ids of 22 letters that differ in the first. */
const id = (letter: string): string => letter.padEnd(22, "A");
const NOTES = [id("n"), id("m"), id("k")];
const BRACKETS = [
  [id("b"), id("x")],
  [id("b"), id("y")],
  [id("c"), id("x")],
  [id("d"), id("x")],
] as const;

/** One edit that somebody might make. */
function edit({ state }: Editor, draw: (below: number) => number): Transaction {
  const size = state.doc.content.size;
  const from = draw(size + 1);
  const to = Math.min(size, from + draw(6));
  const [id, option] = BRACKETS[draw(BRACKETS.length)] ?? BRACKETS[0];
  const marks = [schema.marks.bracket.create({ id, option }), schema.marks.em.create(), schema.marks.strong.create()];
  const mark = marks[draw(3)];
  switch (draw(7)) {
    case 0:
      return state.tr.delete(from, to);
    case 1:
      return state.tr.addMark(from, to, mark ?? schema.marks.em.create());
    case 2:
      return state.tr.removeMark(from, to, mark);
    case 3:
      return state.tr.insert(from, [schema.nodes.br.create(), schema.nodes.note.create({ id: NOTES[draw(NOTES.length)] ?? "" })][draw(2)] ?? []);
    default:
      return state.tr.replaceWith(from, to, schema.text(LETTERS[draw(LETTERS.length)] ?? "a", state.doc.resolve(from).marks()));
  }
}

test("two editors that are seldom in touch end with the same words and marks, and so does a third that comes later", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const draw = numbers(seed);
    const { a, b, meet, writers, node } = pair("Parties shall report every year.");
    for (let round = 0; round < 40; round += 1) {
      const editor = draw(2) === 0 ? a : b;
      if (draw(4) === 0) editor.composing = !editor.composing;
      if (!editor.composing) editor.binding.release();
      editor.dispatch(edit(editor, draw));
      if (!editor.composing) editor.assertEqual();
      if (draw(5) === 0) meet();
      if (draw(9) === 0) writers[draw(2)]?.undo.undo();
    }
    meet();
    for (const editor of [a, b]) {
      editor.binding.release();
      editor.assertEqual();
    }
    assert.ok(a.state.doc.eq(b.state.doc), `seed ${seed}`);
    const late = new Y.Doc();
    Y.applyUpdate(late, Y.encodeStateAsUpdate(writers[0].doc));
    assert.deepEqual(a.binding.text.toDelta(), writers[1].text(node).toDelta(), `seed ${seed}`);
  }
});

test("marks that the editor does not know are neither shown nor taken away", () => {
  const { a, writers, node } = pair("of this all");
  writers[0].text(node).format(0, 7, { blink: {} });
  a.dispatch(a.state.tr.insertText("!", 11));
  a.dispatch(a.state.tr.delete(0, 1));
  assert.equal(writers[0].words(node), "f this all!");
  assert.deepEqual((writers[0].text(node).toDelta() as { attributes?: object }[])[0]?.attributes, { blink: {} });
  a.assertEqual();
});

test("the library that is not used here erases, by opening it, what it does not know (docs/adr/0020)", () => {
  const { writers, node } = pair("Each Party shall report.");
  writers[0].text(node).format(5, 5, { blink: {} });
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(writers[0].doc));
  const words = (copy.getMap("nodes").get(node) as Y.Map<Y.Map<Y.XmlFragment>>).get("text")?.get("en");
  if (words === undefined) return assert.fail();
  const nodes = { doc: { content: "p+" }, p: { content: "text*" }, text: {} };
  initProseMirrorDoc(words, new Schema({ nodes, marks: { em: {} } }));
  assert.equal(words.toString(), "<p></p>");
  const { a } = pair("Each Party shall report.");
  a.binding.text.format(5, 5, { blink: {} });
  a.assertEqual();
  assert.equal(a.state.doc.textContent, "Each Party shall report.");
});
