// Cursors: one's own, told to the others, and theirs.

import { useEffect, useMemo, useRef } from "preact/hooks";
import type { EditorView } from "prosemirror-view";
import {
  type XmlText,
  createAbsolutePositionFromRelativePosition,
  createRelativePositionFromTypeIndex,
  decodeRelativePosition,
  encodeRelativePosition,
} from "yjs";
import { fragmentIn } from "../../draft/model/doc.ts";
import { textIn } from "../../draft/model/inline.ts";
import type { Id, Person } from "../../member/api.ts";
import { b64, unb64 } from "../../wire/bytes.ts";
import { t } from "../i18n.ts";
import { useSelect } from "../portal.ts";
import type { Cursor, Desk } from "./desk.ts";
import type { OtherCursor } from "./editor/decorations.ts";
import { useDraft } from "./use-draft.ts";

/** Told at most this often. */
const TELL_MS = 300;
/** What is marked is told to the rest of the page once it has not changed for so long. */
const MARKED_MS = 200;

/** A place in a text, as text; it stays with the letter behind it. */
export function placeWords(text: XmlText, offset: number): string {
  return b64(encodeRelativePosition(createRelativePositionFromTypeIndex(text, offset)));
}

/** The offset of such a place; null if it is none, or lies elsewhere. */
export function offsetOfPlace(text: XmlText, words: string): number | null {
  try {
    const place = decodeRelativePosition(unb64(words));
    const found = text.doc === null ? null : createAbsolutePositionFromRelativePosition(place, text.doc);
    return found?.type === text ? found.index : null;
  } catch {
    return null; // no base64, or no place: Yjs tells that by Error itself
  }
}

/** Tell the others where the cursor is, and the page what is marked. Call it with every state of the editor. */
export function useTelling(desk: Desk, node: Id | null, lang: string): (view: EditorView, text: XmlText) => void {
  const { mark } = useDraft();
  const timers = useRef<{ tell?: ReturnType<typeof setTimeout> | undefined; mark?: ReturnType<typeof setTimeout> }>({});
  const marked = useRef(false);
  useEffect(
    () => () => {
      clearTimeout(timers.current.tell);
      clearTimeout(timers.current.mark);
      timers.current = {};
      if (marked.current) mark(null);
      marked.current = false;
      void desk.drafts.draftCursor(desk.room, desk.draft, null);
    },
    [desk, node, lang],
  );
  return (view, text) => {
    if (node === null) return;
    timers.current.tell ??= setTimeout(() => {
      timers.current.tell = undefined;
      if (view.isDestroyed) return;
      const { anchor, head } = view.state.selection;
      const cursor: Cursor = { node, lang, anchor: placeWords(text, anchor), head: placeWords(text, head) };
      void desk.drafts.draftCursor(desk.room, desk.draft, new TextEncoder().encode(JSON.stringify(cursor)));
    }, TELL_MS);
    clearTimeout(timers.current.mark);
    timers.current.mark = setTimeout(() => {
      if (view.isDestroyed) return;
      const { from, to, empty } = view.state.selection;
      if (empty && !marked.current) return;
      marked.current = !empty;
      const quote = view.state.doc.textBetween(from, to);
      mark(empty ? null : { node, lang, start: placeWords(text, from), end: placeWords(text, to), quote });
    }, MARKED_MS);
  };
}

function nameOf(person: Person | undefined): string {
  return person?.name ?? t("person.unknown");
}

/** Others' cursors in one clause, by offsets, and the names of those in each of the others. */
export function useOthers(node: Id | null): { here: readonly OtherCursor[]; writers: ReadonlyMap<Id, string> } {
  const { cursors, text, lang } = useDraft();
  const people = useSelect((state) => state.people);
  return useMemo(() => {
    const here: OtherCursor[] = [];
    const writers = new Map<Id, string[]>();
    for (const [account, cursor] of cursors) {
      const person = people.get(account);
      const fragment = fragmentIn(text, cursor.node, cursor.lang);
      if (fragment === undefined) continue;
      if (cursor.node === node && cursor.lang === lang) {
        const [anchor, head] = [cursor.anchor, cursor.head].map((place) => offsetOfPlace(textIn(fragment), place));
        if (anchor == null || head == null) continue;
        const { code = "", colour = null } = person?.delegation ?? {};
        here.push({ anchor, head, name: nameOf(person), code, colour });
      } else {
        writers.set(cursor.node, [...(writers.get(cursor.node) ?? []), nameOf(person)]);
      }
    }
    return { here, writers: new Map([...writers].map(([each, names]) => [each, names.join(", ")])) };
  }, [cursors, people, text, lang, node]);
}
