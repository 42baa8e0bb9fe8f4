// What stands in an empty column is chosen, and never in the place of a person's words.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { MachineView } from "../../../src/member/drafts/api.ts";
import { isFresh, machineWords } from "../../../src/ui/draft/machine-words.ts";
import type { ClauseView } from "../../../src/wire/drafts/projection.ts";
import type { Run } from "../../../src/wire/drafts/text.ts";

const NODE = "AAAAAAAAAAAAAAAAAAAAAQ";
const NOW = "hash of the words as they are";

function runs(text: string): Run[] {
  return [{ text, marks: [], brackets: [] }];
}

function clause(changed: Partial<ClauseView> = {}): ClauseView {
  const hash = { en: NOW };
  const view: Partial<ClauseView> = { node: NODE, gone: false, runs: { en: runs("Fish.") }, hash };
  return { ...view, ...changed } as ClauseView;
}

function machine(text: string, at_ms: number, changed: Partial<MachineView> = {}): MachineView {
  const origin = { models: [], glossary: "", software: "", sentences: [] };
  return { node: NODE, from: "en", lang: "ko", text, source: NOW, by: "machine", at_ms, ...origin, ...changed };
}

test("the machine that has read the clause as it is now comes before a newer one that has not", () => {
  const old = machine("낡은", 9, { source: "hash of earlier words" });
  const fresh = machine("새로운", 1);
  assert.equal(machineWords([old, fresh], clause(), "ko"), fresh);
  assert.equal(machineWords([old], clause(), "ko"), old);
  assert.deepEqual([isFresh(old, clause()), isFresh(fresh, clause())], [false, true]);
});

test("of two that have read the same the newer one is shown", () => {
  const [first, second] = [machine("하나", 1), machine("둘", 2, { by: "another" })];
  assert.equal(machineWords([first, second], clause(), "ko"), second);
});

test("nothing is shown where a person has written, for another column or clause, or of nothing", () => {
  const words = machine("물고기", 1);
  const written = clause({ runs: { ko: runs("고기") } });
  assert.equal(machineWords([words], written, "ko"), null);
  assert.equal(machineWords([words], clause(), "ar"), null);
  assert.equal(machineWords([words], clause({ node: "AAAAAAAAAAAAAAAAAAAAAg" }), "ko"), null);
  assert.equal(machineWords([words], clause({ gone: true }), "ko"), null);
  assert.equal(machineWords([machine(" ", 1)], clause(), "ko"), null);
});
