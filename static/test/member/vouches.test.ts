// Who answers for an interpreter, as the server's directory shows it and as it is believed.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { statementToJson } from "../../src/e2ee/identity.ts";
import { newSigningKey, type SigningKey } from "../../src/e2ee/signing.ts";
import { vouch } from "../../src/e2ee/vouching.ts";
import type { PersonAnswer, StatementJson } from "../../src/member/answers.ts";
import { Vouches } from "../../src/member/interpreters/vouches.ts";
import { b64 } from "../../src/wire/bytes.ts";
import { type Id, newId } from "../../src/wire/ids.ts";

const [owner, machine, other] = [newId(), newId(), newId()];
let ownerKey: SigningKey;
let machineKey: SigningKey;
let said: StatementJson;

before(async () => {
  [ownerKey, machineKey] = [await newSigningKey(), await newSigningKey()];
  said = await saidOf(machine, owner, ownerKey);
});

async function saidOf(account: Id, by: Id, signer: SigningKey): Promise<StatementJson> {
  const vouching = { account, at_s: 1, by, for: "room", sign: machineKey.publicKey } as const;
  return statementToJson(await vouch(vouching, signer));
}

function person(account: Id, vouched: StatementJson | null, by = owner): PersonAnswer {
  const interpreter = vouched && ({ owner: by, for: "room", vouch: vouched } as const);
  const row = { account, name: "", handle: "", delegation: null, roles: [], languages: [], disabled: false };
  return { ...row, interpreter };
}

const pinned = (key: SigningKey) => (account: Id) => (account === owner ? b64(key.publicKey) : undefined);

async function believed(row: PersonAnswer, keyOf: (account: Id) => string | undefined): Promise<boolean> {
  const vouches = new Vouches();
  await vouches.take([row], keyOf);
  return vouches.of(row.account, machineKey.publicKey) !== null;
}

test("what the owner signed for this account and key is believed, nothing else", async () => {
  const thief = await newSigningKey();
  assert.equal(await believed(person(machine, said), pinned(ownerKey)), true);
  assert.equal(await believed(person(machine, said), pinned(thief)), false, "the owner is known under another key");
  assert.equal(await believed(person(machine, said), () => undefined), false, "the owner is not known");
  assert.equal(await believed(person(other, said), pinned(ownerKey)), false, "said of another account");
  assert.equal(await believed(person(machine, said, other), () => b64(ownerKey.publicKey)), false, "said by another");
  const forged = await saidOf(machine, owner, thief);
  assert.equal(await believed(person(machine, forged), pinned(ownerKey)), false, "not signed by the owner");
  assert.equal(await believed(person(machine, { body: "", sig: "" }), pinned(ownerKey)), false, "no statement");
});

test("it is for one key, and ends when the server or the owner's key says otherwise", async () => {
  const vouches = new Vouches();
  assert.equal(await vouches.take([person(machine, said)], pinned(ownerKey)), true);
  assert.equal(await vouches.take([person(machine, said)], pinned(ownerKey)), false, "nothing new");
  assert.equal(vouches.of(machine, (await newSigningKey()).publicKey), null, "the interpreter has another key");
  assert.equal(await vouches.take([person(machine, null)], pinned(ownerKey)), true);
  assert.equal(vouches.of(machine, machineKey.publicKey), null);
  await vouches.take([person(machine, said)], pinned(ownerKey));
  await vouches.take([person(machine, said)], pinned(await newSigningKey()));
  assert.equal(vouches.of(machine, machineKey.publicKey), null, "the owner's key that counts is another one now");
});
