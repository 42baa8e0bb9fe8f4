// Writes tests/vectors/browser.json: what the browser's code makes, for tests/wire/test_browser_vectors.py to read with
// other libraries. Run it after a change of the protocol: .venv/bin/node static/test/make_vectors.ts

import { writeFileSync } from "node:fs";

import { newBoxKey } from "../src/e2ee/box.ts";
import { newFileKey, sealChunks, streamShape } from "../src/e2ee/files.ts";
import { credentialIdentity, epochCode, safetyHalf, safetyNumber, statementToJson } from "../src/e2ee/identity.ts";
import { makeKeyPackage } from "../src/e2ee/keypackage.ts";
import { deriveRecordKey, sealContent, signItem } from "../src/e2ee/record.ts";
import { newRecoveryKey, printRecoveryKey, recoveryAuth, recoveryWrapKey } from "../src/e2ee/recovery.ts";
import { grantToJson, sealGrant } from "../src/e2ee/ring.ts";
import { newVaultKey, passphraseWrapKey, sealVault, wrapVaultKey } from "../src/e2ee/vault.ts";
import { b64, hex, random, utf8 } from "../src/wire/bytes.ts";
import { type Canonical, canonicalJson } from "../src/wire/canonical.ts";
import {
  commitAuthenticatedData,
  decodeEnvelope,
  type Envelope,
  firstHead,
  foundingBody,
  ItemKind,
  itemHash,
  nextHead,
} from "../src/wire/envelope.ts";
import { newId } from "../src/wire/ids.ts";
import { Directories, foundRoom, Ledger, makeCommit, NOW_S, Person } from "./e2ee/people.ts";

const FILE = new URL("../../tests/vectors/browser.json", import.meta.url);
const ROOM = newId();
const BUCKET = Math.floor(NOW_S / 86_400);

const person = await Person.create();
const device = await person.addDevice();
const lost = await person.addDevice("interpreter");
await person.revoke(lost.device);

function placed(kind: ItemKind, sequence: number, seenNumber: number, seenHead: Uint8Array<ArrayBuffer>) {
  return {
    kind,
    room: ROOM,
    epoch: 4,
    bucket: BUCKET,
    device: device.device,
    sequence,
    item: newId(),
    seenNumber,
    seenHead,
  };
}

const [exporter, share] = [random(32), random(32)];
const recordKey = deriveRecordKey(exporter, share, ROOM, 4, BUCKET);
const plaintexts = ["", "We propose 12 %.", "합의합니다. ".repeat(60)];

async function madeItems(): Promise<{ items: Envelope[]; heads: string[] }> {
  let head = firstHead(ROOM);
  const heads = [hex(head)];
  const items: Envelope[] = [];
  const append = (raw: Uint8Array): void => {
    const envelope = decodeEnvelope(raw);
    items.push(envelope);
    head = nextHead(head, items.length, itemHash(envelope));
    heads.push(hex(head));
  };
  append(await signItem(placed(ItemKind.founding, 1, 0, head), foundingBody(ROOM, "from:3"), device.key));
  for (const text of plaintexts) {
    const { item, sequence, seenNumber, seenHead } = placed(ItemKind.content, items.length + 1, items.length, head);
    const place = { device: device.device, item, sequence, seenNumber, seenHead };
    append(await sealContent(recordKey, place, utf8(text), device.key));
  }
  append(await signItem(placed(ItemKind.commit, items.length + 1, 2 ** 53 - 1, random(32)), random(700), device.key));
  return { items, heads };
}

function fieldsOf(envelope: Envelope) {
  const { kind, room, epoch, bucket, device: by, sequence, item, seenNumber, seenHead, bodySha256 } = envelope;
  return {
    kind,
    room,
    epoch,
    bucket,
    device: by,
    sequence,
    item,
    seenNumber,
    seenHead: hex(seenHead),
    bodySha256: hex(bodySha256),
  };
}

const { items, heads } = await madeItems();
const going = [newId(), newId(), newId()];
const values: Canonical[] = [
  {},
  [],
  0,
  9007199254740991,
  "",
  'quote " and \\ and / and ~',
  { b: [1, [2, { c: "d" }]], a: { "": "" }, "~": 1, Z: 2 },
];
const ring = [2, 3, 4].map((epoch) => ({ epoch, bucket: BUCKET - 4 + epoch, value: random(32) }));
const grantContent = { account: person.account, room: ROOM, epoch: 4, base: { number: 1, head: random(32) }, ring };
const box = await newBoxKey();
const [vaultKey, exportKey, recoveryKey] = [newVaultKey(), random(64), newRecoveryKey()];
const vaultContent = { sign: person.sign.seed, box: [box.seed], pins: {}, labels: { [device.device]: "집무실" } };
const vault = await sealVault(vaultContent, vaultKey, person.account, 7, person.sign);
const [fileKey, blob, file] = [newFileKey(), newId(), random(5000)];
const chunks: string[] = [];
for await (const { sealed } of sealChunks(fileKey, blob, async (from, to) => file.subarray(from, to), file.length)) {
  chunks.push(hex(sealed));
}
const other = { account: newId(), sign: random(32) };
const authenticator = random(64);
const keyPackage = await makeKeyPackage(device, NOW_S);

/** A commit in the rooms' suite: founder and two others; the first of these goes, a new device of the second comes. */
async function madeCommit() {
  const [leaving, staying] = [await Person.create(), await Person.create()];
  const directory = new Directories(person, leaving, staying);
  const [gone, kept, come] = [await leaving.addDevice(), await staying.addDevice(), await staying.addDevice("archive")];
  const ledger = new Ledger();
  const seat = await foundRoom(ledger, device, "all");
  const packages = await Promise.all([gone, kept, come].map((one) => makeKeyPackage(one, NOW_S)));
  const adding = await makeCommit(ledger, seat, directory, { add: packages.slice(0, 2).map((one) => one.public) });
  ledger.append(adding.envelope);
  seat.group = adding.pending.next;
  const change = {
    add: [packages[2]!.public],
    remove: [gone.device],
    going: [leaving.account],
    history: "none" as const,
  };
  const { envelope, pending } = await makeCommit(ledger, seat, directory, change);
  const added = pending.added.map(({ leaf, ...of }) => ({ ...of, leaf, key: hex(come.key.publicKey) }));
  const removed = pending.removed.map(({ leaf }) => leaf);
  return {
    raw: hex(envelope.raw),
    deviceKey: hex(device.key.publicKey),
    added,
    removed,
    going: [leaving.account],
    history: "none",
  };
}

const vectors = {
  canonical: values.map((value) => ({ value, bytes: hex(canonicalJson(value)) })),
  record: {
    room: ROOM,
    device: device.device,
    deviceKey: hex(device.key.publicKey),
    heads,
    items: items.map((envelope) => ({
      raw: hex(envelope.raw),
      fields: fieldsOf(envelope),
      hash: hex(itemHash(envelope)),
    })),
    exporter: hex(exporter),
    share: hex(share),
    epoch: 4,
    bucket: BUCKET,
    key: hex(recordKey.value),
    plaintexts,
    going,
    commitData: hex(commitAuthenticatedData(12, items[1]!.bodySha256, BUCKET, going)),
  },
  deviceList: {
    account: person.account,
    sign: hex(person.sign.publicKey),
    boxes: person.boxes.map(({ publicKey }) => hex(publicKey)),
    statements: person.statements.map(statementToJson),
    head: hex(person.list.head),
    devices: [...person.list.devices.values()].map((listed) => ({ ...listed, key: hex(listed.key) })),
  },
  identity: {
    credential: hex(credentialIdentity(device)),
    sign: hex(other.sign),
    account: other.account,
    half: safetyHalf(other.account, other.sign),
    number: safetyNumber({ account: person.account, sign: person.sign.publicKey }, other),
    authenticator: hex(authenticator),
    epochCode: epochCode(ROOM, 4, authenticator),
  },
  grant: {
    seed: hex(box.seed),
    publicKey: hex(box.publicKey),
    room: ROOM,
    grant: grantToJson(await sealGrant(grantContent, box.publicKey, device)),
    base: { number: 1, head: b64(grantContent.base.head) },
    ring: ring.map(({ epoch, bucket, value }) => [epoch, bucket, b64(value)]),
  },
  vault: {
    account: person.account,
    vaultKey: hex(vaultKey),
    version: vault.version,
    sealed: hex(vault.sealed),
    sig: hex(vault.sig),
    sign: hex(person.sign.publicKey),
    seed: hex(person.sign.seed),
    exportKey: hex(exportKey),
    passphraseWrap: hex(await wrapVaultKey(vaultKey, person.account, "passphrase", passphraseWrapKey(exportKey))),
    recoveryKey: hex(recoveryKey),
    printed: printRecoveryKey(recoveryKey),
    recoveryWrap: hex(await wrapVaultKey(vaultKey, person.account, "recovery", recoveryWrapKey(recoveryKey))),
    recoveryAuth: hex(recoveryAuth(recoveryKey)),
  },
  file: { key: hex(fileKey), blob, content: hex(file), chunks, shape: streamShape(file.length) },
  commit: await madeCommit(),
  fileShapes: [0, 4088, 4089, 70_000, 1_048_568, 1_048_569, 200_000_000, 2 ** 30].map((size) => ({
    size,
    ...streamShape(size),
  })),
  keyPackage: {
    raw: hex(keyPackage.public),
    notAfter_s: keyPackage.notAfter_s,
    account: person.account,
    device: device.device,
  },
};

writeFileSync(FILE, `${JSON.stringify(vectors, null, 1)}\n`);
