import assert from "node:assert/strict";
import { test } from "node:test";

import { fromUtf8, MalformedError, utf8 } from "../../src/wire/bytes.ts";
import {
  type Canonical,
  canonicalJson,
  MAX_DEPTH,
  parseCanonical,
  parseCanonicalObject,
} from "../../src/wire/canonical.ts";

test("keys are sorted, nothing is spaced, quotes and backslashes are escaped", () => {
  const value = { b: [1, 'a"\\/'], "a~": {}, A: 9007199254740991, "": [] };
  assert.equal(fromUtf8(canonicalJson(value)), '{"":[],"A":9007199254740991,"a~":{},"b":[1,"a\\"\\\\/"]}');
  assert.deepEqual(parseCanonical(canonicalJson(value)), value);
});

test("what has no one form is not written", () => {
  const impossible: unknown[] = [
    null,
    true,
    1.5,
    -1,
    -0,
    2 ** 53,
    Number.NaN,
    "é",
    "a\n",
    "\u007f",
    undefined,
    [undefined],
    { é: 1 },
  ];
  for (const value of impossible) assert.throws(() => canonicalJson(value as Canonical), MalformedError, String(value));
});

test("any other spelling of the same value is refused", () => {
  const spellings = [
    '{"a": 1}',
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a":1.0}',
    '{"a":1e0}',
    '{"a":01}',
    '{"a":-0}',
    '{"a":"\\u0061"}',
    '["\\/"]',
    " 1",
    "1\n",
    '{"a":9007199254740992}',
    '{"a":9007199254740993}',
    "null",
    "true",
    '{"a":null}',
    '"é"',
    '"\\n"',
    "",
    "{",
    "[1,]",
    '\ufeff{"a":1}',
  ];
  for (const text of spellings) assert.throws(() => parseCanonical(utf8(text)), MalformedError, text);
});

test("nesting has an end that comes before the stack's", () => {
  const nested = (depth: number) => utf8("[".repeat(depth) + "]".repeat(depth));
  assert.ok(parseCanonical(nested(MAX_DEPTH + 1)));
  assert.throws(() => parseCanonical(nested(MAX_DEPTH + 2)), MalformedError);
  assert.throws(() => parseCanonical(nested(500_000)), MalformedError);
});

test("an object has exactly the due fields, whatever they are called", () => {
  assert.throws(() => parseCanonicalObject(utf8('{"a":1}'), ["a", "b"]), MalformedError);
  assert.throws(() => parseCanonicalObject(utf8('{"__proto__":1,"a":1}'), ["a"]), MalformedError);
  assert.throws(() => parseCanonicalObject(utf8('{"a":1}'), ["constructor"]), MalformedError);
  assert.throws(() => parseCanonicalObject(utf8("[1]"), ["0"]), MalformedError);
  assert.deepEqual(parseCanonicalObject(utf8('{"a":1}'), ["a"]), { a: 1 });
});
