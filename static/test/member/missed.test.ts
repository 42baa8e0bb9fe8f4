// A server that fails for longer than single requests are repeated, while the socket stands: what was missed is taken
// up when it answers again, without a new connection.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { type Character, type Fetch, invite, onboard, until } from "./profile.ts";
import { Server } from "./server.ts";

/** More often than one request is repeated (http.ts). */
const FAILURES = 6;

let server: Server;
let [ada, boris]: Character[] = [];
let failing: RegExp | null = null;
let failures = 0;

const through =
  (send: Fetch): Fetch =>
  async (input, init) => {
    if (!failing?.test(String(input))) return send(input, init);
    failures++;
    return Response.json({ error: { code: "server.busy", detail: {} } }, { status: 503 });
  };

before(async () => {
  server = await Server.start();
  ada = await onboard(server, server.invitation!, "Ada");
  await ada.profile.engine.changeAccount(ada.profile.account, { roles: ["administrator", "chair", "delegate"] });
  boris = await invite(server, ada, "Boris", ["delegate"], { through });
});
after(async () => {
  for (const person of [ada, boris]) person?.profile.close();
  await server?.stop();
});

for (const [what, request] of [
  ["the list of rooms", /\/api\/rooms$/],
  ["a room's record", /\/record\?/],
] as const) {
  test(`what was missed comes although ${what} could not be had for long`, async () => {
    const [chair, member] = [ada!.profile, boris!.profile];
    const room = await chair.engine.createRoom("huddle", what, [member.account], "all");
    await member.meets(what);
    member.engine.stop();
    await chair.say(room, "meanwhile");
    await until("sent", async () => (await chair.texts(room)).length === 1);
    [failing, failures] = [request, 0];
    await member.reopen();
    await member.online();
    await until("failing for long", () => failures >= FAILURES);
    assert.equal(member.status.phase === "ready" && member.status.settled, false);
    failing = null;
    await member.reads(room, "meanwhile");
    await until("settled", () => member.status.phase === "ready" && member.status.settled);
  });
}
