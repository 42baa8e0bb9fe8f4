// A changed key blocks sending until a person has said yes; days bring new keys; wrong clocks are told.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { newBoxKey } from "../../src/e2ee/box.ts";
import { addDevice, found, verifyDeviceList } from "../../src/e2ee/devices.ts";
import { statementToJson } from "../../src/e2ee/identity.ts";
import { grantFromJson, grantToJson, openGrant, sealGrant } from "../../src/e2ee/ring.ts";
import { newSigningKey } from "../../src/e2ee/signing.ts";
import type { GrantJson } from "../../src/member/answers.ts";
import { mendOwnGrants } from "../../src/member/deposits.ts";
import { random } from "../../src/wire/bytes.ts";
import { newId } from "../../src/wire/ids.ts";
import { insideOf, roomOf } from "./inside.ts";
import {
  closeAll,
  type Character,
  company,
  entryOf,
  type Fetch,
  invite,
  PASSPHRASE,
  Profile,
  until,
} from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let people: Character[];
let [ada, boris]: Profile[] = [];

before(async () => {
  server = await Server.start();
  people = await company(server, ["Ada", "Boris"]);
  [ada, boris] = people.map(({ profile }) => profile);
});
after(async () => {
  closeAll();
  await server?.stop();
});

test("two people read the same safety number, and verify each other", async () => {
  const [hers, his] = await Promise.all([
    ada!.engine.safetyNumber(boris!.account),
    boris!.engine.safetyNumber(ada!.account),
  ]);
  assert.equal(hers.digits, his.digits);
  assert.match(hers.digits, /^(\d{5} ){11}\d{5}$/);
  assert.equal(hers.qr, `portal:safety:1:${hers.digits.replaceAll(" ", "")}`);
  assert.equal(hers.verified, false);
  await ada!.engine.setVerified(boris!.account, true, "Boris");
  assert.equal((await ada!.engine.safetyNumber(boris!.account)).verified, true);
  const second = await new Profile(server).open();
  await until("backed up", () => ada!.status.phase === "ready" && ada!.status.backup === "complete");
  await second.engine.signIn("ada", PASSPHRASE);
  assert.equal((await second.engine.safetyNumber(boris!.account)).verified, true, "her other browser knows");
  await second.engine.signOut();
});

/** A server that shows another device list for one account, under a key of its own. */
async function impostor(account: string): Promise<{ through: (send: Fetch) => Fetch; lie: { on: boolean } }> {
  const [sign, key, box] = [await newSigningKey(), await newSigningKey(), await newBoxKey()];
  const at_s = Math.floor(Date.now() / 1000);
  const founding = await found({ account, at_s, sign, box: box.publicKey });
  const list = await verifyDeviceList(account, [founding]);
  const adding = await addDevice(list, sign, { at_s, device: newId(), key: key.publicKey, kind: "browser", vault: 1 });
  const lie = { on: false };
  const through =
    (send: Fetch): Fetch =>
    async (input, init) => {
      const answer = await send(input, init);
      if (!lie.on || !String(input).endsWith("/api/device-lists")) return answer;
      const lists = (await answer.json()) as Record<string, unknown>;
      if (lists[account]) lists[account] = [founding, adding].map(statementToJson);
      return Response.json(lists);
    };
  return { through, lie };
}

test("another key for somebody: nothing is sent to a room with them until it is acknowledged", async () => {
  const { through, lie } = await impostor(boris!.account);
  const chloe = (await invite(server, people[0]!, "Chloe", ["chair", "delegate"], { through })).profile;
  const room = await chloe.engine.createRoom("huddle", "Changed key", [boris!.account], "all");
  await chloe.say(room, "before");
  await boris!.reads(room, "before");
  lie.on = true;
  const items = [await chloe.engine.safetyNumber(boris!.account)];
  assert.equal(items[0]!.keyChanged, false);
  await (
    chloe.engine as unknown as { inside: { people: { refresh(accounts: string[]): Promise<void> } } }
  ).inside.people.refresh([boris!.account]);
  assert.deepEqual((await chloe.view(room)).blockedBy, [boris!.account]);
  assert.equal((await chloe.engine.safetyNumber(boris!.account)).keyChanged, true);
  await assert.rejects(chloe.say(room, "blocked"), { code: "person.key_changed" });
  await assert.rejects(chloe.engine.createRoom("huddle", "Another", [boris!.account], "all"), {
    code: "person.key_changed",
  });
  await assert.rejects(chloe.engine.setVerified(boris!.account, true, "Boris"), { code: "person.key_changed" });

  await chloe.engine.acknowledgeKey(boris!.account);
  assert.deepEqual((await chloe.view(room)).blockedBy, []);
  assert.equal((await chloe.engine.safetyNumber(boris!.account)).verified, false);
  // The lie ends: the true key is another one than the acknowledged, and blocks again.
  lie.on = false;
  await (
    chloe.engine as unknown as { inside: { people: { refresh(accounts: string[]): Promise<void> } } }
  ).inside.people.refresh([boris!.account]);
  assert.deepEqual((await chloe.view(room)).blockedBy, [boris!.account]);
  await chloe.engine.acknowledgeKey(boris!.account);
  await chloe.say(room, "after");
  await boris!.reads(room, "after");
  chloe.close();
});

test("on a later day the keys are renewed before anything is sent", async () => {
  // Without the server's date in its answers nobody corrects this clock: the room is founded yesterday.
  let ahead_ms = -86_400_000;
  let grants: GrantJson[] | null = null;
  const mended: GrantJson[] = [];
  const undated =
    (send: Fetch): Fetch =>
    async (input, init) => {
      if (grants && /\/grants\?/.test(String(input))) return Response.json(grants);
      if (init?.method === "PUT" && String(input).endsWith("/grants")) {
        mended.push((JSON.parse(String(init.body)) as { grant: GrantJson }).grant);
      }
      const answer = await send(input, init);
      const headers = new Headers(answer.headers);
      headers.delete("date");
      return new Response(await answer.arrayBuffer(), { status: answer.status, headers });
    };
  const options = { now_ms: () => Date.now() + ahead_ms, through: undated };
  const dina = (await invite(server, people[0]!, "Dina", ["chair", "delegate"], options)).profile;
  const room = await dina.engine.createRoom("huddle", "Days", [], "all");
  await dina.say(room, "yesterday");
  await dina.say(room, "still yesterday");
  await dina.reads(room, "still yesterday");
  const { epoch, bucket } = roomOf(dina, room).data;
  assert.equal(epoch, 0);
  ahead_ms = 0;
  await dina.say(room, "today");
  const entry = await dina.reads(room, "today");
  const { data, log, ring } = roomOf(dina, room);
  assert.deepEqual([data.epoch, data.bucket - bucket], [1, 1]);

  // A grant with one wrong older entry, whoever deposited it, is replaced whole.
  const { rooms, keyholder } = insideOf(dina);
  const boxes = await keyholder.boxes();
  const right = ring.all().map(({ epoch, bucket, value }) => ({ epoch, bucket, value }));
  const wrong = [{ ...right[0]!, value: random(32) }, right[1]!];
  const content = { account: dina.account, room, epoch: 1, base: data.base!, ring: wrong };
  grants = [grantToJson(await sealGrant(content, boxes.at(-1)!.publicKey, keyholder.device))];
  await mendOwnGrants(roomOf(dina, room), rooms, 1);
  assert.deepEqual((await openGrant(grantFromJson(room, mended.at(-1)!), boxes)).ring, right);
  grants = [mended.at(-1)!];
  mended.length = 0;
  await mendOwnGrants(roomOf(dina, room), rooms, 1);
  assert.deepEqual(mended, [], "a right one stays");
  grants = null;
  assert.equal((await until("kept", () => log.row(entry.number!))).epoch, 1);
  await dina.engine.addMembers(room, [boris!.account]);
  await boris!.reads(room, "today");
  assert.deepEqual(await boris!.texts(room), ["yesterday", "still yesterday", "today"]);
  dina.close();
});

test("a clock that is wrong by a day is told, and does not date the record", async () => {
  const ahead_ms = 86_400_000;
  const eve = (await invite(server, people[0]!, "Eve", ["chair", "delegate"], { now_ms: () => Date.now() + ahead_ms }))
    .profile;
  const off_s = eve.status.phase === "ready" ? eve.status.clockOff_s : null;
  assert.ok(off_s !== null && Math.abs(off_s - 86_400) < 120, String(off_s));
  const room = await eve.engine.createRoom("huddle", "Wrong clock", [boris!.account], "all");
  const item = await eve.say(room, "what day is it?");
  await boris!.reads(room, "what day is it?");
  assert.ok(Math.abs((await entryOf(eve, room, item)).at_ms - Date.now()) < 120_000);
  assert.equal(roomOf(eve, room).data.bucket, Math.floor(Date.now() / 86_400_000));
  eve.close();
});
