// The device list of an account: a chain of signed statements (docs/protocol.md §1), made and verified.
//
// | statement | place   | rules                                                                                  |
// |-----------|---------|----------------------------------------------------------------------------------------|
// | found     | seq 0   | prev is empty; signed by the key that it names                                         |
// | add       | seq ≥ 1 | device id and key never used in this list, nor is it the sign key; `vault` never falls |
// | revoke    | seq ≥ 1 | the device is listed and unrevoked; the box key was never used in this list            |
// | all       |         | canonical, this account, seq = the one before + 1, prev = its hash, signed by `sign`   |

import { sha256 } from "@noble/hashes/sha2.js";

import { b64, type Bytes, concat, equal, own, unb64, utf8 } from "../wire/bytes.ts";
import { type CanonicalObject, canonicalJson, integerOf, parseCanonicalObject, textOf } from "../wire/canonical.ts";
import { type Id, isId } from "../wire/ids.ts";
import { isBoxPublicKey } from "./boxkey.ts";
import { type DeviceKind, isDeviceKind, type Statement } from "./identity.ts";
import { Refusal, refusing, require } from "./refusal.ts";
import { isSignatureKey, PUBLIC_KEY_BYTES } from "./signaturekey.ts";
import { sign, type SigningKey, verify } from "./signing.ts";

const LABEL = utf8("portal device list v1\0");
const BODY_MAX_BYTES = 4096;

/** A device of a list; a revoked one stays listed for ever. `key` has 32 bytes. */
export interface ListedDevice {
  readonly device: Id;
  readonly key: Bytes;
  readonly kind: DeviceKind;
  readonly added_s: number;
  readonly revoked: boolean;
}

/** A verified list. `sign` has 32 bytes, `box` (the one that counts) and `boxes` (oldest first) 1,216, `head` 32. */
export interface DeviceList {
  readonly account: Id;
  readonly sign: Bytes;
  readonly box: Bytes;
  readonly boxes: readonly Bytes[];
  readonly devices: ReadonlyMap<Id, ListedDevice>;
  readonly vault: number;
  readonly head: Bytes;
  readonly seq: number;
  readonly at_s: number;
}

/** Where group and record code asks whether a device is its account's. */
export interface Directory {
  device(account: Id, device: Id): ListedDevice | undefined;
}

/** A directory over verified lists. */
export function directoryOf(lists: Iterable<DeviceList>): Directory {
  const byAccount = new Map([...lists].map((list) => [list.account, list]));
  return { device: (account, device) => byAccount.get(account)?.devices.get(device) };
}

/** The hash that the statement after this one names, 32 bytes: the list's head as long as there is none. */
export function statementHead(body: Uint8Array): Bytes {
  return own(sha256(concat(LABEL, body)));
}

/** The first statement of a new account. `box` is its first box key, 1,216 bytes. */
export function found(fields: { account: Id; at_s: number; sign: SigningKey; box: Uint8Array }): Promise<Statement> {
  const { account, at_s, box } = fields;
  const body = {
    account,
    at: at_s,
    op: "found",
    prev: "",
    seq: 0,
    sign: b64(fields.sign.publicKey),
    box: b64(box),
    v: 1,
  };
  return signed(body, fields.sign);
}

/** The statement that adds a device. `vault` is the version of the vault that this browser has opened. */
export function addDevice(
  list: DeviceList,
  key: SigningKey,
  added: { at_s: number; device: Id; key: Uint8Array; kind: DeviceKind; vault: number },
): Promise<Statement> {
  const { device, kind, vault } = added;
  return signed({ ...following(list, added.at_s), op: "add", device, key: b64(added.key), kind, vault }, key);
}

/** The statement that revokes a device and brings the account's next box key (1,216 bytes). */
export function revokeDevice(
  list: DeviceList,
  key: SigningKey,
  revoked: { at_s: number; device: Id; box: Uint8Array },
): Promise<Statement> {
  const { device, box } = revoked;
  return signed({ ...following(list, revoked.at_s), op: "revoke", device, box: b64(box) }, key);
}

/**
 * Verify a whole chain from its founding.
 *
 * `known` is a place of the chain that was seen before: another statement there is Refusal "device_list.forked", a
 * chain that ends before it "device_list.rolled_back". Any broken rule is a Refusal with a code of its own.
 */
export async function verifyDeviceList(
  account: Id,
  statements: readonly Statement[],
  known?: { readonly seq: number; readonly head: Uint8Array },
): Promise<DeviceList> {
  let list: DeviceList | undefined;
  for (const statement of statements) {
    list = await append(account, list, statement);
    const forked = known !== undefined && list.seq === known.seq && !equal(list.head, known.head);
    if (forked) throw new Refusal("device_list.forked", { account, seq: list.seq });
  }
  if (list === undefined) throw new Refusal("device_list.malformed", { account });
  if (known !== undefined && list.seq < known.seq) {
    throw new Refusal("device_list.rolled_back", { account, seq: list.seq, known: known.seq });
  }
  return list;
}

async function append(account: Id, list: DeviceList | undefined, statement: Statement): Promise<DeviceList> {
  const fields = refusing("device_list.malformed", () => parseStatement(statement.body));
  const seq = list === undefined ? 0 : list.seq + 1;
  const prev = list === undefined ? "" : b64(list.head);
  require(textOf(fields, "account") === account, "device_list.other_account", { account });
  require(integerOf(fields, "seq") === seq && textOf(fields, "prev") === prev, "device_list.broken_chain", {
    account,
    seq,
  });
  const signedBytes = concat(LABEL, statement.body);
  const key = list?.sign ?? unb64(textOf(fields, "sign"), PUBLIC_KEY_BYTES);
  require(await verify(key, signedBytes, statement.sig), "device_list.forged", { account, seq });
  const place = { seq, head: own(sha256(signedBytes)), at_s: integerOf(fields, "at") };
  if (list === undefined) return { ...founded(account, fields), ...place };
  const next = fields["op"] === "add" ? withDevice(list, fields, place.at_s) : withoutDevice(list, fields);
  return { ...next, ...place };
}

function founded(account: Id, fields: CanonicalObject): Omit<DeviceList, "seq" | "head" | "at_s"> {
  const box = unb64(textOf(fields, "box"));
  const sign = unb64(textOf(fields, "sign"), PUBLIC_KEY_BYTES);
  return { account, sign, box, boxes: [box], devices: new Map(), vault: 0 };
}

function withDevice(list: DeviceList, fields: CanonicalObject, added_s: number): DeviceList {
  const device = textOf(fields, "device");
  const key = unb64(textOf(fields, "key"), PUBLIC_KEY_BYTES);
  const kind = textOf(fields, "kind");
  const vault = integerOf(fields, "vault");
  const { account } = list;
  const keys = [list.sign, ...[...list.devices.values()].map((listed) => listed.key)];
  require(!list.devices.has(device), "device_list.reused", { account, device });
  require(!keys.some((used) => equal(used, key)), "device_list.reused", { account, device });
  require(isDeviceKind(kind) && vault >= list.vault, "device_list.malformed", { account, device });
  const devices = new Map(list.devices).set(device, { device, key, kind, added_s, revoked: false });
  return { ...list, devices, vault };
}

function withoutDevice(list: DeviceList, fields: CanonicalObject): DeviceList {
  const device = textOf(fields, "device");
  const box = unb64(textOf(fields, "box"));
  const { account } = list;
  const listed = list.devices.get(device);
  if (listed === undefined || listed.revoked) throw new Refusal("device_list.unknown_device", { account, device });
  require(!list.boxes.some((used) => equal(used, box)), "device_list.reused", { account, device });
  const devices = new Map(list.devices).set(device, { ...listed, revoked: true });
  return { ...list, devices, box, boxes: [...list.boxes, box] };
}

const COMMON_FIELDS = ["account", "at", "op", "prev", "seq", "v"];
const OWN_FIELDS = new Map<unknown, readonly string[]>([
  ["found", ["sign", "box"]],
  ["add", ["device", "key", "kind", "vault"]],
  ["revoke", ["device", "box"]],
]);

/** Shape and lengths of one body; its place in the chain is append's to judge. */
function parseStatement(body: Bytes): CanonicalObject {
  require(body.length <= BODY_MAX_BYTES, "device_list.malformed");
  const fields = parseCanonicalObject(body, ({ op }) => [...COMMON_FIELDS, ...(OWN_FIELDS.get(op) ?? [])]);
  const founds = fields["op"] === "found";
  require(OWN_FIELDS.has(fields["op"]) && founds === (integerOf(fields, "seq") === 0), "device_list.malformed");
  require(integerOf(fields, "v") === 1 && isId(fields["account"]), "device_list.malformed");
  unb64(textOf(fields, "prev"), founds ? 0 : 32);
  integerOf(fields, "at");
  if ("device" in fields) require(isId(fields["device"]), "device_list.malformed");
  for (const name of ["key", "sign"]) {
    if (name in fields) require(isSignatureKey(unb64(textOf(fields, name))), "device_list.malformed");
  }
  if ("box" in fields) require(isBoxPublicKey(unb64(textOf(fields, "box"))), "device_list.malformed");
  if ("kind" in fields) require(isDeviceKind(textOf(fields, "kind")), "device_list.malformed");
  if ("vault" in fields) integerOf(fields, "vault");
  return fields;
}

function following(list: DeviceList, at_s: number): CanonicalObject {
  return { account: list.account, at: at_s, prev: b64(list.head), seq: list.seq + 1, v: 1 };
}

async function signed(fields: CanonicalObject, key: SigningKey): Promise<Statement> {
  const body = canonicalJson(fields);
  return { body, sig: await sign(key, concat(LABEL, body)) };
}
