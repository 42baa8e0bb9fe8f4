// A server that keeps quiet about what has to be done: the revoked device is put out by whoever revoked it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { type Character, type Fetch, invite, onboard, PASSPHRASE, Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let [ada, boris]: Character[] = [];
let lost: Profile;
let quiet = false;

/** Rooms as the quiet server shows them: nothing is wanted of anybody. */
const through =
  (send: Fetch): Fetch =>
  async (input, init) => {
    const answer = await send(input, init);
    if (!quiet || !/\/api\/rooms(\/[\w-]+)?$/.test(String(input)) || (init?.method ?? "GET") !== "GET" || !answer.ok)
      return answer;
    const hushed = JSON.stringify(await answer.json()).replaceAll(
      /"wanting":\{[^}]*\}/g,
      '"wanting":{"add":[],"remove":[],"rejoin":[]}',
    );
    return new Response(hushed, { headers: answer.headers });
  };

before(async () => {
  server = await Server.start();
  ada = await onboard(server, server.invitation!, "Ada", { through });
  await ada.profile.engine.changeAccount(ada.profile.account, { roles: ["administrator", "chair", "delegate"] });
  boris = await invite(server, ada, "Boris", ["delegate"], { through });
});
after(async () => {
  for (const person of [ada, boris]) person?.profile.close();
  lost?.close();
  await server?.stop();
});

test("a revoked device leaves the group although the server asks nobody for it", async () => {
  const [chair, owner] = [ada!.profile, boris!.profile];
  const room = await chair.engine.createRoom("huddle", "Quiet", [owner.account], "all");
  await owner.meets("Quiet");
  lost = await new Profile(server).open();
  await lost.engine.signIn("boris", PASSPHRASE);
  await lost.online();
  await until("in the group", async () => (await lost.meets("Quiet")) && (await lost.view(room)).epochCode !== "");
  const seated = async (): Promise<string[]> =>
    (await chair.view(room)).memberViews
      .find((one) => one.account === owner.account)!
      .devices.map(({ device }) => device);
  const gone = lost.device;
  await until("both there", async () => (await seated()).length === 2);
  quiet = true;
  await owner.engine.revokeDevice(gone);
  await until("put out", async () => !(await seated()).includes(gone));
  await chair.say(room, "without it");
  await owner.reads(room, "without it");
  assert.equal((await owner.view(room)).problem, null);
});
