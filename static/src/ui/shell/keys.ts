// Keyboard shortcuts: one table for what they do and for the list that "?" shows.

import type { RoomSummary } from "../../member/api.ts";
import { type Key, t } from "../i18n.ts";
import type { Portal } from "../portal.ts";
import { hasRoomForPanel } from "../parts/width.ts";
import { inOrder } from "../room/naming.ts";
import { type Panel, roomOf } from "./route.ts";

export interface Shortcut {
  /** As KeyboardEvent.key; "Mod" is Ctrl, or ⌘ on Apple's keyboards. */
  keys: readonly string[];
  label: Key;
  area: "everywhere" | "message" | "composer";
  /** Missing for what a part of the page handles itself. */
  run?: (portal: Portal) => void;
}

export const SHORTCUTS: readonly Shortcut[] = [
  {
    keys: ["Mod", "k"],
    label: "shortcut.palette",
    area: "everywhere",
    run: ({ session }) => session.show({ kind: "palette" }),
  },
  {
    keys: ["?"],
    label: "shortcut.list",
    area: "everywhere",
    run: ({ session }) => session.show({ kind: "shortcuts" }),
  },
  { keys: ["/"], label: "shortcut.search", area: "everywhere", run: (portal) => togglePanel(portal, "search", true) },
  { keys: ["c"], label: "shortcut.compose", area: "everywhere", run: () => focusOn("#composer-text") },
  {
    keys: ["m"],
    label: "shortcut.members",
    area: "everywhere",
    run: (portal) => {
      togglePanel(portal, "members");
      requestAnimationFrame(() => focusOn("#tab-members[aria-selected=true], #main"));
    },
  },
  {
    keys: ["Alt", "ArrowUp"],
    label: "shortcut.previousRoom",
    area: "everywhere",
    run: (portal) => stepRoom(portal, -1, () => true),
  },
  {
    keys: ["Alt", "ArrowDown"],
    label: "shortcut.nextRoom",
    area: "everywhere",
    run: (portal) => stepRoom(portal, 1, () => true),
  },
  {
    keys: ["Alt", "Shift", "ArrowDown"],
    label: "shortcut.nextUnread",
    area: "everywhere",
    run: (portal) => stepRoom(portal, 1, ({ unread }) => unread > 0),
  },
  { keys: ["Alt", "End"], label: "shortcut.newest", area: "everywhere", run: ({ record }) => void record.toNewest() },
  { keys: ["Escape"], label: "shortcut.escape", area: "everywhere" },
  { keys: ["↑", "↓"], label: "shortcut.moveMessage", area: "message" },
  { keys: ["r"], label: "message.reply", area: "message" },
  { keys: ["1", "2", "3", "4"], label: "shortcut.react", area: "message" },
  { keys: ["e"], label: "message.correct", area: "message" },
  { keys: ["w"], label: "message.withdraw", area: "message" },
  { keys: ["y"], label: "message.copy", area: "message" },
  { keys: ["o"], label: "shortcut.original", area: "message" },
  { keys: ["b"], label: "translation.panel.back", area: "message" },
  { keys: ["a"], label: "translation.panel.wordings", area: "message" },
  { keys: ["t"], label: "render.title", area: "message" },
  { keys: ["Enter"], label: "shortcut.send", area: "composer" },
  { keys: ["Shift", "Enter"], label: "shortcut.newLine", area: "composer" },
  { keys: ["Alt", "Enter"], label: "shortcut.preview", area: "composer" },
  { keys: ["↑"], label: "shortcut.correctLast", area: "composer" },
  { keys: ["@"], label: "shortcut.mention", area: "composer" },
];

const MODIFIERS = new Set(["Mod", "Alt", "Shift"]);

/**
 * What a key press means, whichever keyboard is chosen: where the letters are Korean, Russian or Arabic, a letter key
 * means what it says on a Latin keyboard.
 */
export function keyOf({ key, code }: KeyboardEvent): string {
  if (key === "\u061f") return "?";
  const latin = /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase();
  const foreign = key === "Process" || /^[^\p{Script=Latin}]$/u.test(key);
  return latin !== undefined && foreign ? latin : key.length === 1 ? key.toLowerCase() : key;
}

function presses(event: KeyboardEvent, { keys }: Shortcut): boolean {
  const key = keys.at(-1) ?? "";
  const wanted = new Set(keys);
  if (keyOf(event) !== key || (event.ctrlKey || event.metaKey) !== wanted.has("Mod") || event.altKey !== wanted.has("Alt"))
    return false;
  return /^[^a-z]$/.test(key) || event.shiftKey === wanted.has("Shift"); // "?" needs Shift on some keyboards
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

/** The shortcut that this key press means, if it means one here. */
export function shortcutOf(event: KeyboardEvent, singleKeys: boolean): Shortcut | undefined {
  return SHORTCUTS.find((shortcut) => {
    if (shortcut.run === undefined || !presses(event, shortcut)) return false;
    const single = !shortcut.keys.some((key) => MODIFIERS.has(key));
    return !single || (singleKeys && !isTyping(event.target));
  });
}

/** Focus the first of these (a list of selectors, the wanted one first) that is there. */
export function focusOn(selectors: string): void {
  for (const selector of selectors.split(", ")) {
    const found = document.querySelector<HTMLElement>(selector);
    if (found === null) continue;
    found.focus();
    return;
  }
}

/** Open a panel beside the record, or close it if it is the one that is open. */
export function togglePanel({ store, session }: Portal, panel: Panel, keep = false): void {
  const { route } = store.get();
  if (route.screen !== "room") return;
  const open = route.panel === panel;
  session.go({ ...route, panel: open && !keep ? null : panel }, hasRoomForPanel());
  if (panel === "search") requestAnimationFrame(() => focusOn("#search-field"));
}

function stepRoom({ store, session }: Portal, step: 1 | -1, wanted: (room: RoomSummary) => boolean): void {
  const { route, rooms } = store.get();
  const order = inOrder(rooms ?? []);
  if (order.length === 0) return;
  const at = order.findIndex((each) => each.room === roomOf(route));
  for (let count = 1; count <= order.length; count += 1) {
    const next = order[(at + step * count + order.length * 2) % order.length];
    if (next !== undefined && wanted(next)) {
      session.go({ screen: "room", room: next.room, panel: route.screen === "room" ? route.panel : null });
      return;
    }
  }
}

/** How the key for commands is called on this machine. */
export function modKey(): string {
  return /mac|iphone|ipad/i.test(navigator.platform) ? "⌘" : t("key.Control");
}
