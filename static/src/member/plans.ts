// What a commit is to do, from what somebody wishes and what the server's lists ask for.
//
// The lists are the server's word, so what is done for them is checked here: in come only devices that an account of
// the
// group has listed and not revoked; out go only devices that are revoked or whose account left or is suspended.

import type { Id } from "../wire/ids.ts";
import type { RoomAnswer } from "./answers.ts";
import { MemberError } from "./failure.ts";
import type { Host } from "./host.ts";
import { type Membership, revokedSeats, seatOf } from "./membership.ts";

/** What somebody asked for. `rotate`: only if the day has changed or a revoked device is inside. */
export interface Wish {
  addAccounts?: Id[];
  removeAccounts?: Id[];
  rotate?: boolean;
}

export interface Plan {
  add: { account: Id; device: Id }[];
  remove: Id[];
  /** Accounts that are out of the room by this commit: put out by the wish, or having left. */
  going: Id[];
}

/** The plan against the newest device lists. MemberError person.no_device for an account that can not come. */
export async function planCommit(
  host: Host,
  membership: Membership,
  wish: Wish,
  answer: RoomAnswer,
): Promise<Plan> {
  const { people, keyholder } = host;
  const inGroup = Object.keys(membership.accounts);
  await people.refresh([...inGroup, ...(wish.addAccounts ?? [])]);
  if (answer.wanting.remove.length > 0) await people.all();
  const listed = new Set(answer.members.map((member) => member.account));
  const putOut = (wish.removeAccounts ?? []).filter((account) => inGroup.includes(account));
  const going = [...new Set([...putOut, ...inGroup.filter((account) => !listed.has(account))])];
  const newcomers = (wish.addAccounts ?? []).filter((account) => devicesIn(membership, account).length === 0);
  const rejoining = answer.wanting.rejoin.filter(
    // Nobody can let itself in: others do it, though this device has come in meanwhile.
    (device) => device !== keyholder.device.device && seatOf(membership, device) && isCurrent(host, device, inGroup),
  );
  const wanted = answer.wanting.add.filter((device) => !seatOf(membership, device) && isCurrent(host, device, inGroup));
  const add = [
    ...newcomers.flatMap((account) => devicesOf(host, account)),
    ...[...wanted, ...rejoining].map((device) => ({ account: people.owner(device, inGroup)!.account, device })),
  ].filter(({ account }) => newcomers.includes(account) || !going.includes(account));
  const remove = [
    ...going.flatMap((account) => devicesIn(membership, account)),
    ...revokedSeats(membership, people).map((seat) => seat.device),
    ...answer.wanting.remove.filter((device) => isUnwanted(host, membership, device)),
    ...rejoining,
  ].filter((device) => device !== keyholder.device.device);
  const gone = going.filter((account) => !newcomers.includes(account) && account !== keyholder.device.account);
  return { add: [...new Map(add.map((one) => [one.device, one])).values()], remove: [...new Set(remove)], going: gone };
}

/** Accounts that are in the group once the plan is carried out with these devices. */
export function accountsAfter(membership: Membership, plan: Plan): Set<Id> {
  const accounts = new Set([...Object.keys(membership.accounts), ...plan.add.map((one) => one.account)]);
  for (const account of plan.going) accounts.delete(account);
  return accounts;
}

/** Devices of an account that have a seat. */
export function devicesIn(membership: Membership, account: Id): Id[] {
  return (membership.seats ?? []).flatMap((seat) => (seat?.account === account ? [seat.device] : []));
}

function devicesOf({ people }: Host, account: Id): { account: Id; device: Id }[] {
  const devices = [...people.list(account).devices.values()].filter((listed) => !listed.revoked);
  if (devices.length === 0) throw new MemberError("person.no_device", { account });
  return devices.map(({ device }) => ({ account, device }));
}

function isCurrent({ people }: Host, device: Id, accounts: Id[]): boolean {
  return people.owner(device, accounts)?.listed.revoked === false;
}

function isUnwanted({ people }: Host, membership: Membership, device: Id): boolean {
  const seat = seatOf(membership, device);
  return (
    seat !== null &&
    (people.device(seat.account, device)?.revoked === true || people.person(seat.account)?.disabled === true)
  );
}
