// A device that can not be let in, because its key packages are missing or unusable, holds up nobody else's changes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bucketOf } from "../../src/wire/envelope.ts";
import { roomOf } from "./inside.ts";
import { closeAll, type Character, type Fetch, invite, onboard, PASSPHRASE, Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let ada: Character;
let [boris, chloe]: Character[] = [];
let laptop: Profile;
/** What the server answers Ada who claims key packages; null for the truth. */
let claimed: ((packages: Record<string, string>) => Record<string, string>) | null = null;

before(async () => {
  server = await Server.start();
  const through =
    (send: Fetch): Fetch =>
    async (input, init) => {
      const answer = await send(input, init);
      if (claimed === null || !String(input).endsWith("/api/key-packages/claim")) return answer;
      return Response.json({
        packages: claimed(((await answer.json()) as { packages: Record<string, string> }).packages),
        missing: [],
      });
    };
  ada = await onboard(server, server.invitation!, "Ada", { through });
  await ada.profile.engine.changeAccount(ada.profile.account, { roles: ["administrator", "chair", "delegate"] });
  boris = await invite(server, ada, "Boris");
  chloe = await invite(server, ada, "Chloe");
});
after(async () => {
  closeAll();
  laptop?.close();
  await server?.stop();
});

test("with a member's unusable packages a new day begins all the same, and others come and go", async () => {
  const name = "Held up";
  const room = await ada.profile.engine.createRoom("huddle", name, [boris!.profile.account], "all");
  await ada.profile.say(room, "the first day");
  await boris!.profile.reads(room, "the first day");
  boris!.profile.close();
  laptop = new Profile(server);
  const unusable = {
    missing: () => ({}),
    garbage: (packages: Record<string, string>) => ({ ...packages, [laptop.device]: "AAAA" }),
  };
  claimed = unusable.missing;
  await laptop.open();
  await laptop.engine.signIn("boris", PASSPHRASE);
  await laptop.online();
  for (const [kind, answer] of Object.entries(unusable)) {
    claimed = answer;
    const inside = roomOf(ada.profile, room);
    const { epoch } = inside.data;
    // A day passes: only this number tells the client that the epoch is of another day.
    await inside.serial.run(async () => void (inside.data = { ...inside.data, bucket: bucketOf(Date.now()) - 1 }));
    await ada.profile.say(room, `the next day, ${kind}`);
    await until("sent", async () => (await ada.profile.texts(room)).includes(`the next day, ${kind}`));
    assert.equal(roomOf(ada.profile, room).data.epoch, epoch + 1, "the key is a new one");
  }
  claimed = (packages) => (laptop.device in packages ? unusable.garbage(packages) : packages);
  await ada.profile.engine.addMembers(room, [chloe!.profile.account]);
  await chloe!.profile.meets(name);
  claimed = null;
  await ada.profile.engine.addMembers(room, [boris!.profile.account]);
  await laptop.reads(room, "the next day, garbage");
  assert.equal((await laptop.view(room)).problem, null);
});
