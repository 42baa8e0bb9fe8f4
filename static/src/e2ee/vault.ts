// The vault: what an account needs on any browser, sealed under one random key that the passphrase and the recovery key
// wrap separately (docs/protocol.md §3).

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";

import {
  b64,
  type Bytes,
  concat,
  equal,
  fromUtf8,
  MalformedError,
  own,
  random,
  readU32,
  u32,
  u64,
  unb64,
  utf8,
} from "../wire/bytes.ts";
import { type Id, idBytes, isId } from "../wire/ids.ts";
import { NONCE_BYTES, openGcm, sealGcm, TAG_BYTES } from "./aead.ts";
import { BOX_SEED_BYTES } from "./boxkey.ts";
import { Refusal, refusing, require } from "./refusal.ts";
import { PUBLIC_KEY_BYTES } from "./signaturekey.ts";
import { SEED_BYTES, sign, type SigningKey, signingKeyFromSeed, verify } from "./signing.ts";

const VAULT_LABEL = utf8("portal vault v1\0");
const WRAP_LABEL = utf8("portal wrap v1\0");
const VAULT_KEY_BYTES = 32;
const EXPORT_KEY_BYTES = 64;
const STEP_BYTES = 4096;

/**
 * What an account remembers of another one: its sign key as first seen, keys acknowledged later (b64), and the name that
 * went with it at first sight, at the verification, or when another name was accepted last.
 */
export interface Pin {
  readonly sign: string;
  readonly verified: boolean;
  readonly acknowledged: readonly string[];
  readonly name?: string;
}

/**
 * The contents. `sign` and each of `box` (oldest first) are 32-byte seeds; `labels` are the owner's names of devices.
 */
export interface VaultContent {
  readonly sign: Bytes;
  readonly box: readonly Bytes[];
  readonly pins: Readonly<Record<Id, Pin>>;
  readonly labels: Readonly<Record<Id, string>>;
}

/** A vault as it is stored: nonce ‖ ciphertext ‖ tag, and the 64-byte signature of the account's key. */
export interface SealedVault {
  readonly version: number;
  readonly sealed: Bytes;
  readonly sig: Bytes;
}

/**
 * What this browser knows already: a version seen, perhaps its SHA-256, perhaps the account's sign key (32 bytes each).
 */
export interface KnownVault {
  readonly version: number;
  readonly sealedSha256?: Uint8Array;
  readonly sign?: Uint8Array;
}

export type WrapKind = "passphrase" | "recovery";

/** A fresh vault key, 32 bytes. */
export function newVaultKey(): Bytes {
  return random(VAULT_KEY_BYTES);
}

/** Seal and sign version `version` of the vault, padded to a multiple of 4 KiB. */
export async function sealVault(
  content: VaultContent,
  vaultKey: Uint8Array,
  account: Id,
  version: number,
  key: SigningKey,
): Promise<SealedVault> {
  const nonce = random(NONCE_BYTES);
  const sealed = concat(nonce, await sealGcm(vaultKey, nonce, pad(writeContent(content)), vaultAad(account, version)));
  return { version, sealed, sig: await sign(key, signedBytes(account, version, sealed)) };
}

/**
 * Open a vault and check that the sign key inside signed it.
 *
 * Refusal: "vault.cipher" (another key, account or version, or damaged), "vault.malformed", "vault.forged" (not signed
 * by the key inside, or that is not `known.sign`), "vault.rolled_back" (older than `known.version`, or another of that
 * version).
 */
export async function openVault(
  vault: SealedVault,
  vaultKey: Uint8Array,
  account: Id,
  known?: KnownVault,
): Promise<VaultContent> {
  const { version, sealed, sig } = vault;
  requireNotOlder(vault, known);
  require(sealed.length > NONCE_BYTES + TAG_BYTES, "vault.malformed");
  const aad = vaultAad(account, version);
  const padded = await openGcm(vaultKey, sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES), aad);
  if (padded === null) throw new Refusal("vault.cipher", { version });
  const content = refusing("vault.malformed", () => readContent(unpad(padded)));
  const { publicKey } = await signingKeyFromSeed(content.sign);
  require(known?.sign === undefined || equal(known.sign, publicKey), "vault.forged", { version });
  require(await verify(publicKey, signedBytes(account, version, sealed), sig), "vault.forged", { version });
  return content;
}

function requireNotOlder({ version, sealed }: SealedVault, known: KnownVault | undefined): void {
  if (known === undefined || version > known.version) return;
  const detail = { version, known: known.version };
  require(version === known.version, "vault.rolled_back", detail);
  const same = known.sealedSha256 === undefined || equal(sha256(sealed), known.sealedSha256);
  require(same, "vault.rolled_back", detail);
}

/** Wrap the vault key under `wrapKey` (32 bytes): nonce ‖ ciphertext ‖ tag, 60 bytes. */
export async function wrapVaultKey(
  vaultKey: Uint8Array,
  account: Id,
  kind: WrapKind,
  wrapKey: Uint8Array,
): Promise<Bytes> {
  const nonce = random(NONCE_BYTES);
  return concat(nonce, await sealGcm(wrapKey, nonce, vaultKey, wrapAad(account, kind)));
}

/** The vault key in a wrap; Refusal "vault.wrap" if it does not open. */
export async function unwrapVaultKey(
  wrap: Uint8Array,
  account: Id,
  kind: WrapKind,
  wrapKey: Uint8Array,
): Promise<Bytes> {
  require(wrap.length === NONCE_BYTES + VAULT_KEY_BYTES + TAG_BYTES, "vault.wrap", { kind });
  const key = await openGcm(wrapKey, wrap.subarray(0, NONCE_BYTES), wrap.subarray(NONCE_BYTES), wrapAad(account, kind));
  if (key === null) throw new Refusal("vault.wrap", { kind });
  return key;
}

/** The wrap key that OPAQUE's export key (64 bytes) gives. */
export function passphraseWrapKey(exportKey: Uint8Array): Bytes {
  if (exportKey.length !== EXPORT_KEY_BYTES) throw new RangeError(`an export key has ${EXPORT_KEY_BYTES} bytes`);
  return own(hkdf(sha512, exportKey, undefined, utf8("portal wrap passphrase v1"), 32));
}

function vaultAad(account: Id, version: number): Bytes {
  return concat(VAULT_LABEL, idBytes(account), u64(version));
}

function wrapAad(account: Id, kind: WrapKind): Bytes {
  return concat(WRAP_LABEL, idBytes(account), utf8(kind));
}

function signedBytes(account: Id, version: number, sealed: Uint8Array): Bytes {
  return concat(vaultAad(account, version), sha256(sealed));
}

function pad(content: Uint8Array): Bytes {
  const padded = new Uint8Array(Math.ceil((4 + content.length) / STEP_BYTES) * STEP_BYTES);
  padded.set(u32(content.length));
  padded.set(content, 4);
  return padded;
}

function unpad(padded: Uint8Array): Uint8Array {
  const end = 4 + readU32(padded, 0);
  if (end > padded.length) throw new MalformedError("a vault that is shorter than it says");
  return padded.subarray(4, end);
}

function writeContent({ sign: seed, box, pins, labels }: VaultContent): Bytes {
  return utf8(JSON.stringify({ v: 1, sign: b64(seed), box: box.map(b64), pins, labels }));
}

function readContent(raw: Uint8Array): VaultContent {
  const { v, sign: seed, box, pins, labels } = JSON.parse(fromUtf8(raw)) as Record<string, unknown>;
  if (v !== 1 || typeof seed !== "string" || !Array.isArray(box) || box.length === 0)
    throw new MalformedError("no vault");
  if (!isRecordOf(pins, isPin) || !isRecordOf(labels, isText)) throw new MalformedError("no pins or labels");
  const boxes = box.map((text: unknown) => unb64(isText(text) ? text : "", BOX_SEED_BYTES));
  return { sign: unb64(seed, SEED_BYTES), box: boxes, pins, labels };
}

function isRecordOf<T>(value: unknown, isOne: (inner: unknown) => inner is T): value is Record<Id, T> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, inner]) => isId(key) && isOne(inner));
}

function isPin(value: unknown): value is Pin {
  if (typeof value !== "object" || value === null) return false;
  const { sign: key, verified, acknowledged, name } = value as Record<string, unknown>;
  if (name !== undefined && !isText(name)) return false;
  return (
    isKeyText(key) && typeof verified === "boolean" && Array.isArray(acknowledged) && acknowledged.every(isKeyText)
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isKeyText(value: unknown): value is string {
  return isText(value) && unb64(value, PUBLIC_KEY_BYTES).length === PUBLIC_KEY_BYTES;
}
