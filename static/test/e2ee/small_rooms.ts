// Rooms of one to three people in suite 1, all at the same epoch, for tests of attacks on the group.

import assert from "node:assert/strict";

import type { ListedDevice } from "../../src/e2ee/devices.ts";
import { encodeGroup, type Group } from "../../src/e2ee/group.ts";
import type { DeviceIdentity } from "../../src/e2ee/identity.ts";
import { processCommit } from "../../src/e2ee/process.ts";
import type { RefusalCode } from "../../src/e2ee/refusal.ts";
import { hex } from "../../src/wire/bytes.ts";
import type { Envelope } from "../../src/wire/envelope.ts";
import { Directories, foundRoom, join, keyPackageOf, Ledger, makeCommit, Person, type Seat } from "./people.ts";
import { refused } from "./refused.ts";
import { SUITE_1 } from "./suites.ts";

export const [kim, lee, park] = [await Person.create(), await Person.create(), await Person.create()];
export const directory = new Directories(kim, lee, park);
export const devices: DeviceIdentity[] = [await kim.addDevice(), await lee.addDevice(), await park.addDevice()];
export const suite = SUITE_1;

/** A room of the first `size` devices, all at the same epoch. */
export async function room(size: number): Promise<{ ledger: Ledger; seats: [Seat, Seat, ...Seat[]] }> {
  const ledger = new Ledger();
  const founder = await foundRoom(ledger, devices[0]!, "all", suite);
  const joiners = await Promise.all(
    devices.slice(1, size).map(async (device) => ({ device, keyPackage: await keyPackageOf(device, suite) })),
  );
  const made = await makeCommit(ledger, founder, directory, {
    add: joiners.map(({ keyPackage }) => keyPackage.public),
  });
  const others = await Promise.all(
    joiners.map(({ device, keyPackage }) => join(ledger, device, keyPackage, made, directory)),
  );
  return { ledger, seats: [{ ...founder, group: made.pending.next }, ...others] as unknown as [Seat, Seat, ...Seat[]] };
}

/** Processing must be refused with this code and leave the group bit by bit as it was. */
export async function refusedCommit(
  code: RefusalCode,
  group: Group,
  envelope: Envelope,
  by = directory,
): Promise<void> {
  const before = hex(encodeGroup(group));
  await refused(code, processCommit(group, envelope, by));
  assert.equal(hex(encodeGroup(group)), before);
}

/** A device as a list would hold it, whether or not one does. */
export function asListed({ device, kind, key }: DeviceIdentity): ListedDevice {
  return { device, kind, key: key.publicKey, added_s: 0, revoked: false };
}
