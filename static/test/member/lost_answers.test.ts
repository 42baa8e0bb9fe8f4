// An answer that does not come back must not cost anybody anything that can not be replaced.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { commit } from "../../src/e2ee/commit.ts";
import { epochAuthenticator } from "../../src/e2ee/group.ts";
import { signItem } from "../../src/e2ee/record.ts";
import type { RoomAnswer } from "../../src/member/answers.ts";
import { ItemKind } from "../../src/wire/envelope.ts";
import { insideOf, peopleOf, roomOf } from "./inside.ts";
import { type Character, closeAll, type Fetch, invite, onboard, PASSPHRASE, Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let ada: Character;
let boris: Character;
let chloe: Character;
let second: Profile;
let losing = 0;
/** Answers to the making of a room are lost. */
let mute = false;
/** Devices of which the server gives no key package. */
let withheld: string[] = [];
/** Boris's server knows of no welcome. */
let unwelcome = false;
/** Boris's server answers no commit. */
let silent = false;
/** How often Ada's server does not let her leave a room. */
let held = 0;

before(async () => {
  server = await Server.start();
  const through =
    (send: Fetch): Fetch =>
    async (input, init) => {
      const answer = await send(input, init);
      const renews = init?.method === "PUT" && String(init.body).includes('"recovery_auth_sha256"');
      if (renews && losing-- > 0) throw new TypeError("the connection broke after the server had acted");
      return answer;
    };
  const alsoRooms =
    (send: Fetch): Fetch =>
    async (input, init) => {
      const path = new URL(String(input)).pathname;
      if (path.endsWith("/leave") && held-- > 0) throw new TypeError("no network");
      const answer = await through(send)(input, init);
      if (mute && path === "/api/rooms" && init?.method === "POST") throw new TypeError("the answer was lost");
      if (path !== "/api/key-packages/claim" || withheld.length === 0) return answer;
      const { packages } = (await answer.json()) as { packages: Record<string, string> };
      for (const device of withheld) delete packages[device];
      return Response.json({ packages, missing: withheld });
    };
  ada = await onboard(server, server.invitation!, "Ada", { through: alsoRooms });
  await ada.profile.engine.changeAccount(ada.profile.account, { roles: ["administrator", "chair", "delegate"] });
  const deaf =
    (send: Fetch): Fetch =>
    async (input, init) => {
      if (silent && String(input).endsWith("/commits")) throw new TypeError("no network");
      const asks = String(input).endsWith("/welcome") && (init?.method ?? "GET") === "GET";
      if (!unwelcome || !asks) return send(input, init);
      return Response.json({ error: { code: "welcome.none", message: "", detail: {} } }, { status: 404 });
    };
  boris = await invite(server, ada, "Boris", ["delegate"], { through: deaf });
});
after(async () => {
  closeAll();
  await server?.stop();
});

test("a renewed recovery key is shown although the first answer was lost, and it is the one that works", async () => {
  losing = 1;
  const { recoveryKey } = await ada.profile.engine.renewRecoveryKey();
  second = await new Profile(server).open();
  await assert.rejects(second.engine.signInWithRecovery("ada", ada.recoveryKey), { code: "signin.refused" });
  await second.engine.signInWithRecovery("ada", recoveryKey);
  await second.online();
  assert.equal(second.account, ada.profile.account);
});

test("a room whose founding was not answered is made all the same, once, with its people and its name", async () => {
  mute = true;
  const room = await ada.profile.engine.createRoom("huddle", "Lost answer", [boris.profile.account], "all");
  mute = false;
  assert.equal(await boris.profile.meets("Lost answer"), room);
  await boris.profile.say(room, "I am in");
  await ada.profile.reads(room, "I am in");
  assert.equal((await ada.profile.engine.rooms()).length, 1);
});

test("whoever can not be let in is told of, and the others are in", async () => {
  chloe = await invite(server, ada, "Chloe", ["delegate"]);
  withheld = [boris.profile.device];
  const members = [boris.profile.account, chloe.profile.account];
  const room = await ada.profile.engine.createRoom("huddle", "Not all", members, "all");
  withheld = [];
  await chloe.profile.meets("Not all");
  const told = ada.profile.events.find((event) => event.type === "left-out");
  assert.deepEqual(told, { type: "left-out", room, accounts: [boris.profile.account] });
  assert.ok(!(await ada.profile.view(room)).members.includes(boris.profile.account));
});

test("a welcome that was not there is asked for again", async () => {
  unwelcome = true;
  const room = await ada.profile.engine.createRoom("huddle", "Late welcome", [boris.profile.account], "all");
  await ada.profile.say(room, "come in");
  await boris.profile.reads(room, "come in");
  assert.equal((await boris.profile.view(room)).epochCode, "");
  unwelcome = false;
  // Whatever needs the group looks for it anew.
  await boris.profile.engine.addMembers(room, []);
  assert.notEqual((await boris.profile.view(room)).epochCode, "");
});

test("a room that nobody could be let into is left, also when that can not be done at once", async () => {
  const { engine } = ada.profile;
  const others = (await engine.rooms()).map((one) => one.room);
  const { http } = insideOf(ada.profile).rooms;
  const listed = async (): Promise<string[]> => (await http.get<RoomAnswer[]>("/api/rooms")).map((one) => one.room);
  withheld = [boris.profile.device, second.device];
  held = 5; // more often than one request is repeated
  const making = engine.createRoom("huddle", "Given up", [boris.profile.account], "all");
  await assert.rejects(making, { code: "person.no_device" });
  withheld = [];
  assert.equal((await listed()).length, others.length + 1, "not left yet");
  await until("left", async () => (await listed()).length === others.length);
  await until("forgotten", async () => (await engine.rooms()).length === others.length);
  const { store } = insideOf(ada.profile).rooms;
  await until("the wish forgotten, too", async () => (await store.list("wish:")).length === 0);
});

test("another commit under the own one's id is followed as another's, and the own one goes on waiting", async () => {
  const id = await ada.profile.engine.createRoom("huddle", "Same id", [boris.profile.account], "all");
  await boris.profile.meets("Same id");
  const room = roomOf(boris.profile, id);
  await until("Boris in the group", () => room.group !== null);
  silent = true;
  await assert.rejects(boris.profile.engine.addMembers(id, [chloe.profile.account]), { code: "network.offline" });
  const { item } = room.pending!;

  const group = (await roomOf(ada.profile, id).readGroup())!;
  const { number: seenNumber, head: seenHead } = room.data;
  const { epoch, bucket } = group;
  const people = peopleOf(ada.profile);
  const made = await commit(group, { seenNumber, seenHead, bucket }, people, Math.floor(Date.now() / 1000));
  const sequence = roomOf(ada.profile, id).nextSequence();
  const { device } = ada.profile;
  const fields = { kind: ItemKind.commit, room: id, epoch, bucket, device, sequence, item, seenNumber, seenHead };
  const raw = await signItem(fields, made.body, insideOf(ada.profile).keyholder.device.key);
  await room.receive({ number: seenNumber + 1, at_ms: Date.now(), raw });
  assert.equal(room.problem, null);
  assert.deepEqual(epochAuthenticator((await room.readGroup())!), epochAuthenticator(made.next));
  assert.equal(room.pending?.item, item);
  silent = false;
});

test("what somebody else has not sent is not erased by a sign-in without a question", async () => {
  const { profile } = boris;
  const [room] = await profile.engine.rooms();
  await profile.engine.saveDraft(room!.room, { text: "not yet said", reply: null });
  assert.deepEqual(await profile.engine.unsent(), { messages: 0, drafts: 1 });
  const refused = { code: "account.unsent", detail: { name: "Boris", messages: 0, drafts: 1 } };
  await assert.rejects(profile.engine.signIn("ada", PASSPHRASE), refused);
  assert.equal((await profile.engine.draft(room!.room)).text, "not yet said");
  await assert.rejects(profile.engine.signInWithRecovery("Ada", ada.recoveryKey), refused);
  await profile.engine.signIn("ada", PASSPHRASE, true);
  await until("Ada here", () => profile.account === ada.profile.account);
  assert.deepEqual(await profile.engine.unsent(), { messages: 0, drafts: 0 });
});
