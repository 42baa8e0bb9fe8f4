// Coming and going: who is added reads, who is removed does not read on, whatever keys are left behind.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { exporterValue } from "../../src/e2ee/group.ts";
import { openContent, deriveRecordKey } from "../../src/e2ee/record.ts";
import { processCommit } from "../../src/e2ee/process.ts";
import { Refusal } from "../../src/e2ee/refusal.ts";
import { mendOwnGrants } from "../../src/member/deposits.ts";
import { decodeEnvelope } from "../../src/wire/envelope.ts";
import { insideOf, peopleOf, roomOf } from "./inside.ts";
import { closeAll, type Character, company, type Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let people: Character[];
let [ada, boris, chloe]: Profile[] = [];

before(async () => {
  server = await Server.start();
  people = await company(server, ["Ada", "Boris", "Chloe"]);
  [ada, boris, chloe] = people.map(({ profile }) => profile);
});
after(async () => {
  closeAll();
  await server?.stop();
});

test("a member added later reads all of a room with history `all`, and nothing older in one with `none`", async () => {
  for (const history of ["all", "none"] as const) {
    const room = await ada!.engine.createRoom("huddle", `History ${history}`, [boris!.account], history);
    await ada!.say(room, "before");
    await boris!.reads(room, "before");
    const early = (await ada!.messages(room))[0]!;
    await ada!.engine.addMembers(room, [chloe!.account]);
    await ada!.engine.send(room, { text: "after", lang: "en", reply: early.item, mentions: [], files: [] });
    assert.equal(await chloe!.meets(`History ${history}`), room);
    const entry = await chloe!.reads(room, "after");
    assert.deepEqual(await chloe!.texts(room), history === "all" ? ["before", "after"] : ["after"]);
    assert.equal(entry.reply?.text ?? null, history === "all" ? "before" : null);
    await chloe!.say(room, "thank you");
    await boris!.reads(room, "thank you");
    assert.equal((await chloe!.view(room)).problem, null);
  }
});

test("a removed member sees that, keeps what it had, and its keys open nothing that comes later", async () => {
  const room = await ada!.engine.createRoom("huddle", "Removal", [boris!.account, chloe!.account], "all");
  await ada!.say(room, "all three read this");
  await chloe!.reads(room, "all three read this");
  await boris!.reads(room, "all three read this");
  const left = roomOf(chloe!, room);
  const group = await until("Chloe in the group", () => left.readGroup());
  const ring = left.ring.copy();

  await ada!.engine.removeMember(room, chloe!.account);
  await until(
    "Chloe is told",
    async () => (await chloe!.engine.rooms()).find((one) => one.room === room)?.standing === "removed",
  );
  assert.deepEqual(await chloe!.texts(room), ["all three read this"]);
  await assert.rejects(chloe!.say(room, "still here?"), { code: "room.removed" });

  await ada!.say(room, "only two read this");
  const { number } = await boris!.reads(room, "only two read this");
  assert.ok(!(await chloe!.texts(room)).includes("only two read this"));

  // Even with everything that the server has, and her old state, she can not follow.
  const inside = roomOf(ada!, room);
  const commit = (await inside.commitsAbove(0)).at(-1)!;
  const { next } = await processCommit(group, commit, peopleOf(ada!));
  assert.equal(next, null, "her group ends with the commit that removes her");
  const sealed = await until("Ada has it in her record, too", () => inside.log.raw(number!));
  const envelope = decodeEnvelope(sealed);
  assert.equal(ring.key(envelope.epoch), null);
  const share = inside.ring.keep().shares.find(([bucket]) => bucket === envelope.bucket)![1];
  for (const value of [await exporterValue(group), ...ring.all().map((entry) => entry.value)]) {
    const guess = deriveRecordKey(value, share, room, envelope.epoch, envelope.bucket);
    await assert.rejects(
      openContent(guess, envelope),
      (error: unknown) => error instanceof Refusal && error.code === "item.commitment",
    );
  }
});

test("who was removed can be let in again and writes on", async () => {
  const room = await ada!.engine.createRoom("huddle", "Return", [chloe!.account], "all");
  await chloe!.meets("Return");
  await chloe!.say(room, "first time");
  await ada!.reads(room, "first time");
  await ada!.engine.removeMember(room, chloe!.account);
  await until(
    "out",
    async () => (await chloe!.engine.rooms()).find((one) => one.room === room)?.standing === "removed",
  );
  await ada!.say(room, "while away");
  await ada!.engine.addMembers(room, [chloe!.account]);
  await until("in", async () => (await chloe!.engine.rooms()).find((one) => one.room === room)?.standing === "member");
  await chloe!.reads(room, "while away");
  await chloe!.say(room, "second time");
  await ada!.reads(room, "second time");
  assert.equal((await ada!.view(room)).problem, null);
  assert.equal((await chloe!.view(room)).problem, null);
  // Of the epochs of the first time the server keeps no grants: looking after one's own passes them over.
  const held = roomOf(chloe!, room).ring.all().filter(({ epoch, from }) => epoch > 0 && from === "group");
  assert.ok(held.length > 1);
  await mendOwnGrants(roomOf(chloe!, room), insideOf(chloe!).rooms, 1);
});

test("who leaves is out at once, and the others renew the keys", async () => {
  const room = await ada!.engine.createRoom("huddle", "Leaving", [boris!.account, chloe!.account], "all");
  await chloe!.meets("Leaving");
  await boris!.meets("Leaving");
  const before = (await ada!.view(room)).epoch;
  await chloe!.engine.leaveRoom(room);
  await until("the keys are renewed", async () => (await ada!.view(room)).epoch > before);
  assert.ok(!(await ada!.view(room)).members.includes(chloe!.account));
  assert.equal((await chloe!.engine.rooms()).find((one) => one.room === room)?.standing, "removed");
});

test("a room of side talks is unknown to everybody else", async () => {
  await ada!.engine.createRoom("huddle", "Between us", [boris!.account], "none");
  await boris!.meets("Between us");
  assert.ok(!(await chloe!.engine.rooms()).some((one) => one.name === "Between us"));
});
