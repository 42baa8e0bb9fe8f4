// A server that shows false device lists: under a key of its own, for a moment, or an older one that undoes a
// revocation.

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

import { type BoxKey, newBoxKey } from "../../src/e2ee/box.ts";
import { addDevice, found, revokeDevice, verifyDeviceList } from "../../src/e2ee/devices.ts";
import { type Statement, statementToJson } from "../../src/e2ee/identity.ts";
import { newSigningKey, type SigningKey } from "../../src/e2ee/signing.ts";
import { newVaultKey, sealVault } from "../../src/e2ee/vault.ts";
import { Http } from "../../src/member/http.ts";
import { LedgerStore } from "../../src/member/ledger/kept.ts";
import { MemoryBackend } from "../../src/member/memory.ts";
import { People } from "../../src/member/people.ts";
import { Store } from "../../src/member/store.ts";
import { Vault } from "../../src/member/vault.ts";
import { b64 } from "../../src/wire/bytes.ts";
import { type Id, newId } from "../../src/wire/ids.ts";

/** An account's chain of statements, made by whoever holds `sign`. */
class Chain {
  readonly statements: Statement[] = [];
  readonly account: Id;
  readonly sign: SigningKey;
  readonly box: BoxKey;

  private constructor(account: Id, sign: SigningKey, box: BoxKey) {
    this.account = account;
    this.sign = sign;
    this.box = box;
  }

  static async of(account: Id, sign?: SigningKey): Promise<Chain> {
    const chain = new Chain(account, sign ?? (await newSigningKey()), await newBoxKey());
    chain.statements.push(await found({ account, at_s: 1, sign: chain.sign, box: chain.box.publicKey }));
    return chain;
  }

  async add(device: Id = newId()): Promise<Id> {
    const key = (await newSigningKey()).publicKey;
    this.statements.push(
      await addDevice(await this.list(), this.sign, { at_s: 2, device, key, kind: "browser", vault: 1 }),
    );
    return device;
  }

  async revoke(device: Id): Promise<void> {
    const box = (await newBoxKey()).publicKey;
    this.statements.push(await revokeDevice(await this.list(), this.sign, { at_s: 3, device, box }));
  }

  private list() {
    return verifyDeviceList(this.account, this.statements);
  }
}

const own: Id = newId();
let ownSign: SigningKey;
let shown: Map<Id, readonly Statement[]>;
let people: People;
let boris: Chain;
let phone: Id;

before(async () => {
  ownSign = await newSigningKey();
});

beforeEach(async () => {
  shown = new Map();
  // The server: it answers with whatever lists it likes.
  const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    const { accounts } = JSON.parse(String(init?.body)) as { accounts: Id[] };
    return Response.json(
      Object.fromEntries(accounts.map((account) => [account, (shown.get(account) ?? []).map(statementToJson)])),
    );
  };
  const http = new Http({
    origin: "http://portal.test",
    fetch: fetch as typeof globalThis.fetch,
    now_ms: () => Date.now(),
  });
  const store = await Store.open(new MemoryBackend());
  const vaultKey = newVaultKey();
  const content = { sign: ownSign.seed, box: [(await newBoxKey()).seed], pins: {}, labels: {} };
  const { version, sealed, sig } = await sealVault(content, vaultKey, own, 1, ownSign);
  const vault = await Vault.open(
    { account: own, key: vaultKey },
    { version, sealed: b64(sealed), sig: b64(sig) } as never,
    http,
    store,
  );
  people = new People(http, store, vault, new LedgerStore(store, () => Date.now()));
  boris = await Chain.of(newId());
  phone = await boris.add();
  await show(boris);
  await people.pin([boris.account]);
  vault.stop();
});

async function show(chain: Chain, statements: readonly Statement[] = chain.statements): Promise<void> {
  shown.set(chain.account, [...statements]);
  await people.refresh([chain.account]);
}

test("a list under another key blocks, and leaves nothing behind once the true one is shown again", async () => {
  const truth = [...boris.statements];
  const forged = await Chain.of(boris.account);
  const ghost = await forged.add();
  await show(forged);
  assert.equal(people.keyChanged(boris.account), true);
  assert.ok(people.device(boris.account, phone), "the past stays readable");
  await show(boris, truth);
  assert.equal(people.keyChanged(boris.account), false);
  assert.equal(people.device(boris.account, ghost), undefined);
  assert.equal(people.owner(ghost, people.accounts()), null);
});

test("another key gives no known device another key, and what it adds is not accepted, also later", async () => {
  const truth = [...boris.statements];
  const key = people.device(boris.account, phone)!.key;
  const forged = await Chain.of(boris.account);
  await forged.add(phone);
  const ghost = await forged.add();
  await show(forged);
  const owner = people.owner(phone, [boris.account])!;
  assert.deepEqual([owner.listed.key, owner.accepted], [key, true]);
  assert.equal(people.owner(ghost, [boris.account])?.accepted, false);
  assert.equal(people.isAccepted(boris.account, ghost), false);
  await show(boris, truth);
  assert.equal(people.isAccepted(boris.account, phone), true);
  assert.equal(people.isAccepted(boris.account, ghost), false);
});

test("a list under another key revokes no device that an accepted list names", async () => {
  const forged = await Chain.of(boris.account);
  await forged.add(phone);
  await forged.revoke(phone);
  await show(forged);
  assert.equal(people.owner(phone, [boris.account])?.revoked_s, null);
  await show(boris);
  assert.equal(people.owner(phone, [boris.account])?.revoked_s, null);
  await boris.revoke(phone);
  await show(boris);
  assert.equal(people.owner(phone, [boris.account])?.revoked_s, 3);
});

test("an accepted list is asked before another account's changed one", async () => {
  const carol = await Chain.of(newId());
  await show(carol);
  await people.pin([carol.account]);
  const forged = await Chain.of(carol.account);
  await forged.add(phone);
  await show(forged);
  assert.equal(people.keyChanged(carol.account), true);
  assert.equal(people.owner(phone, [carol.account, boris.account])?.account, boris.account);
});

test("a revocation is not undone by showing another key in between", async () => {
  const before = [...boris.statements];
  await boris.revoke(phone);
  await show(boris);
  assert.equal(people.device(boris.account, phone)?.revoked, true);
  await show(await Chain.of(boris.account));
  await show(boris, before);
  assert.equal(people.device(boris.account, phone)?.revoked, true);
  await show(boris);
  assert.equal(people.keyChanged(boris.account), false);
  assert.equal(people.device(boris.account, phone)?.revoked, true);
});

test("a key that was acknowledged counts, and the one before it for the past", async () => {
  const anew = await Chain.of(boris.account);
  const laptop = await anew.add();
  await show(anew);
  await people.acknowledge(boris.account);
  assert.equal(people.keyChanged(boris.account), false);
  assert.ok(people.device(boris.account, laptop));
  assert.ok(people.device(boris.account, phone));
});

test("the own account stands under the vault's key only, so that no grant is sealed to somebody else's", async () => {
  const forged = await Chain.of(own);
  await show(forged);
  assert.throws(() => people.list(own), { code: "person.unknown" });
  const truth = await Chain.of(own, ownSign);
  await show(truth);
  await show(forged);
  assert.deepEqual(people.list(own).box, truth.box.publicKey);
});
