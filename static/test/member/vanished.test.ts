// A server that says for a moment that a room is not there: its word alone takes nobody's keys.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { type Character, closeAll, company, type Fetch, invite, type Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let chair: Character;
let boris: Profile;
let hidden = false;

/** Boris's way to the server, which hides every room while `hidden`. */
function through(send: Fetch): Fetch {
  return (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input));
    if (!hidden || !pathname.startsWith("/api/rooms")) return send(input, init);
    if (pathname === "/api/rooms") return Promise.resolve(Response.json([]));
    const error = { code: "room.not_found", message: "", detail: {} };
    return Promise.resolve(Response.json({ error }, { status: 404 }));
  };
}

before(async () => {
  server = await Server.start();
  [chair] = (await company(server, ["Ada"])) as [Character];
  boris = (await invite(server, chair, "Boris", ["delegate"], { through })).profile;
});
after(async () => {
  closeAll();
  await server?.stop();
});

test("a room that vanished and came back is written in as before, without being let in anew", async () => {
  const { profile: ada } = chair;
  const room = await ada.engine.createRoom("huddle", "Here", [boris.account], "all");
  await boris.meets("Here");
  await until("Boris in the group", async () => (await boris.view(room)).epochCode !== "");
  const commits = async (): Promise<number> => (await ada.entries(room)).length;
  const before = await commits();
  const standing = async (): Promise<string | undefined> =>
    (await boris.engine.rooms()).find((one) => one.room === room)?.standing;

  hidden = true;
  await ada.engine.createRoom("huddle", "A reason to look", [boris.account], "all");
  await until("the room gone", async () => (await standing()) === "removed");
  hidden = false;
  await ada.engine.createRoom("huddle", "Another reason", [boris.account], "all");
  await until("the room back", async () => (await standing()) === "member");

  await boris.say(room, "still here");
  await ada.reads(room, "still here");
  assert.equal(await commits(), before + 1, "nobody had to let Boris in again");
  assert.equal((await boris.view(room)).epochCode, (await ada.view(room)).epochCode);
});
