// An answer that does not come back must not cost anybody anything that can not be replaced.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { type Character, type Fetch, onboard, Profile } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let ada: Character;
let second: Profile;
let losing = 0;

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
  ada = await onboard(server, server.invitation!, "Ada", { through });
});
after(async () => {
  ada?.profile.close();
  second?.close();
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
