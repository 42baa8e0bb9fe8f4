import assert from "node:assert/strict";
import { test } from "node:test";

import { sha256 } from "@noble/hashes/sha2.js";

import { sealGcm } from "../../src/e2ee/aead.ts";
import {
  newRecoveryKey,
  parseRecoveryKey,
  printRecoveryKey,
  recoveryAuth,
  recoveryWrapKey,
} from "../../src/e2ee/recovery.ts";
import { Refusal } from "../../src/e2ee/refusal.ts";
import { newSigningKey, sign } from "../../src/e2ee/signing.ts";
import {
  newVaultKey,
  openVault,
  passphraseWrapKey,
  sealVault,
  type SealedVault,
  unwrapVaultKey,
  type VaultContent,
  wrapVaultKey,
} from "../../src/e2ee/vault.ts";
import { b64, concat, equal, random, u32, u64, utf8 } from "../../src/wire/bytes.ts";
import { idBytes, newId } from "../../src/wire/ids.ts";
import { flipped, refused } from "./refused.ts";

const account = newId();
const vaultKey = newVaultKey();
const signKey = await newSigningKey();
const content: VaultContent = {
  sign: signKey.seed,
  box: [random(32), random(32)],
  pins: { [newId()]: { sign: b64(random(32)), verified: true, acknowledged: [b64(random(32))] } },
  labels: { [newId()]: "집무실 컴퓨터" },
};
const seal = (version: number, of = content) => sealVault(of, vaultKey, account, version, signKey);

test("a vault opens with its key and is padded", async () => {
  const vault = await seal(3);
  assert.deepEqual(await openVault(vault, vaultKey, account), content);
  assert.equal(vault.sealed.length % 4096, 28);
});

test("another key, account or version does not open it, nor does a changed bit", async () => {
  const vault = await seal(3);
  await refused("vault.cipher", openVault(vault, newVaultKey(), account));
  await refused("vault.cipher", openVault(vault, vaultKey, newId()));
  await refused("vault.cipher", openVault({ ...vault, version: 4 }, vaultKey, account));
  for (const byte of [0, 11, 12, 100, -1]) {
    await refused("vault.cipher", openVault({ ...vault, sealed: flipped(vault.sealed, byte) }, vaultKey, account));
  }
  await refused("vault.malformed", openVault({ ...vault, sealed: vault.sealed.slice(0, 28) }, vaultKey, account));
  await refused("vault.forged", openVault({ ...vault, sig: flipped(vault.sig, 0) }, vaultKey, account));
});

test("an older version than one that was seen is refused, and so is another one of the same number", async () => {
  const [old, seen, rival] = [await seal(3), await seal(4), await seal(4)];
  const known = { version: 4, sealedSha256: sha256(seen.sealed), sign: signKey.publicKey };
  assert.ok(await openVault(seen, vaultKey, account, known));
  assert.ok(await openVault(await seal(5), vaultKey, account, known));
  await refused("vault.rolled_back", openVault(old, vaultKey, account, known));
  await refused("vault.rolled_back", openVault(rival, vaultKey, account, known));
  await refused("vault.rolled_back", openVault({ ...old, version: 4 }, vaultKey, account, known));
});

test("a vault with another account key inside is refused where the key is known", async () => {
  const other = await newSigningKey();
  const swapped = await sealVault({ ...content, sign: other.seed }, vaultKey, account, 5, other);
  assert.ok(await openVault(swapped, vaultKey, account));
  await refused("vault.forged", openVault(swapped, vaultKey, account, { version: 4, sign: signKey.publicKey }));
  await refused("vault.forged", openVault(await sealVault(content, vaultKey, account, 5, other), vaultKey, account));
});

/** A vault with freely chosen contents under the right key and signature: a browser of another version, or a fault. */
async function written(padded: Uint8Array): Promise<SealedVault> {
  const nonce = random(12);
  const place = concat(utf8("portal vault v1\0"), idBytes(account), u64(1));
  const sealed = concat(nonce, await sealGcm(vaultKey, nonce, padded, place));
  return { version: 1, sealed, sig: await sign(signKey, concat(place, sha256(sealed))) };
}

test("contents of another shape are refused", async () => {
  const good = { v: 1, sign: b64(content.sign), box: content.box.map(b64), pins: {}, labels: {} };
  const texts = [
    { ...good, v: 2 },
    { ...good, box: [] },
    { ...good, box: ["AA"] },
    { ...good, sign: "" },
    { ...good, pins: [] },
    { ...good, labels: { x: "y" } },
    { ...good, pins: { [newId()]: { sign: "AA", verified: true, acknowledged: [] } } },
    { ...good, pins: { [newId()]: null } },
    null,
    7,
  ].map((value) => utf8(JSON.stringify(value)));
  for (const text of texts)
    await refused("vault.malformed", openVault(await written(concat(u32(text.length), text)), vaultKey, account));
  await refused("vault.malformed", openVault(await written(u32(5)), vaultKey, account));
  await refused("vault.malformed", openVault(await written(new Uint8Array(3)), vaultKey, account));
});

test("a wrap opens for its account, kind and key only", async () => {
  const [wrapKey, recovery] = [passphraseWrapKey(random(64)), recoveryWrapKey(newRecoveryKey())];
  const wrap = await wrapVaultKey(vaultKey, account, "passphrase", wrapKey);
  assert.equal(wrap.length, 60);
  assert.deepEqual(await unwrapVaultKey(wrap, account, "passphrase", wrapKey), vaultKey);
  await refused("vault.wrap", unwrapVaultKey(wrap, account, "recovery", wrapKey));
  await refused("vault.wrap", unwrapVaultKey(wrap, newId(), "passphrase", wrapKey));
  await refused("vault.wrap", unwrapVaultKey(wrap, account, "passphrase", recovery));
  await refused("vault.wrap", unwrapVaultKey(flipped(wrap, 30), account, "passphrase", wrapKey));
  await refused("vault.wrap", unwrapVaultKey(wrap.slice(1), account, "passphrase", wrapKey));
});

test("what signs in with the recovery key does not open the vault", () => {
  const key = newRecoveryKey();
  assert.ok(!equal(recoveryAuth(key), recoveryWrapKey(key)));
});

test("a recovery key is read however it was typed", () => {
  for (let i = 0; i < 200; i++) {
    const key = newRecoveryKey();
    const printed = printRecoveryKey(key);
    assert.match(printed, /^([0-9A-HJKMNP-TV-Z]{4} ){8}[0-9A-HJKMNP-TV-Z]{4}$/);
    assert.deepEqual(parseRecoveryKey(printed), key);
    const typed = printed
      .toLowerCase()
      .replaceAll("0", "o")
      .replaceAll("1", i % 2 ? "l" : "I")
      .replaceAll(" ", i % 3 ? "-" : "\u2011");
    assert.deepEqual(parseRecoveryKey(`  ${typed}\n`), key);
  }
});

test("a wrong character is told with its group, a wrong length with its count, a typo by the check", async () => {
  const printed = printRecoveryKey(new Uint8Array(20).fill(7));
  await refused("recovery_key.length", () => parseRecoveryKey(printed.slice(0, -1)));
  await refused("recovery_key.length", () => parseRecoveryKey(`${printed}0`));
  await refused("recovery_key.length", () => parseRecoveryKey(""));
  try {
    parseRecoveryKey(printed.slice(0, 11) + "U" + printed.slice(12));
    assert.fail("accepted");
  } catch (error) {
    assert.ok(error instanceof Refusal);
    assert.deepEqual([error.code, error.detail], ["recovery_key.character", { character: "U", group: 3 }]);
  }
  let accepted = 0;
  for (let place = 0; place < printed.length; place++) {
    if (printed[place] === " ") continue;
    const typed = printed.slice(0, place) + (printed[place] === "Z" ? "Y" : "Z") + printed.slice(place + 1);
    try {
      parseRecoveryKey(typed);
      accepted += 1;
    } catch (error) {
      assert.ok(error instanceof Refusal && error.code === "recovery_key.check");
    }
  }
  assert.equal(accepted, 0);
  const swapped = printed.replace(/^(.)(.)/, "$2$1");
  if (swapped !== printed) await refused("recovery_key.check", () => parseRecoveryKey(swapped));
});
