import assert from "node:assert/strict";
import { test } from "node:test";

import { sha256 } from "@noble/hashes/sha2.js";

import { concat, hex, MalformedError, own, random, utf8 } from "../../src/wire/bytes.ts";
import {
  COMMIT_BODY_MAX_BYTES,
  CONTENT_BODY_MAX_BYTES,
  decodeEnvelope,
  encodeEnvelope,
  encodeHeader,
  firstHead,
  foundingBody,
  type Header,
  isHistory,
  ItemKind,
  itemHash,
  nextHead,
  parseFoundingBody,
  PREFIX_BYTES,
} from "../../src/wire/envelope.ts";
import { newId } from "../../src/wire/ids.ts";

function headerOf(body: Uint8Array, kind: ItemKind = ItemKind.content): Header {
  return {
    kind,
    room: newId(),
    epoch: 3,
    bucket: 20_000,
    device: newId(),
    sequence: 7,
    item: newId(),
    seenNumber: 41,
    seenHead: random(32),
    bodySha256: own(sha256(body)),
  };
}

function envelopeOf(body: Uint8Array, kind: ItemKind = ItemKind.content) {
  return encodeEnvelope(headerOf(body, kind), random(64), body);
}

test("an envelope says what went in, and its hash leaves out the body only", () => {
  const body = utf8("body");
  const header = headerOf(body);
  const signature = random(64);
  const raw = encodeEnvelope(header, signature, body);
  const envelope = decodeEnvelope(raw);
  assert.deepEqual(envelope, { ...header, signature, body, raw });
  assert.deepEqual(itemHash(envelope), own(sha256(concat(encodeHeader(header), signature))));
});

test("an envelope does not change with the buffer that it came in", () => {
  const raw = envelopeOf(utf8("body"));
  const envelope = decodeEnvelope(raw);
  const before = hex(envelope.raw);
  raw.fill(0);
  assert.equal(hex(envelope.raw), before);
});

test("impossible shapes are refused", () => {
  const raw = envelopeOf(utf8("body"));
  for (const length of [0, 1, 142, PREFIX_BYTES])
    assert.throws(() => decodeEnvelope(raw.subarray(0, length)), MalformedError);
  assert.throws(() => decodeEnvelope(raw.with(0, 2)), MalformedError);
  for (const kind of [0, 4, 255]) assert.throws(() => decodeEnvelope(raw.with(1, kind)), MalformedError);
  assert.throws(() => decodeEnvelope(raw.with(raw.length - 1, raw.at(-1)! ^ 1)), MalformedError);
  assert.throws(() => decodeEnvelope(concat(raw, Uint8Array.of(0))), MalformedError);
  for (const offset of [18, 46, 70]) assert.throws(() => decodeEnvelope(raw.with(offset, 0x20)), MalformedError);
});

test("bodies have a largest size for each kind", () => {
  assert.ok(decodeEnvelope(envelopeOf(new Uint8Array(CONTENT_BODY_MAX_BYTES))));
  assert.throws(() => decodeEnvelope(envelopeOf(new Uint8Array(CONTENT_BODY_MAX_BYTES + 1))), MalformedError);
  assert.ok(decodeEnvelope(envelopeOf(new Uint8Array(COMMIT_BODY_MAX_BYTES), ItemKind.commit)));
  assert.throws(
    () => decodeEnvelope(envelopeOf(new Uint8Array(COMMIT_BODY_MAX_BYTES + 1), ItemKind.commit)),
    MalformedError,
  );
});

test("heads differ by room, number, predecessor and item", () => {
  const [room, hash] = [newId(), random(32)];
  const first = firstHead(room);
  const heads = [
    first,
    firstHead(newId()),
    nextHead(first, 1, hash),
    nextHead(first, 2, hash),
    nextHead(hash, 1, first),
  ];
  assert.equal(new Set(heads.map(hex)).size, heads.length);
});

test("a founding is for this room, suite and a known policy", () => {
  const room = newId();
  assert.deepEqual(parseFoundingBody(foundingBody(room, "from:12"), room), { history: "from:12" });
  assert.throws(() => parseFoundingBody(foundingBody(newId(), "all"), room), MalformedError);
  for (const [suite, history] of [
    [1, "all"],
    [83, "some"],
  ]) {
    const body = utf8(`{"group":"${room}","history":"${history}","suite":${suite},"v":1}`);
    assert.throws(() => parseFoundingBody(body, room), MalformedError);
  }
  for (const text of ["from:", "from:-1", "from:01", "from:1.5", "from:9999999999999999", "ALL", ""])
    assert.ok(!isHistory(text));
});
