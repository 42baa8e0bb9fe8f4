// Key packages: how a device lets itself be added while it is away. Each is for one use, but for the last resort.

import type { KeyPackage, PrivateKeyPackage } from "ts-mls";
import { mapDecoders } from "ts-mls/codec/tlsDecoder.js";
import { contramapBufferEncoders, encode } from "ts-mls/codec/tlsEncoder.js";
import { decodeVarLenData, varLenDataEncoder } from "ts-mls/codec/variableLength.js";
import { generateKeyPackageWithKey, makeKeyPackageRef, verifyKeyPackage } from "ts-mls/keyPackage.js";
import { verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";

import { type Bytes, equal, own } from "../wire/bytes.ts";
import type { Id } from "../wire/ids.ts";
import type { Directory } from "./devices.ts";
import { credentialIdentity, type DeviceIdentity, type DeviceKind } from "./identity.ts";
import { capabilitiesOf, checkLeaf, memberOf } from "./leaf.ts";
import { Refusal, refusing, refusingLater, require } from "./refusal.ts";
import { ROOM_SUITE, type Suite } from "./suite.ts";

const DAY_S = 86_400;
export const LIFETIME_DAYS = 90;
export const LAST_RESORT_LIFETIME_DAYS = 365;
/** Valid from an hour ago: the adder's clock may be behind. */
const BACKDATED_S = 3600;
const LONGEST_LIFETIME_S = (LAST_RESORT_LIFETIME_DAYS + 1) * DAY_S;

/**
 * A key package of this device. `public` (an MLSMessage) goes to the server, `private` stays; `ref` is the hash by
 * which a Welcome names it.
 */
export interface KeyPackagePair {
  readonly ref: Bytes;
  readonly public: Bytes;
  readonly private: Bytes;
  readonly lastResort: boolean;
  readonly notAfter_s: number;
}

/** What a key package says of the device that it adds. */
export interface KeyPackageOwner {
  readonly account: Id;
  readonly device: Id;
  readonly kind: DeviceKind;
  readonly notAfter_s: number;
}

/** A fresh key package, valid for 90 days from now (a last resort for 365). */
export async function makeKeyPackage(
  device: DeviceIdentity,
  now_s: number,
  lastResort = false,
  suite: Suite = ROOM_SUITE,
): Promise<KeyPackagePair> {
  const notAfter_s = now_s + (lastResort ? LAST_RESORT_LIFETIME_DAYS : LIFETIME_DAYS) * DAY_S;
  const { publicPackage, privatePackage } = await generateKeyPackage(device, suite, now_s - BACKDATED_S, notAfter_s);
  return {
    ref: own(await makeKeyPackageRef(publicPackage, suite.impl.hash)),
    public: own(encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage: publicPackage })),
    private: own(encode(privateEncoder)(privatePackage)),
    lastResort,
    notAfter_s,
  };
}

/** The MLS structures of a fresh key package; times in seconds. */
export function generateKeyPackage(
  device: DeviceIdentity,
  suite: Suite,
  notBefore_s: number,
  notAfter_s: number,
): Promise<{ publicPackage: KeyPackage; privatePackage: PrivateKeyPackage }> {
  return generateKeyPackageWithKey(
    { credentialType: "basic", identity: credentialIdentity(device) },
    capabilitiesOf(suite),
    { notBefore: BigInt(notBefore_s), notAfter: BigInt(notAfter_s) },
    [],
    { signKey: device.key.seed, publicKey: device.key.publicKey },
    suite.impl,
  );
}

/**
 * Check a key package that a server handed out, before anybody is added with it.
 *
 * Refusal: "key_package.malformed", "key_package.other_suite", "key_package.lifetime", "key_package.forged", "leaf.*";
 * "leaf.revoked" if its account has revoked the device.
 */
export async function readKeyPackage(
  raw: Uint8Array,
  directory: Directory,
  now_s: number,
  suite: Suite = ROOM_SUITE,
): Promise<KeyPackageOwner> {
  const { account, device, kind } = memberOf((await checkedKeyPackage(raw, directory, now_s, suite)).leafNode, -1);
  const notAfter_s = Number(lifetimeOf(decodeKeyPackage(raw)).notAfter);
  return { account, device, kind, notAfter_s };
}

/** Like readKeyPackage; returns the MLS structure. */
export async function checkedKeyPackage(
  raw: Uint8Array,
  directory: Directory,
  now_s: number,
  suite: Suite,
): Promise<KeyPackage> {
  const keyPackage = decodeKeyPackage(raw);
  checkShape(keyPackage, suite);
  const { notBefore, notAfter } = lifetimeOf(keyPackage);
  const now = BigInt(now_s);
  require(notBefore <= now && now <= notAfter, "key_package.lifetime", { notAfter_s: Number(notAfter) });
  const listed = checkLeaf(keyPackage.leafNode, suite, directory);
  require(!listed.revoked, "leaf.revoked", { device: listed.device });
  const { signature } = suite.impl;
  const signed = await refusingLater("key_package.forged", async () => {
    const leafSigned = await verifyLeafNodeSignatureKeyPackage(keyPackage.leafNode, signature);
    return leafSigned && (await verifyKeyPackage(keyPackage, signature));
  });
  require(signed, "key_package.forged", { device: listed.device });
  return keyPackage;
}

/** The rules for a key package that hold at any time: suite, lifetime's length, no extensions, two distinct keys. */
export function checkShape(keyPackage: KeyPackage, suite: Suite): void {
  const { cipherSuite, version, leafNode, initKey, extensions } = keyPackage;
  require(cipherSuite === suite.impl.name && version === "mls10", "key_package.other_suite");
  const { notBefore, notAfter } = lifetimeOf(keyPackage);
  require(notAfter - notBefore <= BigInt(LONGEST_LIFETIME_S), "key_package.lifetime", { notAfter_s: Number(notAfter) });
  const distinct = suite.isPublicKey(initKey) && !equal(initKey, leafNode.hpkePublicKey);
  require(extensions.length === 0 && distinct, "key_package.malformed");
}

/** The structure in an MLSMessage that holds a key package and nothing else; Refusal "key_package.malformed". */
export function decodeKeyPackage(raw: Uint8Array): KeyPackage {
  const decoded = refusing("key_package.malformed", () => decodeMlsMessage(raw, 0));
  if (decoded === undefined || decoded[0].wireformat !== "mls_key_package") throw new Refusal("key_package.malformed");
  require(equal(encodeMlsMessage(decoded[0]), raw), "key_package.malformed");
  return decoded[0].keyPackage;
}

/** The private half of a stored pair; Refusal "state.malformed". */
export function decodePrivatePackage(raw: Uint8Array, signaturePrivateKey: Uint8Array): PrivateKeyPackage {
  const decoded = refusing("state.malformed", () => privateDecoder(raw, 0));
  if (decoded === undefined || decoded[1] !== raw.length) throw new Refusal("state.malformed");
  return { ...decoded[0], signaturePrivateKey };
}

/** The device's signature key is not stored again with each package. */
const privateEncoder = contramapBufferEncoders(
  [varLenDataEncoder, varLenDataEncoder],
  ({ initPrivateKey, hpkePrivateKey }: PrivateKeyPackage) => [initPrivateKey, hpkePrivateKey] as const,
);
const privateDecoder = mapDecoders([decodeVarLenData, decodeVarLenData], (initPrivateKey, hpkePrivateKey) => ({
  initPrivateKey,
  hpkePrivateKey,
}));

function lifetimeOf({ leafNode }: KeyPackage): { notBefore: bigint; notAfter: bigint } {
  if (leafNode.leafNodeSource !== "key_package") throw new Refusal("key_package.malformed");
  return leafNode.lifetime;
}
