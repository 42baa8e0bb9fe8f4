// Names are the server's word: another one than this person knew is shown, and counts where the person is verified.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { insideOf } from "./inside.ts";
import { closeAll, company, type Fetch, invite, PASSPHRASE, Profile } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let [ada, boris, chloe]: Profile[] = [];
let swapped = false;

/** A server that shows Boris and Chloe under each other's names. */
const through =
  (send: Fetch): Fetch =>
  async (input, init) => {
    const answer = await send(input, init);
    if (!swapped || !String(input).endsWith("/api/people")) return answer;
    const text = await answer.text();
    return new Response(text.replace("Boris", "?").replace("Chloe", "Boris").replace("?", "Chloe"));
  };

before(async () => {
  server = await Server.start();
  const [chair, second] = await company(server, ["Chloe", "Boris"]);
  [chloe, boris] = [chair!.profile, second!.profile];
  ada = (await invite(server, chair!, "Ada", ["delegate"], { through })).profile;
});
after(async () => {
  closeAll();
  await server?.stop();
});

async function was(profile: Profile): Promise<Record<string, string | null>> {
  return Object.fromEntries((await profile.engine.people()).map((person) => [person.name, person.was]));
}

test("two names that the server swaps: shown for everybody, looked at for whom one has verified", async () => {
  const room = await ada!.engine.createRoom("huddle", "Names", [boris!.account, chloe!.account], "all");
  const refused = { code: "person.renamed" };
  await assert.rejects(ada!.engine.setVerified(boris!.account, true, "Chloe"), refused);
  await ada!.engine.setVerified(boris!.account, true, "Boris");
  await ada!.say(room, "under their own names");
  swapped = true;
  await insideOf(ada!).people.all();
  assert.deepEqual(await was(ada!), { Ada: null, Boris: "Chloe", Chloe: "Boris" });
  assert.deepEqual((await ada!.view(room)).renamed, [boris!.account]);
  await assert.rejects(ada!.say(room, "to whom?"), { code: "person.renamed" });

  // Any browser of the person knows it: the names are in the vault.
  await insideOf(ada!).vault.flush();
  const second = await new Profile(server, { through }).open();
  await second.engine.signIn("ada", PASSPHRASE);
  await second.online();
  assert.equal((await was(second))["Boris"], "Chloe");

  // The name that was shown is accepted, and no other that has come meanwhile.
  await assert.rejects(ada!.engine.acceptName(boris!.account, "Boris"), refused);
  assert.deepEqual((await ada!.view(room)).renamed, [boris!.account]);
  await ada!.engine.acceptName(boris!.account, "Chloe");
  assert.deepEqual((await ada!.view(room)).renamed, []);
  assert.deepEqual(await was(ada!), { Ada: null, Boris: "Chloe", Chloe: null });
  await ada!.say(room, "looked at");
  await boris!.reads(room, "looked at");
});
