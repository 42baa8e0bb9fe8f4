// The browser's cryptography for the tests of its Python twin: one JSON request a line in, one answer a line out.
// tests/member/twin.py drives it.

import { createInterface } from "node:readline";

import { openAside, sealAside } from "../src/e2ee/aside.ts";
import { boxKeyFromSeed } from "../src/e2ee/box.ts";
import { linesOf, verifyBundle } from "../src/e2ee/verify.ts";
import { directoryOf, verifyDeviceList } from "../src/e2ee/devices.ts";
import { enrolmentCode, readEnrolment } from "../src/e2ee/enrolment.ts";
import { FileOpener, sealChunk, streamShape } from "../src/e2ee/files.ts";
import { type DeviceIdentity, safetyNumber, statementFromJson, statementToJson } from "../src/e2ee/identity.ts";
import { finishRegistration, opaqueReady, startRegistration } from "../src/e2ee/opaque.ts";
import { openPrivate, openPrivateKey, sealPrivate, sealPrivateKey } from "../src/e2ee/private.ts";
import { deriveRecordKey, openContent, sealContent, verifyItem } from "../src/e2ee/record.ts";
import { Refusal } from "../src/e2ee/refusal.ts";
import { type GrantJson, grantFromJson, grantToJson, openGrant, sealGrant, verifyGrant } from "../src/e2ee/ring.ts";
import { signingKeyFromSeed } from "../src/e2ee/signing.ts";
import { openVault, sealVault } from "../src/e2ee/vault.ts";
import { isVouchedBy, parseVouching, vouch } from "../src/e2ee/vouching.ts";
import { parseContent } from "../src/member/content.ts";
import { verifyEvidence } from "../src/member/ledger/evidence.ts";
import { withWord, wordIn } from "../src/member/ledger/word.ts";
import { b64, type Bytes, fromUtf8, MalformedError, random, unb64, utf8 } from "../src/wire/bytes.ts";
import { decodeEnvelope } from "../src/wire/envelope.ts";

interface KeyJson {
  exporter: string;
  share: string;
  room: string;
  epoch: number;
  bucket: number;
}
interface PlaceJson {
  device: string;
  sequence: number;
  item: string;
  seen_number: number;
  seen_head: string;
}
interface RouteJson {
  room: string;
  from: string;
  to: string;
}
interface RingJson {
  account: string;
  room: string;
  epoch: number;
  base: { number: number; head: string };
  ring: [number, number, string][];
}

const keyOf = ({ exporter, share, room, epoch, bucket }: KeyJson) =>
  deriveRecordKey(unb64(exporter), unb64(share), room, epoch, bucket);

const operations = {
  async seal({ key, place, text, seed }: { key: KeyJson; place: PlaceJson; text: string; seed: string }) {
    const { device, sequence, item, seen_number: seenNumber, seen_head: seenHead } = place;
    const stands = { device, sequence, item, seenNumber, seenHead: unb64(seenHead) };
    return b64(await sealContent(keyOf(key), stands, utf8(text), await signingKeyFromSeed(unb64(seed))));
  },
  async open({ key, raw, public: device }: { key: KeyJson; raw: string; public: string }) {
    const envelope = decodeEnvelope(unb64(raw));
    await verifyItem(envelope, unb64(device));
    return fromUtf8(await openContent(keyOf(key), envelope));
  },
  async content({ text }: { text: string }) {
    return parseContent(utf8(text));
  },
  async word({ text }: { text: string }) {
    const word = wordIn(utf8(text));
    if (!word || word === "garbled") return word;
    return [word.size, b64(word.root), b64(word.signature), b64(word.key)];
  },
  async withWord({ text, word }: { text: string; word: { size: number; root: string; signature: string; key: string } }) {
    const { size, root, signature, key } = word;
    const said = { size, root: unb64(root), signature: unb64(signature), key: unb64(key) };
    return fromUtf8(withWord(new Uint8Array(utf8(text)), said));
  },
  async evidence({ text }: { text: string }) {
    return verifyEvidence(utf8(text));
  },
  async list({ account, statements }: { account: string; statements: { body: string; sig: string }[] }) {
    const list = await verifyDeviceList(account, statements.map(statementFromJson));
    return { head: b64(list.head), devices: [...list.devices.keys()], box: b64(list.box) };
  },
  async safety({ one, other }: { one: [string, string]; other: [string, string] }) {
    return safetyNumber({ account: one[0], sign: unb64(one[1]) }, { account: other[0], sign: unb64(other[1]) });
  },
  async box({ seed }: { seed: string }) {
    return b64((await boxKeyFromSeed(unb64(seed))).publicKey);
  },
  async sealGrant({ content, box, device, seed }: { content: RingJson; box: string; device: string; seed: string }) {
    const ring = content.ring.map(([epoch, bucket, value]) => ({ epoch, bucket, value: unb64(value) }));
    const base = { number: content.base.number, head: unb64(content.base.head) };
    const key = await signingKeyFromSeed(unb64(seed));
    const depositor: DeviceIdentity = { account: content.account, device, kind: "browser", key };
    return grantToJson(await sealGrant({ ...content, base, ring }, unb64(box), depositor));
  },
  async openGrant(asked: { room: string; grant: GrantJson; seeds: string[]; public: string }) {
    const grant = grantFromJson(asked.room, asked.grant);
    await verifyGrant(grant, unb64(asked.public));
    const boxes = await Promise.all(asked.seeds.map((seed) => boxKeyFromSeed(unb64(seed))));
    const { base, ring } = await openGrant(grant, boxes);
    return { base: [base.number, b64(base.head)], ring: ring.map((one) => [one.epoch, one.bucket, b64(one.value)]) };
  },
  async sealVault(asked: { sign: string; box: string; label: string; key: string; account: string; version: number }) {
    const labels = { [asked.account]: asked.label };
    const content = { sign: unb64(asked.sign), box: [unb64(asked.box)], pins: {}, labels };
    const sign = await signingKeyFromSeed(content.sign);
    const { version, sealed, sig } = await sealVault(content, unb64(asked.key), asked.account, asked.version, sign);
    return { version, sealed: b64(sealed), sig: b64(sig) };
  },
  async openVault(asked: { version: number; sealed: string; sig: string; key: string; account: string }) {
    const vault = { version: asked.version, sealed: unb64(asked.sealed), sig: unb64(asked.sig) };
    const { sign, box, labels } = await openVault(vault, unb64(asked.key), asked.account);
    return { sign: b64(sign), box: box.map(b64), labels };
  },
  async sealFile({ key, blob, content }: { key: string; blob: string; content: string }) {
    const raw = unb64(content);
    const source = async (from: number, to: number): Promise<Bytes> => raw.slice(from, to);
    const { chunks } = streamShape(raw.length);
    const indices = Array.from({ length: chunks }, (_, index) => index);
    return Promise.all(indices.map(async (index) => b64(await sealChunk(unb64(key), blob, source, raw.length, index))));
  },
  async openFile(asked: { key: string; blob: string; size_bytes: number; sha256: string; chunks: string[] }) {
    const expected = { size_bytes: asked.size_bytes, sha256: unb64(asked.sha256) };
    const opener = new FileOpener(unb64(asked.key), asked.blob, expected);
    const parts: Bytes[] = [];
    for (const chunk of asked.chunks) parts.push(await opener.push(unb64(chunk)));
    opener.finish();
    return parts.map((part) => b64(part)).join(",");
  },
  async startRegistration({ passphrase }: { passphrase: string }) {
    await opaqueReady();
    return startRegistration(passphrase);
  },
  async finishRegistration(asked: { passphrase: string; state: string; response: string }) {
    const { record, exportKey } = finishRegistration(asked.passphrase, asked.state, asked.response);
    return { record, exportKey: b64(exportKey) };
  },
  async sealAside(asked: RouteJson & { device: string; seed: string; box: string; text: string }) {
    const key = await signingKeyFromSeed(unb64(asked.seed));
    const device: DeviceIdentity = { account: asked.from, device: asked.device, kind: "browser", key };
    return b64(await sealAside(utf8(asked.text), asked, device, unb64(asked.box)));
  },
  async openAside(asked: RouteJson & { sealed: string; seeds: string[]; statements: { body: string; sig: string }[] }) {
    const lists = directoryOf([await verifyDeviceList(asked.from, asked.statements.map(statementFromJson))]);
    const boxes = await Promise.all(asked.seeds.map((seed) => boxKeyFromSeed(unb64(seed))));
    const { device, content } = await openAside(unb64(asked.sealed), asked, boxes, lists);
    return [device, fromUtf8(content)];
  },
  async sealPrivate(asked: { room: string; key: string; account: string; device: string; box: string; text: string }) {
    const value = random(32);
    const [sealed, inner] = await Promise.all([
      sealPrivateKey(value, asked, unb64(asked.box)),
      sealPrivate(value, asked, utf8(asked.text)),
    ]);
    return [b64(sealed), b64(inner)];
  },
  async openPrivate(asked: {
    room: string;
    key: string;
    account: string;
    device: string;
    seeds: string[];
    sealed: [key: string, content: string];
  }) {
    const boxes = await Promise.all(asked.seeds.map((seed) => boxKeyFromSeed(unb64(seed))));
    const value = await openPrivateKey(unb64(asked.sealed[0]), asked, boxes);
    const content = value && (await openPrivate(value, asked, unb64(asked.sealed[1])));
    return content && fromUtf8(content);
  },
  async vouch(asked: { account: string; at: number; by: string; for: "room" | "delegation"; sign: string; seed: string }) {
    const vouching = { account: asked.account, at_s: asked.at, by: asked.by, for: asked.for, sign: unb64(asked.sign) };
    return statementToJson(await vouch(vouching, await signingKeyFromSeed(unb64(asked.seed))));
  },
  async readVouch({ statement, owner }: { statement: { body: string; sig: string }; owner: string }) {
    const signed = statementFromJson(statement);
    const { account, at_s, by, for: readers, sign } = parseVouching(signed.body);
    return [await isVouchedBy(signed, unb64(owner)), account, at_s, by, readers, b64(sign)];
  },
  async enrolment({ code, request }: { code: string; request: string }) {
    const { account, device, key, machine, sign } = readEnrolment(code, unb64(request));
    return [enrolmentCode(unb64(request)), account, device, b64(key), machine, b64(sign)];
  },
  async bundle({ text }: { text: string }) {
    const { sound, problems, whole, items } = await verifyBundle(linesOf(text));
    return { sound, problems, whole, said: items.map(({ account, content }) => [account, content]) };
  },
};

/** What came of one request: its answer, or the code of the refusal ("malformed" for what is not even a structure). */
async function outcome(line: string): Promise<object> {
  const { op, ...asked } = JSON.parse(line) as { op: keyof typeof operations };
  const operation = operations[op] as (fields: object) => Promise<unknown>;
  try {
    return { ok: await operation(asked) };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.code };
    if (error instanceof MalformedError) return { refused: "malformed" };
    throw error;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await outcome(line))}\n`);
}
