// People and rooms for tests: real keys, real device lists, no server.

import {
  addDevice,
  type DeviceList,
  type Directory,
  found,
  revokeDevice,
  verifyDeviceList,
} from "../../src/e2ee/devices.ts";
import { type BoxKey, newBoxKey } from "../../src/e2ee/box.ts";
import { commit, type GroupChange, type Pending } from "../../src/e2ee/commit.ts";
import { createGroup, type Group } from "../../src/e2ee/group.ts";
import type { DeviceIdentity, Statement } from "../../src/e2ee/identity.ts";
import { joinGroup } from "../../src/e2ee/join.ts";
import { type KeyPackagePair, makeKeyPackage } from "../../src/e2ee/keypackage.ts";
import { signItem } from "../../src/e2ee/record.ts";
import { newSigningKey, type SigningKey } from "../../src/e2ee/signing.ts";
import { ROOM_SUITE, type Suite } from "../../src/e2ee/suite.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import {
  decodeEnvelope,
  type Envelope,
  firstHead,
  type History,
  ItemKind,
  itemHash,
  nextHead,
} from "../../src/wire/envelope.ts";
import { type Id, newId } from "../../src/wire/ids.ts";

export const NOW_S = 1_790_000_000;
export const BUCKET = Math.floor(NOW_S / 86_400);

/** An account with its keys, its list, and the devices that it has. */
export class Person {
  readonly account: Id;
  readonly sign: SigningKey;
  boxes: BoxKey[];
  statements: Statement[];
  list: DeviceList;

  private constructor(account: Id, sign: SigningKey, box: BoxKey, statements: Statement[], list: DeviceList) {
    this.account = account;
    this.sign = sign;
    this.boxes = [box];
    this.statements = statements;
    this.list = list;
  }

  static async create(): Promise<Person> {
    const [account, sign, box] = [newId(), await newSigningKey(), await newBoxKey()];
    const statements = [await found({ account, at_s: NOW_S, sign, box: box.publicKey })];
    return new Person(account, sign, box, statements, await verifyDeviceList(account, statements));
  }

  async addDevice(kind: DeviceIdentity["kind"] = "browser"): Promise<DeviceIdentity> {
    const device = { account: this.account, device: newId(), kind, key: await newSigningKey() };
    const added = { at_s: NOW_S, device: device.device, key: device.key.publicKey, kind, vault: 1 };
    await this.append(await addDevice(this.list, this.sign, added));
    return device;
  }

  async revoke(device: Id): Promise<void> {
    const box = await newBoxKey();
    await this.append(await revokeDevice(this.list, this.sign, { at_s: NOW_S, device, box: box.publicKey }));
    this.boxes.push(box);
  }

  private async append(statement: Statement): Promise<void> {
    this.statements.push(statement);
    this.list = await verifyDeviceList(this.account, this.statements);
  }
}

/** A directory over people's lists as they are when it is asked. */
export class Directories implements Directory {
  readonly people: Person[];

  constructor(...people: Person[]) {
    this.people = people;
  }

  device(account: Id, device: Id): ReturnType<Directory["device"]> {
    return this.people.find((person) => person.account === account)?.list.devices.get(device);
  }
}

/** Numbers and heads of a room's record, as the server would keep them. */
export class Ledger {
  readonly room: Id = newId();
  readonly heads: Bytes[] = [firstHead(this.room)];
  readonly sequences = new Map<Id, number>();

  get number(): number {
    return this.heads.length - 1;
  }

  get head(): Bytes {
    return this.heads.at(-1)!;
  }

  append(envelope: Envelope): void {
    this.heads.push(nextHead(this.head, this.number + 1, itemHash(envelope)));
  }

  next(device: Id): number {
    const sequence = (this.sequences.get(device) ?? 0) + 1;
    this.sequences.set(device, sequence);
    return sequence;
  }
}

/** A device in a room: its identity and its group. */
export interface Seat {
  readonly device: DeviceIdentity;
  group: Group;
}

export async function foundRoom(
  ledger: Ledger,
  device: DeviceIdentity,
  history: History = "none",
  suite?: Suite,
): Promise<Seat> {
  return { device, group: await createGroup(ledger.room, BUCKET, history, device, suite ?? ROOM_SUITE) };
}

export async function makeCommit(
  ledger: Ledger,
  seat: Seat,
  directory: Directory,
  change: Partial<GroupChange> = {},
): Promise<{ pending: Pending; envelope: Envelope }> {
  const bucket = change.bucket ?? seat.group.bucket;
  const full = { seenNumber: ledger.number, seenHead: ledger.head, ...change, bucket };
  const pending = await commit(seat.group, full, directory, NOW_S);
  return { pending, envelope: await commitEnvelope(ledger, seat, pending.body, bucket) };
}

export async function commitEnvelope(ledger: Ledger, seat: Seat, body: Uint8Array, bucket: number): Promise<Envelope> {
  const { device, key } = seat.device;
  const fields = {
    kind: ItemKind.commit,
    room: ledger.room,
    epoch: seat.group.epoch,
    bucket,
    device,
    sequence: ledger.next(device),
    item: newId(),
    seenNumber: ledger.number,
    seenHead: ledger.head,
  };
  return decodeEnvelope(await signItem(fields, body, key));
}

export function keyPackageOf(device: DeviceIdentity, suite: Suite = ROOM_SUITE): Promise<KeyPackagePair> {
  return makeKeyPackage(device, NOW_S, false, suite);
}

export async function join(
  ledger: Ledger,
  device: DeviceIdentity,
  keyPackage: KeyPackagePair,
  { pending, envelope }: { pending: Pending; envelope: Envelope },
  directory: Directory,
): Promise<Seat> {
  const welcome = pending.welcome ?? new Uint8Array();
  const joining = {
    room: ledger.room,
    welcome,
    commit: envelope,
    keyPackage,
    device,
    directory,
    suite: pending.next.suite,
  };
  return { device, group: (await joinGroup(joining)).group };
}
