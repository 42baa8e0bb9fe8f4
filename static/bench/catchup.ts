// How fast a device that was away catches up: a record of many items, made here, then followed by the client's own
// code from the answer of the server to what is kept in the browser's store. No server, no network.
//
// Beside it, in the same run, what the browser's cryptography alone takes for the same items: each must be verified and
// decrypted once, whatever the program around it does.

import { newBoxKey } from "../src/e2ee/box.ts";
import { addDevice, found, verifyDeviceList } from "../src/e2ee/devices.ts";
import type { DeviceIdentity, Statement } from "../src/e2ee/identity.ts";
import { deriveRecordKey, type RecordKey, sealContent } from "../src/e2ee/record.ts";
import { newSigningKey, verify } from "../src/e2ee/signing.ts";
import { newVaultKey, sealVault } from "../src/e2ee/vault.ts";
import { openGcm, sealGcm } from "../src/e2ee/aead.ts";
import { encodeContent } from "../src/member/content.ts";
import type { Host } from "../src/member/host.ts";
import { Http } from "../src/member/http.ts";
import { Keyholder } from "../src/member/keyholder.ts";
import { LedgerStore } from "../src/member/ledger/kept.ts";
import { People } from "../src/member/people.ts";
import { Room } from "../src/member/room.ts";
import { newRoom, type RoomData } from "../src/member/roomdata.ts";
import { type Backend, Store } from "../src/member/store.ts";
import { Vault } from "../src/member/vault.ts";
import { b64, type Bytes, concat, random, u32, u64 } from "../src/wire/bytes.ts";
import { bucketOf, decodeEnvelope, itemHash, nextHead, signedBytes } from "../src/wire/envelope.ts";
import { type Id, newId } from "../src/wire/ids.ts";

/** What is measured, one after the other. */
export interface Steps {
  /** Verify and decrypt as many items, and nothing else. */
  bare(): Promise<void>;
  /** What the client does with them, from the server's answer to the store. */
  follow(): Promise<void>;
}

interface Author {
  device: DeviceIdentity;
  statements: Statement[];
}

const ORIGIN = "https://portal.invalid";
const TEXT = "The delegation proposes to postpone the second reading of Article 4 until the annex has been circulated. ";
const EPOCH = 3;
/** The record is read from the middle, as by somebody who was let in late. */
const BASE_NUMBER = 10;
const AT_ONCE = 128;

/** Make a record of `count` items by `authors` people, to be kept in `backend`. */
export async function prepared(count: number, authors: number, backend: Backend): Promise<Steps> {
  const people = await Promise.all(Array.from({ length: authors }, makeAuthor));
  const room = newId();
  const [value, share, bucket] = [random(32), random(32), bucketOf(Date.now())];
  const key = deriveRecordKey(value, share, room, EPOCH, bucket);
  const base = { number: BASE_NUMBER, head: random(32) };
  const record = await write(count, people, key, base);
  const host = await hostOf(people, record, backend);
  const word = { room, kind: "plenary", state: "active", role: "member", members: [], cursor: 0 } as const;
  const data: RoomData = {
    ...newRoom({ ...word, members: [], visible_from: BASE_NUMBER + 1 }),
    ...{ base, number: base.number, head: base.head, epoch: EPOCH, bucket, firstEpoch: EPOCH },
    membership: { seats: null, accounts: Object.fromEntries(people.map(({ device }) => [device.account, null])) },
  };
  const kept = { entries: [{ epoch: EPOCH, bucket, value, from: people[0]!.device.account }], shares: [[bucket, share]] };
  await host.store.write(new Map<string, unknown>([[`ring:${room}`, kept]]));
  const opened = await Room.load(data, host);
  opened.mayBeInvited = false;
  const bare = await bareWork(
    record.map(({ raw }) => raw),
    people,
  );
  const follow = async (): Promise<void> => {
    await opened.sync();
    const read = opened.timeline.all().filter((entry) => entry.kind === "message").length;
    if (read !== count || opened.problem)
      throw new Error(`${read} of ${count} read, ${JSON.stringify(opened.problem)}`);
  };
  return { bare, follow };
}

async function makeAuthor(): Promise<Author> {
  const [account, sign, box, key] = [newId(), await newSigningKey(), await newBoxKey(), await newSigningKey()];
  const device: DeviceIdentity = { account, device: newId(), kind: "browser", key };
  const founding = await found({ account, at_s: 1, sign, box: box.publicKey });
  const list = await verifyDeviceList(account, [founding]);
  const listing = { at_s: 1, device: device.device, key: key.publicKey, kind: device.kind, vault: 1 };
  return { device, statements: [founding, await addDevice(list, sign, listing)] };
}

interface Item {
  number: number;
  raw: Bytes;
}

/** Items by turns, each of which has seen the one before. */
async function write(
  count: number,
  people: Author[],
  key: RecordKey,
  base: { number: number; head: Bytes },
): Promise<Item[]> {
  const items: Item[] = [];
  let { number, head } = base;
  for (let i = 0; i < count; i++) {
    const { device } = people[i % people.length]!;
    const sequence = Math.floor(i / people.length) + 1;
    const place = { device: device.device, sequence, item: newId(), seenNumber: number, seenHead: head };
    const text = TEXT.repeat(1 + (i % 3));
    const content = { t: "message", text, lang: "en", mentions: [], files: [] } as const;
    const plaintext = encodeContent({ ...content, mentions: [], files: [] }, Date.now());
    const raw = await sealContent(key, place, new Uint8Array(plaintext), device.key);
    head = nextHead(head, ++number, itemHash(decodeEnvelope(raw)));
    items.push({ number, raw });
  }
  return items;
}

async function hostOf(people: Author[], record: Item[], backend: Backend): Promise<Host> {
  const store = await Store.open(backend);
  const [own, sign, box, vaultKey] = [people[0]!.device, await newSigningKey(), await newBoxKey(), newVaultKey()];
  const http = new Http({ origin: ORIGIN, fetch: serving(record), now_ms: Date.now });
  const content = { sign: sign.seed, box: [box.seed], pins: {}, labels: {} };
  const sealed = await sealVault(content, vaultKey, own.account, 1, sign);
  const answer = { version: 1, sealed: b64(sealed.sealed), sig: b64(sealed.sig) };
  const vault = await Vault.open({ account: own.account, key: vaultKey }, answer as never, http, store);
  const lists = people.map(({ device, statements }): [string, unknown] => [
    `people:${device.account}`,
    { statements, earlier: [] },
  ]);
  await store.write(new Map(lists));
  const ledger = new LedgerStore(store, Date.now);
  const directory = new People(http, store, vault, ledger);
  await directory.load();
  const keyholder = new Keyholder({ device: own, http, store, vault, people: directory, now_ms: Date.now });
  return {
    ...{ http, store, people: directory, keyholder, ledger },
    reader: { in: () => ({ own: own.account, language: () => "en", interpreter: () => null }) },
    now_ms: Date.now,
    patience_ms: () => 0,
    online: () => true,
    submit: () => Promise.reject(new Error("nothing is sent here")),
    roomChanged() {},
    said() {},
    batchKept() {},
    inBackground: (work) => work(),
    quietly: async (work) => void (await work()),
  };
}

/** A server that has only this record. */
function serving(record: Item[]): typeof globalThis.fetch {
  const framed = record.map(({ number, raw }) => concat(u64(number), u64(number), u32(raw.length), raw));
  return async (input) => {
    const { searchParams } = new URL(String(input));
    const from = Number(searchParams.get("after")) - BASE_NUMBER;
    return new Response(concat(...framed.slice(from, from + Number(searchParams.get("limit")))));
  };
}

/** The least that has to be done for each: one signature verified, one text decrypted. */
async function bareWork(raws: Bytes[], people: Author[]): Promise<() => Promise<void>> {
  const keys = new Map<Id, Bytes>(people.map(({ device }) => [device.device, device.key.publicKey]));
  const [key, nonce, aad] = [random(32), random(12), random(128)];
  const envelopes = raws.map(decodeEnvelope);
  const sealed = await Promise.all(envelopes.map(({ body }) => sealGcm(key, nonce, body.subarray(60), aad)));
  return async () => {
    for (let at = 0; at < envelopes.length; at += AT_ONCE) {
      await Promise.all(
        envelopes.slice(at, at + AT_ONCE).flatMap((envelope, index): Promise<unknown>[] => [
          verify(keys.get(envelope.device)!, signedBytes(envelope.raw), envelope.signature),
          openGcm(key, nonce, sealed[at + index]!, aad),
        ]),
      );
    }
  };
}
