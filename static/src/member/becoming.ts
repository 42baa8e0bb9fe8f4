// The ways of becoming someone: invitation, passphrase, printed recovery key.
//
//   prepare → enrol                      a new account; keys and vault are made before anything is sent
//   withPassphrase / withRecoveryKey     → unwrap the vault key → open the vault → verify the own device list
//   → bind                               this browser's device: the one it has, if unrevoked, else a new one

import { sha256 } from "@noble/hashes/sha2.js";

import { newBoxKey } from "../e2ee/box.ts";
import { addDevice, found, verifyDeviceList } from "../e2ee/devices.ts";
import { type DeviceIdentity, type Statement, statementToJson } from "../e2ee/identity.ts";
import { finishLogin, finishRegistration, opaqueReady, startLogin, startRegistration } from "../e2ee/opaque.ts";
import { newRecoveryKey, parseRecoveryKey, printRecoveryKey, recoveryAuth, recoveryWrapKey } from "../e2ee/recovery.ts";
import { Refusal } from "../e2ee/refusal.ts";
import { newSigningKey, type SigningKey } from "../e2ee/signing.ts";
import { newVaultKey, passphraseWrapKey, sealVault, unwrapVaultKey, wrapVaultKey } from "../e2ee/vault.ts";
import { b64, type Bytes, unb64 } from "../wire/bytes.ts";
import { type Id, newId } from "../wire/ids.ts";
import type { MeAnswer, SignedInAnswer, VaultAnswer } from "./answers.ts";
import type { NewAccount, OwnerProof } from "./api.ts";
import { hasCode, MemberError } from "./failure.ts";
import type { Http } from "./http.ts";
import { arriving } from "./loading.ts";
import { fetchOwnList, meOf, type Opened, ownList, type Session } from "./session.ts";
import type { Store } from "./store.ts";
import { Vault } from "./vault.ts";

/** Keys and vault of an account to be. The passphrase is kept until the account is made, in memory only. */
export interface Prepared {
  invitation: { id: string; secret: string };
  wish: NewAccount;
  account: Id;
  sign: SigningKey;
  device: DeviceIdentity;
  vaultKey: Bytes;
  recoveryKey: Bytes;
  statements: [Statement, Statement];
  vault: VaultAnswer;
}

/** That the server knows who signs in, and the key to the account's vault. */
export interface Proof {
  answer: SignedInAnswer;
  vaultKey: Bytes;
}

type Clock = () => number;

/** The server's message of a proof of a passphrase, and the last one to it. */
interface Started {
  attempt: string;
  response: string;
}
interface Finish {
  attempt: string;
  finish: string;
}

const OPAQUE_MS = 60_000;
const ATTEMPTS = 4;

/** Make everything for a new account. Nothing is sent. */
export async function prepare(id: string, secret: string, wish: NewAccount, now_s: Clock): Promise<Prepared> {
  const account = newId();
  const [sign, box, key] = await Promise.all([newSigningKey(), newBoxKey(), newSigningKey()]);
  const device: DeviceIdentity = { account, device: newId(), kind: "browser", key };
  const vaultKey = newVaultKey();
  const founding = await found({ account, at_s: now_s(), sign, box: box.publicKey });
  const list = await verifyDeviceList(account, [founding]);
  const adding = await addDevice(list, sign, listing(device, 1, now_s()));
  const content = { sign: sign.seed, box: [box.seed], pins: {}, labels: {} };
  const sealed = await sealVault(content, vaultKey, account, 1, sign);
  const vault = { version: sealed.version, sealed: b64(sealed.sealed), sig: b64(sealed.sig) };
  const recoveryKey = newRecoveryKey();
  return {
    invitation: { id, secret },
    wish,
    account,
    sign,
    device,
    vaultKey,
    recoveryKey,
    statements: [founding, adding],
    vault,
  };
}

/** The printed form of a prepared account's recovery key. */
export function printed(prepared: Prepared): string {
  return printRecoveryKey(prepared.recoveryKey);
}

/** Register a prepared account; its browser is signed in then. */
export async function enrol(prepared: Prepared, http: Http, store: Store): Promise<Opened> {
  const { account, wish, vaultKey, recoveryKey, invitation, device } = prepared;
  const { record, exportKey } = await register(wish.passphrase, (request) =>
    http.post<{ response: string }>("/api/onboarding/start", { ...invitation, account, request }),
  );
  const wraps = {
    passphrase: b64(await wrapVaultKey(vaultKey, account, "passphrase", passphraseWrapKey(exportKey))),
    recovery: b64(await wrapVaultKey(vaultKey, account, "recovery", recoveryWrapKey(recoveryKey))),
  };
  const body = {
    ...invitation,
    account,
    handle: wish.handle,
    name: wish.name,
    languages: wish.languages,
    opaque_record: record,
    statements: prepared.statements.map(statementToJson),
    vault: prepared.vault,
    wraps,
    recovery_auth_sha256: b64(sha256(recoveryAuth(recoveryKey))),
  };
  const me = await http.post<MeAnswer>("/api/onboarding/finish", body, { timeout_ms: OPAQUE_MS });
  const vault = await Vault.open({ account, key: vaultKey }, prepared.vault, http, store);
  const statement = statementToJson(prepared.statements[1]);
  const session = { account, device: device.device, seed: device.key.seed, vaultKey, statement };
  return { session: { ...session, me: meOf(me, device.device), needsPassphrase: false }, vault };
}

/** Sign in with a passphrase. MemberError signin.refused, alike for a wrong one and an unknown handle. */
export async function withPassphrase(
  handle: string,
  passphrase: string,
  http: Http,
): Promise<Proof> {
  const { proof, exportKey } = await proven(passphrase, (request) =>
    http.post<Started>("/api/sign-in/start", { handle, request }),
  );
  const answer = await http.post<SignedInAnswer>("/api/sign-in/finish", proof, { timeout_ms: OPAQUE_MS });
  const wrap = unb64(answer.wraps.passphrase);
  return { answer, vaultKey: await unwrapVaultKey(wrap, answer.account, "passphrase", passphraseWrapKey(exportKey)) };
}

/** Sign in with the printed key. Refusal recovery_key.* for what can not be one; MemberError signin.refused. */
export async function withRecoveryKey(
  handle: string,
  text: string,
  http: Http,
): Promise<Proof> {
  const key = parseRecoveryKey(text);
  const body = { handle, recovery_auth: b64(recoveryAuth(key)) };
  const answer = await http.post<SignedInAnswer>("/api/sign-in/recovery", body);
  const wrap = unb64(answer.wraps.recovery);
  return { answer, vaultKey: await unwrapVaultKey(wrap, answer.account, "recovery", recoveryWrapKey(key)) };
}

/**
 * Open the vault of a signed-in account and bind the server's session to this browser's device: `before`, if it is the
 * same account's and not revoked, else a new one. Refusal if vault or device list are not what the account signed.
 */
export async function bind(
  { answer, vaultKey }: Proof,
  before: Session | undefined,
  http: Http,
  store: Store,
  now_s: Clock,
): Promise<{ opened: Opened; device: "kept" | "new" }> {
  const { account } = answer;
  const vault = await Vault.open({ account, key: vaultKey }, answer.vault, http, store);
  let list = await ownList(vault, answer.statements);
  const usable = before?.account === account && list.devices.get(before.device)?.revoked === false;
  if (usable) {
    await http.post("/api/devices", { statement: before.statement }, { idempotent: true });
    const session = { ...before, vaultKey, me: meOf(answer, before.device), needsPassphrase: false };
    return { opened: { session, vault }, device: "kept" };
  }
  const key = await newSigningKey();
  const identity: DeviceIdentity = { account, device: newId(), kind: "browser", key };
  for (let attempt = 1; ; attempt++) {
    const statement = statementToJson(await addDevice(list, vault.sign, listing(identity, vault.version, now_s())));
    try {
      await http.post("/api/devices", { statement }, { idempotent: true });
      const session = { account, device: identity.device, seed: key.seed, vaultKey, statement, needsPassphrase: false };
      return { opened: { session: { ...session, me: meOf(answer, identity.device) }, vault }, device: "new" };
    } catch (error) {
      if (!hasCode(error, "device.list_moved") || attempt === ATTEMPTS) throw error;
      list = await fetchOwnList(vault, http);
    }
  }
}

/**
 * Give the account another passphrase. MemberError signin.refused if `owner` does not prove that its owner asks;
 * Refusal recovery_key.* for what can not be one.
 */
export async function changePassphrase(
  session: Session,
  passphrase: string,
  owner: OwnerProof | undefined,
  http: Http,
): Promise<void> {
  const { account, vaultKey } = session;
  const { record, exportKey } = await register(passphrase, (request) =>
    http.post<{ response: string }>("/api/passphrase/start", { request }),
  );
  const wrap = b64(await wrapVaultKey(vaultKey, account, "passphrase", passphraseWrapKey(exportKey)));
  // Last, because the server's answer to it counts for a minute only.
  const shown = owner && (await shownBy(owner, http));
  await http.post("/api/passphrase/finish", { opaque_record: record, wrap, ...shown }, { timeout_ms: OPAQUE_MS });
}

async function shownBy(owner: OwnerProof, http: Http): Promise<{ proof: Finish } | { recovery_auth: string }> {
  if ("recoveryKey" in owner) return { recovery_auth: b64(recoveryAuth(parseRecoveryKey(owner.recoveryKey))) };
  const { proof } = await proven(owner.passphrase, (request) =>
    http.post<Started>("/api/passphrase/prove", { request }),
  );
  return { proof };
}

/** Give the account another printed key; returns its printed form. */
export async function renewRecoveryKey(session: Session, vault: Vault): Promise<string> {
  const key = newRecoveryKey();
  const recovery = b64(await wrapVaultKey(session.vaultKey, session.account, "recovery", recoveryWrapKey(key)));
  await vault.putWraps({ wraps: { recovery }, recovery_auth_sha256: b64(sha256(recoveryAuth(key))) });
  return printRecoveryKey(key);
}

/** The last message of a proof of a passphrase. MemberError signin.refused where the answer shows that it is wrong. */
async function proven(
  passphrase: string,
  exchange: (request: string) => Promise<Started>,
): Promise<{ proof: Finish; exportKey: Bytes }> {
  await arriving("opaquelibrary", opaqueReady);
  const { state, request } = startLogin(passphrase);
  const { attempt, response } = await exchange(request);
  const { finish, exportKey } = refusedAs("signin.refused", () => finishLogin(passphrase, state, response));
  return { proof: { attempt, finish }, exportKey };
}

async function register(
  passphrase: string,
  exchange: (request: string) => Promise<{ response: string }>,
): Promise<{ record: string; exportKey: Bytes }> {
  await arriving("opaquelibrary", opaqueReady);
  const { state, request } = startRegistration(passphrase);
  const { response } = await exchange(request);
  return finishRegistration(passphrase, state, response);
}

function listing({ device, kind, key }: DeviceIdentity, vault: number, at_s: number): Parameters<typeof addDevice>[2] {
  return { at_s, device, key: key.publicKey, kind, vault };
}

function refusedAs<T>(code: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    throw error instanceof Refusal ? new MemberError(code, {}, { cause: error }) : error;
  }
}
