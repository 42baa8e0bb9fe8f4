// How rooms are called and drawn in lists.

import type { RoomKind, RoomSummary } from "../../member/api.ts";
import { t } from "../i18n.ts";
import type { IconName } from "../icons.tsx";

export const KINDS = ["plenary", "working_group", "bilateral", "huddle"] as const satisfies readonly RoomKind[];

export const KIND_ICONS: Record<RoomKind, IconName> = {
  plenary: "plenary",
  working_group: "workingGroup",
  bilateral: "bilateral",
  huddle: "huddle",
};

/** The name of a room; one whose key is still on its way has words instead. */
export function roomName(room: RoomSummary): string {
  return room.name ?? t(room.standing === "joining" ? "room.joiningName" : "room.unnamed");
}

/** Put away: archived, or this person is no longer in it. */
export function isPut(room: RoomSummary): boolean {
  return room.state === "archived" || room.standing === "removed";
}

/** The rooms as they stand in the list: by kind, the most recently used first, what is put away at the end. */
export function inOrder(rooms: readonly RoomSummary[]): RoomSummary[] {
  return [...rooms].sort(
    (a, b) =>
      Number(isPut(a)) - Number(isPut(b)) ||
      KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
      (b.newest?.at_ms ?? 0) - (a.newest?.at_ms ?? 0) ||
      a.room.localeCompare(b.room),
  );
}
