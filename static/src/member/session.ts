// Who is signed in in this browser. How somebody becomes that is in becoming.ts.

import { type DeviceList, verifyDeviceList } from "../e2ee/devices.ts";
import { type DeviceIdentity, statementFromJson } from "../e2ee/identity.ts";
import { signingKeyFromSeed } from "../e2ee/signing.ts";
import { type Bytes, equal } from "../wire/bytes.ts";
import type { Id } from "../wire/ids.ts";
import type { MeAnswer, StatementJson } from "./answers.ts";
import type { Me } from "./api.ts";
import { MemberError } from "./failure.ts";
import type { Http } from "./http.ts";
import type { Vault } from "./vault.ts";

/** What is kept under "session". `seed` is the device key's, `statement` the one that listed this device. */
export interface Session {
  account: Id;
  device: Id;
  seed: Bytes;
  vaultKey: Bytes;
  statement: StatementJson;
  me: Me;
  /** The last sign-in was with the recovery key. */
  needsPassphrase: boolean;
}

/** A session that the server knows, and the account's vault. */
export interface Opened {
  session: Session;
  vault: Vault;
}

/** The device as the crypto sees it. */
export async function identityOf(session: Session): Promise<DeviceIdentity> {
  const { account, device, seed } = session;
  return { account, device, kind: "browser", key: await signingKeyFromSeed(seed) };
}

/** The account's own list from the server, signed by the vault's key. */
export async function fetchOwnList(vault: Vault, http: Http): Promise<DeviceList> {
  const body = { accounts: [vault.account] };
  const lists = await http.post<Record<Id, StatementJson[]>>("/api/device-lists", body, { idempotent: true });
  return ownList(vault, lists[vault.account] ?? []);
}

/** What the page sees of an account's own row. */
export function meOf(answer: MeAnswer, device: Id): Me {
  const { account, name, handle, delegation, roles, languages, settings } = answer;
  const known = { disabled: false, was: null, interpreter: null };
  return { account, name, handle, delegation, roles, languages, ...known, device, settings };
}

/**
 * Verify the account's own list against its vault. MemberError "vault.damaged", "vault.rolled_back"; Refusal if it is
 * not what the account signed.
 */
export async function ownList(vault: Vault, statements: StatementJson[]): Promise<DeviceList> {
  const list = await verifyDeviceList(vault.account, statements.map(statementFromJson));
  if (!equal(list.sign, vault.sign.publicKey)) throw new MemberError("vault.damaged");
  // Whoever added a device had opened a vault of that version: an older one now means that the server went back.
  if (vault.version < list.vault)
    throw new MemberError("vault.rolled_back", { version: vault.version, known: list.vault });
  return list;
}
