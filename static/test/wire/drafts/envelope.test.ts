// What Python wrote of drafts' envelopes (tests/wire/drafts/make_envelope_vectors.py) is read and made the same here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ed25519 } from "@noble/curves/ed25519.js";

import { hex, MalformedError, unb64 } from "../../../src/wire/bytes.ts";
import {
  decodeDraftItem,
  draftContentAad,
  draftItemHash,
  draftKeyInfo,
  draftSignedBytes,
  encodeDraftItem,
  firstDraftHead,
  nextDraftHead,
} from "../../../src/wire/drafts/envelope.ts";
import { padDraft, sizeClass, unpadDraft } from "../../../src/wire/drafts/padding.ts";
import { KINDS, streamName, streamOf } from "../../../src/wire/drafts/streams.ts";
import type { Id } from "../../../src/wire/ids.ts";

interface Vectors {
  ids: { room: Id; draft: Id; device: Id };
  deviceKey: string;
  streams: {
    stream: string;
    kind: number;
    owner: Id;
    heads: string[];
    items: { kind: number; item: Id; at_ms: number; raw: string; hash: string; keyInfo: string; contentAad: string }[];
  }[];
  padding: [number, number, number][];
}

const file = new URL("../../../../tests/vectors/drafts_envelope.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const deviceKey = Uint8Array.from(Buffer.from(vectors.deviceKey, "hex"));

test("Python's items are read, made again, verified and chained", () => {
  for (const chain of vectors.streams) {
    const stream = streamOf(chain.stream)!;
    assert.deepEqual(stream, { kind: chain.kind, owner: chain.owner });
    assert.equal(streamName(stream), chain.stream);
    assert.deepEqual(
      chain.items.map(({ kind }) => kind),
      [...KINDS[stream.kind]].sort(),
    );
    let head = firstDraftHead(vectors.ids.draft, stream);
    for (const [index, due] of chain.items.entries()) {
      const item = decodeDraftItem(unb64(due.raw));
      assert.deepEqual([item.kind, item.item, item.sequence], [due.kind, due.item, index + 1]);
      assert.deepEqual([item.room, item.device], [vectors.ids.room, vectors.ids.device]);
      assert.deepEqual([item.epoch, item.bucket, hex(item.seenHead)], [2 ** 53 - 1, 20_000, hex(head)]);
      assert.deepEqual(encodeDraftItem(item, item.signature, item.body), item.raw);
      assert.equal(hex(draftKeyInfo(item)), due.keyInfo);
      assert.equal(hex(draftContentAad(item)), due.contentAad);
      assert.ok(ed25519.verify(item.signature, draftSignedBytes(item.raw), deviceKey));
      assert.equal(hex(draftItemHash(item.raw)), due.hash);
      head = nextDraftHead(head, index + 1, due.at_ms, draftItemHash(item.raw));
    }
    assert.equal(hex(head), chain.heads.at(-1));
  }
});

test("the size classes are the same, and padding comes off again", () => {
  for (const [length, smallest, due] of vectors.padding) assert.equal(sizeClass(length, smallest), due);
  const plain = new Uint8Array(5000).fill(7);
  const padded = padDraft(plain, 256, 1 << 20);
  assert.deepEqual(unpadDraft(padded, 256), plain);
  padded[padded.length - 1] = 1;
  assert.throws(() => unpadDraft(padded, 256), MalformedError);
  assert.throws(() => unpadDraft(padDraft(plain.subarray(0, 1), 256, 1024), 2048), MalformedError);
  assert.throws(() => padDraft(plain, 256, 4096), RangeError);
});

test("what is no item of a draft is refused", () => {
  const text = vectors.streams.find(({ stream }) => stream === "text")!;
  const raw = unb64(text.items[0]!.raw);
  const spoilt = (change: (copy: Uint8Array) => void) => {
    const copy = new Uint8Array(raw);
    change(copy);
    return copy;
  };
  for (const bad of [
    raw.subarray(0, 239),
    spoilt((copy) => (copy[0] = 2)),
    spoilt((copy) => (copy[1] = 3)), // an entry in the text
    spoilt((copy) => (copy[34] = 6)),
    spoilt((copy) => (copy[34] = 4)), // proposals of nobody
    spoilt((copy) => (copy[35] = 1)), // a text of somebody
    spoilt((copy) => (copy[79] = 0xff)),
    spoilt((copy) => (copy[copy.length - 1]! ^= 1)),
    raw.subarray(0, raw.length - 1),
  ])
    assert.throws(() => decodeDraftItem(bad), MalformedError);
  for (const name of ["", "texts", "text/", "proposals", "proposals/x", "constructor"]) assert.equal(streamOf(name), null);
});
