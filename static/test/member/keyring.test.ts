// Whose word counts for which epoch's key.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Held, KeyRing, type ReadGrant } from "../../src/member/keyring.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { newId } from "../../src/wire/ids.ts";

const room = newId();
const [ada, mallory] = [newId(), newId()];

function value(fill: number): Bytes {
  return new Uint8Array(32).fill(fill);
}

/** A grant that came with the commit of `epoch`; `fills` are what it says of the epochs up to it. */
function grant(depositor: ReadGrant["depositor"], epoch: number, fills: number[]): ReadGrant {
  const first = epoch - fills.length + 1;
  const ring = fills.map((fill, at) => ({ epoch: first + at, bucket: 1, value: value(fill) }));
  return { depositor, content: { account: ada, room, epoch, base: { number: 0, head: value(0) }, ring } };
}

function held(ring: KeyRing): [number, number, Held["from"]][] {
  return ring.all().map((entry) => [entry.epoch, entry.value[0]!, entry.from]);
}

test("one member's false grant takes one epoch at most", () => {
  const ring = new KeyRing(room);
  for (const one of [grant(ada, 0, [10]), grant(ada, 1, [11]), grant(mallory, 2, [90, 91, 92]), grant(ada, 3, [13])])
    ring.putGrant(one);
  assert.deepEqual(held(ring), [
    [0, 10, ada],
    [1, 11, ada],
    [2, 92, mallory],
    [3, 13, ada],
  ]);
});

test("an epoch's own grant counts more than what was said of it before", () => {
  const ring = new KeyRing(room);
  ring.putGrant(grant(mallory, 2, [90, 91, 92]));
  assert.equal(ring.putGrant(grant(ada, 1, [11])), true);
  assert.deepEqual(held(ring).slice(1), [
    [1, 11, ada],
    [2, 92, mallory],
  ]);
});

test("what the own group gave is not overwritten but by the own group", () => {
  const ring = new KeyRing(room);
  ring.put({ epoch: 1, bucket: 1, value: value(1), from: "group" });
  assert.equal(ring.putGrant(grant(mallory, 1, [91])), false);
  assert.equal(ring.put({ epoch: 1, bucket: 1, value: value(2), from: "group" }), true);
  assert.deepEqual(held(ring), [[1, 2, "group"]]);
});
