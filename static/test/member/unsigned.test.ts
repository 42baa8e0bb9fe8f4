// What nobody signed does nothing in the name of a device: it neither ends its messages nor counts as one of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { recordKeyOf, sealContent } from "../../src/e2ee/record.ts";
import { newSigningKey, type SigningKey } from "../../src/e2ee/signing.ts";
import { encodeContent } from "../../src/member/content.ts";
import type { Row } from "../../src/member/record.ts";
import type { Room } from "../../src/member/room.ts";
import { random } from "../../src/wire/bytes.ts";
import { newId } from "../../src/wire/ids.ts";
import { insideOf, roomOf } from "./inside.ts";
import { closeAll, company, type Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

const WORDS = { t: "message", text: "mine", lang: "en", mentions: [], files: [] } as const;
const content = { ...WORDS, mentions: [], files: [] };

let server: Server;
let [ada, boris]: Profile[] = [];
/** Boris's, in which the epochs before his first one are not for him. */
let room: Room;

before(async () => {
  server = await Server.start();
  [ada, boris] = (await company(server, ["Ada", "Boris"])).map(({ profile }) => profile);
  const id = await ada!.engine.createRoom("huddle", "Signed", [boris!.account], "none");
  await boris!.meets("Signed");
  await ada!.say(id, "honest");
  await boris!.reads(id, "honest");
  room = roomOf(boris!, id);
  // From here on nothing else may come to the record: what the tests hand over would meet it at the same number.
  await server.kill();
  await until("offline", () => boris!.status.phase === "ready" && boris!.status.connection !== "online");
  await room.serial.run(async () => undefined);
});
after(async () => {
  closeAll();
  await server?.stop();
});

interface Place {
  device: string;
  sequence: number;
  item: string;
}

/** Have Boris's browser take in an item, sealed for an epoch by this key, as the record's next one. */
async function take(place: Place, epoch: number, signer: SigningKey): Promise<Row> {
  const { number, head, bucket } = room.data;
  const key = room.ring.key(epoch) ?? recordKeyOf(random(32), room.id, epoch, bucket);
  const at_ms = Date.now();
  const seen = { seenNumber: number, seenHead: head };
  const raw = await sealContent(key, { ...place, ...seen }, new Uint8Array(encodeContent(content, at_ms)), signer);
  await room.receive({ number: number + 1, at_ms, raw });
  return room.log.row(number + 1)!;
}

function nextOf(profile: Profile): Place {
  const { device } = profile;
  return { device, sequence: (room.data.sequences[device] ?? 0) + 1, item: newId() };
}

test("an item that was on its way when this account was let in is passed by, if its author has signed it", async () => {
  const { firstEpoch, epoch } = room.data;
  assert.deepEqual([firstEpoch, epoch], [1, 1]);
  const place = nextOf(ada!);
  const row = await take(place, 0, insideOf(ada!).keyholder.device.key);
  assert.deepEqual([row.state, row.account], ["earlier", ada!.account]);
  assert.equal(room.problem, null);
  assert.equal(room.data.sequences[ada!.device], place.sequence);
});

test("what the server says of the own sequence waits for the room's turn, and undoes nothing in it", async () => {
  const { sender } = insideOf(boris!).rooms.get(room.id);
  const { trustSequence } = sender as unknown as { trustSequence(expected: number): Promise<void> };
  let release = (): void => {};
  const holding = new Promise<void>((resolve) => (release = resolve));
  const turn = room.serial.run(async () => {
    const { data } = room;
    await holding;
    await room.replace({ ...data, cursor: data.number });
  });
  const trusting = trustSequence.call(sender, 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  release();
  await Promise.all([turn, trusting]);
  assert.equal(room.data.cursor, room.data.number);
  assert.equal(room.data.sequences[boris!.device], 0);
});

test("forged in this device's name, for an epoch before its own or for the present one: what waits goes on waiting", async () => {
  const { sequences } = room.data;
  for (const epoch of [0, 1]) {
    const { item } = await room.outgoing.add(content, Date.now());
    const row = await take({ device: boris!.device, sequence: 2 ** 50, item }, epoch, await newSigningKey());
    assert.deepEqual([row.state, row.code, row.account], ["refused", "item.forged", null]);
    assert.equal(room.data.problem?.kind, "forged");
    assert.equal(room.outgoing.find(item).item, item);
    assert.equal(room.log.numberOf(item), undefined, "the true one is no repetition");
    assert.equal(room.data.sequences[boris!.device], sequences[boris!.device]);
  }
});

test("an item of an early epoch that comes much later is refused like any other of an old epoch", async () => {
  await room.serial.run(async () => void (room.data = { ...room.data, epoch: 2 }));
  const row = await take(nextOf(ada!), 0, insideOf(ada!).keyholder.device.key);
  assert.deepEqual([row.state, row.code], ["refused", "item.stale_epoch"]);
});
