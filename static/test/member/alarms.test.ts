// What a person can answer to an alarm: each kind, what it costs, that it lasts, and that nothing is hidden by it.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { verifyBundle } from "../../src/e2ee/verify.ts";
import type { RoomProblem } from "../../src/member/api.ts";
import { type Character, closeAll, company, type Fetch, invite, PASSPHRASE, Profile, until } from "./profile.ts";
import { LyingServer } from "./proxy.ts";
import { Server } from "./server.ts";

let server: Server;
let lying: LyingServer;
let chair: Character;
let [ada, boris]: Profile[] = [];
let room: string;
let rooms = 0;

before(async () => {
  server = await Server.start();
  [chair] = (await company(server, ["Ada"])) as [Character];
  lying = await LyingServer.before(server);
  ada = chair.profile;
  boris = (await invite(server, chair, "Boris", ["delegate"], { origin: lying.origin })).profile;
});
after(async () => {
  closeAll();
  lying?.stop();
  await server?.stop();
});

beforeEach(async () => {
  lying.lie = (item) => [item];
  const name = `Room ${++rooms}`;
  room = await ada!.engine.createRoom("huddle", name, [boris!.account], "all");
  await boris!.meets(name);
  await ada!.say(room, "honest");
  await boris!.reads(room, "honest");
});

/** Wait for Boris's alarm, which must be of this kind. */
async function alarm(kind: RoomProblem["kind"]): Promise<RoomProblem> {
  const problem = await until("an alarm", async () => (await boris!.view(room)).problem);
  assert.equal(problem.kind, kind, problem.evidence);
  return problem;
}

/** The number that the next item gets. */
async function next(): Promise<number> {
  const last = await until("Ada has everything in the record", async () => (await ada!.entries(room)).at(-1)?.number);
  return last + 1;
}

test("an item of a revoked device: the person goes on, it stays refused, and that is not forgotten", async () => {
  const second = await new Profile(server).open();
  await second.engine.signIn("ada", PASSPHRASE);
  await second.online();
  const lost = second.device;
  await second.meets(`Room ${rooms}`);
  await until("the second device in the group", async () => (await second.view(room)).epochCode !== "");
  await until("everybody there", async () => (await ada!.view(room)).epochCode === (await second.view(room)).epochCode);
  boris!.engine.stop();
  const item = await second.say(room, "by the lost device");
  await ada!.reads(room, "by the lost device");
  const said = (await ada!.entries(room)).find((entry) => entry.kind === "message" && entry.item === item);
  const number = said!.number!; // not the next one before: a change of the members may have come in between
  await ada!.engine.revokeDevice(lost);
  // As if the server had taken it in hours after the revocation.
  lying.lie = (item) => [item.number === number ? { ...item, at_ms: item.at_ms + 3 * 3_600_000 } : item];
  await boris!.reopen();
  assert.equal((await alarm("forged")).number, number);
  assert.deepEqual((await boris!.view(room)).answers, ["continue", "reread"]);
  await boris!.engine.answerProblem(room, "continue");
  await boris!.reopen();
  await boris!.online();
  const view = await boris!.view(room);
  assert.equal(view.problem, null);
  assert.deepEqual(view.answers, []);
  assert.deepEqual(
    view.past.map((one) => [one.kind, one.number, one.answer]),
    [["forged", number, "continue"]],
  );
  const refused = (await boris!.entries(room)).find((entry) => entry.number === number);
  assert.equal(refused?.kind === "event" && refused.event, "refused");
  await boris!.say(room, "I go on");
  await ada!.reads(room, "I go on");
});

test("another record than everybody's: it can not be continued, is read anew, and the first one is kept", async () => {
  const number = await next();
  lying.lie = (item) => {
    const raw = item.raw.slice();
    if (item.number === number) raw[60]! ^= 1; // in the item's id, so that the record's head is another one, too
    return [{ ...item, raw }];
  };
  await ada!.say(room, "in the true record");
  await alarm("forged");
  await boris!.engine.answerProblem(room, "continue");
  const item = await boris!.say(room, "upon the false record");
  await alarm("fork");
  assert.deepEqual((await boris!.view(room)).answers, ["reread"]);
  await assert.rejects(boris!.engine.answerProblem(room, "continue"), { code: "room.blocked" });

  lying.lie = (honest) => [honest];
  const { parted } = await boris!.engine.answerProblem(room, "reread");
  assert.equal(parted, number);
  await boris!.reads(room, "in the true record");
  const view = await boris!.view(room);
  assert.equal(view.problem, null);
  assert.deepEqual(
    view.past.map((one) => [one.kind, one.answer, one.parted]),
    [
      ["forged", "continue", null],
      ["fork", "reread", number],
    ],
  );
  await boris!.engine.retry(room, item);
  await ada!.reads(room, "upon the false record");
  await until("in the group again", async () => (await boris!.view(room)).epochCode !== "");

  const evidence = await (await boris!.engine.roomEvidence(room)).text();
  const [first, ...lines] = evidence.trimEnd().split("\n");
  assert.equal(JSON.parse(first!).past.length, 2);
  const from = lines.findLastIndex((line) => line.startsWith('{"bundle"'));
  const [former, present] = [lines.slice(0, from), lines.slice(from)];
  assert.ok(!evidence.includes("true record") && !/^\{"epoch"/m.test(evidence), "no text and no keys");
  const { problems } = await verifyBundle(former);
  assert.ok(
    problems.some((one) => one.code === "forged" && one.number === number),
    JSON.stringify(problems),
  );
  assert.equal((await verifyBundle(present)).sound, true);
});

test("missing numbers: fetching again cures it only if they come", async () => {
  const number = await next();
  lying.lie = (item) => (item.number === number ? [] : [item]);
  await ada!.say(room, "held back");
  await ada!.say(room, "shown");
  await alarm("dropped");
  assert.deepEqual((await boris!.view(room)).answers, ["fetch"]);
  await boris!.engine.answerProblem(room, "fetch");
  assert.equal((await alarm("dropped")).number, number);
  lying.lie = (item) => [item];
  await boris!.engine.answerProblem(room, "fetch");
  const view = await boris!.view(room);
  assert.equal(view.problem, null);
  assert.deepEqual(
    view.past.map((one) => [one.kind, one.answer]),
    [["dropped", "fetch"]],
  );
  await boris!.reads(room, "held back");
  await boris!.say(room, "nothing is missing");
  await ada!.reads(room, "nothing is missing");
});

test("a commit of a day that has not come yet: somebody's clock was put ahead, and keys would never change again", async () => {
  const behind_ms = 5 * 86_400_000;
  const now_ms = (): number => Date.now() - behind_ms;
  // The reader's days are five behind, and the server says the same of its own clock.
  const through =
    (send: Fetch): Fetch =>
    async (input, init) => {
      const answer = await send(input, init);
      const headers = new Headers(answer.headers);
      headers.set("date", new Date(now_ms()).toUTCString());
      const body = [204, 205, 304].includes(answer.status) ? null : await answer.arrayBuffer();
      return new Response(body, { status: answer.status, headers });
    };
  const reader = (await invite(server, chair, "Chloe", ["delegate"], { through, now_ms })).profile;
  const ahead = await ada!.engine.createRoom("huddle", "Ahead", [reader.account], "none");
  const problem = await until("an alarm", async () => {
    return (await reader.engine.rooms()).find((one) => one.room === ahead)?.problem;
  });
  assert.equal(problem.kind, "commit-refused");
  assert.match(problem.evidence, /^commit\.bucket/);
});
