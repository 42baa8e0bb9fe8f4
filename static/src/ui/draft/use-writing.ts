// Writing across clauses: which one is open, and what keys do that lead out of it.

import type { EditorView } from "prosemirror-view";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { NodeKind, Run } from "../../wire/drafts/text.ts";
import { fragmentIn, languagesOf, stringIn, nodesOf } from "../../draft/model/doc.ts";
import { plainText, readFragment } from "../../draft/model/inline.ts";
import { childrenOf } from "../../draft/model/clauses.ts";
import type { Desk } from "./desk.ts";
import type { Caret, EditorKeys } from "./editor/clause-editor.tsx";
import { useDraft } from "./use-draft.ts";

export interface Active {
  node: string;
  caret: Caret;
  /** Another number each time, so that the editor opens anew. */
  turn: number;
}

export interface Writing {
  active: Active | null;
  open(node: string, caret: Caret): void;
  close(): void;
  /** The editor that is open. */
  view: { current: EditorView | null };
  keys: EditorKeys;
  /** Put what is selected into a bracket; false if nothing is. */
  bracket(): boolean;
  addNote(): void;
  /** Told when the keys ask to say where the selected words were agreed. */
  onCite: () => void;
  insertBehind(): void;
}

const INDENTED: Readonly<Partial<Record<NodeKind, NodeKind>>> = { paragraph: "point", article: "paragraph" };
const OUTDENTED: Readonly<Partial<Record<NodeKind, NodeKind>>> = { point: "paragraph" };

export function useWriting(): Writing {
  const { desk, lang, select, view: draft, mode } = useDraft();
  const [active, setActive] = useState<Active | null>(null);
  const view = useRef<EditorView | null>(null);
  const writing = useMemo(() => {
    const open = (node: string, caret: Caret): void => {
      desk.place = { node, lang };
      select(node);
      setActive((before) => ({ node, caret, turn: (before?.turn ?? 0) + 1 }));
    };
    return new Hand(desk, lang, draft.delegation, mode === "write", view, open, () => setActive(null));
  }, [desk, lang, draft.delegation, mode]);
  writing.active = active;
  useEffect(() => {
    desk.onUndone = ({ node, lang: column }) => {
      if (column === lang && nodesOf(desk.text).has(node) && writing.active?.node !== node) writing.open(node, "end");
    };
  }, [desk, lang, writing]);
  useEffect(() => {
    desk.place = active === null ? null : { node: active.node, lang };
  }, [desk, active, lang]);
  return writing;
}

/** One person's hand in the text. */
class Hand implements Writing {
  active: Active | null = null;
  onCite: () => void = () => undefined;
  readonly view: { current: EditorView | null };
  readonly open: (node: string, caret: Caret) => void;
  readonly close: () => void;
  readonly keys: EditorKeys;
  readonly #desk: Desk;
  readonly #lang: string;
  readonly #delegation: string;
  readonly #writes: boolean;

  constructor(
    desk: Desk,
    lang: string,
    delegation: string,
    writes: boolean,
    view: { current: EditorView | null },
    open: (node: string, caret: Caret) => void,
    close: () => void,
  ) {
    this.#desk = desk;
    this.#lang = lang;
    this.#delegation = delegation;
    this.#writes = writes;
    this.view = view;
    this.open = open;
    this.close = close;
    this.keys = {
      split: (offset) => this.#split(offset),
      joinBack: () => this.#joinBack(),
      joinOn: () => this.#joinOn(),
      leave: (step, x) => this.#leave(step, x),
      indent: (step) => this.#indent(step),
      move: (step) => this.#move(step),
      bracket: () => this.bracket(),
      cite: () => this.#cite(),
      undo: () => this.#takeBack("undo"),
      redo: () => this.#takeBack("redo"),
      escape: () => this.#escape(),
      pasteMore: (offset, paragraphs) => this.#pasteMore(offset, paragraphs),
    };
  }

  get #node(): string {
    return this.active?.node ?? "";
  }

  /** An edit of the tree: one of its own for undo, seen at once. */
  #edit<T>(work: () => T): T {
    this.#desk.undo.stopCapturing();
    const done = work();
    this.#desk.undo.stopCapturing();
    this.#desk.flush();
    return done;
  }

  #order(): string[] {
    return this.#desk.store.get().document.nodes.map(({ id }) => id);
  }

  #kindOf(node: string): NodeKind {
    return stringIn(nodesOf(this.#desk.text).get(node), "kind") as NodeKind;
  }

  #neighbour(step: -1 | 1): string | undefined {
    const order = this.#order();
    const at = order.indexOf(this.#node);
    return at < 0 ? undefined : order[at + step];
  }

  #isEmpty(node: string): boolean {
    return languagesOf(this.#desk.text).every((lang) => {
      const fragment = fragmentIn(this.#desk.text, node, lang);
      return fragment === undefined || plainText(readFragment(fragment)).trim() === "";
    });
  }

  #split(offset: number): boolean {
    if (!this.#writes || this.#kindOf(this.#node) === "note") return true;
    const { state } = this.view.current ?? {};
    if (state !== undefined && !state.selection.empty) this.view.current?.dispatch(state.tr.deleteSelection());
    const made = this.#edit(() => this.#desk.ops.splitClause(this.#node, this.#lang, offset));
    if (made !== null) this.open(made, "start");
    return true;
  }

  #joinBack(): boolean {
    const before = this.#neighbour(-1);
    if (before === undefined || !this.#writes) return true;
    if (this.#isEmpty(this.#node)) {
      const gone = this.#node;
      this.open(before, "end");
      this.#edit(() => this.#desk.ops.removeClause(gone));
      return true;
    }
    this.#join(before, this.#node);
    return true;
  }

  #joinOn(): boolean {
    const behind = this.#neighbour(1);
    if (behind !== undefined && this.#writes) this.#join(this.#node, behind);
    return true;
  }

  /** Of the same kind they become one; a heading and its clause stay two. */
  #join(first: string, second: string): void {
    if (this.#kindOf(first) !== this.#kindOf(second)) {
      this.open(first === this.#node ? second : first, first === this.#node ? "start" : "end");
      return;
    }
    const seam = this.#edit(() => this.#desk.ops.joinClauses(first, second, this.#lang));
    this.open(first, { anchor: seam, head: seam });
  }

  #leave(step: -1 | 1, x: number | null): boolean {
    const next = this.#neighbour(step);
    if (next === undefined) return false;
    const caret: Caret = x !== null ? { x, edge: step < 0 ? "last" : "first" } : step < 0 ? "end" : "start";
    this.open(next, caret);
    return true;
  }

  #caret(): Caret {
    const { anchor = 0, head = 0 } = this.view.current?.state.selection ?? {};
    return { anchor, head };
  }

  #siblings(): { parent: string; siblings: string[]; at: number } {
    const parent = stringIn(nodesOf(this.#desk.text).get(this.#node), "parent");
    const siblings = childrenOf(this.#desk.text, parent);
    return { parent, siblings, at: siblings.indexOf(this.#node) };
  }

  #indent(step: -1 | 1): boolean {
    const kind = this.#kindOf(this.#node);
    if (!this.#writes || kind === "note" || kind === "title") return true;
    const { parent, siblings, at } = this.#siblings();
    const above = siblings[at - 1];
    const moved = this.#edit(() => {
      const { ops } = this.#desk;
      return ops.together(() => {
        const next = (step > 0 ? INDENTED : OUTDENTED)[kind];
        const done =
          step > 0
            ? above !== undefined && ops.moveClause(this.#node, { parent: above, after: lastOf(this.#desk, above) })
            : parent !== "" && ops.moveClause(this.#node, { parent: this.#parentOf(parent), after: parent });
        if (done && next !== undefined && (step > 0 || this.#kindOf(parent) !== "article")) ops.setKind(this.#node, next);
        return done;
      });
    });
    if (moved) this.open(this.#node, this.#caret());
    return true;
  }

  #parentOf(node: string): string {
    return stringIn(nodesOf(this.#desk.text).get(node), "parent");
  }

  #move(step: -1 | 1): boolean {
    if (!this.#writes) return true;
    if (moveAmong(this.#desk, this.#node, step)) this.open(this.#node, this.#caret());
    return true;
  }

  bracket(): boolean {
    const { state } = this.view.current ?? {};
    if (state === undefined || state.selection.empty || !this.#writes) return state !== undefined;
    const { from, to } = state.selection;
    const stretch = { node: this.#node, lang: this.#lang, from, to };
    this.#edit(() => this.#desk.ops.bracketSpan([stretch], { by: this.#delegation }));
    return true;
  }

  #cite(): boolean {
    if (this.#writes) this.onCite();
    return true;
  }

  addNote(): void {
    const { state } = this.view.current ?? {};
    if (state === undefined || !this.#writes || this.#kindOf(this.#node) === "note") return;
    const note = this.#edit(() => this.#desk.ops.addNote(this.#node, this.#lang, state.selection.to));
    if (note !== null) this.open(note, "start");
  }

  insertBehind(): void {
    const node = this.active?.node ?? this.#order().at(-1);
    if (node === undefined || !this.#writes) return;
    const kind = this.#kindOf(node);
    const begun = kind === "title" ? "preamble" : ["article", "annex", "note"].includes(kind) ? "paragraph" : kind;
    const made = this.#edit(() => this.#desk.ops.insertClause(node, begun === "part" ? "article" : begun, {}));
    this.open(made, "start");
  }

  #takeBack(what: "undo" | "redo"): boolean {
    this.#desk.undo[what]();
    return true;
  }

  #escape(): boolean {
    const { node } = this.active ?? { node: "" };
    this.close();
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-row="${CSS.escape(node)}"]`)?.focus());
    return true;
  }

  #pasteMore(offset: number, paragraphs: readonly (readonly Run[])[]): boolean {
    if (!this.#writes) return true;
    const { ops } = this.#desk;
    const last = this.#edit(() =>
      ops.together(() => {
        let node = this.#node;
        const behind = ops.splitClause(node, this.#lang, offset);
        for (const runs of paragraphs) {
          const kind = this.#kindOf(node);
          node = ops.insertClause(node, ["article", "part", "annex"].includes(kind) ? "paragraph" : kind, { [this.#lang]: runs });
        }
        if (behind !== null && this.#isEmpty(behind)) ops.removeClause(behind);
        return node;
      }),
    );
    this.open(last, "end");
    return true;
  }
}

function lastOf(desk: Desk, parent: string): string | null {
  return childrenOf(desk.text, parent).at(-1) ?? null;
}

/** Move a clause before or behind its sibling; at the end of them, out of its parent. False if there is nowhere to go. */
export function moveAmong(desk: Desk, node: string, step: -1 | 1): boolean {
  const parent = stringIn(nodesOf(desk.text).get(node), "parent");
  const siblings = childrenOf(desk.text, parent);
  const at = siblings.indexOf(node);
  const target = siblings[at + step];
  if (at < 0 || target === undefined) return false;
  desk.undo.stopCapturing();
  const moved = desk.ops.moveClause(node, { parent, after: step > 0 ? target : (siblings[at - 2] ?? null) });
  desk.undo.stopCapturing();
  desk.flush();
  return moved;
}
