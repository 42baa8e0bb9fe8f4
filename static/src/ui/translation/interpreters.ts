// Which of a room's interpreters does what for this reader.

import type { InterpreterView, RoomView } from "../../member/api.ts";

/** How translation stands in a room, for this reader. */
export type Standing = "off" | "none" | "away" | "online";

/** Those whose translations this reader gets. Nobody's word counts for one that its owner has not vouched for. */
export function translators({ interpreters }: RoomView): InterpreterView[] {
  return interpreters.filter(({ card, own }) => card.vouched && (own || card.for === "room"));
}

export function standingOf(room: RoomView): Standing {
  if (room.translations === "off") return "off";
  const found = translators(room);
  if (found.length === 0) return "none";
  return found.some(({ online }) => online) ? "online" : "away";
}

/** Nearest first: those of the own delegation, and of them those that are there. */
function inOrder(found: readonly InterpreterView[]): InterpreterView[] {
  const rank = ({ own, online }: InterpreterView): number => (own ? 0 : 2) + (online ? 0 : 1);
  return [...found].sort((a, b) => rank(a) - rank(b));
}

/** Whom to ask about a text that stands in the record: whoever translated it if it is there, else the nearest. */
export function askable(room: RoomView, by: string | null): InterpreterView | null {
  const found = inOrder(translators(room));
  return found.find(({ account, online }) => online && account === by) ?? found.find(({ online }) => online) ?? null;
}

/** Whom to ask about a text that nobody has seen yet: the own delegation's, whether it is there or not. */
export function confidant(room: RoomView): InterpreterView | null {
  return inOrder(translators(room))[0] ?? null;
}
