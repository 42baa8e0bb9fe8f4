import assert from "node:assert/strict";
import { test } from "node:test";

import {
  b64,
  concat,
  equal,
  fromUtf8,
  hex,
  MalformedError,
  random,
  readU32,
  readU64,
  u32,
  u64,
  unb64,
  utf8,
} from "../../src/wire/bytes.ts";
import { idBytes, idText, isId, newId } from "../../src/wire/ids.ts";

test("base64url round trips at every length and is the platform's", () => {
  for (let length = 0; length < 70; length++) {
    const raw = random(length);
    assert.equal(b64(raw), Buffer.from(raw).toString("base64url"));
    assert.deepEqual(unb64(b64(raw)), raw);
  }
});

test("only canonical base64url is read", () => {
  for (const text of ["A", "AA==", "AB", "AAB", "A+AA", "A/AA", " AAA", "AAA\n", "AAÄA", "AAAAA", "\u{1f600}AAA"]) {
    assert.throws(() => unb64(text), MalformedError, text);
  }
  assert.throws(() => unb64("AAAA", 4), MalformedError);
  assert.deepEqual(unb64("AA"), Uint8Array.of(0));
});

test("integers are big-endian and stay below 2^53", () => {
  assert.equal(hex(u32(0x01020304)), "01020304");
  assert.equal(hex(u64(Number.MAX_SAFE_INTEGER)), "001fffffffffffff");
  assert.equal(readU32(u32(0xffff_ffff), 0), 0xffff_ffff);
  assert.equal(readU64(concat(u32(7), u64(2 ** 52)), 4), 2 ** 52);
  for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) assert.throws(() => u64(value), RangeError);
  for (const value of [-1, 0.5, 2 ** 32]) assert.throws(() => u32(value), RangeError);
  assert.throws(() => readU64(Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 0), 0), MalformedError);
  assert.throws(() => readU64(new Uint8Array(7), 0), RangeError);
});

test("equal compares all bytes", () => {
  const raw = random(40);
  assert.ok(equal(raw, new Uint8Array(raw)));
  for (let i = 0; i < raw.length; i++) assert.ok(!equal(raw, raw.with(i, raw[i]! ^ 1)));
  assert.ok(!equal(raw, raw.subarray(1)));
});

test("text that is not UTF-8 is refused, a byte order mark is kept", () => {
  assert.throws(() => fromUtf8(Uint8Array.of(0xc3)), MalformedError);
  assert.equal(fromUtf8(utf8("\ufeff안녕")), "\ufeff안녕");
});

test("ids are 16 bytes in 22 characters", () => {
  const id = newId();
  assert.equal(id.length, 22);
  assert.equal(idText(idBytes(id)), id);
  for (const other of ["", `${id}A`, id.slice(1), `${id.slice(0, 21)}B`, 7, null])
    assert.ok(!isId(other), String(other));
  assert.throws(() => idText(random(15)), MalformedError);
});
