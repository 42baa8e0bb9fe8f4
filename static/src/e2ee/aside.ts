// What is said to one member and kept nowhere (docs/protocol.md §5, "Asides"): sealed to the account, signed by a device.

import { sha256 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, utf8 } from "../wire/bytes.ts";
import { type Id, ID_BYTES, idBytes, idText } from "../wire/ids.ts";
import { type BoxKey, openWith, sealTo } from "./box.ts";
import type { Directory } from "./devices.ts";
import type { DeviceIdentity } from "./identity.ts";
import { pad, unpad } from "./padding.ts";
import { Refusal, refusing, require } from "./refusal.ts";
import { SIGNATURE_BYTES } from "./signaturekey.ts";
import { sign, verify } from "./signing.ts";

const LABEL = utf8("portal aside v1\0");
const HEAD_BYTES = ID_BYTES + SIGNATURE_BYTES;

/** In which room something is said, by which account to which. */
export interface AsidePlace {
  room: Id;
  from: Id;
  to: Id;
}

/** enc ‖ ciphertext of `content` for the receiving account's newest box key. */
export async function sealAside(
  content: Uint8Array,
  place: AsidePlace,
  device: DeviceIdentity,
  box: Uint8Array,
): Promise<Bytes> {
  const signature = await sign(device.key, signedBytes(place, content));
  return sealTo(box, infoOf(place), pad(concat(idBytes(device.device), signature, content)));
}

/**
 * The content of an aside and the device that signed it, which is listed by `place.from` and unrevoked.
 *
 * Refusal: "aside.cipher" if it opens with none of the account's keys, "aside.malformed", "aside.forged".
 */
export async function openAside(
  sealed: Uint8Array,
  place: AsidePlace,
  boxes: readonly BoxKey[],
  directory: Directory,
): Promise<{ device: Id; content: Bytes }> {
  const padded = await opened(sealed, place, boxes);
  const plain = refusing("aside.malformed", () => unpad(padded));
  require(plain.length > HEAD_BYTES, "aside.malformed");
  const device = idText(plain.subarray(0, ID_BYTES));
  const [signature, content] = [plain.subarray(ID_BYTES, HEAD_BYTES), plain.slice(HEAD_BYTES)];
  const listed = directory.device(place.from, device);
  if (!listed || listed.revoked) throw new Refusal("aside.forged", { account: place.from, device });
  const signed = await verify(listed.key, signedBytes(place, content), signature);
  require(signed, "aside.forged", { account: place.from, device });
  return { device, content };
}

async function opened(sealed: Uint8Array, place: AsidePlace, boxes: readonly BoxKey[]): Promise<Bytes> {
  for (const box of boxes.toReversed()) {
    const padded = await openWith(box, infoOf(place), sealed).catch(() => null); // the library's errors say no more
    if (padded) return padded;
  }
  throw new Refusal("aside.cipher");
}

function infoOf({ room, from, to }: AsidePlace): Bytes {
  return concat(LABEL, idBytes(room), idBytes(from), idBytes(to));
}

function signedBytes(place: AsidePlace, content: Uint8Array): Bytes {
  return concat(infoOf(place), sha256(content));
}
