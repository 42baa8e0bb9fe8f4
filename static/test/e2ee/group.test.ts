import assert from "node:assert/strict";
import { test } from "node:test";

import { epochAuthenticator, exporterValue, roster } from "../../src/e2ee/group.ts";
import { processCommit } from "../../src/e2ee/process.ts";
import { Directories, foundRoom, join, keyPackageOf, Ledger, makeCommit, Person } from "./people.ts";

test("two people share an epoch after founding, adding and rotating", async () => {
  const [kim, lee] = [await Person.create(), await Person.create()];
  const directory = new Directories(kim, lee);
  const ledger = new Ledger();
  const seat = await foundRoom(ledger, await kim.addDevice(), "all");
  const device = await lee.addDevice();
  const keyPackage = await keyPackageOf(device);
  const made = await makeCommit(ledger, seat, directory, { add: [keyPackage.public] });
  const other = await join(ledger, device, keyPackage, made, directory);
  seat.group = made.pending.next;
  assert.deepEqual(await exporterValue(seat.group), await exporterValue(other.group));
  assert.deepEqual(roster(seat.group), roster(other.group));
  const rotated = await makeCommit(ledger, other, directory, { bucket: other.group.bucket + 1 });
  const seen = await processCommit(seat.group, rotated.envelope, directory);
  assert.deepEqual(epochAuthenticator(seen.next!), epochAuthenticator(rotated.pending.next));
  assert.deepEqual(await exporterValue(seen.next!), await exporterValue(rotated.pending.next));
  assert.equal(seen.committer.device, device.device);
});
