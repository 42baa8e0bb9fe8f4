// Where a delegation can keep what nobody else is to read.

import type { Person, RoomSummary } from "../../member/api.ts";
import type { Id } from "../../wire/ids.ts";

export interface OwnRoom {
  room: RoomSummary;
  /** Whether all people of the delegation are in it. */
  everybody: boolean;
}

/** The people of a delegation who can read, ascending by account. */
export function colleaguesOf(people: ReadonlyMap<Id, Person>, delegation: Id | ""): Id[] {
  const own = [...people.values()].filter(
    (person) => person.delegation?.id === delegation && person.interpreter === null && !person.disabled,
  );
  return own.map(({ account }) => account).sort();
}

/**
 * The rooms in which there is nobody but members of the delegation: those with more of its people first, then as they
 * were.
 */
export function ownRooms(
  rooms: readonly RoomSummary[],
  people: ReadonlyMap<Id, Person>,
  delegation: Id | "",
): OwnRoom[] {
  const colleagues = colleaguesOf(people, delegation);
  const isOwn = (account: Id): boolean => people.get(account)?.delegation?.id === delegation;
  const own = rooms.filter(
    ({ members, standing, state }) => standing === "member" && state === "active" && members.every(isOwn),
  );
  const present = (room: RoomSummary): number => colleagues.filter((account) => room.members.includes(account)).length;
  return own
    .map((room) => ({ room, present: present(room) }))
    .sort((a, b) => b.present - a.present)
    .map(({ room, present: count }) => ({ room, everybody: count === colleagues.length }));
}
