// Which alarm stands when there are several, and that none is lost unseen.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { answered, raised, resumed, stoppedBy } from "../../src/member/alarms.ts";
import type { RoomProblem } from "../../src/member/api.ts";
import { newRoom, type RoomData } from "../../src/member/roomdata.ts";
import { newId } from "../../src/wire/ids.ts";
import { closeAll, type Character, company, invite, type Profile, until } from "./profile.ts";
import { LyingServer } from "./proxy.ts";
import { Server } from "./server.ts";

let server: Server;
let lying: LyingServer;
let [ada, boris]: Profile[] = [];

before(async () => {
  server = await Server.start();
  lying = await LyingServer.before(server);
  const [chair] = (await company(server, ["Ada"])) as [Character];
  ada = chair.profile;
  boris = (await invite(server, chair, "Boris", ["delegate"], { origin: lying.origin })).profile;
});
after(async () => {
  closeAll();
  lying?.stop();
  await server?.stop();
});

function problem(kind: RoomProblem["kind"], number: number): RoomProblem {
  return { kind, number, evidence: `${kind} at ${number}` };
}

function empty(): RoomData {
  const word = { room: newId(), kind: "huddle", state: "active", role: "member", members: [] } as const;
  return newRoom({ ...word, members: [], cursor: 0, visible_from: 1 });
}

function outcomes({ past }: RoomData): [string, number, string][] {
  return past.map(({ kind, number, answer }) => [kind, number, answer]);
}

test("a fork takes the place of a milder alarm, of no fork, and of no stop", () => {
  const dropped = raised(empty(), problem("dropped", 3), 1);
  assert.equal(raised(dropped, problem("forged", 4), 2), dropped);
  const fork = raised(dropped, problem("fork", 5), 2);
  assert.deepEqual(fork.problem, problem("fork", 5));
  assert.deepEqual(outcomes(fork), [["dropped", 3, "outweighed"]]);
  assert.equal(raised(fork, problem("fork", 6), 3), fork);
  const stopped = stoppedBy(empty(), problem("commit-refused", 5), 1);
  assert.equal(raised(stopped, problem("fork", 6), 2), stopped);
});

test("a stop keeps the fork that it outweighs; rejoining ends the stop and brings the fork back", () => {
  const stopped = stoppedBy(raised(empty(), problem("fork", 5), 1), problem("commit-refused", 7), 2);
  assert.deepEqual(stopped.problem, problem("commit-refused", 7));
  assert.deepEqual(outcomes(stopped), [["fork", 5, "outweighed"]]);
  const rejoined = resumed(stopped, 3);
  assert.equal(rejoined.stopped, false);
  assert.deepEqual(rejoined.problem, problem("fork", 5));
  assert.deepEqual(outcomes(rejoined), [["commit-refused", 7, "rejoin"]]);
});

test("rejoining after the record was read anew brings no fork back", () => {
  const stopped = stoppedBy(raised(empty(), problem("fork", 5), 1), problem("forged", 7), 2);
  const anew = answered({ ...stopped, stopped: false }, "reread", 3);
  const rejoined = resumed(stoppedBy(anew, problem("commit-refused", 9), 4), 5);
  assert.equal(rejoined.problem, null);
  assert.deepEqual(
    outcomes(rejoined).map(([, , answer]) => answer),
    ["outweighed", "reread", "rejoin"],
  );
});

test("a fork that comes with what was fetched again is shown, not answered with it", async () => {
  const room = await ada!.engine.createRoom("huddle", "Fetched", [boris!.account], "all");
  await boris!.meets("Fetched");
  await ada!.say(room, "honest");
  const last = (await boris!.reads(room, "honest")).number!;
  lying.lie = (item) => (item.number === last + 1 ? [] : [item]);
  await ada!.say(room, "held back");
  await ada!.say(room, "shown");
  await until("an alarm", async () => (await boris!.view(room)).problem?.kind === "dropped");
  // The missing number comes, as another item than the one that Ada saw there.
  lying.lie = (item) => {
    const raw = item.raw.slice();
    if (item.number === last + 1) raw[60]! ^= 1; // in the item's id
    return [{ ...item, raw }];
  };
  await boris!.engine.answerProblem(room, "fetch");
  const view = await boris!.view(room);
  assert.equal(view.problem?.kind, "fork");
  assert.deepEqual(view.answers, ["reread"]);
  assert.deepEqual(
    view.past.map(({ kind, answer }) => [kind, answer]),
    [["dropped", "outweighed"]],
  );
});
