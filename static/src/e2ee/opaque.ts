// OPAQUE (RFC 9807), the browser's half: the passphrase never leaves this thread, and only it yields the export key.

import { type Bytes, unb64 } from "../wire/bytes.ts";
import { Refusal, refusing } from "./refusal.ts";

/** Argon2id with 64 MiB, 3 passes, 4 lanes: RFC 9106's second recommended option. About half a second a sign-in. */
const keyStretching = "memory-constrained";
const EXPORT_KEY_BYTES = 64;
const SESSION_KEY_BYTES = 64;

/** The first half of a step: `state` stays here, `request` goes to the server. */
export interface Started {
  readonly state: string;
  readonly request: string;
}

/** The library's client, once it was fetched: it is as large as all the rest, and only a passphrase needs it. */
let client: (typeof import("./opaquelibrary.ts"))["client"];

/** Resolves when the library has been fetched and compiled; call before any other function of this module. */
export async function opaqueReady(): Promise<void> {
  const library = await import("./opaquelibrary.ts");
  await library.ready;
  ({ client } = library);
}

/** Begin to register a passphrase. */
export function startRegistration(passphrase: string): Started {
  const started = client.startRegistration({ password: passphrase });
  return { state: started.clientRegistrationState, request: started.registrationRequest };
}

/** End it: `record` goes to the server, `exportKey` (64 bytes) wraps the vault key. Refusal "opaque.refused". */
export function finishRegistration(
  passphrase: string,
  state: string,
  response: string,
): { record: string; exportKey: Bytes } {
  const password = passphrase;
  const finished = answered(() =>
    client.finishRegistration({
      password,
      clientRegistrationState: state,
      registrationResponse: response,
      keyStretching,
    }),
  );
  return { record: finished.registrationRecord, exportKey: unb64(finished.exportKey, EXPORT_KEY_BYTES) };
}

/** Begin to sign in. */
export function startLogin(passphrase: string): Started {
  const started = client.startLogin({ password: passphrase });
  return { state: started.clientLoginState, request: started.startLoginRequest };
}

/** End it: `finish` proves the passphrase to the server, `exportKey` opens the wrap. Refusal "opaque.refused". */
export function finishLogin(
  passphrase: string,
  state: string,
  response: string,
): { finish: string; exportKey: Bytes; sessionKey: Bytes } {
  const password = passphrase;
  const finished = answered(() =>
    client.finishLogin({ password, clientLoginState: state, loginResponse: response, keyStretching }),
  );
  return {
    finish: finished.finishLoginRequest,
    exportKey: unb64(finished.exportKey, EXPORT_KEY_BYTES),
    sessionKey: unb64(finished.sessionKey, SESSION_KEY_BYTES),
  };
}

/** The library throws on an answer that it can not read, and returns nothing when the passphrase is another one. */
function answered<T>(finish: () => T | undefined): T {
  const finished = refusing("opaque.refused", finish);
  if (finished === undefined) throw new Refusal("opaque.refused");
  return finished;
}
