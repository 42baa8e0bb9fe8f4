// The printed recovery key: 20 random bytes as 36 characters that can be read aloud and typed (docs/protocol.md §3).

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal, own, random, utf8 } from "../wire/bytes.ts";
import { crockford, crockfordValue, inFours, typedCharacters } from "./crockford.ts";
import { Refusal, require } from "./refusal.ts";

export const RECOVERY_KEY_BYTES = 20;
const CHECK_BYTES = 2;
const CHARACTERS = 36;
const GROUP = 4;
const CHECK_LABEL = utf8("portal recovery check v1\0");

/** A fresh recovery key, 20 bytes. */
export function newRecoveryKey(): Bytes {
  return random(RECOVERY_KEY_BYTES);
}

/** What wraps the vault key, 32 bytes. */
export function recoveryWrapKey(key: Uint8Array): Bytes {
  return derive(key, "portal wrap recovery v1");
}

/** What signs in with the recovery key, 32 bytes; the server stores its SHA-256. */
export function recoveryAuth(key: Uint8Array): Bytes {
  return derive(key, "portal recovery auth v1");
}

/** The printed form: nine groups of four characters. */
export function printRecoveryKey(key: Uint8Array): string {
  return inFours(crockford([...key, ...checkOf(key), 0], CHARACTERS));
}

/**
 * Read what was typed; case, spaces and hyphens do not matter, o reads as 0, i and l as 1.
 *
 * Refusal: "recovery_key.length" {characters}, "recovery_key.character" {character, group: 1 to 9},
 * "recovery_key.check" if the check characters do not fit the others.
 */
export function parseRecoveryKey(text: string): Bytes {
  const characters = typedCharacters(text);
  const values = characters.map((character, i) => valueOf(character, Math.floor(i / GROUP) + 1));
  require(values.length === CHARACTERS, "recovery_key.length", { characters: values.length, due: CHARACTERS });
  const raw = new Uint8Array(RECOVERY_KEY_BYTES + CHECK_BYTES);
  let bits = 0;
  let held = 0;
  let offset = 0;
  for (const value of values) {
    bits = ((bits << 5) | value) & 0xffff;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    raw[offset++] = (bits >> held) & 0xff;
  }
  const key = raw.slice(0, RECOVERY_KEY_BYTES);
  const spare = bits & ((1 << held) - 1);
  require(spare === 0 && equal(raw.subarray(RECOVERY_KEY_BYTES), checkOf(key)), "recovery_key.check");
  return key;
}

function valueOf(typed: string, group: number): number {
  const value = crockfordValue(typed);
  if (value < 0) throw new Refusal("recovery_key.character", { character: typed, group });
  return value;
}

function checkOf(key: Uint8Array): Uint8Array {
  if (key.length !== RECOVERY_KEY_BYTES) throw new RangeError(`a recovery key has ${RECOVERY_KEY_BYTES} bytes`);
  return sha256(concat(CHECK_LABEL, key)).subarray(0, CHECK_BYTES);
}

function derive(key: Uint8Array, info: string): Bytes {
  if (key.length !== RECOVERY_KEY_BYTES) throw new RangeError(`a recovery key has ${RECOVERY_KEY_BYTES} bytes`);
  return own(hkdf(sha512, key, undefined, utf8(info), 32));
}
