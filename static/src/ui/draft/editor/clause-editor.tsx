// The editor of one clause. There is one at a time: every other clause is at rest.

import { deleteSelection, toggleMark } from "prosemirror-commands";
import { EditorState, TextSelection, type Transaction } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { useLayoutEffect, useRef } from "preact/hooks";
import type * as Y from "yjs";
import type { Run } from "../../../wire/drafts/text.ts";
import { Binding, type Change } from "./binding.ts";
import { type Surroundings, decorationsOf, mappedAround, withoutCursorsAt } from "./decorations.ts";
import { paragraphsOfHtml, paragraphsOfText } from "./paste.ts";
import { nodesOfRuns, runsOfNodes, schema } from "./schema.ts";

/** Where the cursor is to be when the editor opens; `x` on the screen, in its first or last line. */
export type Caret = { anchor: number; head: number } | "start" | "end" | { x: number; edge: "first" | "last" };

/** What keys mean beyond the clause. Each returns whether it has done anything. */
export interface EditorKeys {
  split(offset: number): boolean;
  joinBack(): boolean;
  joinOn(): boolean;
  /** To the clause before or behind; `x` where the cursor is on the screen, for up and down. */
  leave(step: -1 | 1, x: number | null): boolean;
  indent(step: -1 | 1): boolean;
  move(step: -1 | 1): boolean;
  bracket(): boolean;
  cite(): boolean;
  undo(): boolean;
  redo(): boolean;
  escape(): boolean;
  /** Paragraphs behind the first one of what was pasted, to follow `offset`. */
  pasteMore(offset: number, paragraphs: readonly (readonly Run[])[]): boolean;
}

interface ClauseEditorProps {
  text: Y.XmlText;
  lang: string;
  label: string;
  caret: Caret;
  around: Surroundings;
  keys: EditorKeys;
  onState: (view: EditorView) => void;
  onView: (view: EditorView | null) => void;
}

export function ClauseEditor(props: ClauseEditorProps) {
  const { text, lang, label } = props;
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const view = useRef<EditorView | null>(null);
  useLayoutEffect(() => {
    if (place.current === null) return undefined;
    const made = openEditor(place.current, () => latest.current);
    view.current = made.view;
    latest.current.onView(made.view);
    return () => {
      made.close();
      view.current = null;
      latest.current.onView(null);
    };
  }, [text]);
  useLayoutEffect(() => {
    const { current } = view;
    // Redraw what stands around the words, unless a composition is under way, which that would end.
    if (current === null || current.composing) return;
    takeSelection(current);
    redraw(current);
  }, [props.around]);
  return (
    <div
      ref={place}
      class="clause-text clause-editor"
      lang={lang}
      dir="auto"
      role="textbox"
      aria-multiline="true"
      aria-label={label}
      spellcheck
    />
  );
}

function openEditor(mount: HTMLElement, now: () => ClauseEditorProps): { view: EditorView; close: () => void } {
  const apply = (change: (state: EditorState) => Transaction | null): void => {
    const tr = change(view.state);
    if (tr !== null) view.dispatch(tr);
  };
  const binding = new Binding(now().text, apply, () => takeSelection(view), (changes) => disturbs(view, changes));
  let composed: Surroundings | null = null; // what stands around the words while a composition is under way
  const settle = (): void => {
    if (view.isDestroyed || view.composing) return;
    composed = null;
    binding.release();
    redraw(view);
  };
  const compose = (): void => {
    if (view.composing) return;
    if (composed === null) takeSelection(view); // else what was composed last is still to be read
    settle(); // from one syllable to the next, too: else what others write would not come as long as one goes on
    composed = withoutCursorsAt(now().around, view.state.selection);
    redraw(view);
  };
  // A cursor that is at the very start soon after the focus came is to ProseMirror the browser's own doing, which it
  // undoes. Who has pressed a key meant it: so it is taken in before ProseMirror hears of it.
  let pressed = false;
  const heedStart = (): void => {
    const { anchor, head } = (pressed && shownSelection(view)) || {};
    if (anchor === 0 && head === 0) takeSelection(view);
  };
  document.addEventListener("selectionchange", heedStart, { capture: true });
  const view: EditorView = new EditorView({ mount }, {
    state: EditorState.create({ schema, doc: binding.read() }),
    attributes: { class: "clause-text clause-editor" },
    decorations: (state) => decorationsOf(state, composed ?? now().around, outsideOf(state)),
    handleKeyDown: (_view, event) => {
      pressed = true;
      return handleKey(view, event, now().keys);
    },
    handleDOMEvents: {
      beforeinput: (_view, event) => {
        if (event.inputType !== "insertParagraph" || view.composing) return false;
        event.preventDefault();
        return now().keys.split(view.state.selection.from);
      },
      focus: () => void (pressed = false),
      compositionstart: compose,
      compositionend: () => void setTimeout(settle, COMPOSED_MS),
      paste: (_view, event) => paste(view, event, now().keys),
      drop: (_view, event) => drop(view, event, now().keys),
    },
    dispatchTransaction: (tr) => {
      const { state, transactions } = view.state.applyTransaction(tr);
      if (composed !== null) composed = mappedAround(composed, tr.mapping);
      view.updateState(state);
      binding.write(transactions, state);
      binding.keepPlace(view.state);
      now().onState(view);
    },
  });
  setCaret(view, now().caret);
  binding.keepPlace(view.state);
  view.focus();
  return {
    view,
    close: () => {
      document.removeEventListener("selectionchange", heedStart, { capture: true });
      binding.destroy();
      view.destroy();
    },
  };
}

/** The editor reads what was composed this long after a composition, at the latest. */
const COMPOSED_MS = 50;

function redraw(view: EditorView): void {
  view.dispatch(view.state.tr.setMeta("around", true));
}

/** Whether a change of the text, as Yjs tells it, is one of the letters that are drawn together with a composition. */
function disturbs(view: EditorView, changes: readonly Change[]): boolean {
  if (!view.composing) return false;
  const { focusNode } = document.getSelection() ?? {};
  if (!(focusNode instanceof Text) || !view.dom.contains(focusNode)) return true;
  const from = view.posAtDOM(focusNode, 0);
  const to = view.posAtDOM(focusNode, focusNode.length);
  let at = 0; // before the change
  for (const { retain = 0, insert, delete: gone = 0, attributes } of changes) {
    const end = at + gone + (attributes === undefined ? 0 : retain);
    if (insert === undefined ? at < to && end > from : at >= from && at <= to) return true;
    at += retain + gone;
  }
  return false;
}

/**
 * Take in where the browser has the cursor by now: it tells of arrow keys a moment later, and a change that comes from
 * elsewhere in this moment would put the cursor back to where it was.
 */
function takeSelection(view: EditorView): void {
  const shown = shownSelection(view);
  if (shown === null) return;
  const { anchor, head } = shown;
  const { selection: known, doc } = view.state;
  if ((anchor === known.anchor && head === known.head) || Math.max(anchor, head) > doc.content.size) return;
  view.dispatch(view.state.tr.setSelection(TextSelection.create(doc, anchor, head)));
}

/** Where the browser has the cursor; null while it is elsewhere, or a composition has it. */
function shownSelection(view: EditorView): { anchor: number; head: number } | null {
  const selection = document.getSelection();
  const { anchorNode, focusNode } = selection ?? {};
  if (selection === null || anchorNode == null || focusNode == null || view.composing || !view.hasFocus()) return null;
  if (!view.dom.contains(anchorNode) || !view.dom.contains(focusNode)) return null;
  const anchor = view.posAtDOM(anchorNode, selection.anchorOffset);
  return { anchor, head: view.posAtDOM(focusNode, selection.focusOffset) };
}

function setCaret(view: EditorView, caret: Caret): void {
  const { doc } = view.state;
  const size = doc.content.size;
  const set = (anchor: number, head = anchor): void => {
    const selection = TextSelection.create(doc, Math.min(anchor, size), Math.min(head, size));
    view.dispatch(view.state.tr.setSelection(selection).scrollIntoView());
  };
  if (caret === "start") return set(0);
  if (caret === "end") return set(size);
  if ("anchor" in caret) return set(caret.anchor, caret.head);
  const line = view.coordsAtPos(caret.edge === "first" ? 0 : size);
  set(view.posAtCoords({ left: caret.x, top: (line.top + line.bottom) / 2 })?.pos ?? 0);
}

/** Where the person has stepped out of the brackets that end there; null if nowhere. */
function outsideOf({ selection, storedMarks }: EditorState): number | null {
  if (!selection.empty || storedMarks === null) return null;
  const before = selection.$from.nodeBefore?.marks ?? [];
  const left = before.some((mark) => mark.type === schema.marks.bracket && !mark.isInSet(storedMarks));
  return left ? selection.from : null;
}

/** At the end of a bracket, step out of it (and back) before the cursor moves: both places are one offset. */
function stepOverSign(view: EditorView, forward: boolean): boolean {
  const { state } = view;
  const { $from, empty, from } = state.selection;
  if (!empty) return false;
  const ending = ($from.nodeBefore?.marks ?? []).filter(
    (mark) => mark.type === schema.marks.bracket && !mark.isInSet($from.nodeAfter?.marks ?? []),
  );
  if (ending.length === 0) return false;
  const outside = outsideOf(state) === from;
  if (forward === outside) return false;
  const kept = ($from.nodeBefore?.marks ?? []).filter((mark) => !ending.includes(mark));
  view.dispatch(state.tr.setStoredMarks(forward ? kept : null));
  return true;
}

/** Whether a key moves on in the direction of reading, where the cursor is. */
function isForward(view: EditorView, key: string): boolean {
  return (key === "ArrowRight") !== (getComputedStyle(view.dom).direction === "rtl");
}

function handleKey(view: EditorView, event: KeyboardEvent, keys: EditorKeys): boolean {
  if (event.isComposing || event.keyCode === IME_KEY) return false;
  takeSelection(view);
  if (event.ctrlKey || event.metaKey) return handleCommand(view, event, keys);
  if (event.altKey) return handleMove(event, keys);
  const { selection, doc } = view.state;
  const { empty, from } = selection;
  switch (event.key) {
    case "Enter":
      return event.shiftKey ? insertBreak(view) : keys.split(from);
    case "Backspace":
      return empty ? from === 0 && keys.joinBack() : deleteSelection(view.state, view.dispatch);
    case "Delete":
      return empty ? from === doc.content.size && keys.joinOn() : deleteSelection(view.state, view.dispatch);
    case "Tab":
      return keys.indent(event.shiftKey ? -1 : 1);
    case "Escape":
      return keys.escape();
    case "ArrowUp":
    case "ArrowDown":
      return !event.shiftKey && leaveByLine(view, event.key === "ArrowUp" ? -1 : 1, keys);
    case "ArrowLeft":
    case "ArrowRight": {
      if (event.shiftKey || !empty) return false;
      const forward = isForward(view, event.key);
      if (stepOverSign(view, forward)) return true;
      return from === (forward ? doc.content.size : 0) && keys.leave(forward ? 1 : -1, null);
    }
    default:
      return false;
  }
}

/** What KeyboardEvent.keyCode is while an input method takes the keys, in browsers that do not say isComposing. */
const IME_KEY = 229;

function leaveByLine(view: EditorView, step: -1 | 1, keys: EditorKeys): boolean {
  if (!view.state.selection.empty || !view.endOfTextblock(step < 0 ? "up" : "down")) return false;
  return keys.leave(step, view.coordsAtPos(view.state.selection.head).left);
}

function handleMove(event: KeyboardEvent, keys: EditorKeys): boolean {
  if (!event.shiftKey) return false;
  if (event.key === "ArrowUp") return keys.move(-1);
  if (event.key === "ArrowDown") return keys.move(1);
  return false;
}

function handleCommand(view: EditorView, event: KeyboardEvent, keys: EditorKeys): boolean {
  if (event.altKey) return false;
  const key = event.key.toLowerCase();
  if (key === "b") return toggleMark(schema.marks.strong)(view.state, view.dispatch);
  if (key === "i") return toggleMark(schema.marks.em)(view.state, view.dispatch);
  if (key === "[" || event.code === "BracketLeft") return keys.bracket();
  if (key === "l" && event.shiftKey) return keys.cite();
  if (key === "z") return event.shiftKey ? keys.redo() : keys.undo();
  return key === "y" && keys.redo();
}

function insertBreak(view: EditorView): boolean {
  const marks = view.state.storedMarks ?? view.state.selection.$from.marks();
  view.dispatch(view.state.tr.replaceSelectionWith(schema.nodes.br.create(null, null, marks), false).scrollIntoView());
  return true;
}

/** Put paragraphs in: the first here, in the brackets that are around; the others become clauses. */
function insertParagraphs(view: EditorView, paragraphs: readonly (readonly Run[])[], keys: EditorKeys): boolean {
  const [first, ...more] = paragraphs;
  if (first === undefined) return true;
  const { state } = view;
  const around = (state.storedMarks ?? state.selection.$from.marks()).filter(({ type }) => type === schema.marks.bracket);
  const nodes = nodesOfRuns(first).map((node) => node.mark([...around, ...node.marks].reduce((set, mark) => mark.addToSet(set), node.marks)));
  const { from, to } = state.selection;
  view.dispatch(state.tr.replaceWith(from, to, nodes).scrollIntoView());
  if (more.length > 0) keys.pasteMore(view.state.selection.to, more);
  return true;
}

function paragraphsOf(data: DataTransfer): Run[][] {
  const html = data.getData("text/html");
  const rich = html === "" ? [] : paragraphsOfHtml(html);
  return rich.length > 0 ? rich : paragraphsOfText(data.getData("text/plain"));
}

function paste(view: EditorView, event: ClipboardEvent, keys: EditorKeys): boolean {
  event.preventDefault();
  return event.clipboardData === null || insertParagraphs(view, paragraphsOf(event.clipboardData), keys);
}

function drop(view: EditorView, event: DragEvent, keys: EditorKeys): boolean {
  if (view.dragging !== null || event.dataTransfer === null) return false;
  event.preventDefault();
  const at = view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos ?? view.state.doc.content.size;
  view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, at)));
  return insertParagraphs(view, paragraphsOf(event.dataTransfer), keys);
}

/** The words that are selected, as plain text. */
export function selectedWords(view: EditorView): string {
  const { from, to } = view.state.selection;
  return runsOfNodes(view.state.doc.slice(from, to).content.content)
    .map(({ text }) => text)
    .join("");
}
