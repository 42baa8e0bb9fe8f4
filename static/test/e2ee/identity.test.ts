import assert from "node:assert/strict";
import { test } from "node:test";

import {
  credentialIdentity,
  epochCode,
  grouped,
  parseCredentialIdentity,
  parseSafetyText,
  safetyHalf,
  safetyNumber,
  safetyText,
} from "../../src/e2ee/identity.ts";
import { random, utf8 } from "../../src/wire/bytes.ts";
import { newId } from "../../src/wire/ids.ts";
import { refused } from "./refused.ts";

test("two people read the same 60 digits, and other keys give others", () => {
  const [one, two] = [
    { account: newId(), sign: random(32) },
    { account: newId(), sign: random(32) },
  ];
  const digits = safetyNumber(one, two);
  assert.match(digits, /^[0-9]{60}$/);
  assert.equal(digits, safetyNumber(two, one));
  assert.equal(parseSafetyText(safetyText(digits)), digits);
  assert.notEqual(digits, safetyNumber({ ...one, sign: random(32) }, two));
  assert.notEqual(safetyHalf(one.account, one.sign), safetyHalf(two.account, one.sign));
  assert.equal(grouped(digits).split(" ").length, 12);
});

test("a scanned text that is none is told", async () => {
  for (const text of ["", "portal:safety:2:" + "1".repeat(60), "portal:safety:1:123", "https://example.org"]) {
    await refused("safety.malformed", () => parseSafetyText(text));
  }
});

test("an epoch code changes with room, epoch and authenticator", () => {
  const [room, authenticator] = [newId(), random(64)];
  const codes = [
    epochCode(room, 1, authenticator),
    epochCode(room, 2, authenticator),
    epochCode(newId(), 1, authenticator),
    epochCode(room, 1, random(64)),
  ];
  assert.equal(new Set(codes).size, 4);
  for (const code of codes) assert.match(code, /^[0-9]{30}$/);
});

test("a credential is one canonical text", async () => {
  const identity = { account: newId(), device: newId(), kind: "browser" as const };
  assert.deepEqual(parseCredentialIdentity(credentialIdentity(identity)), identity);
  const text = new TextDecoder().decode(credentialIdentity(identity));
  for (const other of [
    text.replace("browser", "server"),
    text.replace('"v":1', '"v":2'),
    `${text} `,
    text.replace(',"v":1', ""),
    "{}",
  ]) {
    await refused("credential.malformed", () => parseCredentialIdentity(utf8(other)));
  }
});
