// Key-ring grants: epochs' exporter values, sealed to an account's box key by the device that committed, so that an
// account that has lost every device reads on with the recovery key alone (docs/protocol.md §4).

import { sha256 } from "@noble/hashes/sha2.js";

import { b64, type Bytes, concat, unb64, u64, utf8 } from "../wire/bytes.ts";
import { type Canonical, canonicalJson, integerOf, parseCanonicalObject, textOf } from "../wire/canonical.ts";
import { HASH_BYTES } from "../wire/envelope.ts";
import { type Id, idBytes, isId } from "../wire/ids.ts";
import { type BoxKey, openWith, sealTo } from "./box.ts";
import type { DeviceIdentity } from "./identity.ts";
import { Refusal, refusing, require } from "./refusal.ts";
import { sign, verify } from "./signing.ts";

const LABEL = utf8("portal ring grant v1\0");
const EXPORTER_BYTES = 32;

/** One epoch's exporter value E, 32 bytes, and the bucket in which the epoch lies. */
export interface RingEntry {
  readonly epoch: number;
  readonly bucket: number;
  readonly value: Bytes;
}

/** The record's place from which the account may verify: number n and head_n (32 bytes). */
export interface RingBase {
  readonly number: number;
  readonly head: Bytes;
}

/** What a grant says. `ring` has ascending epochs, none after `epoch`, and ends with `epoch` itself. */
export interface GrantContent {
  readonly account: Id;
  readonly room: Id;
  readonly epoch: number;
  readonly base: RingBase;
  readonly ring: readonly RingEntry[];
}

/** A grant as it travels: sealed to the account, signed (64 bytes) by the device that deposits it. */
export interface Grant {
  readonly room: Id;
  readonly account: Id;
  readonly epoch: number;
  readonly sealed: Bytes;
  readonly device: Id;
  readonly sig: Bytes;
}

export interface GrantJson {
  account: string;
  epoch: number;
  sealed: string;
  device: string;
  sig: string;
}

/** Seal `content` to its account's newest box key (1,216 bytes) and sign it. */
export async function sealGrant(content: GrantContent, box: Uint8Array, depositor: DeviceIdentity): Promise<Grant> {
  const { room, account, epoch } = content;
  const place = placeOf(content);
  const sealed = await sealTo(box, place, writeContent(content));
  const sig = await sign(depositor.key, concat(place, sha256(sealed)));
  return { room, account, epoch, sealed, device: depositor.device, sig };
}

/** Refuse a grant ("grant.forged") that is not signed by this device key (32 bytes). */
export async function verifyGrant(grant: Grant, deviceKey: Uint8Array): Promise<void> {
  const valid = await verify(deviceKey, concat(placeOf(grant), sha256(grant.sealed)), grant.sig);
  require(valid, "grant.forged", { device: grant.device, epoch: grant.epoch });
}

/**
 * Open a grant with whichever of the account's box keys fits, the newest first.
 *
 * Refusal: "grant.cipher", "grant.malformed", "grant.mismatch" (the inside speaks of another room, account or epoch).
 * The signature is verifyGrant's to check.
 */
export async function openGrant(grant: Grant, boxes: readonly BoxKey[]): Promise<GrantContent> {
  const place = placeOf(grant);
  for (const box of boxes.toReversed()) {
    const plaintext = await openWith(box, place, grant.sealed).catch(() => null);
    if (plaintext !== null) return refusing("grant.malformed", () => readContent(plaintext, grant));
  }
  throw new Refusal("grant.cipher", { epoch: grant.epoch });
}

/** The JSON form, which leaves the room to the address. */
export function grantToJson({ account, epoch, sealed, device, sig }: Grant): GrantJson {
  return { account, epoch, sealed: b64(sealed), device, sig: b64(sig) };
}

/** Read the JSON form; Refusal "grant.malformed". */
export function grantFromJson(room: Id, json: GrantJson): Grant {
  return refusing("grant.malformed", () => {
    const { account, epoch, device } = json;
    require(isId(account) && isId(device) && Number.isSafeInteger(epoch) && epoch >= 0, "grant.malformed");
    return { room, account, epoch, device, sealed: unb64(json.sealed), sig: unb64(json.sig, 64) };
  });
}

function placeOf({ room, account, epoch }: Pick<Grant, "room" | "account" | "epoch">): Bytes {
  return concat(LABEL, idBytes(room), u64(epoch), idBytes(account));
}

function writeContent({ account, room, epoch, base, ring }: GrantContent): Bytes {
  return canonicalJson({
    account,
    base: { head: b64(base.head), number: base.number },
    epoch,
    ring: ring.map(({ epoch: of, bucket, value }): Canonical => [of, bucket, b64(value)]),
    room,
    v: 1,
  });
}

function readContent(raw: Uint8Array, grant: Grant): GrantContent {
  const fields = parseCanonicalObject(raw, ["account", "base", "epoch", "ring", "room", "v"]);
  const { account, room, epoch } = grant;
  const same = fields["account"] === account && fields["room"] === room && fields["epoch"] === epoch;
  require(same && integerOf(fields, "v") === 1, "grant.mismatch", { epoch });
  const base = readBase(fields["base"]);
  const ring = Array.isArray(fields["ring"]) ? fields["ring"].map(readEntry) : [];
  const ordered = ring.every((entry, i) => i === 0 || entryFollows(ring[i - 1]!, entry));
  require(ordered && ring.at(-1)?.epoch === epoch, "grant.mismatch", { epoch });
  return { account, room, epoch, base, ring };
}

function readBase(base: Canonical | undefined): RingBase {
  require(typeof base === "object" && !Array.isArray(base) && Object.keys(base).length === 2, "grant.malformed");
  return { number: integerOf(base, "number"), head: unb64(textOf(base, "head"), HASH_BYTES) };
}

function readEntry(entry: Canonical): RingEntry {
  require(Array.isArray(entry) && entry.length === 3, "grant.malformed");
  const [epoch, bucket, value] = entry;
  require(typeof epoch === "number" && typeof bucket === "number" && typeof value === "string", "grant.malformed");
  return { epoch, bucket, value: unb64(value, EXPORTER_BYTES) };
}

/** Epochs ascend, and a later epoch is never in an earlier bucket. */
function entryFollows(earlier: RingEntry, later: RingEntry): boolean {
  return later.epoch > earlier.epoch && later.bucket >= earlier.bucket;
}
