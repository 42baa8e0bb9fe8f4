// Receipts, whole and changed, as Python judged them (tests/wire/ledger/make_receipt_vectors.py): the same here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { checkReceipt, outcomeOf } from "../../src/tlog/receipt.ts";
import { parseVkey } from "../../src/wire/ledger/note.ts";
import { parsePolicy } from "../../src/wire/ledger/policy.ts";
import { formatReceipt, parseReceipt } from "../../src/wire/ledger/receipt.ts";

type Found = [code: string, outcome: string][];

interface Vectors {
  said: string;
  vkey: string;
  policy: string;
  files: { text: string; findings: Found }[];
  block: string;
  changes: { change: [at: number, cut: number, put: string]; findings: Found }[];
}

const file = new URL("../../../tests/vectors/ledger_receipts.json", import.meta.url);
const { said, vkey, policy, files, block, changes } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const known = { key: parseVkey(vkey), policy: parsePolicy(policy), sent: said };

async function found(text: string): Promise<Found> {
  return (await checkReceipt(text, known)).map(({ code, outcome }) => [code, outcome]);
}

test("whole, early and false receipts are judged alike", async () => {
  for (const { text, findings } of files) assert.deepEqual(await found(text), findings, text);
  assert.equal(outcomeOf(await checkReceipt(block, known)), "good");
  assert.equal(outcomeOf(await checkReceipt(block, { key: null, policy: null, sent: null })), "good");
});

test("changed receipts are judged alike, and none of them is good", async () => {
  const characters = [...block];
  for (const { change, findings } of changes) {
    const [at, cut, put] = change;
    const text = [...characters.slice(0, at), put, ...characters.slice(at + cut)].join("");
    assert.deepEqual(await found(text), findings, JSON.stringify(change));
    if (text !== block) assert.notEqual(outcomeOf(await checkReceipt(text, known)), "good", JSON.stringify(change));
  }
});

test("a receipt is written as it was read", () => {
  assert.equal(formatReceipt(parseReceipt(block)), block);
});
