// What tests look at behind the interface: the attacker's view of a device that was taken.

import type { People } from "../../src/member/people.ts";
import type { Room } from "../../src/member/room.ts";
import type { SignedIn } from "../../src/member/signedin.ts";
import type { Profile } from "./profile.ts";

export function insideOf(profile: Profile): SignedIn {
  const inside = (profile.engine as unknown as { inside: SignedIn | null }).inside;
  if (!inside) throw new Error("nobody is signed in");
  return inside;
}

export function roomOf(profile: Profile, room: string): Room {
  return insideOf(profile).rooms.get(room).room;
}

export function peopleOf(profile: Profile): People {
  return insideOf(profile).people;
}
