// A server that says for a moment that a room is not there: its word alone takes nobody's keys.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { RoomAnswer } from "../../src/member/answers.ts";
import { insideOf, roomOf } from "./inside.ts";
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

test("being listed again from a later place on clears no alarm, and nothing is sent before a grant says where", async () => {
  const id = await chair.profile.engine.createRoom("huddle", "Listed again", [boris.account], "all");
  await boris.meets("Listed again");
  const room = roomOf(boris, id);
  await until("Boris in the group", () => room.gate() === null);
  const answer = await insideOf(boris).rooms.http.get<RoomAnswer>(`/api/rooms/${id}`);
  const again = async (): Promise<void> => {
    await room.vanish();
    await room.hear({ ...answer, visible_from: room.data.number + 10 });
  };
  await again();
  assert.deepEqual([room.data.standing, room.data.base], ["member", null]);
  assert.notEqual(room.ring.entry(room.data.epoch), undefined, "the key is there, the place is not");
  assert.deepEqual(room.gate(), { code: "room.no_key", passing: true });

  const alarm = { kind: "forged", number: 1, evidence: "a lie" } as const;
  await room.serial.run(() => room.raise(alarm));
  await again();
  assert.deepEqual(room.data.problem, alarm);
  assert.equal(room.gate()?.code, "room.blocked");
});
