// Examining many items where the browser starts no helpers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { examineAll } from "../../src/member/examiners.ts";
import { examine } from "../../src/e2ee/examine.ts";
import { PREFIX_BYTES } from "../../src/wire/envelope.ts";

test("where no helper can be started, this thread examines everything, each time", async (t) => {
  assert.equal("Worker" in globalThis, false); // to start one is an error here, as where a browser's policy forbids it
  Object.assign(globalThis, { EXAMINER_ADDRESS: "/static/examiner.js" });
  t.after(() => Reflect.deleteProperty(globalThis, "EXAMINER_ADDRESS"));
  const items = Array.from({ length: 300 }, (_, at) => {
    const raw = new Uint8Array(PREFIX_BYTES + 1).fill(at);
    return { raw, deviceKey: null, key: null };
  });
  const expected = await examine(items);
  for (const time of ["first", "second"]) assert.deepEqual(await examineAll(items), expected, time);
});
