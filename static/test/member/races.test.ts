// Things that happen at the same time, and servers and pages that die in the middle.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { roomOf } from "./inside.ts";
import { closeAll, type Character, company, entryOf, Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let people: Character[];
let [ada, boris, chloe, dina]: Profile[] = [];

before(async () => {
  server = await Server.start();
  people = await company(server, ["Ada", "Boris", "Chloe", "Dina"]);
  [ada, boris, chloe, dina] = people.map(({ profile }) => profile);
});
after(async () => {
  closeAll();
  await server?.stop();
});

test("two commits at once: one is first, the other is made again, everybody agrees", async () => {
  const room = await ada!.engine.createRoom("huddle", "At once", [boris!.account], "all");
  await boris!.meets("At once");
  await until("joined", async () => (await boris!.view(room)).epochCode !== "");
  await Promise.all([ada!.engine.addMembers(room, [chloe!.account]), boris!.engine.addMembers(room, [dina!.account])]);
  await Promise.all([ada!.say(room, "from Ada"), boris!.say(room, "from Boris")]);
  for (const profile of [ada!, boris!, chloe!, dina!]) {
    await profile.reads(room, "from Ada");
    await profile.reads(room, "from Boris");
  }
  await until("one epoch", async () => {
    const codes = await Promise.all(
      [ada!, boris!, chloe!, dina!].map(async (profile) => (await profile.view(room)).epochCode),
    );
    return codes[0] !== "" && new Set(codes).size === 1;
  });
  assert.equal((await ada!.view(room)).members.length, 4);
});

test("typed while the server is dead, sent once it is back; what was said meanwhile is caught up", async () => {
  const room = await ada!.engine.createRoom("huddle", "Offline", [boris!.account], "all");
  await boris!.meets("Offline");
  await ada!.say(room, "before the fall");
  await boris!.reads(room, "before the fall");
  await server.kill();
  await until("noticed", () => ada!.status.phase === "ready" && ada!.status.connection === "offline");
  const items = [];
  for (const text of ["one", "two", "three"]) items.push(await ada!.say(room, text));
  assert.equal((await entryOf(ada!, room, items[0]!)).sending, "waiting");
  assert.deepEqual(
    (await ada!.messages(room)).slice(-3).map((entry) => [entry.text, entry.number]),
    [
      ["one", null],
      ["two", null],
      ["three", null],
    ],
  );
  // The page is closed and opened while the server is away: what was typed is still there.
  await ada!.reopen();
  assert.equal((await entryOf(ada!, room, items[2]!)).text, "three");
  await server.run();
  await Promise.all([ada!.online(), boris!.online()]);
  await boris!.reads(room, "three");
  await ada!.reads(room, "three");
  assert.deepEqual((await boris!.texts(room)).slice(-3), ["one", "two", "three"]);
  assert.deepEqual((await ada!.texts(room)).slice(-3), ["one", "two", "three"]);
  assert.equal((await ada!.view(room)).problem, null);
});

test("killed with messages on their way: nothing is lost, nothing is there twice", async () => {
  const room = await ada!.engine.createRoom("huddle", "Killed", [boris!.account], "all");
  await boris!.meets("Killed");
  const expected: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 15; i++) {
      expected.push(`${round}.${i}`);
      await ada!.say(room, `${round}.${i}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 60));
    await server.kill();
    await server.run();
  }
  await until("all arrived", async () => (await boris!.texts(room)).length >= expected.length);
  assert.deepEqual(await boris!.texts(room), expected);
  // The others may have an item before its author has heard that it was taken.
  await until("her own view", async () => (await ada!.texts(room)).length >= expected.length);
  assert.deepEqual(await ada!.texts(room), expected);
});

test("a page that dies between sending and hearing the answer neither loses nor repeats", async () => {
  const room = await ada!.engine.createRoom("huddle", "Page dies", [boris!.account], "all");
  await boris!.meets("Page dies");
  const expected: string[] = [];
  for (let round = 0; round < 6; round++) {
    expected.push(`round ${round}`);
    await ada!.say(room, `round ${round}`);
    await new Promise((resolve) => setTimeout(resolve, round * 4));
    await ada!.reopen();
  }
  await ada!.online();
  await until("all arrived", async () => (await boris!.texts(room)).length >= expected.length);
  assert.deepEqual(await boris!.texts(room), expected);
  await until("her own view", async () => (await ada!.texts(room)).length === expected.length);
  assert.equal((await ada!.view(room)).problem, null);
});

test("a page that dies in the middle of a commit goes on with it", async () => {
  const room = await ada!.engine.createRoom("huddle", "Commit dies", [boris!.account], "all");
  await boris!.meets("Commit dies");
  const adding = ada!.engine.addMembers(room, [chloe!.account]).catch(() => undefined);
  await until("the commit is kept", () => roomOf(ada!, room).pending !== null);
  await ada!.reopen();
  await adding;
  await ada!.online();
  await ada!.say(room, "after the crash");
  await boris!.reads(room, "after the crash");
  await chloe!.reads(room, "after the crash");
  assert.equal(roomOf(ada!, room).pending, null);
});

test("two tabs: the second waits, takes over, and the first stops", async () => {
  const lock = crypto.randomUUID();
  const first = new Profile(server, { lock });
  await first.open();
  const second = new Profile(server, { lock, backend: first.backend });
  await second.open();
  assert.equal(first.status.phase, "signed-out");
  assert.equal(second.status.phase, "elsewhere");
  await second.engine.takeOver();
  assert.equal(second.status.phase, "signed-out");
  await until("the first noticed", () => first.status.phase === "elsewhere");
  await assert.rejects(first.engine.rooms(), { code: "client.not_ready" });
  second.close();
});
