// Whose devices have signed: looked up among the room's people, then among everybody.

import type { Id } from "../../wire/ids.ts";
import type { Host } from "../host.ts";
import type { ListedOwner } from "../people.ts";
import type { Room } from "../room.ts";

export async function ownersOf(room: Room, host: Host, devices: readonly Id[]): Promise<Map<Id, ListedOwner>> {
  const { people, keyholder } = host;
  const accounts = new Set([
    ...Object.keys(room.data.membership.accounts),
    ...room.data.members.map(({ account }) => account),
  ]);
  const wanted = [...new Set(devices)];
  const unknown = (): boolean => wanted.some((device) => !people.owner(device, accounts));
  if (unknown()) await people.ensure(accounts);
  if (unknown()) await people.refresh(accounts);
  if (unknown()) {
    // A former member's, or nobody's.
    await keyholder.meet(wanted);
    for (const account of people.accounts()) accounts.add(account);
  }
  const owners = new Map<Id, ListedOwner>();
  for (const device of wanted) {
    const owner = people.owner(device, accounts);
    if (owner) owners.set(device, owner);
  }
  return owners;
}
