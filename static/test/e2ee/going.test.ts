// Who is out of a room is what a commit says, and nothing else: not what device lists say by the time it is read.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeMlsMessage, type MlsPublicMessage } from "ts-mls/message.js";

import { inspectCommit } from "../../src/e2ee/inspect.ts";
import { processCommit } from "../../src/e2ee/process.ts";
import { compareBytes, concat, MalformedError, random } from "../../src/wire/bytes.ts";
import { accountsGoing, commitAuthenticatedData } from "../../src/wire/envelope.ts";
import { idBytes, newId } from "../../src/wire/ids.ts";
import { authenticated, reframed } from "./crafting.ts";
import { makeCommit, type Seat } from "./people.ts";
import { refused } from "./refused.ts";
import { directory, kim, lee, refusedCommit, room } from "./small_rooms.ts";

test("a commit names who goes; who loses every device without being named stays", async () => {
  const { ledger, seats } = await room(3);
  const [chair, member, third] = seats as [Seat, Seat, Seat];
  const remove = [third.device.device];
  const going = [third.device.account, newId()];
  for (const named of [going, []]) {
    const { envelope } = await makeCommit(ledger, chair, directory, { remove, going: named });
    const processed = await processCommit(member.group, envelope, directory);
    assert.deepEqual(new Set(processed.going), new Set(named));
    assert.deepEqual(
      processed.removed.map(({ account }) => account),
      [third.device.account],
    );
    assert.deepEqual(inspectCommit(envelope).going, processed.going);
    assert.deepEqual((await processCommit(third.group, envelope, directory)).going, processed.going);
  }
});

test("nobody goes whose device stays, and a committer can not name its own account", async () => {
  const { ledger, seats } = await room(3);
  const [chair] = seats;
  for (const account of [kim.account, lee.account]) {
    await refused("commit.going", makeCommit(ledger, chair, directory, { going: [account] }));
  }
});

test("the accounts are whole ids in strictly ascending order behind what the header says", () => {
  const place = { seenNumber: 7, seenHead: random(32), bucket: 20_000 };
  const [low, high] = [newId(), newId()].sort((a, b) => compareBytes(idBytes(a), idBytes(b))) as [string, string];
  const data = (...accounts: Uint8Array[]) => concat(commitAuthenticatedData(7, place.seenHead, 20_000), ...accounts);
  assert.deepEqual(accountsGoing(commitAuthenticatedData(7, place.seenHead, 20_000, [high, low]), place), [low, high]);
  assert.deepEqual(accountsGoing(data(), place), []);
  const wrong = [
    data(idBytes(high), idBytes(low)),
    data(idBytes(low), idBytes(low)),
    data(idBytes(low).subarray(1)),
    data().subarray(1),
  ];
  for (const raw of wrong) assert.throws(() => accountsGoing(raw, place), MalformedError);
  assert.throws(() => accountsGoing(data(), { ...place, seenNumber: 8 }), MalformedError);
});

test("a hostile commit that names who stays, or names anything but ids, is refused", async () => {
  const { ledger, seats } = await room(3);
  const [attacker, victim] = seats;
  const message = (
    decodeMlsMessage((await makeCommit(ledger, attacker, directory)).envelope.body, 0)?.[0] as MlsPublicMessage
  ).publicMessage;
  const data = authenticated(ledger, attacker.group.bucket);
  const naming = async (...tail: Uint8Array[]) => {
    const content = { ...message.content, authenticatedData: concat(data, ...tail) };
    return reframed(ledger, attacker, { ...message, content } as typeof message);
  };
  await refusedCommit("commit.going", victim.group, await naming(idBytes(lee.account)));
  await refusedCommit("commit.going", victim.group, await naming(idBytes(kim.account)));
  await refusedCommit("commit.other_data", victim.group, await naming(random(15)));
  await refusedCommit("commit.other_data", victim.group, await naming(new Uint8Array(32)));
});
