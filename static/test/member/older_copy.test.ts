// A server whose data was put back from an older copy: who wrote since is told that this is another record.

import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { type Character, closeAll, company, Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let copy: string;
let [ada, boris]: Profile[] = [];

before(async () => {
  server = await Server.start();
  copy = await mkdtemp(join(tmpdir(), "portal-older-"));
  const people: Character[] = await company(server, ["Ada", "Boris"]);
  [ada, boris] = people.map(({ profile }) => profile);
});
after(async () => {
  closeAll();
  await server?.stop();
  await rm(copy, { recursive: true, force: true });
});

/** End the server, and begin it again on data that another folder holds, or that goes there. */
async function restarted(move: () => Promise<void>): Promise<void> {
  await server.kill();
  await move();
  await server.run();
}

const isDatabase = (name: string): boolean => name.startsWith("portal.sqlite3");

async function copied(from: string, to: string): Promise<void> {
  for (const name of await readdir(to)) if (isDatabase(name)) await rm(join(to, name));
  for (const name of await readdir(from)) if (isDatabase(name)) await cp(join(from, name), join(to, name));
}

test("who has written since the copy is alarmed, reads the record anew, and goes on with the others", async () => {
  const room = await ada!.engine.createRoom("huddle", "Talks", [boris!.account], "all");
  await boris!.meets("Talks");
  await ada!.say(room, "in the copy");
  await boris!.reads(room, "in the copy");
  // Whom the copy shows an older vault is told of that, and nothing else is looked at before it is cleared up.
  const everyone = [ada!, boris!];
  await until("vaults are kept", () => everyone.every(({ status }) => status.phase === "ready" && status.backup === "complete"));
  await restarted(() => copied(server.data, copy));
  await ada!.say(room, "after the copy");
  await boris!.reads(room, "after the copy");
  await restarted(() => copied(copy, server.data));
  await ada!.say(room, "is anybody here?");
  const problem = await until("an alarm", async () => (await ada!.view(room)).problem);
  assert.equal(problem.kind, "fork", problem.evidence);
  assert.deepEqual((await ada!.view(room)).answers, ["reread"]);
  await ada!.engine.answerProblem(room, "reread");
  await until("no alarm", async () => !(await ada!.view(room)).problem);
  const texts = (await ada!.entries(room)).flatMap((entry) => (entry.kind === "message" ? [entry.text] : []));
  assert.ok(texts.includes("in the copy") && !texts.includes("after the copy"), texts.join(", "));
  await ada!.say(room, "here again");
  await until("Boris is told as well", async () => (await boris!.view(room)).problem?.kind === "fork");
});
