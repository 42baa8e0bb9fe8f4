import assert from "node:assert/strict";
import { test } from "node:test";

import { newBoxKey } from "../../src/e2ee/box.ts";
import { type BundleItem, writeBundle } from "../../src/e2ee/bundle.ts";
import { addDevice, found, verifyDeviceList } from "../../src/e2ee/devices.ts";
import { exporterValue } from "../../src/e2ee/group.ts";
import type { DeviceIdentity, Statement } from "../../src/e2ee/identity.ts";
import { deriveRecordKey, type RecordKey, sealContent, signItem } from "../../src/e2ee/record.ts";
import { newSigningKey } from "../../src/e2ee/signing.ts";
import { linesOf, type ProblemCode, verifyBundle } from "../../src/e2ee/verify.ts";
import { random, utf8 } from "../../src/wire/bytes.ts";
import { decodeEnvelope, firstHead, foundingBody, ItemKind } from "../../src/wire/envelope.ts";
import { newId } from "../../src/wire/ids.ts";
import { BUCKET, foundRoom, join, keyPackageOf, Ledger, makeCommit, NOW_S, type Seat } from "./people.ts";
import { devices, directory, kim, lee, park, suite } from "./small_rooms.ts";

const share = random(32);

async function keyOf({ group }: Seat): Promise<RecordKey> {
  return deriveRecordKey(await exporterValue(group), share, group.room, group.epoch, group.bucket);
}

/** A record of two people: founding, commit, then what each says; and both device lists. */
async function recorded() {
  const ledger = new Ledger();
  const [chairDevice, memberDevice] = [devices[0]!, devices[1]!];
  const chair = await foundRoom(ledger, chairDevice, "all", suite);
  const items: BundleItem[] = [];
  const append = (raw: Uint8Array) => {
    const envelope = decodeEnvelope(raw);
    ledger.append(envelope);
    items.push({ number: ledger.number, at_ms: NOW_S * 1000 + ledger.number, envelope });
  };
  const place = (seat: Seat) => {
    const { device } = seat.device;
    return { device, sequence: ledger.next(device), item: newId(), seenNumber: ledger.number, seenHead: ledger.head };
  };
  const founding = { kind: ItemKind.founding, room: ledger.room, epoch: 0, bucket: BUCKET, ...place(chair) };
  append(await signItem(founding, foundingBody(ledger.room, "all"), chairDevice.key));
  const keyPackage = await keyPackageOf(memberDevice, suite);
  const made = await makeCommit(ledger, chair, directory, { add: [keyPackage.public] });
  const member = await join(ledger, memberDevice, keyPackage, made, directory);
  append(made.envelope.raw);
  chair.group = made.pending.next;
  const key = await keyOf(chair);
  const say = async (seat: Seat, text: string) =>
    append(await sealContent(key, place(seat), utf8(text), seat.device.key));
  await say(chair, "We propose 12 %.");
  await say(member, "합의합니다.");
  await say(chair, "Noted.");
  return { ledger, items, key, chair, member };
}

async function bundleOf({ ledger, items, key }: Awaited<ReturnType<typeof recorded>>): Promise<string[]> {
  const lists = [kim, lee].map(({ account, statements }) => ({ account, statements }));
  const base = { number: 0, head: firstHead(ledger.room) };
  const input = { room: ledger.room, base, exported_s: NOW_S, exporter: devices[1]!, lists, keys: [key], items };
  const lines: string[] = [];
  for await (const line of writeBundle(input)) lines.push(line);
  return lines;
}

async function problemsOf(lines: Iterable<string>): Promise<ProblemCode[]> {
  const report = await verifyBundle(lines);
  assert.equal(report.sound, report.problems.length === 0);
  return report.problems.map(({ code }) => code);
}

test("a third party sees who said what, in order", async () => {
  const record = await recorded();
  const lines = await bundleOf(record);
  const report = await verifyBundle(linesOf(lines.join("")));
  assert.deepEqual(report.problems, []);
  assert.ok(report.sound && report.whole);
  const said = report.items.map(({ kind, account, content }) => [kind, account, content]);
  assert.deepEqual(said, [
    ["founding", kim.account, null],
    ["commit", kim.account, null],
    ["content", kim.account, "We propose 12 %."],
    ["content", lee.account, "합의합니다."],
    ["content", kim.account, "Noted."],
  ]);
  assert.deepEqual([report.from, report.to, report.exporter?.account], [1, 5, lee.account]);
});

test("a part of a record is verified as a part", async () => {
  const record = await recorded();
  const { ledger, items, key } = record;
  const lists = [kim, lee].map(({ account, statements }) => ({ account, statements }));
  const base = { number: 2, head: ledger.heads[2]! };
  const input = { room: ledger.room, base, exported_s: NOW_S, exporter: devices[1]!, lists, keys: [key] };
  const lines: string[] = [];
  for await (const line of writeBundle({ ...input, items: items.slice(2) })) lines.push(line);
  const report = await verifyBundle(lines);
  assert.deepEqual([report.problems, report.whole, report.from, report.to], [[], false, 3, 5]);
});

test("every line that is changed, dropped, moved or added is told", async () => {
  const lines = await bundleOf(await recorded());
  for (let i = 0; i < lines.length; i++) {
    assert.notDeepEqual(await problemsOf(lines.toSpliced(i, 1)), [], `line ${i} dropped`);
    assert.notDeepEqual(await problemsOf(lines.toSpliced(i, 0, lines[i]!)), [], `line ${i} twice`);
    const changed = lines[i]!.replace(/[0-9]/, (digit) => String((Number(digit) + 1) % 10));
    assert.notDeepEqual(await problemsOf(lines.with(i, changed)), [], `line ${i} changed`);
  }
  assert.deepEqual(await problemsOf([...lines, "{}\n"]), ["line"]);
  assert.deepEqual(await problemsOf([]), ["end"]);
  for (const nonsense of [
    "[]",
    "null",
    "{",
    '{"number":1.5,"at_ms":1,"envelope":"","content":null}',
    '{"account":"a","statements":{}}',
  ]) {
    assert.ok((await problemsOf([lines[0]!, nonsense, ...lines.slice(1)])).includes("line"), nonsense);
  }
});

test("another text beside the ciphertext is told, even if the exporter signs it", async () => {
  const record = await recorded();
  const lines = await bundleOf(record);
  const at = lines.findIndex((line) => line.includes("12 %"));
  assert.deepEqual(await problemsOf(lines.with(at, lines[at]!.replace("12 %", "21 %"))), ["content", "end"]);
  const other = { ...record, key: { ...record.key, value: random(32) } };
  assert.ok((await problemsOf(await bundleOf(other))).includes("content"));
});

test("items by strangers, by outsiders, out of order or of another history are told", async () => {
  const record = await recorded();
  const outsider = devices[2]!;
  const stranger = { ...outsider, device: newId(), key: await newSigningKey() };
  const { key, ledger, chair, member } = record;
  const sealed = (by: DeviceIdentity, sequence: number, signer = by, seenHead = ledger.head) =>
    sealContent(
      key,
      { device: by.device, sequence, item: newId(), seenNumber: ledger.number, seenHead },
      utf8("x"),
      signer.key,
    );
  const attempts: [ProblemCode[], Promise<Uint8Array>][] = [
    [[], sealed(chair.device, 5)],
    [["forged", "outsider"], sealed(stranger, 1)],
    [["outsider"], sealed(outsider, 1)],
    [["forged"], sealed(chair.device, 5, outsider)],
    [["sequence"], sealed(member.device, 3)],
    [["sequence"], sealed(member.device, 1)],
    [["history"], sealed(chair.device, 5, chair.device, random(32))],
  ];
  for (const [due, attempt] of attempts) {
    const item = { number: ledger.number + 1, at_ms: 0, envelope: decodeEnvelope(await attempt) };
    assert.deepEqual(await problemsOf(await withPark({ ...record, items: [...record.items, item] })), due);
  }
});

test("words of a device on a second list, which the exporter made in somebody's name, are told", async () => {
  const record = await recorded();
  const { key, ledger } = record;
  const [sign, deviceKey, box] = [await newSigningKey(), await newSigningKey(), await newBoxKey()];
  const founding = await found({ account: lee.account, at_s: NOW_S, sign, box: box.publicKey });
  const device = { account: lee.account, device: newId(), kind: "browser" as const, key: deviceKey };
  const added = { at_s: NOW_S, device: device.device, key: deviceKey.publicKey, kind: device.kind, vault: 1 };
  const forged = [founding, await addDevice(await verifyDeviceList(lee.account, [founding]), sign, added)];
  const place = { device: device.device, sequence: 1, item: newId(), seenNumber: ledger.number, seenHead: ledger.head };
  const raw = await sealContent(key, place, utf8("We agree to everything."), deviceKey);
  const items = [...record.items, { number: ledger.number + 1, at_ms: 0, envelope: decodeEnvelope(raw) }];
  const second = { account: lee.account, statements: forged };
  assert.deepEqual(await problemsOf(await withPark({ ...record, items }, second)), ["list", "forged", "outsider"]);
});

/** The bundle with one list more: the third person's, who is not in the room. */
async function withPark(
  { ledger, items, key }: Pick<Awaited<ReturnType<typeof recorded>>, "ledger" | "items" | "key">,
  more: { account: string; statements: Statement[] } = park,
) {
  const lists = [kim, lee, more].map(({ account, statements }) => ({ account, statements }));
  const base = { number: 0, head: firstHead(ledger.room) };
  const input = { room: ledger.room, base, exported_s: NOW_S, exporter: devices[1]!, lists, keys: [key], items };
  const lines: string[] = [];
  for await (const line of writeBundle(input)) lines.push(line);
  return lines;
}
