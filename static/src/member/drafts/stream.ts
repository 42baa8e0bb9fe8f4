// One stream of a draft: its chain of items, followed, verified and kept.
//
// | item that comes                   | then                                                               |
// |-----------------------------------|--------------------------------------------------------------------|
// | the next number                   | judged (judging.ts), opened, taken in by the kind of stream, kept  |
// | its key is not here yet, or its   | nothing: asked for again when the room has moved on, or people     |
// |  author's was not looked at       |                                                                    |
// | of an epoch before this account's | its place in the chain; "sealed"                                   |
// | no item of this stream            | alarm "forged"; nothing is followed behind it                      |
// | a number that was there           | alarm "fork" if it is another item                                 |
// | a number ahead                    | what is missing is fetched; alarm "dropped" if the server has none |
//
// Everything that a batch changes is written in one transaction; if that fails, memory is read from the disk again.

import { sha256 } from "@noble/hashes/sha2.js";

import { isDraftItemSigned, openDraftItem } from "../../e2ee/draft.ts";
import { Refusal } from "../../e2ee/refusal.ts";
import { b64, type Bytes, equal, hex, MalformedError, own } from "../../wire/bytes.ts";
import { type Countersign, parseCountersign } from "../../wire/drafts/countersign.ts";
import {
  decodeDraftItem,
  DRAFT_PREFIX_BYTES,
  type DraftEnvelope,
  draftItemHash,
  isSealedKind,
  nextDraftHead,
} from "../../wire/drafts/envelope.ts";
import { type Stream, streamName, streamOf } from "../../wire/drafts/streams.ts";
import type { Id } from "../../wire/ids.ts";
import { pause } from "../http.ts";
import { fetchShares } from "../keyring.ts";
import type { ListedOwner } from "../people.ts";
import type { Place } from "../roomdata.ts";
import { Gathered, Serial } from "../serial.ts";
import type { Changes } from "../store.ts";
import type { DraftProblem, StreamName } from "./api.ts";
import { type Around, type Examined, judge } from "./judging.ts";
import { type DraftRow, type Incoming, isSnapshot, names, newStream, type StreamData } from "./rows.ts";
import { fetchItems, type Reach } from "./serving.ts";
import type { Works } from "./works.ts";

const FETCH_ITEMS = 1000;
const GAP_MS = 300;
const EARLY_MAX = 1000;

/** An item with everything that can be found out about it without its place. `opened` null: of an epoch before ours. */
interface Read extends Examined {
  incoming: Incoming;
  opened: Bytes | Refusal | null;
}

/** What becomes of a batch before it counts. */
export interface Batch {
  data: StreamData;
  rows: DraftRow[];
  changes: Changes;
  heads: Map<number, Bytes>;
  numbers: Map<string, number>;
}

export abstract class DraftStream {
  readonly name: StreamName;
  readonly wire: Stream;
  data: StreamData;
  /** Behind data.base, in order. */
  rows: DraftRow[] = [];
  /** Items wait for a key, or for a person to look at somebody's changed one. */
  waiting = false;
  /** One change of this stream at a time. */
  readonly serial = new Serial();
  protected readonly works: Works;
  /** By device and item: nobody can use up another's id. */
  private readonly numbers = new Map<string, number>();
  private readonly early = new Map<number, Incoming>();
  private readonly syncing = new Gathered(() => this.serial.run(() => this.catchUp()));
  private gapTimer: ReturnType<typeof setTimeout> | undefined;
  /** What the server said last of this stream. */
  served: Reach | null = null;

  constructor(name: StreamName, works: Works) {
    this.name = name;
    this.wire = streamOf(name)!;
    this.works = works;
    this.data = newStream(works.draft, name);
  }

  /** Take up what this browser has kept. */
  async load(): Promise<void> {
    const { store } = this.works.host;
    const { draft } = this.works;
    this.data = (await store.get<StreamData>(names.stream(draft, this.name))) ?? newStream(draft, this.name);
    this.rows = (await store.list<DraftRow>(names.rows(draft, this.name))).map(([, row]) => row);
    this.numbers.clear();
    for (const row of this.rows) this.remember(row);
    await this.rebuild();
  }

  /** What the server says of this stream: its end, and where what it still has begins. */
  heard(reach: Reach): void {
    this.served = reach;
  }

  /** Process everything that the server has. */
  sync(): Promise<void> {
    return this.syncing.run();
  }

  /** An item came over the socket, or as the acknowledgement of an own one. */
  async receive(incoming: Incoming): Promise<void> {
    await this.serial.run(async () => {
      if (this.data.stopped) return;
      if (incoming.number <= this.data.number) return this.compare(incoming);
      if (this.early.size < EARLY_MAX) this.early.set(incoming.number, incoming);
      await this.drain();
    });
    // What was pushed and can not be taken in is asked for once more: it may look another way in the stream.
    if (this.early.size > 0 || this.waiting) this.gapTimer ??= setTimeout(() => void this.closeGap(), GAP_MS);
  }

  /** The server says that the head at `number` is `head` (32 bytes). */
  async checkHead({ number, head }: Place): Promise<void> {
    await this.serial.run(async () => {
      const ours = this.headAt(number);
      if (!ours || equal(ours, head)) return;
      await this.raise("fork", number, null, `the server's head ${hex(head)}, here ${hex(ours)}`, null);
    });
  }

  stop(): void {
    clearTimeout(this.gapTimer);
  }

  headAt(number: number): Bytes | undefined {
    const place = [this.data, this.data.base, this.data.from].find((one) => one.number === number);
    return place?.head ?? this.row(number)?.head;
  }

  row(number: number): DraftRow | undefined {
    const [first] = this.rows;
    return first && this.rows[number - first.number];
  }

  /** Where an item of this device stands; undefined if it does not. */
  ownNumber(item: Id): number | undefined {
    return this.numbers.get(nameOf(this.works.host.keyholder.device.device, item));
  }

  get nextSequence(): number {
    return (this.data.sequences[this.works.host.keyholder.device.device] ?? 0) + 1;
  }

  /** Where the stream is read from the middle, only the server can say how many items this device has sent before. */
  trustSequence(expected: number): Promise<void> {
    const { device } = this.works.host.keyholder.device;
    return this.serial.run(async () => {
      const { data } = this;
      if (data.sequences[device] !== undefined || data.from.number === 0) return;
      await this.replace({ ...data, sequences: { ...data.sequences, [device]: expected - 1 } });
    });
  }

  /** Make what follows from the base and the rows anew, in memory. */
  protected abstract rebuild(): Promise<void>;

  /**
   * Take in what an item says: `row` is open. Returns why it is refused, or null; may add to what is written.
   * Called in the order of the numbers; after a failed write rebuild() follows.
   */
  protected abstract admit(row: DraftRow, envelope: DraftEnvelope, owner: ListedOwner, batch: Batch): string | null;

  /** Whether the server stands to what it says of an item. `head` is the stream's after it. */
  protected async isReceipted(_incoming: Incoming, _head: Bytes): Promise<boolean> {
    return true;
  }

  /** What else to write with a batch. */
  protected concluded(_batch: Batch): void {}

  /** A batch is kept: tell of it. */
  protected abstract told(rows: readonly DraftRow[]): void;

  /** Write `changes` and let `data` count. Call in this stream's turn. */
  protected async replace(data: StreamData, changes: Changes = new Map()): Promise<void> {
    const { host, draft } = this.works;
    await host.store.write(new Map([...changes, [names.stream(draft, this.name), data]]));
    this.data = data;
  }

  /** Somebody says that a snapshot is what it shortens. */
  protected admitCountersign(row: DraftRow, batch: Batch): string | null {
    const said = readCountersign(row.plaintext!);
    if (!said) return "item.malformed";
    const info = batch.data.snapshots.find(({ number }) => number === said.snapshot);
    const far = info && this.works.tables.mayConfirm(info.account, row.account!, row.at_ms);
    // It counts for nothing, as by who is not far enough away; where the server lets it pass, nobody else was there.
    if (!far || info.hash !== b64(said.stateHash)) return null;
    const snapshots = batch.data.snapshots.map((one) => (one === info ? { ...one, confirmed: true } : one));
    batch.data = { ...batch.data, snapshots };
    return null;
  }

  /** Forget the rows up to `base`, which something else stands for from now on. Call in this stream's turn. */
  protected async shorten(base: Place, data: StreamData, changes: Changes): Promise<void> {
    const gone = this.rows.filter((row) => row.number <= base.number);
    for (const row of gone) changes.set(names.row(this.works.draft, this.name, row.number), undefined);
    await this.replace({ ...data, base }, changes);
    for (const row of gone)
      if (this.numbers.get(nameOf(row.device, row.item)) === row.number)
        this.numbers.delete(nameOf(row.device, row.item));
    this.rows = this.rows.slice(gone.length);
  }

  protected async raise(
    kind: DraftProblem["kind"],
    number: number,
    account: Id | null,
    evidence: string,
    witness: Bytes | null,
  ): Promise<void> {
    const problem = { kind, stream: this.name, number, account, evidence };
    await this.works.host.store.write(this.works.alarm(problem, witness));
    this.works.changed();
  }

  /** The purged part begins anew: what was there is held by a snapshot behind it. */
  protected async begin(base: Place): Promise<void> {
    const fresh = newStream(this.works.draft, this.name);
    const changes: Changes = new Map(
      this.rows.map((row) => [names.row(this.works.draft, this.name, row.number), undefined]),
    );
    changes.set(names.base(this.works.draft, this.name), undefined);
    // Not even the own device's last sequence is known any more: what it sent before may be among what is purged.
    await this.replace({ ...fresh, ...base, from: base, base, whole: false }, changes);
    this.rows = [];
    this.numbers.clear();
    this.early.clear();
    await this.rebuild();
  }

  private async catchUp(): Promise<void> {
    if (this.data.stopped) return;
    await this.beginBehindPurged();
    await this.fetchOn();
    await this.drain();
  }

  private async fetchOn(): Promise<void> {
    for (let gaps = 0; !this.data.stopped; ) {
      const items = await fetchItems(this.works, this.name, this.data.number, FETCH_ITEMS);
      const due = items.filter((item) => item.number > this.data.number);
      if (due.length === 0) {
        this.waiting = false;
        return;
      }
      const whole = due.filter((item, index) => item.number === this.data.number + 1 + index);
      if (whole.length > 0) {
        await this.process(whole);
        if (this.waiting) return;
      } else if (++gaps > 1) {
        const evidence = `the server goes on at ${due[0]!.number}`;
        return this.raise("dropped", this.data.number + 1, null, evidence, null);
      } else {
        await pause(GAP_MS);
        // A snapshot may have been confirmed since the server was asked where its items begin.
        await this.works.reach();
        if (await this.beginBehindPurged()) gaps = 0;
      }
    }
  }

  private async beginBehindPurged(): Promise<boolean> {
    const { served: reach } = this;
    if (!reach || reach.base.number <= this.data.number) return false;
    await this.begin(reach.base);
    return true;
  }

  private async drain(): Promise<void> {
    const items: Incoming[] = [];
    for (let next = this.data.number + 1; this.early.has(next); next++) items.push(this.early.get(next)!);
    if (items.length > 0) await this.process(items);
    for (const number of this.early.keys()) if (number <= this.data.number || this.waiting) this.early.delete(number);
  }

  private async closeGap(): Promise<void> {
    this.gapTimer = undefined;
    if ((this.early.size > 0 || this.waiting) && this.works.host.online())
      await this.works.host.quietly(() => this.sync());
  }

  /** Items whose numbers follow the last one without a gap. */
  private async process(items: readonly Incoming[]): Promise<void> {
    const read = await this.readAll(items);
    const batch: Batch = {
      data: { ...this.data, sequences: { ...this.data.sequences } },
      rows: [],
      changes: new Map(),
      heads: new Map(),
      numbers: new Map(),
    };
    const byTables = read.some((one) => one !== "waits" && one && !this.around(batch).mayWriteRead(one));
    if (byTables) await this.works.refreshTables();
    this.waiting = false;
    for (const [at, one] of read.entries()) {
      if (one === null) {
        this.stopAt(items[at]!, batch);
        break;
      }
      if (one === "waits" || !(await this.isVouched(one, batch))) {
        this.waiting = true;
        break;
      }
      this.place(one, batch);
    }
    await this.keep(batch);
  }

  private isVouched({ incoming }: Read, batch: Batch): Promise<boolean> {
    const { number, at_ms, raw } = incoming;
    return this.isReceipted(incoming, nextDraftHead(batch.data.head, number, at_ms, draftItemHash(raw)));
  }

  private async keep(batch: Batch): Promise<void> {
    if (batch.rows.length === 0 && !batch.data.stopped) return this.works.changed();
    const { works, name } = this;
    for (const row of batch.rows) batch.changes.set(names.row(works.draft, name, row.number), row);
    const { device } = works.host.keyholder.device;
    const own = batch.rows.filter((row) => row.device === device && row.account !== null && row.state !== "replayed");
    const arrived = own.map((row) => row.item);
    for (const [key, value] of works.outgoing.arrivals(arrived)) batch.changes.set(key, value);
    try {
      this.concluded(batch);
      await this.replace(batch.data, batch.changes);
    } catch (error) {
      await this.load();
      throw error;
    }
    this.rows.push(...batch.rows);
    for (const row of batch.rows) this.remember(row);
    works.outgoing.arrived(arrived);
    this.told(batch.rows);
    works.kept(batch.rows);
  }

  /** Null: no item of this stream; "waits": its key is not here yet. */
  private async readAll(items: readonly Incoming[]): Promise<(Read | "waits" | null)[]> {
    const envelopes = items.map(({ raw }) => this.decode(raw));
    const known = envelopes.filter((envelope) => envelope !== null);
    const owners = await this.works.owners(known.map((envelope) => envelope.device));
    await this.prepareKeys(known);
    const read = await Promise.all(
      envelopes.map((envelope, at) => envelope && this.readOne(items[at]!, envelope, owners)),
    );
    const wrong = read.some((one) => one && one !== "waits" && isWrongKey(one.opened));
    // A share that opened nothing may have been a wrong one of the server's.
    if (!wrong || !(await this.renewShares())) return read;
    return Promise.all(envelopes.map((envelope, at) => envelope && this.readOne(items[at]!, envelope, owners)));
  }

  private async readOne(
    incoming: Incoming,
    envelope: DraftEnvelope,
    owners: ReadonlyMap<Id, ListedOwner>,
  ): Promise<Read | "waits"> {
    const { room } = this.works;
    const owner = owners.get(envelope.device) ?? null;
    const signed = owner !== null && (await isDraftItemSigned(envelope, owner.listed.key));
    const { number, at_ms } = incoming;
    const read = { incoming, number, at_ms, envelope, owner, signed };
    // By a device that is listed under a changed key only: the server could have made it, and some kinds need no key.
    if ((signed && !owner.accepted) || envelope.epoch > room.data.epoch) return "waits";
    if (!signed || !isSealedKind(envelope.kind)) return { ...read, opened: envelope.body };
    if (envelope.epoch < room.data.firstEpoch) return { ...read, opened: null };
    const key = room.ring.key(envelope.epoch);
    if (!key) return "waits";
    const opened = await openDraftItem(key, envelope).catch((error: unknown) => {
      if (error instanceof Refusal) return error;
      throw error;
    });
    return { ...read, opened };
  }

  private place({ incoming, number, at_ms, envelope, owner, signed, opened }: Read, batch: Batch): void {
    const verdict = judge({ number, at_ms, envelope, owner, signed }, this.around(batch));
    const { kind, item, device, epoch, seenNumber: seen } = envelope;
    const { base, data } = { base: batch.data.head, data: batch.data };
    const head = nextDraftHead(base, number, at_ms, draftItemHash(incoming.raw));
    const account = signed ? owner!.account : null;
    const code = verdict.code ?? (opened instanceof Refusal ? opened.code : null);
    const state = code === "replayed" ? "replayed" : code ? "refused" : opened ? "open" : "sealed";
    const plaintext = opened instanceof Uint8Array && state === "open" ? opened : null;
    const row: DraftRow = { ...incoming, kind, item, device, account, epoch, seen, head, state, code, plaintext };
    if (signed) this.note(envelope, data, verdict.code === null);
    batch.data = { ...data, number, head };
    if (verdict.problem) this.alarm(batch, { ...verdict.problem, number, account }, incoming.raw);
    if (row.state === "open") this.take(row, envelope, owner!, batch);
    else if (row.code?.startsWith("item.") && !verdict.problem && signed)
      this.alarm(batch, { kind: "malformed", evidence: row.code, number, account }, incoming.raw);
    if (row.state === "sealed" && !isSnapshot(kind)) batch.data = { ...batch.data, whole: false };
    batch.rows.push(row);
    batch.heads.set(number, head);
    if (signed && state !== "replayed") batch.numbers.set(nameOf(device, item), number);
  }

  private take(row: DraftRow, envelope: DraftEnvelope, owner: ListedOwner, batch: Batch): void {
    const refused = this.admit(row, envelope, owner, batch);
    if (refused === null) return;
    Object.assign(row, { state: "refused", code: refused, plaintext: null } satisfies Partial<DraftRow>);
    const kind = refused === "draft.foreign_client" ? "foreign-client" : "malformed";
    const { number, account } = row;
    this.alarm(batch, { kind, evidence: `${refused}, item ${row.item}`, number, account }, row.raw);
  }

  private alarm(batch: Batch, problem: Omit<DraftProblem, "stream">, witness: Bytes): void {
    for (const [name, value] of this.works.alarm({ ...problem, stream: this.name }, witness))
      batch.changes.set(name, value);
  }

  private stopAt({ number, raw }: Incoming, batch: Batch): void {
    batch.data = { ...batch.data, stopped: true };
    const evidence = "the server sent what is no item of this stream";
    this.alarm(batch, { kind: "forged", evidence, number, account: null }, raw);
  }

  /** What is refused must not make what follows look old. */
  private note({ device, sequence, epoch }: DraftEnvelope, data: StreamData, counts: boolean): void {
    data.sequences[device] = Math.max(data.sequences[device] ?? 0, sequence);
    if (counts) data.epoch = Math.max(data.epoch, epoch);
  }

  private around(batch: Batch): Around & { mayWriteRead(read: Read): boolean } {
    const { room, tables } = this.works;
    return {
      data: batch.data,
      numberOf: (device, item) => this.numbers.get(nameOf(device, item)) ?? batch.numbers.get(nameOf(device, item)),
      headAt: (number) => batch.heads.get(number) ?? this.headAt(number),
      endOf: (epoch) => this.works.endOf(epoch),
      wasMember: (account, epoch) => this.works.wasMember(account, epoch),
      bucketOf: (epoch) => (epoch === room.data.epoch ? room.data.bucket : room.ring.entry(epoch)?.bucket),
      mayWrite: (owner, envelope, number, at_ms) => tables.allow(owner, envelope, number, at_ms),
      mayWriteRead: ({ owner, envelope, number, at_ms }) =>
        !owner || this.name === "acts" || tables.allow(owner, envelope, number, at_ms),
    };
  }

  private decode(raw: Bytes): DraftEnvelope | null {
    try {
      const envelope = decodeDraftItem(raw);
      const { room, draft, stream } = envelope;
      const ours = room === this.works.room.id && draft === this.works.draft && streamName(stream) === this.name;
      return ours ? envelope : null;
    } catch (error) {
      if (error instanceof MalformedError || error instanceof RangeError) return null;
      throw error;
    }
  }

  /** Fetch what these items need of the room's keys. */
  private async prepareKeys(envelopes: readonly DraftEnvelope[]): Promise<void> {
    const { room } = this.works;
    const sealed = envelopes.filter(({ kind, epoch }) => isSealedKind(kind) && epoch >= room.data.firstEpoch);
    if (envelopes.some(({ epoch }) => epoch > room.data.epoch)) await room.sync();
    const missing = sealed.some(({ epoch }) => !room.ring.entry(epoch));
    if (missing && !room.group) await room.ensureGrants(null);
    const buckets = sealed.flatMap(({ epoch }) => room.ring.entry(epoch)?.bucket ?? []);
    await room.ensureShares(new Set(buckets));
  }

  private async renewShares(): Promise<boolean> {
    const { room, host } = this.works;
    for (const [bucket, share] of await fetchShares(room.id, host.http)) room.ring.putShare(bucket, share);
    return room.ring.changed;
  }

  /** An item that was processed before must be the same one. */
  private async compare({ number, at_ms, raw }: Incoming): Promise<void> {
    const [before, ours] = [this.headAt(number - 1), this.headAt(number)];
    if (!before || !ours || raw.length <= DRAFT_PREFIX_BYTES) return;
    const theirs = nextDraftHead(before, number, at_ms, own(sha256(raw.subarray(0, DRAFT_PREFIX_BYTES))));
    if (equal(theirs, ours)) return;
    const evidence = `head ${hex(ours)} before, ${hex(theirs)} by an item that came now`;
    await this.raise("fork", number, null, evidence, raw);
  }

  private remember(row: DraftRow): void {
    if (row.account !== null && row.state !== "replayed") this.numbers.set(nameOf(row.device, row.item), row.number);
  }
}

function nameOf(device: Id, item: Id): string {
  return `${device} ${item}`;
}

function readCountersign(body: Uint8Array): Countersign | null {
  try {
    return parseCountersign(body);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

function isWrongKey(opened: Read["opened"]): boolean {
  return opened instanceof Refusal && opened.code === "item.commitment";
}
