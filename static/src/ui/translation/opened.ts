// How single messages are being read, where that is not as preferred: kept by message, so that keys and menus can
// change it and it outlives a scroll.

import { useMemo } from "preact/hooks";
import type { Id } from "../../member/api.ts";
import { usePortal, useSelect } from "../portal.ts";
import type { State } from "../state.ts";
import type { Store } from "../store.ts";

/** What stands open under a message. */
export type PanelKind = "back" | "wordings" | "translate" | "compare";

export interface Opened {
  /** The second text is shown where the preference hides it, or hidden where it shows it. */
  turned: boolean;
  panel: PanelKind | null;
}

const CLOSED: Opened = { turned: false, panel: null };

export function openedAt(state: State, item: Id): Opened {
  return state.opened.get(item) ?? CLOSED;
}

export function setOpened(store: Store<State>, item: Id, change: Partial<Opened>): void {
  const { opened } = store.get();
  store.set({ opened: new Map(opened).set(item, { ...(opened.get(item) ?? CLOSED), ...change }) });
}

/** Show or hide the second text: the original below its translation, or the translation of a text shown as written. */
export function turn(store: Store<State>, item: Id): void {
  setOpened(store, item, { turned: !openedAt(store.get(), item).turned });
}

/** Open a panel, or close it if it is the one that is open. */
export function togglePanel(store: Store<State>, item: Id, panel: PanelKind): void {
  const open = openedAt(store.get(), item).panel === panel;
  setOpened(store, item, { panel: open ? null : panel });
}

export function useOpened(item: Id) {
  const { store } = usePortal();
  const opened = useSelect((state) => openedAt(state, item));
  return useMemo(
    () => ({
      ...opened,
      turn: () => turn(store, item),
      toggle: (panel: PanelKind) => togglePanel(store, item, panel),
      close: () => setOpened(store, item, { panel: null }),
    }),
    [opened, item, store],
  );
}
