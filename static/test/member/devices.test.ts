// More browsers of one person, lost ones, revoked ones.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { closeAll, type Character, company, PASSPHRASE, Profile, until } from "./profile.ts";
import { peopleOf, roomOf } from "./inside.ts";
import { Server } from "./server.ts";

let server: Server;
let people: Character[];
let [ada, boris]: Profile[] = [];
const more: Profile[] = [];

before(async () => {
  server = await Server.start();
  people = await company(server, ["Ada", "Boris"]);
  [ada, boris] = people.map(({ profile }) => profile);
});
after(async () => {
  closeAll();
  await server?.stop();
});

async function another(): Promise<Profile> {
  const profile = await new Profile(server).open();
  more.push(profile);
  return profile;
}

test("a wrong passphrase and an unknown handle are refused alike", async () => {
  const browser = await another();
  await assert.rejects(browser.engine.signIn("boris", "something else entirely"), { code: "signin.refused" });
  await assert.rejects(browser.engine.signIn("nobody", PASSPHRASE), { code: "signin.refused" });
  await assert.rejects(browser.engine.signInWithRecovery("boris", "ABCD"), { code: "recovery_key.length" });
  assert.equal(browser.status.phase, "signed-out");
});

test("a second browser reads everything, is let into the group, and both write", async () => {
  const room = await ada!.engine.createRoom("huddle", "Two browsers", [boris!.account], "all");
  await ada!.say(room, "before the second browser");
  await boris!.reads(room, "before the second browser");
  const second = await another();
  await second.engine.signIn("Boris", PASSPHRASE);
  await second.online();
  assert.equal(await second.meets("Two browsers"), room);
  await second.reads(room, "before the second browser");
  await until("in the group", async () => (await second.view(room)).epochCode !== "");
  await second.say(room, "from the second browser");
  await boris!.say(room, "from the first browser");
  for (const profile of [ada!, boris!, second]) {
    await profile.reads(room, "from the second browser");
    await profile.reads(room, "from the first browser");
    assert.equal((await profile.view(room)).problem, null);
  }
  await ada!.engine.markRead(room, 3);
  assert.equal(peopleOf(second).isPinned(ada!.account), true);
});

test("a lost device is revoked: it erases itself, leaves the groups, and box keys change", async () => {
  const room = await ada!.engine.createRoom("huddle", "Lost device", [boris!.account], "all");
  const lost = await another();
  await lost.engine.signIn("boris", PASSPHRASE);
  await lost.online();
  await lost.meets("Lost device");
  await until("in the group", async () => (await lost.view(room)).epochCode !== "");
  const gone = lost.device;
  await boris!.engine.revokeDevice(gone);
  await until("erased", () => lost.status.phase === "revoked");
  assert.deepEqual(await lost.backend.list(""), [], "nothing is left on it");
  await until("out of the group", async () => {
    const member = (await ada!.view(room)).memberViews.find((one) => one.account === boris!.account);
    return member && !member.devices.some((device) => device.device === gone);
  });
  await ada!.say(room, "the lost device does not read this");
  await boris!.reads(room, "the lost device does not read this");
  const rows = await boris!.engine.devices();
  assert.equal(rows.find((row) => row.device === gone)?.revoked, true);
  assert.ok((await ada!.view(room)).members.includes(boris!.account), "its person is still in the room");
});

test("all devices lost, messages sent and the epoch changed meanwhile: the recovery key brings everything back", async () => {
  const room = await ada!.engine.createRoom("huddle", "Recovery", [boris!.account], "all");
  await boris!.meets("Recovery");
  await boris!.say(room, "my last words from here");
  await ada!.reads(room, "my last words from here");
  await until(
    "backed up",
    () =>
      boris!.status.phase === "ready" && boris!.status.backup === "complete" && peopleOf(boris!).isPinned(ada!.account),
  );
  const his = boris!.account;
  boris!.close();

  await ada!.say(room, "he is away");
  const before = roomOf(ada!, room).data.epoch;
  await ada!.engine.removeMember(room, his);
  await ada!.engine.addMembers(room, [his]);
  assert.ok(roomOf(ada!, room).data.epoch > before);
  await ada!.say(room, "in a newer epoch");
  await until("sent", async () => (await ada!.texts(room)).includes("in a newer epoch"));
  ada!.close();

  // Nobody else is there: only the server and the printed key.
  const fresh = await another();
  await fresh.engine.signInWithRecovery("boris", people[1]!.recoveryKey.toLowerCase().replaceAll(" ", "-"));
  await fresh.online();
  await fresh.meets("Recovery");
  for (const text of ["my last words from here", "he is away", "in a newer epoch"]) await fresh.reads(room, text);
  assert.equal(fresh.status.phase === "ready" && fresh.status.needsPassphrase, true);
  const item = await fresh.say(room, "back, with nothing but paper");
  await until("sent", async () =>
    (await fresh.messages(room)).some((entry) => entry.item === item && entry.sending === "sent"),
  );
  await fresh.engine.setPassphrase("a passphrase in between");
  // The sign-in with paper counted once; now the present passphrase has to be known.
  for (const proof of [undefined, { passphrase: PASSPHRASE }, { recoveryKey: people[0]!.recoveryKey }])
    await assert.rejects(fresh.engine.setPassphrase("another passphrase now", proof), { code: "signin.refused" });
  await fresh.engine.setPassphrase("an other one", { recoveryKey: people[1]!.recoveryKey });
  await fresh.engine.setPassphrase("another passphrase now", { passphrase: "an other one" });

  await ada!.reopen();
  await ada!.online();
  await ada!.reads(room, "back, with nothing but paper");
  await until("let in", async () => (await fresh.view(room)).epochCode !== "");
  await fresh.say(room, "and in the group again");
  await ada!.reads(room, "and in the group again");
  assert.equal((await ada!.view(room)).problem, null);
  assert.equal((await fresh.view(room)).problem, null);

  const later = await another();
  await assert.rejects(later.engine.signIn("boris", PASSPHRASE), { code: "signin.refused" });
  await later.engine.signIn("boris", "another passphrase now");
  await later.online();
  await later.meets("Recovery");
});

test("a renewed recovery key replaces the old one", async () => {
  const ada2 = await another();
  const { recoveryKey } = await ada!.engine.renewRecoveryKey();
  await assert.rejects(ada2.engine.signInWithRecovery("ada", people[0]!.recoveryKey), { code: "signin.refused" });
  await ada2.engine.signInWithRecovery("ada", recoveryKey);
  await ada2.online();
  assert.equal(ada2.account, ada!.account);
});

test("a session that is over leaves the data; signing in again goes on as the same device", async () => {
  const room = await ada!.engine.createRoom("huddle", "Session over", [], "all");
  await ada!.say(room, "before");
  await ada!.reads(room, "before");
  const device = ada!.device;
  ada!.forgetCookies();
  await ada!.reopen();
  await until("signed out", () => ada!.status.phase === "signed-out");
  await ada!.engine.signIn("ada", PASSPHRASE);
  await ada!.online();
  assert.equal(ada!.device, device);
  await ada!.say(room, "after");
  await ada!.reads(room, "after");
  assert.deepEqual(await ada!.texts(room), ["before", "after"]);
  assert.equal((await ada!.view(room)).problem, null);
});

test("signing out erases what was here", async () => {
  const browser = await another();
  await browser.engine.signIn("ada", PASSPHRASE);
  await browser.online();
  await browser.engine.signOut();
  assert.equal(browser.status.phase, "signed-out");
  assert.deepEqual(await browser.backend.list(""), []);
  await assert.rejects(browser.engine.rooms(), { code: "client.not_ready" });
});
