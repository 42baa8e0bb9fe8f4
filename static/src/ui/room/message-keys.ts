// Moving through the record with the keyboard, and acting on the message that has the focus.

import { useState } from "preact/hooks";
import type { MessageEntry } from "../../member/api.ts";
import { type Portal, usePortal, useSelect } from "../portal.ts";
import type { Row } from "../record/rows.ts";
import { me } from "../state.ts";
import { openedAt, setOpened } from "../translation/opened.ts";
import { focusOn, keyOf } from "../shell/keys.ts";
import { MARKS, actionsOf } from "./message-actions.ts";

interface Current {
  /** The row in which the focus is. */
  active: string | null;
  /** The row at which the Tab key stops: the one last focused, else the newest. */
  stop: string | null;
}

function isMessage(row: Row): boolean {
  return row.kind === "entry" && row.entry.kind === "message";
}

function focusRow(list: HTMLElement, key: string): void {
  list.querySelector<HTMLElement>(`:scope > [data-key="${CSS.escape(key)}"] > article`)?.focus();
}

/** The row to which a key leads from `at` (an index), or null. */
function neighbour(key: string, rows: readonly Row[], at: number): Row | null {
  if (key === "ArrowUp" || key === "k") return rows[at - 1] ?? null;
  if (key === "ArrowDown" || key === "j") return rows[at + 1] ?? null;
  if (key === "Home") return rows[0] ?? null;
  if (key === "End") return rows.at(-1) ?? null;
  return null;
}

/** Close what stands open under a message, and lead back to the message; whether something did. */
function leavePanel({ store }: Portal, list: HTMLElement, row: Row | undefined): boolean {
  if (row?.kind !== "entry" || row.entry.kind !== "message") return false;
  if (list.querySelector(":popover-open") !== null) return false; // which the browser itself closes
  const { item } = row.entry;
  if (openedAt(store.get(), item).panel === null) return false;
  setOpened(store, item, { panel: null });
  focusRow(list, row.key);
  return true;
}

export function useMessageKeys(rows: readonly Row[]) {
  const portal = usePortal();
  const own = useSelect(me);
  const [active, setActive] = useState<string | null>(null);
  const [last, setLast] = useState<string | null>(null);
  const messages = rows.filter((row) => isMessage(row));
  const stop = messages.some((row) => row.key === last) ? last : (messages.at(-1)?.key ?? null);

  const act = (event: KeyboardEvent, entry: MessageEntry): boolean => {
    const { room } = portal.store.get();
    if (room === null || own === null) return false;
    const actions = actionsOf(portal, room, entry, own);
    const key = keyOf(event);
    const mark = MARKS[Number(key) - 1];
    if (mark !== undefined) actions.react?.(mark);
    else if (key === "r") actions.reply?.();
    else if (key === "e") actions.correct?.();
    else if (key === "w") actions.withdraw?.();
    else if (key === "y") (actions.copyTranslation ?? actions.copy)?.();
    else if (key === "o") actions.turn?.();
    else if (key === "b") actions.translateBack?.();
    else if (key === "a") actions.otherWordings?.();
    else if (key === "t") actions.render?.();
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const target = event.target;
    if (!(target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = messages.findIndex((row) => row.key === active);
    const row = messages[at];
    const next = neighbour(keyOf(event), messages, at);
    if (next !== null && !target.matches("input, textarea, select, [role^=menuitem]")) {
      event.preventDefault();
      focusRow(event.currentTarget, next.key);
      return;
    }
    if (event.key === "Escape" && leavePanel(portal, event.currentTarget, row)) {
      event.preventDefault();
      return;
    }
    if (event.key === "Escape" && target.matches("article")) focusOn("#composer-text");
    if (!target.matches("article") || row?.kind !== "entry" || row.entry.kind !== "message") return;
    if (act(event, row.entry)) event.preventDefault();
  };
  const onFocusIn = (event: FocusEvent & { currentTarget: HTMLElement }): void => {
    const target = event.target;
    const key = target instanceof Element ? (target.closest<HTMLElement>("[data-key]")?.dataset["key"] ?? null) : null;
    setActive(key);
    if (key !== null) setLast(key);
  };
  const onFocusOut = (event: FocusEvent & { currentTarget: HTMLElement }): void => {
    const to = event.relatedTarget;
    if (!(to instanceof Node) || !event.currentTarget.contains(to)) setActive(null);
  };
  const current: Current = { active, stop };
  return { current, onKeyDown, onFocusIn, onFocusOut };
}
