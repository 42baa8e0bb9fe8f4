// What can not be shown yet: words under a key that was not accepted, and items for which the server gave a wrong share.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { newBoxKey } from "../../src/e2ee/box.ts";
import { addDevice, found, verifyDeviceList } from "../../src/e2ee/devices.ts";
import { statementToJson } from "../../src/e2ee/identity.ts";
import { sealContent } from "../../src/e2ee/record.ts";
import { newSigningKey } from "../../src/e2ee/signing.ts";
import { newId } from "../../src/wire/ids.ts";
import { encodeContent } from "../../src/member/content.ts";
import { insideOf, peopleOf, roomOf } from "./inside.ts";
import { type Character, closeAll, company, type Fetch, invite, PASSPHRASE, Profile, until } from "./profile.ts";
import { LyingServer } from "./proxy.ts";
import { Server } from "./server.ts";

let server: Server;
let lying: LyingServer;
let people: Character[];
let [ada, chloe]: Profile[] = [];

before(async () => {
  server = await Server.start();
  people = await company(server, ["Ada", "Chloe"]);
  lying = await LyingServer.before(server);
  [ada, chloe] = people.map(({ profile }) => profile);
});
after(async () => {
  closeAll();
  lying?.stop();
  await server?.stop();
});

test("a server and a member together can not speak as somebody else: another key's words wait for a person's yes", async () => {
  const account = chloe!.account;
  const [sign, key, box, device] = [await newSigningKey(), await newSigningKey(), await newBoxKey(), newId()];
  const at_s = Math.floor(Date.now() / 1000);
  const founding = await found({ account, at_s, sign, box: box.publicKey });
  const list = await verifyDeviceList(account, [founding]);
  const adding = await addDevice(list, sign, { at_s, device, key: key.publicKey, kind: "browser", vault: 1 });
  let [lie, shown] = [false, [founding, adding]];
  const through =
    (send: Fetch): Fetch =>
    async (input, init) => {
      const answer = await send(input, init);
      if (!lie || !String(input).endsWith("/api/device-lists")) return answer;
      const lists = (await answer.json()) as Record<string, unknown>;
      if (lists[account]) lists[account] = shown.map(statementToJson);
      return Response.json(lists);
    };
  const options = { origin: lying.origin, through };
  const boris = (await invite(server, people[0]!, "Boris", ["delegate"], options)).profile;
  const room = await ada!.engine.createRoom("huddle", "Impostor", [account, boris.account], "all");
  await ada!.say(room, "true words");
  await boris.reads(room, "true words");
  await chloe!.meets("Impostor");

  const { data, ring } = roomOf(ada!, room);
  const place = { device, sequence: 1, item: newId(), seenNumber: data.number, seenHead: data.head };
  const words = { t: "message", text: "false words", lang: "en", mentions: [], files: [] } as const;
  const forged = await sealContent(
    ring.key(data.epoch)!,
    place,
    encodeContent({ ...words, mentions: [], files: [] }, 1),
    key,
  );
  lie = true;
  lying.lie = (item) => [item.number === data.number + 1 ? { ...item, raw: forged } : item];
  await ada!.say(room, "replaced");
  await until("taken in", () => roomOf(boris, room).data.number > data.number);
  assert.ok(!(await boris.texts(room)).includes("false words"));
  assert.deepEqual((await boris.view(room)).blockedBy, [account]);
  assert.equal(roomOf(boris, room).log.row(data.number + 1)!.state, "sealed");

  // Chloe's own list names the id later, with another key: what the other one signed stays closed.
  const truth = peopleOf(ada!).statements(account);
  const known = await verifyDeviceList(account, truth);
  const listed = { at_s, device, key: (await newSigningKey()).publicKey, kind: "browser", vault: known.vault } as const;
  shown = [...truth, await addDevice(known, insideOf(chloe!).vault.sign, listed)];
  await peopleOf(boris).refresh([account]);
  assert.equal(peopleOf(boris).isAccepted(account, device), true);
  await roomOf(boris, room).sync();
  assert.equal(roomOf(boris, room).log.row(data.number + 1)!.state, "sealed");
  assert.ok(!(await boris.texts(room)).includes("false words"));
});

test("a wrong share from the server hides, and the right one brings everything back", async () => {
  const room = await ada!.engine.createRoom("huddle", "Share", [chloe!.account], "all");
  await ada!.say(room, "under the right share");
  await chloe!.reads(room, "under the right share");
  let lie = true;
  const through =
    (send: Fetch): Fetch =>
    async (input, init) => {
      const answer = await send(input, init);
      if (!lie || !String(input).endsWith("/shares")) return answer;
      const shares = (await answer.json()) as { bucket: number; share: string }[];
      return Response.json(shares.map(({ bucket }) => ({ bucket, share: "A".repeat(43) })));
    };
  const second = await new Profile(server, { through }).open();
  await second.engine.signIn("chloe", PASSPHRASE);
  await second.online();
  const problem = await until("a missing key is told", async () => {
    return (await second.engine.rooms()).find((one) => one.room === room)?.problem;
  });
  assert.equal(problem.kind, "no-key");
  assert.deepEqual(await second.texts(room), []);
  lie = false;
  await insideOf(second).rooms.refresh();
  await second.reads(room, "under the right share");
  assert.equal((await second.view(room)).problem, null);
});

test("a device without the private half of its offers asks once more, and does not make others commit without end", async () => {
  const room = await ada!.engine.createRoom("huddle", "Offers lost", [chloe!.account], "all");
  await chloe!.meets("Offers lost");
  const careless = await new Profile(server).open();
  await careless.engine.signIn("chloe", PASSPHRASE);
  await careless.online();
  const { store } = insideOf(careless).rooms;
  const offers = await until("offers", async () => {
    const kept = await store.list("package:");
    return kept.length > 1 ? kept : null;
  });
  await store.write(new Map(offers.map(([name]) => [name, undefined])));
  await careless.meets("Offers lost");
  await insideOf(careless).rooms.rejoin(room);
  let epoch = -1;
  await until("nobody commits any more", async () => {
    const before = epoch;
    epoch = roomOf(ada!, room).data.epoch;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return roomOf(ada!, room).data.epoch === before;
  });
  assert.ok(epoch <= 5, `epoch ${epoch}`);
  await careless.say(room, "still readable and writing");
  await ada!.reads(room, "still readable and writing");
});
