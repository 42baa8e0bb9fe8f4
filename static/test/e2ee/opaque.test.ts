import assert from "node:assert/strict";
import { test } from "node:test";

import { server } from "@serenity-kit/opaque";

import { finishLogin, finishRegistration, opaqueReady, startLogin, startRegistration } from "../../src/e2ee/opaque.ts";
import { b64 } from "../../src/wire/bytes.ts";
import { newId } from "../../src/wire/ids.ts";
import { refused } from "./refused.ts";

test("the same passphrase gives the same export key; another one, or another server, is refused", async () => {
  await opaqueReady();
  const [serverSetup, userIdentifier] = [server.createSetup(), newId()];
  const begun = startRegistration("correct horse");
  const { registrationResponse } = server.createRegistrationResponse({
    serverSetup,
    userIdentifier,
    registrationRequest: begun.request,
  });
  const { record, exportKey } = finishRegistration("correct horse", begun.state, registrationResponse);
  assert.equal(exportKey.length, 64);

  const login = startLogin("correct horse");
  const respond = (setup: string) =>
    server.startLogin({
      serverSetup: setup,
      userIdentifier,
      registrationRecord: record,
      startLoginRequest: login.request,
    });
  const answer = respond(serverSetup);
  const finished = finishLogin("correct horse", login.state, answer.loginResponse);
  assert.deepEqual(finished.exportKey, exportKey);
  const proven = server.finishLogin({ serverLoginState: answer.serverLoginState, finishLoginRequest: finished.finish });
  assert.equal(proven.sessionKey, b64(finished.sessionKey));

  await refused("opaque.refused", () => finishLogin("wrong horse", login.state, answer.loginResponse));
  await refused("opaque.refused", () =>
    finishLogin("correct horse", login.state, respond(server.createSetup()).loginResponse),
  );
  await refused("opaque.refused", () => finishLogin("correct horse", login.state, "AAAA"));
});
