// A server that drops, reorders, repeats, alters or forks the record: each is noticed, said, and nothing more is sent.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import type { RoomProblem } from "../../src/member/api.ts";
import { closeAll, type Character, company, invite, Profile, until } from "./profile.ts";
import { type Item, type Lie, LyingServer } from "./proxy.ts";
import { Server } from "./server.ts";

let server: Server;
let lying: LyingServer;
let people: Character[];
let deceived: Character;
let [ada, chloe, boris]: Profile[] = [];
let room: string;
let rooms = 0;

before(async () => {
  server = await Server.start();
  people = await company(server, ["Ada", "Chloe"]);
  lying = await LyingServer.before(server);
  deceived = await invite(server, people[0]!, "Boris", ["delegate"], { origin: lying.origin });
  [ada, chloe, boris] = [...people, deceived].map(({ profile }) => profile);
});
after(async () => {
  closeAll();
  lying?.stop();
  await server?.stop();
});

beforeEach(async () => {
  lying.lie = (item) => [item];
  const name = `Room ${++rooms}`;
  room = await ada!.engine.createRoom("huddle", name, [boris!.account, chloe!.account], "all");
  await boris!.meets(name);
  await chloe!.meets(name);
  await ada!.say(room, "honest");
  await boris!.reads(room, "honest");
  await chloe!.reads(room, "honest");
});

async function alarm(kinds: RoomProblem["kind"][]): Promise<RoomProblem> {
  const problem = await until("an alarm", async () => (await boris!.view(room)).problem);
  assert.ok(kinds.includes(problem.kind), `${problem.kind}: ${problem.evidence}`);
  assert.ok(problem.evidence.length > 10, "the evidence says something");
  await assert.rejects(boris!.say(room, "does this go out?"), { code: "room.blocked" });
  return problem;
}

/** Items of this room from number `first` on, told otherwise. */
function from(first: number, tell: Lie): Lie {
  return (item) => (item.number < first ? [item] : tell(item));
}

async function end(): Promise<number> {
  const entries = await until("the end", async () => {
    const listed = await ada!.entries(room);
    return listed.at(-1)?.number ? listed : null;
  });
  return entries.at(-1)!.number!;
}

test("an item left out, its number too: numbers are missing", async () => {
  const next = (await end()) + 1;
  lying.lie = (item) => (item.number === next ? [] : [item]);
  await ada!.say(room, "hidden");
  await ada!.say(room, "shown");
  assert.equal((await alarm(["dropped"])).number, next);
});

test("an item left out and the others numbered on: the author's sequence shows it", async () => {
  const next = (await end()) + 1;
  lying.lie = from(next, (item) => (item.number === next ? [] : [{ ...item, number: item.number - 1 }]));
  await ada!.say(room, "hidden");
  await ada!.say(room, "shown");
  await alarm(["dropped", "fork"]);
});

test("the last item of one author left out: the next one's seen head shows it", async () => {
  const next = (await end()) + 1;
  lying.lie = from(next, (item) => (item.number === next ? [] : [{ ...item, number: item.number - 1 }]));
  await ada!.say(room, "hidden");
  await chloe!.reads(room, "hidden");
  await chloe!.say(room, "I answer to the hidden one");
  const problem = await alarm(["fork"]);
  assert.match(problem.evidence, /saw [0-9a-f]{64}, here ([0-9a-f]{64}|nothing)/);
});

test("two items in the other order", async () => {
  const next = (await end()) + 1;
  let held: Item | null = null;
  lying.lie = from(next, (item) => {
    if (item.number === next) {
      held = item;
      return [];
    }
    if (item.number !== next + 1 || !held) return [item];
    return [
      { ...item, number: next },
      { ...held, number: next + 1 },
    ];
  });
  await ada!.say(room, "first");
  await chloe!.reads(room, "first");
  await chloe!.say(room, "second");
  await alarm(["fork"]);
});

test("an item shown again later", async () => {
  const next = (await end()) + 1;
  let kept: Item | null = null;
  lying.lie = from(next, (item) => {
    if (item.number === next) kept = item;
    if (item.number === next + 1) return [{ ...kept!, number: next + 1 }];
    return item.number > next + 1 ? [{ ...item, number: item.number + 1 }] : [item];
  });
  await ada!.say(room, "pay 5");
  await boris!.reads(room, "pay 5");
  await chloe!.reads(room, "pay 5");
  await chloe!.say(room, "replaced by a repetition");
  const problem = await alarm(["forged"]);
  assert.match(problem.evidence, /stands at \d+ already/);
  assert.equal((await boris!.texts(room)).filter((text) => text === "pay 5").length, 1);
});

test("an item with a changed body", async () => {
  const next = (await end()) + 1;
  lying.lie = from(next, (item) => {
    const raw = item.raw.slice();
    raw[raw.length - 1]! ^= 1;
    return [{ ...item, raw }];
  });
  await ada!.say(room, "altered");
  await alarm(["forged"]);
});

test("an item with a changed header: its named sender did not sign it", async () => {
  const next = (await end()) + 1;
  lying.lie = from(next, (item) => {
    const raw = item.raw.slice();
    raw[60]! ^= 1; // in the item's id
    return [{ ...item, raw }];
  });
  await ada!.say(room, "forged");
  await alarm(["forged"]);
  const last = (await boris!.entries(room)).at(-1)!;
  assert.equal(last.kind === "event" && last.event, "refused");
});

test("another item at a place that was seen already", async () => {
  const last = await end();
  let shown: Item | null = null;
  lying.lie = (item) => [item];
  await ada!.say(room, "the one");
  await boris!.reads(room, "the one");
  lying.lie = from(last + 2, (item) => {
    shown = item;
    return [{ ...item, number: last + 1 }];
  });
  await ada!.say(room, "the other");
  await until("shown", () => shown);
  await alarm(["fork"]);
});

test("an alarm outlives the page and leaves what was read", async () => {
  const next = (await end()) + 1;
  lying.lie = (item) => (item.number === next ? [] : [item]);
  await ada!.say(room, "hidden");
  await ada!.say(room, "shown");
  const problem = await alarm(["dropped"]);
  lying.lie = (item) => [item];
  await boris!.reopen();
  assert.deepEqual((await boris!.view(room)).problem, problem);
  assert.ok((await boris!.texts(room)).includes("honest"));
  await boris!.online();
});
