// The page warns of what the server warns of (tests/vectors/personal_data.json, read by both).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { kindsIn } from "../../src/public/parts/personal_data.ts";

const vectors: { text: string; kinds: string[] }[] = JSON.parse(
  readFileSync(new URL("../../../tests/vectors/personal_data.json", import.meta.url), "utf8"),
);

for (const { text, kinds } of vectors) {
  test(`"${text}" has ${kinds.join(", ") || "nothing"}`, () => {
    assert.deepEqual([...kindsIn(text)].sort(), kinds);
  });
}
