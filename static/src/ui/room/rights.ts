// What this person may do in a room, so that the page offers nothing that would be refused. The server decides
// (portal/server/rooms/policy.py); this only follows it.

import type { Person, RoomKind, RoomSummary, RoomView } from "../../member/api.ts";

const AMONG_EQUALS: ReadonlySet<RoomKind> = new Set<RoomKind>(["bilateral", "huddle"]);

/** Whether the room takes anything from this person at all. */
function takesPart(room: RoomSummary): boolean {
  return room.standing === "member" && room.role !== "observer";
}

/** Write, react, withdraw. */
export function mayWrite(room: RoomView): boolean {
  return takesPart(room) && room.state === "active" && room.blockedBy.length === 0;
}

/** Add and remove people, name and archive the room: its chairs, and among equals everybody but observers. */
export function mayManage(room: RoomSummary): boolean {
  return takesPart(room) && (room.role === "chair" || AMONG_EQUALS.has(room.kind));
}

/** Answer for an interpreter: whoever negotiates for a delegation. */
export function mayConnectInterpreter(person: Person | null): boolean {
  if (person === null || person.delegation === null) return false;
  return person.roles.includes("chair") || person.roles.includes("delegate");
}

/** Open a room of this kind. */
export function mayFound(person: Person | null, kind: RoomKind): boolean {
  if (person === null) return false;
  const { roles, delegation } = person;
  if (!AMONG_EQUALS.has(kind)) return roles.includes("chair") || roles.includes("administrator");
  return (roles.includes("chair") || roles.includes("delegate")) && (kind === "huddle" || delegation !== null);
}
