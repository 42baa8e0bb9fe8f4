// Who is who: the signed device list of an account, the MLS credential of a device, and the numbers that people compare
// (docs/protocol.md §1). The server's twin for the list is portal/wire/device_list.py.

import { sha512 } from "@noble/hashes/sha2.js";

import { b64, type Bytes, concat, unb64, u64, utf8 } from "../wire/bytes.ts";
import { canonicalJson, integerOf, parseCanonicalObject, textOf } from "../wire/canonical.ts";
import { type Id, idBytes, isId } from "../wire/ids.ts";
import { Refusal, refusing, require } from "./refusal.ts";
import type { SigningKey } from "./signing.ts";

export const DEVICE_KINDS = ["browser", "interpreter", "archive"] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** This device: what it signs with, and in whose name. */
export interface DeviceIdentity {
  readonly account: Id;
  readonly device: Id;
  readonly kind: DeviceKind;
  readonly key: SigningKey;
}

/** What an MLS leaf says of itself. */
export interface CredentialIdentity {
  readonly account: Id;
  readonly device: Id;
  readonly kind: DeviceKind;
}

/** Whether `text` is a kind of device. */
export function isDeviceKind(text: string): text is DeviceKind {
  return (DEVICE_KINDS as readonly string[]).includes(text);
}

/** The identity in a basic credential: canonical JSON. */
export function credentialIdentity({ account, device, kind }: CredentialIdentity): Bytes {
  return canonicalJson({ account, device, kind, v: 1 });
}

/** Read a credential's identity; Refusal "credential.malformed" for anything else. */
export function parseCredentialIdentity(raw: Uint8Array): CredentialIdentity {
  return refusing("credential.malformed", () => {
    const fields = parseCanonicalObject(raw, ["account", "device", "kind", "v"]);
    const [account, device, kind] = [textOf(fields, "account"), textOf(fields, "device"), textOf(fields, "kind")];
    require(integerOf(fields, "v") === 1 && isId(account) && isId(device), "credential.malformed");
    require(isDeviceKind(kind), "credential.malformed");
    return { account, device, kind };
  });
}

const SAFETY_ROUNDS = 5200;
const SAFETY_LABEL = utf8("portal safety number v1\0");
const EPOCH_CODE_LABEL = utf8("portal epoch code v1\0");
const SAFETY_TEXT = "portal:safety:1:";

/** One person's half of a safety number: 30 digits of 5,200 rounds of SHA-512 over its sign key (32 bytes). */
export function safetyHalf(account: Id, sign: Uint8Array): string {
  let state = sha512(concat(SAFETY_LABEL, sign, idBytes(account)));
  for (let round = 0; round < SAFETY_ROUNDS; round++) state = sha512(concat(state, sign));
  return thirtyDigits(state);
}

/** The 60 digits that two people compare; the same for both. */
export function safetyNumber(one: { account: Id; sign: Uint8Array }, other: { account: Id; sign: Uint8Array }): string {
  const halves = [safetyHalf(one.account, one.sign), safetyHalf(other.account, other.sign)];
  return halves.sort().join("");
}

/** The text of a safety number's QR code. */
export function safetyText(digits: string): string {
  return SAFETY_TEXT + digits;
}

/** The 60 digits in a scanned text; Refusal "safety.malformed" if it is another thing. */
export function parseSafetyText(text: string): string {
  const digits = /^portal:safety:1:([0-9]{60})$/.exec(text.trim())?.[1];
  if (digits === undefined) throw new Refusal("safety.malformed");
  return digits;
}

/** The 30 digits that a chair may read aloud: equal for all who are in the same epoch of the same group. */
export function epochCode(room: Id, epoch: number, authenticator: Uint8Array): string {
  return thirtyDigits(sha512(concat(EPOCH_CODE_LABEL, idBytes(room), u64(epoch), authenticator)));
}

/** Digits in groups of five, for the eye and for reading aloud. */
export function grouped(digits: string): string {
  return digits.replace(/.{5}(?=.)/g, "$& ");
}

/** The first 30 bytes as six 5-byte big-endian numbers, each modulo 100,000 and written with five digits. */
function thirtyDigits(raw: Uint8Array): string {
  let digits = "";
  for (let offset = 0; offset < 30; offset += 5) {
    let value = 0;
    for (const byte of raw.subarray(offset, offset + 5)) value = value * 256 + byte; // below 2^40
    digits += String(value % 100_000).padStart(5, "0");
  }
  return digits;
}

/** A statement of a device list as it travels: canonical JSON body and 64-byte signature. */
export interface Statement {
  readonly body: Bytes;
  readonly sig: Bytes;
}

/** The JSON form of a statement. */
export function statementToJson({ body, sig }: Statement): { body: string; sig: string } {
  return { body: b64(body), sig: b64(sig) };
}

/** Read the JSON form; Refusal "device_list.malformed". */
export function statementFromJson(json: { body: string; sig: string }): Statement {
  return refusing("device_list.malformed", () => ({ body: unb64(json.body), sig: unb64(json.sig, 64) }));
}
