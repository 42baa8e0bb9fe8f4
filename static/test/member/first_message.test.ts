// From an invitation to the first message between two browsers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { closeAll, company, type Character } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let people: Character[];

before(async () => {
  server = await Server.start();
  people = await company(server, ["Ada", "Boris"]);
});
after(async () => {
  closeAll();
  await server?.stop();
});

test("two people meet in a room and read each other", async () => {
  const [ada, boris] = people.map(({ profile }) => profile) as [Character["profile"], Character["profile"]];
  const room = await ada.engine.createRoom("huddle", "Article 4", [boris.account], "all");
  await boris.meets("Article 4");

  await ada.say(room, "We propose paragraph 2.");
  await boris.reads(room, "We propose paragraph 2.");
  await boris.say(room, "We accept it.");
  await ada.reads(room, "We accept it.");

  const [hers, his] = [await ada.view(room), await boris.view(room)];
  assert.equal(hers.epochCode, his.epochCode);
  assert.match(hers.epochCode, /^(\d{5} ){5}\d{5}$/);
  assert.deepEqual(hers.members.toSorted(), [ada.account, boris.account].toSorted());
  assert.equal(hers.problem, null);
  assert.equal(his.problem, null);
});
