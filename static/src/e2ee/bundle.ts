// The export of a record as JSON lines that a third party can verify: who said what, in which order (docs/protocol.md
// §8). verify.ts reads it.

import { sha256 } from "@noble/hashes/sha2.js";

import { b64, type Bytes, concat, fromUtf8, own, utf8 } from "../wire/bytes.ts";
import { type Envelope, ItemKind, itemHash, nextHead } from "../wire/envelope.ts";
import type { Id } from "../wire/ids.ts";
import { type DeviceIdentity, type Statement, statementToJson } from "./identity.ts";
import { openContent, type RecordKey } from "./record.ts";
import { Refusal } from "./refusal.ts";
import { sign } from "./signing.ts";

export const BUNDLE_KIND = "portal record bundle";
export const BUNDLE_LABEL = utf8("portal record bundle v1\0");

/** One item of the record as this device has it; `at_ms` is the server's clock, which nobody signs. */
export interface BundleItem {
  readonly number: number;
  readonly at_ms: number;
  readonly envelope: Envelope;
}

/** That the head of item `number` stands in the ledger with the key `vkey`; nonce (32 bytes) and tag (16) open it. */
export interface LoggedRoot {
  readonly number: number;
  readonly nonce: Bytes;
  readonly tag: Bytes;
  readonly vkey: string;
  /** A c2sp.org/tlog-proof text. */
  readonly proof: string;
}

/** What goes into a bundle. `base` is the number and head (32 bytes) of the item before the first one. */
export interface BundleInput {
  readonly room: Id;
  readonly base: { readonly number: number; readonly head: Bytes };
  readonly exported_s: number;
  readonly exporter: DeviceIdentity;
  /** The device lists of all who ever wrote, each from its founding. */
  readonly lists: readonly { readonly account: Id; readonly statements: readonly Statement[] }[];
  /** The keys of the epochs that the exporter can read. Who has the bundle can read these epochs whole. */
  readonly keys: readonly RecordKey[];
  readonly items: AsyncIterable<BundleItem> | Iterable<BundleItem>;
  /** Of items in this bundle, or of the base. */
  readonly roots?: readonly LoggedRoot[];
}

export interface BeginLine {
  bundle: typeof BUNDLE_KIND;
  v: 1;
  room: Id;
  base: { number: number; head: string };
  exported_s: number;
  exporter: { account: Id; device: Id };
}
export interface ListLine {
  account: Id;
  statements: { body: string; sig: string }[];
}
export interface KeyLine {
  epoch: number;
  bucket: number;
  key: string;
}
export interface ItemLine {
  number: number;
  at_ms: number;
  envelope: string;
  content: string | null;
}
export interface RootLine {
  root: number;
  nonce: string;
  tag: string;
  vkey: string;
  proof: string;
}
export interface EndLine {
  end: number;
  head: string;
  sig: string;
}

/** The bundle's lines, each with its line feed; the last one is signed over the SHA-256 of all before it. */
export async function* writeBundle(input: BundleInput): AsyncGenerator<string, void> {
  const hash = sha256.create();
  const line = (value: BeginLine | ListLine | KeyLine | ItemLine | RootLine): string => {
    const text = written(value);
    hash.update(utf8(text));
    return text;
  };
  yield line(beginLine(input));
  for (const { account, statements } of input.lists)
    yield line({ account, statements: statements.map(statementToJson) });
  for (const { epoch, bucket, value } of input.keys) yield line({ epoch, bucket, key: b64(value) });
  const keys = new Map(input.keys.map((key) => [key.epoch, key]));
  let { number, head } = input.base;
  for await (const item of input.items) {
    if (item.number !== number + 1) throw new RangeError(`item ${item.number} does not follow ${number}`);
    [number, head] = [item.number, nextHead(head, item.number, itemHash(item.envelope))];
    yield line(await itemLine(item, keys));
  }
  for (const { number: root, nonce, tag, vkey, proof } of input.roots ?? []) {
    yield line({ root, nonce: b64(nonce), tag: b64(tag), vkey, proof });
  }
  const signature = await sign(input.exporter.key, bundleSignedBytes(own(hash.digest()), number, head));
  yield written({ end: number, head: b64(head), sig: b64(signature) });
}

/** What the exporter signs: the hash of all lines before the last (32 bytes), the last number and its head. */
export function bundleSignedBytes(linesSha256: Bytes, number: number, head: Bytes): Bytes {
  return concat(BUNDLE_LABEL, linesSha256, utf8(`${number}\0`), head);
}

function written(value: BeginLine | ListLine | KeyLine | ItemLine | RootLine | EndLine): string {
  return `${JSON.stringify(value)}\n`;
}

function beginLine({ room, base, exported_s, exporter }: BundleInput): BeginLine {
  return {
    bundle: BUNDLE_KIND,
    v: 1,
    room,
    base: { number: base.number, head: b64(base.head) },
    exported_s,
    exporter: { account: exporter.account, device: exporter.device },
  };
}

async function itemLine({ number, at_ms, envelope }: BundleItem, keys: Map<number, RecordKey>): Promise<ItemLine> {
  return { number, at_ms, envelope: b64(envelope.raw), content: await contentOf(envelope, keys.get(envelope.epoch)) };
}

/** The plaintext as text, or null for what is no content or does not open: the verifier finds the same. */
export async function contentOf(envelope: Envelope, key: RecordKey | undefined): Promise<string | null> {
  if (envelope.kind !== ItemKind.content || key === undefined) return null;
  try {
    return fromUtf8(await openContent(key, envelope));
  } catch (error) {
    if (error instanceof Refusal || (error instanceof Error && error.name === "MalformedError")) return null;
    throw error;
  }
}
