// A device that can not follow a commit says so, keeps what was typed, and is let in anew.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { closeAll, entryOf, type Character, company, Profile, until } from "./profile.ts";
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

test("a browser restored from an old backup does not reuse keys: it stops, and others let it in anew", async () => {
  const room = await ada!.engine.createRoom("huddle", "Restored", [boris!.account], "all");
  await boris!.meets("Restored");
  await until("joined", async () => (await boris!.view(room)).epochCode !== "");
  await boris!.say(room, "before the backup");
  await ada!.reads(room, "before the backup");
  await until("settled", async () => (await boris!.texts(room)).length === 1);
  const backup = boris!.backend.image();
  await boris!.engine.addMembers(room, [chloe!.account]);
  await boris!.say(room, "after the backup");
  await ada!.reads(room, "after the backup");
  boris!.close();

  boris!.backend = backup;
  await boris!.open();
  await boris!.online();
  const problem = await until("it stops", async () => (await boris!.view(room)).problem);
  assert.equal(problem.kind, "commit-refused");
  assert.match(problem.evidence, /commit\.own/);
  const item = await boris!.say(room, "typed while stopped");
  assert.equal((await entryOf(boris!, room, item)).sending, "waiting");
  assert.deepEqual(await boris!.texts(room), ["before the backup"]);

  await boris!.engine.rejoin(room);
  await until(
    "let in anew",
    async () => (await boris!.view(room)).problem === null && (await boris!.view(room)).epochCode !== "",
  );
  await ada!.reads(room, "typed while stopped");
  await chloe!.reads(room, "typed while stopped");
  await boris!.reads(room, "after the backup");
  await ada!.say(room, "welcome back");
  await boris!.reads(room, "welcome back");
  const codes = await Promise.all([ada!, boris!, chloe!].map(async (profile) => (await profile.view(room)).epochCode));
  assert.equal(new Set(codes).size, 1);
  assert.ok((await ada!.view(room)).members.includes(boris!.account));
});
