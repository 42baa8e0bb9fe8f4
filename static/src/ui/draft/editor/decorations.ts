// What the editor shows around the words of its clause: signs of brackets, words that were decided out, others' cursors.

import type { EditorState } from "prosemirror-state";
import type { Mappable } from "prosemirror-transform";
import { Decoration, DecorationSet } from "prosemirror-view";
import type { BracketMark } from "../../../wire/drafts/text.ts";
import { removalIn } from "../../../draft/exports/labels.ts";
import { lengthOf } from "../../../draft/model/inline.ts";
import { type Deletion, type Looks, type Sign, lookOf, signsOf } from "./signs.ts";
import { runsOfNodes } from "./schema.ts";

/** Somebody else's cursor in this clause, by offsets. */
export interface OtherCursor {
  anchor: number;
  head: number;
  name: string;
  code: string;
  colour: number | null;
}

/** What stands around the clause. */
export interface Surroundings {
  before: readonly BracketMark[];
  behind: readonly BracketMark[];
  deletions: readonly Deletion[];
  looks: Looks;
  notes: ReadonlyMap<string, string>;
  cursors: readonly OtherCursor[];
  lang: string;
}

/** Without the cursors and marks of others that touch this stretch: each of its letters would draw them anew. */
export function withoutCursorsAt(around: Surroundings, { from, to }: { from: number; to: number }): Surroundings {
  const away = ({ anchor, head }: OtherCursor): boolean => Math.max(anchor, head) < from || Math.min(anchor, head) > to;
  return { ...around, cursors: around.cursors.filter(away) };
}

/** The same around words that have changed. */
export function mappedAround(around: Surroundings, mapping: Mappable): Surroundings {
  const to = (offset: number): number => mapping.map(offset);
  return {
    ...around,
    cursors: around.cursors.map((each) => ({ ...each, anchor: to(each.anchor), head: to(each.head) })),
    deletions: around.deletions.map((each) => ({ ...each, at: to(each.at) })),
  };
}

function element(tag: string, classes: string, words = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = classes;
  if (words !== "") made.textContent = words;
  return made;
}

function signElement(words: string, state: string, code: string): HTMLElement {
  const made = element("span", `sign sign-${state}`, words);
  if (code !== "") made.append(element("sup", "sign-code", code));
  return made;
}

/**
 * Signs of one place, in their order. What is typed at the end of a bracket is in it and what is typed at its beginning
 * is not, except where the clause begins: so stands the cursor, too, until one steps out: `outside` is where one has.
 */
function signDecorations(signs: readonly Sign[], looks: Looks, outside: number | null): Decoration[] {
  return signs.map(({ at, side, bracket, option }, index) => {
    const { code, state } = lookOf(looks, bracket, option);
    const before = side === "close" ? outside === at : at === 0;
    const make = (): HTMLElement => (side === "open" ? signElement("[", state, "") : signElement("]", state, code));
    const key = `${side} ${bracket} ${option} ${code} ${state} ${before}`;
    const rank = (index + 1) / (signs.length + 1);
    return Decoration.widget(at, make, { side: before ? rank - 1 : rank, key, ignoreSelection: true });
  });
}

function deletionDecoration({ at, bracket, option }: Deletion, { looks, lang }: Surroundings): Decoration {
  const { code, state } = lookOf(looks, bracket, option);
  const make = (): HTMLElement => {
    const made = signElement(`[${removalIn(lang)}]`, state, code);
    made.classList.add("sign-deletion");
    return made;
  };
  return Decoration.widget(at, make, { side: 2, key: `deletion ${bracket} ${option} ${code} ${state}` });
}

function cursorDecorations({ anchor, head, name, code, colour }: OtherCursor, size: number): Decoration[] {
  const [from, to] = [Math.min(anchor, head, size), Math.min(Math.max(anchor, head), size)];
  const tint = colour === null ? "" : ` chip-${colour}`;
  const make = (): HTMLElement => {
    const made = element("span", `other-cursor${tint}`);
    const label = element("span", "other-cursor-name"); // shown by the style sheet: it is none of the clause's words
    label.dataset["name"] = code === "" ? name : `${code} ${name}`;
    made.append(label);
    return made;
  };
  const caret = Decoration.widget(Math.min(head, size), make, { side: -2, key: `cursor ${name} ${code}` });
  return from === to ? [caret] : [caret, Decoration.inline(from, to, { class: `other-selection${tint}` })];
}

/** Everything of the state that is now. */
export function decorationsOf(state: EditorState, around: Surroundings, outside: number | null): DecorationSet {
  const nodes = state.doc.content.content;
  const runs = runsOfNodes(nodes);
  const size = state.doc.content.size;
  const made = signDecorations(signsOf(runs, around.before, around.behind), around.looks, outside);
  for (const deletion of around.deletions) {
    made.push(deletionDecoration({ ...deletion, at: Math.min(deletion.at, size) }, around));
  }
  let at = 0;
  for (const run of runs) {
    const end = at + lengthOf(run);
    if (run.brackets.some(([bracket, option]) => lookOf(around.looks, bracket, option).state === "struck")) {
      made.push(Decoration.inline(at, end, { nodeName: "s" }));
    }
    if (run.atom !== undefined && run.atom !== "br") {
      made.push(Decoration.node(at, end, { "data-number": around.notes.get(run.atom.note) ?? "*" }));
    }
    at = end;
  }
  for (const cursor of around.cursors) made.push(...cursorDecorations(cursor, size));
  return DecorationSet.create(state.doc, made);
}
