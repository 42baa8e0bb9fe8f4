// What is kept: values come back as they were, whole transactions only, one writer, nothing readable on the disk.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodePlain, encodePlain } from "../../src/member/cbor.ts";
import { MemoryBackend } from "../../src/member/memory.ts";
import { Store } from "../../src/member/store.ts";

test("plain values survive encoding; the bytes are RFC 8949's", () => {
  const values = [
    0,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    -1,
    -257,
    1.5,
    Number.NaN,
    "",
    "Ärger 원문",
    true,
    false,
    null,
  ];
  const nested = { a: [1, { b: new Uint8Array([1, 2, 3]) }], "": {}, c: values };
  assert.deepEqual(decodePlain(encodePlain(nested)), nested);
  assert.deepEqual(decodePlain(encodePlain({ kept: 1, absent: undefined })), { kept: 1 });
  const hex = (value: unknown): string => Buffer.from(encodePlain(value)).toString("hex");
  // RFC 8949, appendix A
  assert.equal(hex(1_000_000), "1a000f4240");
  assert.equal(hex(1_000_000_000_000), "1b000000e8d4a51000");
  assert.equal(hex(-1000), "3903e7");
  assert.equal(hex(1.1), "fb3ff199999999999a");
  assert.equal(hex("ü"), "62c3bc");
  assert.equal(hex({ a: 1, b: [2, 3] }), "a26161016162820203");
});

test("texts and bytes of every length around the borders of their heads come back", () => {
  for (const unit of ["a", "é", "원", "🜂", "\ud800"]) {
    for (const count of [1, 5, 6, 7, 8, 11, 12, 23, 24, 63, 64, 84, 85, 86, 255, 256, 22_000]) {
      const text = unit.repeat(count);
      const kept = decodePlain(encodePlain([text, new Uint8Array(count), text]));
      assert.deepEqual(kept, [text.toWellFormed(), new Uint8Array(count), text.toWellFormed()]);
    }
  }
});

test("what is cut, continued or of another kind is refused", () => {
  const whole = encodePlain({ a: [1, 2, "three"] });
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => decodePlain(whole.subarray(0, length)), String(length));
  assert.throws(() => decodePlain(new Uint8Array([...whole, 0])));
  assert.throws(() => decodePlain(Uint8Array.of(0xc0, 0)), TypeError);
  assert.throws(() => decodePlain(Uint8Array.of(0xa1, 1, 1)), TypeError);
  assert.throws(() => encodePlain({ f: () => 1 }), TypeError);
});

test("a key named __proto__ stays a plain key", () => {
  const decoded = decodePlain(Uint8Array.of(0xa1, 0x69, ...new TextEncoder().encode("__proto__"), 0xa0)) as object;
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype);
  assert.ok(Object.hasOwn(decoded, "__proto__"));
});

test("what is written is read, listed in order, and sealed on the disk", async () => {
  const backend = new MemoryBackend();
  const store = await Store.open(backend);
  await store.write(
    new Map<string, unknown>([
      ["room:b", { text: "geheim 비밀" }],
      ["room:a", [1]],
      ["other", 1],
    ]),
  );
  assert.deepEqual(await store.list("room:"), [
    ["room:a", [1]],
    ["room:b", { text: "geheim 비밀" }],
  ]);
  await store.write(
    new Map<string, unknown>([
      ["room:a", undefined],
      ["other", 2],
    ]),
  );
  assert.equal(await store.get("room:a"), undefined);
  assert.equal(await store.get("other"), 2);
  for (const [, sealed] of await backend.list("")) assert.ok(!Buffer.from(sealed).toString().includes("geheim"));
});

test("a value that was moved under another name does not open", async () => {
  const backend = new MemoryBackend();
  const store = await Store.open(backend);
  await store.put("a", "one");
  const moved = (await backend.get("a"))!;
  await backend.raiseFence("attacker");
  await backend.write(new Map([["b", moved]]), "attacker");
  await assert.rejects((await Store.open(backend)).get("b"), { name: "OperationError" });
});

test("a second writer shuts the first one out", async () => {
  const backend = new MemoryBackend();
  const first = await Store.open(backend);
  await first.put("a", 1);
  const second = await Store.open(backend);
  await assert.rejects(first.put("a", 2), { code: "client.not_ready" });
  assert.equal(await second.get("a"), 1);
});

test("a full disk refuses the whole transaction, says so, and says when there is room again", async () => {
  const store = await Store.open(new MemoryBackend(2000));
  const told: boolean[] = [];
  store.onFull = (full) => told.push(full);
  await store.put("a", "small");
  await assert.rejects(
    store.write(
      new Map<string, unknown>([
        ["a", "changed"],
        ["b", new Uint8Array(5000)],
      ]),
    ),
    { code: "client.storage_full" },
  );
  assert.equal(await store.get("a"), "small");
  await store.put("a", "fits");
  assert.deepEqual(told, [true, false]);
});

test("a disk that is full from the beginning can be read; it is written again once there is room", async () => {
  const backend = new MemoryBackend();
  const before = await Store.open(backend);
  await before.put("a", "kept");
  backend.limitBytes = 1;
  const store = await Store.open(backend);
  const told: boolean[] = [];
  store.onFull = (full) => told.push(full);
  assert.ok(store.isFull);
  assert.equal(await store.get("a"), "kept");
  await assert.rejects(store.put("b", "no room"), { code: "client.storage_full" });
  await store.lookForRoom();
  backend.limitBytes = 1_000_000;
  // Whoever had the store before can not use the room that has come free.
  await assert.rejects(before.put("a", "too late"), { code: "client.not_ready" });
  await store.lookForRoom();
  assert.deepEqual(told, [true, false]);
  await store.put("b", "room");
  assert.equal(await store.get("a"), "kept");
});

test("without a key and without room for one nothing can be begun", async () => {
  await assert.rejects(Store.open(new MemoryBackend(0)), { code: "client.storage_full" });
});
