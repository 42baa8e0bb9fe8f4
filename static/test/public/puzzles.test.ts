// The work that the page does is what the server asks for.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { solvePuzzle, solves } from "../../src/public/parts/puzzles.ts";

const WORK = "A".repeat(58);

test("a puzzle's solution is the first counter whose hash is small enough", () => {
  for (const cost of [1, 7, 500, 4000]) {
    const counter = solvePuzzle(WORK, cost, 3);
    const small = (tried: number): boolean =>
      createHash("sha256").update(`${WORK}:3:${tried}`).digest().readUInt32BE() * cost < 2 ** 32;
    assert.ok(small(counter) && solves(WORK, cost, 3, counter));
    for (let earlier = 0; earlier < counter; earlier += 1) assert.ok(!small(earlier));
  }
});
