// What an interpreter writes for one delegation alone: keys sealed to its accounts, translations sealed under them
// (docs/protocol.md §5, "private_key" and "private").

import { type Bytes, concat, random, utf8 } from "../wire/bytes.ts";
import { type Id, idBytes } from "../wire/ids.ts";
import { NONCE_BYTES, openGcm, sealGcm, TAG_BYTES } from "./aead.ts";
import { type BoxKey, openWith, sealTo } from "./box.ts";
import { pad, unpad } from "./padding.ts";
import { require } from "./refusal.ts";

const KEY_LABEL = utf8("portal private key v1\0");
const PRIVATE_LABEL = utf8("portal private v1\0");
const KEY_BYTES = 32;

/** To whom in which room a private key is sealed, under which id. */
export interface PrivateKeyPlace {
  room: Id;
  key: Id;
  account: Id;
}

/** In which room, by which device and under which key something private stands. */
export interface PrivatePlace {
  room: Id;
  device: Id;
  key: Id;
}

/** enc ‖ ciphertext of a private key (32 bytes) for an account's box key. */
export function sealPrivateKey(value: Uint8Array, place: PrivateKeyPlace, box: Uint8Array): Promise<Bytes> {
  return sealTo(box, infoOf(place), value);
}

/** The 32 bytes of a private key, or null if it opens with none of the account's box keys. */
export async function openPrivateKey(
  sealed: Uint8Array,
  place: PrivateKeyPlace,
  boxes: readonly BoxKey[],
): Promise<Bytes | null> {
  for (const box of boxes.toReversed()) {
    const value = await openWith(box, infoOf(place), sealed).catch(() => null); // the library's errors say no more
    if (value?.length === KEY_BYTES) return value;
  }
  return null;
}

/** nonce (12 bytes) ‖ ciphertext ‖ tag of a content for those who have the key. */
export async function sealPrivate(key: Uint8Array, place: PrivatePlace, content: Uint8Array): Promise<Bytes> {
  const nonce = random(NONCE_BYTES);
  return concat(nonce, await sealGcm(key, nonce, pad(content), aadOf(place)));
}

/** The content, or null if it does not open with this key. Refusal "item.padding". */
export async function openPrivate(key: Uint8Array, place: PrivatePlace, sealed: Uint8Array): Promise<Bytes | null> {
  require(sealed.length > NONCE_BYTES + TAG_BYTES, "item.malformed", { bytes: sealed.length });
  const padded = await openGcm(key, sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES), aadOf(place));
  return padded && unpad(padded);
}

function infoOf({ room, key, account }: PrivateKeyPlace): Bytes {
  return concat(KEY_LABEL, idBytes(room), idBytes(key), idBytes(account));
}

function aadOf({ room, device, key }: PrivatePlace): Bytes {
  return concat(PRIVATE_LABEL, idBytes(room), idBytes(device), idBytes(key));
}
