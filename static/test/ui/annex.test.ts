// Which of several private notes is written to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type FoundAnnex, chosenAnnex } from "../../src/draft/negotiation/annex.ts";

const found = (letter: string, created_ms: number): FoundAnnex => ({ draft: letter.repeat(22), created_ms });

/** Every order in which the same drafts can be seen. */
function permuted<Each>(all: readonly Each[]): Each[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((each, at) => permuted(all.toSpliced(at, 1)).map((rest) => [each, ...rest]));
}

test("colleagues write to the same private notes in whatever order they find them", () => {
  // The oldest has neither the lowest nor the highest id; two are of one millisecond, and 9 comes before 10 as a number.
  const sorted = [found("k", 9), found("A", 10), found("a", 10), found("b", 11)];
  const orders = permuted(sorted);
  assert.equal(orders.length, 24);
  for (const order of orders) {
    const before = [...order];
    const { written, others } = chosenAnnex(order);
    assert.deepEqual([written, ...others], sorted);
    assert.deepEqual(order, before, "what was found stays in its order");
  }
});

test("of two private notes begun in the same millisecond the lower id is written to", () => {
  for (const order of permuted([found("B", 5), found("a", 5)])) {
    assert.equal(chosenAnnex(order).written?.draft, "B".repeat(22));
  }
});

test("no private notes, and the same ones found twice", () => {
  assert.deepEqual(chosenAnnex([]), { written: null, others: [] });
  const only = found("a", 1);
  assert.deepEqual(chosenAnnex([only, { ...only }]), { written: only, others: [] });
});
