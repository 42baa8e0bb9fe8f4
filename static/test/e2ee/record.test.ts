import assert from "node:assert/strict";
import { test } from "node:test";

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";

import { openGcm, sealGcm } from "../../src/e2ee/aead.ts";
import { examine, type Examination, type Sealed } from "../../src/e2ee/examine.ts";
import {
  deriveRecordKey,
  openContent,
  type RecordKey,
  sealContent,
  signItem,
  verifyItem,
} from "../../src/e2ee/record.ts";
import { PLAINTEXT_MAX_BYTES } from "../../src/e2ee/padding.ts";
import { Refusal } from "../../src/e2ee/refusal.ts";
import { newSigningKey, type SigningKey } from "../../src/e2ee/signing.ts";
import { type Bytes, concat, equal, own, random, utf8 } from "../../src/wire/bytes.ts";
import { decodeEnvelope, encodeContext, type Envelope, itemHash, ItemKind } from "../../src/wire/envelope.ts";
import { newId } from "../../src/wire/ids.ts";
import { flipped, refused } from "./refused.ts";

const [room, device] = [newId(), newId()];
const [exporter, share] = [random(32), random(32)];
const key = deriveRecordKey(exporter, share, room, 5, 20_700);
const signer = await newSigningKey();
let sequence = 0;

function place() {
  sequence += 1;
  return { device, sequence, item: newId(), seenNumber: 12, seenHead: random(32) };
}

async function sealed(plaintext: Uint8Array): Promise<Envelope> {
  return decodeEnvelope(await sealContent(key, place(), plaintext, signer));
}

/** The same item with another body, hashed and signed again: what a hostile device could send. */
async function withBody(envelope: Envelope, body: Uint8Array, by: SigningKey = signer): Promise<Envelope> {
  return decodeEnvelope(await signItem(envelope, body, by));
}

/** Like the envelope, but with other header fields, signed again. */
async function withFields(envelope: Envelope, fields: Partial<Envelope>): Promise<Envelope> {
  return decodeEnvelope(await signItem({ ...envelope, ...fields }, envelope.body, signer));
}

test("what is sealed opens, at every edge of a size class", async () => {
  for (const length of [0, 1, 252, 253, 508, 509, 4092, 4093, 8188, 8189, PLAINTEXT_MAX_BYTES]) {
    const plaintext = random(Math.min(length, 60_000));
    const whole = concat(plaintext, new Uint8Array(length - plaintext.length));
    const envelope = await sealed(whole);
    await verifyItem(envelope, signer.publicKey);
    assert.ok(equal(await openContent(key, envelope), whole));
  }
  await refused("item.too_large", sealContent(key, place(), new Uint8Array(PLAINTEXT_MAX_BYTES + 1), signer));
});

test("lengths in one class can not be told apart", async () => {
  const sizes = await Promise.all(
    [0, 10, 252].map(async (length) => (await sealed(new Uint8Array(length))).raw.length),
  );
  assert.equal(new Set(sizes).size, 1);
});

test("a changed bit anywhere is refused: in the header and signature as forged, in the body by its hash", async () => {
  const envelope = await sealed(utf8("position paper"));
  for (let byte = 2; byte < 206; byte++) {
    const bytes = flipped(envelope.raw, byte, byte % 8);
    let changed: Envelope;
    try {
      changed = decodeEnvelope(bytes);
    } catch {
      continue; // the body's hash, or a number that is too large
    }
    await refused("item.forged", verifyItem(changed, signer.publicKey));
  }
  for (let byte = 206; byte < envelope.raw.length; byte += 7)
    assert.throws(() => decodeEnvelope(flipped(envelope.raw, byte)));
  await refused("item.forged", verifyItem(envelope, (await newSigningKey()).publicKey));
});

test("content stays in its place: another header does not open it, even signed by its own device", async () => {
  const envelope = await sealed(utf8("we can accept 12 %"));
  for (const fields of [{ device: newId() }, { sequence: envelope.sequence + 1 }, { item: newId() }]) {
    await refused("item.commitment", openContent(key, await withFields(envelope, fields)));
  }
  for (const fields of [{ seenNumber: 11 }, { seenHead: random(32) }]) {
    await refused("item.cipher", openContent(key, await withFields(envelope, fields)));
  }
  for (const fields of [{ room: newId() }, { epoch: 6 }, { bucket: 20_701 }]) {
    await refused("item.other_epoch", openContent(key, await withFields(envelope, fields)));
  }
  await refused("item.kind", openContent(key, await withFields(envelope, { kind: ItemKind.founding })));
});

test("every input of the record key counts", async () => {
  const envelope = await sealed(utf8("x"));
  const other = (...inputs: Parameters<typeof deriveRecordKey>): RecordKey => ({
    ...deriveRecordKey(...inputs),
    room,
    epoch: 5,
    bucket: 20_700,
    place: key.place,
  });
  const keys = [
    other(random(32), share, room, 5, 20_700),
    other(exporter, random(32), room, 5, 20_700),
    other(exporter, share, newId(), 5, 20_700),
    other(exporter, share, room, 6, 20_700),
    other(exporter, share, room, 5, 20_701),
  ];
  for (const wrong of keys) await refused("item.commitment", openContent(wrong, envelope));
});

/**
 * AES-GCM alone does not bind a ciphertext to one key: here two keys are made for one ciphertext and tag, by choosing
 * one block so that both tags agree. Bits of GF(2^128) in GHASH's order: bit 0 is the first byte's highest.
 */
async function twoKeyCiphertext(
  keys: readonly [Bytes, Bytes],
  nonce: Bytes,
  aad: Bytes,
  length: number,
): Promise<Bytes> {
  const blocks = length / 16;
  const hashKeys = await Promise.all(keys.map(hashKeyOf));
  const masks = await Promise.all(keys.map((one) => maskOf(one, nonce)));
  const text = random(length); // the last block is solved for
  const sizes = new Uint8Array(16);
  const view = new DataView(sizes.buffer);
  view.setBigUint64(0, BigInt(aad.length * 8));
  view.setBigUint64(8, BigInt(length * 8));
  const tagOf = (i: number, body: Uint8Array) =>
    ghash(hashKeys[i]!, [...blocksOf(aad), ...blocksOf(body), field(sizes)]) ^ masks[i]!;
  text.fill(0, (blocks - 1) * 16);
  // tag_i = known_i ^ block · H_i², so block = (known_0 ^ known_1) / (H_0² ^ H_1²)
  const difference = tagOf(0, text) ^ tagOf(1, text);
  const squares = hashKeys.map((hash) => multiply(hash, hash));
  const block = multiply(difference, inverse(squares[0]! ^ squares[1]!));
  text.set(bytesOf(block), (blocks - 1) * 16);
  assert.equal(tagOf(0, text), tagOf(1, text));
  return concat(text, bytesOf(tagOf(0, text)));
}

async function aesBlock(secret: Bytes, block: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", secret, "AES-CTR", false, ["encrypt"]);
  return new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-CTR", counter: block, length: 128 }, imported, new Uint8Array(16)),
  );
}
const hashKeyOf = async (secret: Bytes): Promise<bigint> => field(await aesBlock(secret, new Uint8Array(16)));
const maskOf = async (secret: Bytes, nonce: Bytes): Promise<bigint> =>
  field(await aesBlock(secret, concat(nonce, Uint8Array.of(0, 0, 0, 1))));

function field(raw: Uint8Array): bigint {
  return raw.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
function bytesOf(value: bigint): Bytes {
  return Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * (15 - i))) & 0xffn));
}
function blocksOf(raw: Uint8Array): bigint[] {
  const padded = concat(raw, new Uint8Array((16 - (raw.length % 16)) % 16));
  return Array.from({ length: padded.length / 16 }, (_, i) => field(padded.subarray(16 * i, 16 * i + 16)));
}
function multiply(a: bigint, b: bigint): bigint {
  let [product, shifted] = [0n, b];
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ (0xe1n << 120n) : shifted >> 1n;
  }
  return product;
}
function inverse(a: bigint): bigint {
  let [result, power] = [1n << 127n, a]; // a^(2^128 - 2)
  for (let i = 1; i < 128; i++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}
function ghash(hashKey: bigint, blocks: bigint[]): bigint {
  return blocks.reduce((state, block) => multiply(state ^ block, hashKey), 0n);
}

test("a ciphertext that opens under two keys is refused under either epoch, though AES-GCM accepts both", async () => {
  const later = deriveRecordKey(random(32), share, room, 5, 20_700);
  const at = place();
  const fields = { kind: ItemKind.content, room, epoch: 5, bucket: 20_700, ...at };
  const aad = concat(utf8("portal content v1\0"), encodeContext(fields));
  const secretOf = (from: RecordKey) => own(hkdf(sha512, from.value, undefined, itemInfo(fields), 64));
  const [one, two] = [secretOf(key), secretOf(later)];
  const nonce = random(12);
  const ciphertext = await twoKeyCiphertext([one.slice(0, 32), two.slice(0, 32)], nonce, aad, 256);
  assert.ok(await openGcm(one.slice(0, 32), nonce, ciphertext, aad), "the attack on AES-GCM itself must work");
  assert.ok(await openGcm(two.slice(0, 32), nonce, ciphertext, aad));
  const body = concat(nonce, one.subarray(32), ciphertext);
  const envelope = decodeEnvelope(await signItem(fields, body, signer));
  await refused("item.commitment", openContent(later, envelope));
});

function itemInfo({ device: by, sequence: count, item }: { device: string; sequence: number; item: string }): Bytes {
  const counted = new Uint8Array(8);
  new DataView(counted.buffer).setBigUint64(0, BigInt(count));
  const id = (text: string) => new Uint8Array(Buffer.from(text, "base64url"));
  return concat(utf8("portal item key v1\0"), id(by), counted, id(item));
}

test("padding is exactly the one that the length demands", async () => {
  const envelope = await sealed(utf8("short"));
  const secret = own(hkdf(sha512, key.value, undefined, itemInfo(envelope), 64));
  const aad = concat(utf8("portal content v1\0"), encodeContext(envelope));
  const bodyOf = async (padded: Uint8Array) => {
    const nonce = random(12);
    return concat(nonce, secret.subarray(32), await sealGcm(secret.slice(0, 32), nonce, padded, aad));
  };
  const padded = (size: number, length: number, rest = 0) => {
    const raw = new Uint8Array(size).fill(rest, 4 + length);
    new DataView(raw.buffer).setUint32(0, length);
    return raw;
  };
  assert.equal((await openContent(key, await withBody(envelope, await bodyOf(padded(256, 5))))).length, 5);
  await refused("item.padding", openContent(key, await withBody(envelope, await bodyOf(padded(256, 5, 1)))));
  await refused("item.padding", openContent(key, await withBody(envelope, await bodyOf(padded(512, 5)))));
  await refused("item.padding", openContent(key, await withBody(envelope, await bodyOf(padded(256, 253)))));
  await refused("item.padding", openContent(key, await withBody(envelope, await bodyOf(padded(256, 2 ** 31)))));
  for (const size of [16, 257, 300, 5000]) {
    await refused("item.malformed", openContent(key, await withBody(envelope, await bodyOf(padded(size, 5)))));
  }
});

test("a body by another device is not taken for its own", async () => {
  const envelope = await sealed(utf8("x"));
  const stranger = await newSigningKey();
  const copied = await withBody(envelope, envelope.body, stranger);
  assert.deepEqual(own(sha256(copied.body)), copied.bodySha256);
  await refused("item.forged", verifyItem(copied, signer.publicKey));
});

test("many items at once: each says whether it is whole, signed, and what is inside", async () => {
  const envelopes = await Promise.all(Array.from({ length: 300 }, (_, i) => sealed(utf8(`item ${i}`))));
  const stranger = await newSigningKey();
  const items = envelopes.map(({ raw }) => ({ raw, key, deviceKey: signer.publicKey }) as Sealed);
  const changed = new Uint8Array(envelopes[9]!.raw);
  changed[changed.length - 1]! ^= 1;
  items[7] = { ...items[7]!, deviceKey: stranger.publicKey };
  items[8] = { ...items[8]!, key: null };
  items[9] = { ...items[9]!, raw: changed };
  items[10] = { ...items[10]!, deviceKey: null };
  const found = await examine(items);
  const plain = ({ whole, signed, opened }: Examination) => [whole, signed, opened instanceof Refusal || opened];
  assert.deepEqual(plain(found[7]!), [true, false, utf8("item 7")]);
  assert.deepEqual(plain(found[8]!), [true, true, null]);
  assert.deepEqual(plain(found[9]!), [false, true, true]);
  assert.deepEqual(plain(found[10]!), [true, false, utf8("item 10")]);
  for (const [i, one] of found.entries()) {
    assert.deepEqual(one.itemHash, itemHash(envelopes[i]!));
    if (i < 7 || i > 10) assert.deepEqual(plain(one), [true, true, utf8(`item ${i}`)]);
  }
});
