// One room: its place in the record, its keys, and how it keeps up.
//
// | state   | known by             | reads         | writes                       | left by                          |
// | ------- | -------------------- | ------------- | ---------------------------- | -------------------------------- |
// | new     | no base              | nothing       | nothing                      | own grants → reading             |
// | reading | base, no group state | by grants     | if the newest key is from a  | welcome → joined                 |
// |         |                      |               | grant of an own device or of |                                  |
// |         |                      |               | the pinned account whose     |                                  |
// |         |                      |               | commit began the epoch       |                                  |
// | joined  | group state          | by own export | yes; makes commits           | put out: device → reading,       |
// |         |                      |               |                              | account → removed                |
// | alarmed | problem, not stopped | on            | no                           | an answer (alarms.ts) → as before|
// | stopped | problem and stopped  | what it has   | kept until it can be sent    | rejoin() and a welcome → reading |
// | removed | standing             | what it has   | nothing                      | being let in again → new/reading |
//
// Everything that a batch of items changes is written in one transaction; only then does the room change in memory.

import { sha256 } from "@noble/hashes/sha2.js";

import type { Group } from "../e2ee/group.ts";
import { epochCode, grouped } from "../e2ee/identity.ts";
import { openContent, verifyItem } from "../e2ee/record.ts";
import { Refusal } from "../e2ee/refusal.ts";
import { type Bytes, equal, hex, own, readU32, readU64, unb64 } from "../wire/bytes.ts";
import {
  bucketOf,
  decodeEnvelope,
  type Envelope,
  firstHead,
  ItemKind,
  nextHead,
  PREFIX_BYTES,
} from "../wire/envelope.ts";
import type { Id } from "../wire/ids.ts";
import { raised, resumed } from "./alarms.ts";
import type { Place } from "./answers.ts";
import type { RoomProblem } from "./api.ts";
import { Batch, type Incoming, type Invitation, type Workings } from "./batch.ts";
import { hasCode } from "./failure.ts";
import { isPassing, pause } from "./http.ts";
import type { Host } from "./host.ts";
import { KeptGroup } from "./keptgroup.ts";
import { fetchGrants, fetchShares, type KeptRing, KeyRing } from "./keyring.ts";
import { later } from "./loading.ts";
import { revokedSeats } from "./membership.ts";
import { Outgoing } from "./outgoing.ts";
import { type Row, Timeline } from "./record.ts";
import { parseRecord } from "./recordstream.ts";
import { atBase, type PendingChange, type RoomData, type RoomWord } from "./roomdata.ts";
import { RowLog } from "./rows.ts";
import { Gathered, Serial } from "./serial.ts";
import type { Changes } from "./store.ts";

const FETCH_ITEMS = 1000;
const GAP_MS = 400;
const EARLY_MAX = 1000;

export class Room implements Workings {
  data: RoomData;
  ring: KeyRing;
  group: KeptGroup | null = null;
  pending: PendingChange | null = null;
  log!: RowLog;
  timeline!: Timeline;
  outgoing!: Outgoing;
  /** One change of this room's state at a time. */
  readonly serial = new Serial();
  /** A welcome may lie at the server. */
  mayBeInvited = true;
  private readonly host: Host;
  private readonly syncing = new Gathered(() => this.serial.run(() => this.catchUp()));
  private readonly early = new Map<number, Incoming>();
  private gapTimer: ReturnType<typeof setTimeout> | undefined;

  private constructor(data: RoomData, host: Host) {
    this.data = data;
    this.host = host;
    this.ring = new KeyRing(data.room);
  }

  /** A room with what the store has of it; `data` is what it had, or a new one's beginning. */
  static async load(data: RoomData, host: Host): Promise<Room> {
    // What was kept by an earlier version of this program knows no past alarms.
    const room = new Room({ ...data, past: data.past ?? [] }, host);
    const { store } = host;
    const id = data.room;
    const [ring, group, pending] = await Promise.all([
      store.get<KeptRing>(`ring:${id}`),
      store.get<Bytes>(`group:${id}`),
      store.get<PendingChange>(`pending:${id}`),
    ]);
    room.ring = new KeyRing(id, ring);
    room.group = group ? new KeptGroup(group, host.keyholder.device) : null;
    room.pending = pending ?? null;
    room.log = await RowLog.load(id, store);
    room.outgoing = await Outgoing.load(id, store);
    room.rebuild();
    return room;
  }

  get id(): Id {
    return this.data.room;
  }

  /** What stands against following or writing, or null. */
  get problem(): RoomProblem | null {
    if (this.data.problem) return this.data.problem;
    const sealed = this.log.sealed().find((row) => this.isReadableFrom(row));
    return sealed ? { kind: "no-key", number: sealed.number, evidence: `epoch ${sealed.epoch}` } : null;
  }

  /** Accounts whose changed key blocks sending. */
  blockedBy(): Id[] {
    return this.accounts().filter((account) => this.host.people.keyChanged(account));
  }

  /** Accounts whose device list is not in the public ledger: nothing is sealed to them. */
  unlogged(): Id[] {
    return this.accounts().filter((account) => this.host.people.isUnlogged(account));
  }

  /** Verified people in the room whose name is another one now: to be looked at before anything is sent. */
  renamed(): Id[] {
    return this.accounts().filter((account) => this.host.people.isRenamed(account));
  }

  /** Whether the group has to change before anything is sent: a new day, or a revoked device still inside. */
  needsCommit(): boolean {
    if (!this.group) return false;
    const { bucket, membership } = this.data;
    return bucketOf(this.host.now_ms()) > bucket || revokedSeats(membership, this.host.people).length > 0;
  }

  /** What is inside of the group, or null without one. MemberError "network.offline" while MLS can not be loaded. */
  async readGroup(): Promise<Group | null> {
    const kept = this.group;
    const group = (await kept?.read()) ?? null;
    if (!group && this.group === kept) this.group = null;
    return group;
  }

  /** The code of the epoch that all who are in the group can compare; "" for a device outside of it. */
  async epochCode(): Promise<string> {
    const group = await this.readGroup();
    if (!group) return "";
    const { epochAuthenticator } = await later();
    return grouped(epochCode(this.id, group.epoch, epochAuthenticator(group)));
  }

  /** Why nothing can be sent: for good, or `passing`, until something changes. `byDraft`: a draft says who may write. */
  gate(byDraft = false): { code: string; passing: boolean } | null {
    const { data, group, ring } = this;
    const never = (code: string): { code: string; passing: boolean } => ({ code, passing: false });
    const notYet = (code: string): { code: string; passing: boolean } => ({ code, passing: true });
    if (data.standing === "removed") return never("room.removed");
    if (data.problem) return data.problem.kind === "commit-refused" ? notYet("room.blocked") : never("room.blocked");
    if (data.state === "archived") return never("room.archived");
    if (data.role === "observer" && !byDraft) return never("room.role_required");
    if (!data.base) return notYet("room.no_key");
    if (this.blockedBy().length > 0) return never("person.key_changed");
    if (this.unlogged().length > 0) return notYet("person.unlogged");
    if (this.renamed().length > 0) return never("person.renamed");
    const entry = ring.entry(data.epoch);
    if (!entry) return notYet("room.no_key");
    if (group) return null;
    const ours = entry.from === "group" || entry.from === this.host.keyholder.device.account;
    const revokedSeat = data.membership.seats?.some(
      (seat) => seat && this.host.people.device(seat.account, seat.device)?.revoked,
    );
    // Whose commit began the epoch stands in the record; anybody else's grant, a former member's say, may be a key
    // of theirs.
    const theirs = this.host.people.isPinned(entry.from) && entry.from === this.beginner();
    return (ours || theirs) && !revokedSeat ? null : notYet("room.not_joined");
  }

  /** The next sequence number of this device. */
  nextSequence(): number {
    return (this.data.sequences[this.host.keyholder.device.device] ?? 0) + 1;
  }

  /** Whether nothing is missing here of a record of `number` items: asking the server would bring nothing. */
  isComplete(number: number): boolean {
    const { base, standing, stopped } = this.data;
    const followed = base !== null && standing === "member" && !stopped && this.data.number >= number;
    return followed && this.group !== null && this.early.size === 0 && this.log.sealed().length === 0;
  }

  /** Process everything that the server has. */
  sync(): Promise<void> {
    return this.syncing.run();
  }

  /** Process everything, and look whether there is a welcome even if there was none before. */
  lookForWelcome(): Promise<void> {
    this.mayBeInvited = true;
    return this.sync();
  }

  /** An item came over the socket, or as the acknowledgement of an own one. */
  async receive(item: Incoming): Promise<void> {
    await this.serial.run(async () => {
      if (this.data.stopped || !this.data.base) return;
      if (item.number <= this.data.number) return this.compare(item);
      if (this.early.size < EARLY_MAX) this.early.set(item.number, item);
      await this.drain();
    });
    if (this.early.size > 0) this.gapTimer ??= setTimeout(() => void this.closeGap(), GAP_MS);
  }

  /** The server acknowledged `raw`: take it in, and compare heads. */
  async accept(place: Place, raw: Bytes): Promise<void> {
    await this.receive({ number: place.number, at_ms: place.at_ms, raw });
    if (this.data.number < place.number) await this.sync();
    await this.checkHead(place.number, unb64(place.head));
  }

  /** The server says that the record's head is `head` at `number`: an alarm if this browser knows another one. */
  async checkHead(number: number, head: Uint8Array): Promise<void> {
    await this.serial.run(async () => {
      const ours = this.headAt(number);
      if (this.data.stopped || !this.data.base || number < this.data.base.number) return;
      if (ours && equal(ours, head)) return;
      if (!ours && number > this.data.number) return;
      await this.raise({
        kind: "fork",
        number,
        evidence: `the server's head ${hex(head)}, here ${ours ? hex(ours) : "unknown"}`,
      });
    });
  }

  /** Take over what the server says of the room beside the record. */
  async hear(word: RoomWord): Promise<void> {
    await this.serial.run(async () => {
      const { kind, state, role, members, visible_from: visibleFrom } = word;
      const cursor = Math.max(word.cursor, this.data.cursor);
      let data: RoomData = { ...this.data, kind, state, role, members, cursor, visibleFrom };
      const anew = data.standing === "removed" && visibleFrom > data.number + 1;
      if (data.standing === "removed") {
        data = { ...data, standing: "member" };
        // What lies between is not for this account: begin anew where it was let in.
        // An alarm stays one: nobody but this person answers it, and the list of rooms is the server's word.
        if (anew) data = { ...data, base: null };
        this.mayBeInvited = true;
      }
      await this.replace(data, new Map(anew ? [[`group:${this.id}`, undefined]] : []));
      if (anew) this.group = null;
    });
  }

  /** This person has left: the group's keys are of no use any more. */
  leave(): Promise<void> {
    return this.serial.run(async () => {
      await this.end();
      await this.host.store.put(`group:${this.id}`, undefined);
      this.group = null;
    });
  }

  /** The server does not list the room any more, which is its word alone: the group's keys stay, should it take it back. */
  vanish(): Promise<void> {
    return this.serial.run(() => this.end());
  }

  /** Write `data` (and `more` with it) and let it count. */
  async replace(data: RoomData, more: Changes = new Map()): Promise<void> {
    await this.host.store.write(new Map([...more, [`room:${this.id}`, data]]));
    this.data = data;
    this.host.roomChanged(this, [], []);
  }

  /**
   * Keep an alarm, with the item that contradicts the record, if there is one; not if one stands that it does not
   * outweigh. Call in the room's turn.
   */
  async raise(problem: RoomProblem, witness?: Bytes): Promise<void> {
    const evidence: Changes = new Map(witness ? [[`witness:${this.id}:${problem.number}`, witness]] : []);
    const data = raised(this.data, problem, this.host.now_ms());
    if (data !== this.data) await this.replace(data, evidence);
  }

  /**
   * Forget keys and record, and begin as a browser that is new to the room with `data`; `kept` is written with it. What
   * waits to be sent stays. Call in the room's turn.
   */
  async restart(data: RoomData, kept: Changes): Promise<void> {
    const { store } = this.host;
    const pages = [...(await store.list(`rows:${this.id}:`)), ...(await store.list(`raw:${this.id}:`))];
    const names = [...pages.map(([name]) => name), ...["group", "ring", "pending"].map((kind) => `${kind}:${this.id}`)];
    const forgotten = names.map((name): [string, unknown] => [name, undefined]);
    await store.write(new Map<string, unknown>([...kept, ...forgotten, [`room:${this.id}`, data]]));
    this.data = data;
    this.ring = new KeyRing(this.id);
    this.group = null;
    this.pending = null;
    this.early.clear();
    this.mayBeInvited = true;
    this.log = await RowLog.load(this.id, store);
    // Sealed for a place in the record that was.
    for (const out of this.outgoing.all()) await this.outgoing.change(out, { raw: null });
    this.rebuild();
    this.host.roomChanged(this, [], []);
  }

  /** The shares of the buckets of these epochs, fetched if one is missing. */
  async ensureShares(buckets: Iterable<number>): Promise<void> {
    if ([...buckets].every((bucket) => this.ring.hasShare(bucket))) return;
    for (const [bucket, share] of await fetchShares(this.id, this.host.http)) this.ring.putShare(bucket, share);
  }

  /** Put what the own grants say into the ring; true if that was new. */
  async ensureGrants(epoch: number | null): Promise<boolean> {
    let fresh = false;
    for (const grant of await fetchGrants(this.id, epoch, this.host)) fresh = this.ring.putGrant(grant) || fresh;
    return fresh;
  }

  /** Envelopes of the commits that were processed above `number`, in order. */
  async commitsAbove(number: number): Promise<Envelope[]> {
    const rows = this.log.all().filter((row) => row.kind === "commit" && row.state === "open" && row.number > number);
    const raws = await Promise.all(rows.map((row) => this.log.raw(row.number)));
    return raws.filter((raw) => raw !== undefined).map(decodeEnvelope);
  }

  stop(): void {
    clearTimeout(this.gapTimer);
  }

  /** Who made the commit (or the founding) that began the epoch in force, or null if the record here does not say. */
  private beginner(): Id | null {
    for (let number = this.data.number; ; number--) {
      const row = this.log.row(number);
      if (!row) return null;
      if (row.kind !== "content" && row.state === "open") return row.doubtful ? null : row.account;
    }
  }

  private async end(): Promise<void> {
    const changes: Changes = new Map([[`pending:${this.id}`, undefined]]);
    if (this.data.standing === "member") await this.replace({ ...this.data, standing: "removed" }, changes);
    this.pending = null;
  }

  private async catchUp(): Promise<void> {
    try {
      await this.catchUpNow();
    } catch (error) {
      if (!hasCode(error, "room.not_found")) throw error;
      await this.end();
    }
  }

  private async catchUpNow(): Promise<void> {
    // A room that the server has not heard of yet has no record to follow.
    if (this.data.standing === "removed" || this.pending?.kind === "founding") return;
    if (!this.data.base && !(await this.begin())) return;
    const invitation = await this.invitation();
    if (this.data.stopped) await this.resume(invitation);
    await this.fetchOn(invitation);
    await this.drain();
    await this.joinLate(invitation ?? (await this.invitation()));
    await this.openSealed();
    await this.openLatePrivates();
  }

  /** Find the place from which this account verifies the record; false while it has no grant. */
  private async begin(): Promise<boolean> {
    const grants = await fetchGrants(this.id, null, this.host);
    for (const grant of grants) this.ring.putGrant(grant);
    const { visibleFrom } = this.data;
    if (visibleFrom === 1) {
      await this.replace(atBase(this.data, { number: 0, head: firstHead(this.id) }, 0));
      return true;
    }
    const usable = grants.filter(({ content }) => content.base.number >= visibleFrom - 1);
    const first = usable.toSorted((a, b) => a.content.base.number - b.content.base.number)[0];
    if (!first) return false;
    await this.replace(atBase(this.data, first.content.base, first.content.ring[0]!.epoch));
    return true;
  }

  private async invitation(): Promise<Invitation | null> {
    const outside = !this.group || (this.data.stopped && this.data.rejoining);
    if (!outside || !this.mayBeInvited) return null;
    try {
      const { welcome, number } = await this.host.http.get<{ welcome: string; number: number }>(
        `/api/rooms/${this.id}/welcome`,
      );
      return { welcome: unb64(welcome), number };
    } catch (error) {
      if (!hasCode(error, "welcome.none")) throw error;
      this.mayBeInvited = false;
      return null;
    }
  }

  /** After rejoin(): a welcome from behind the stop lets this device go on as one without group state. */
  private async resume(invitation: Invitation | null): Promise<void> {
    if (!this.data.rejoining || !invitation || invitation.number <= this.data.number) return;
    await this.replace(resumed(this.data, this.host.now_ms()), new Map([[`group:${this.id}`, undefined]]));
    this.group = null;
  }

  private async fetchOn(invitation: Invitation | null): Promise<void> {
    if (this.data.stopped) return;
    let gaps = 0;
    let coming = this.fetchAfter(this.data.number);
    while (!this.data.stopped) {
      const items = (await coming).filter((item) => item.number > this.data.number);
      if (items.length === 0) return;
      const whole = items.filter((item, index) => item.number === this.data.number + 1 + index);
      const complete = whole.length === items.length;
      // The next part travels while this one is worked through.
      if (complete) coming = this.fetchAfter(items.at(-1)!.number);
      coming.catch(() => {}); // told by the next turn of this loop, if there is one
      if (whole.length > 0) await this.process(whole, invitation);
      if (complete) continue;
      if (++gaps > 1) {
        await this.raise({
          kind: "dropped",
          number: this.data.number + 1,
          evidence: `the server goes on at ${items[whole.length]!.number}`,
        });
        return;
      }
      await pause(GAP_MS);
      coming = this.fetchAfter(this.data.number);
    }
  }

  private async fetchAfter(number: number): Promise<Incoming[]> {
    return parseRecord(
      await this.host.http.getBytes(`/api/rooms/${this.id}/record?after=${number}&limit=${FETCH_ITEMS}`),
    );
  }

  /** Process what came early, as far as it follows. */
  private async drain(): Promise<void> {
    const items: Incoming[] = [];
    for (let next = this.data.number + 1; this.early.has(next); next++) items.push(this.early.get(next)!);
    if (items.length > 0) await this.process(items, null);
    for (const number of this.early.keys())
      if (number <= this.data.number || this.data.stopped) this.early.delete(number);
  }

  private async closeGap(): Promise<void> {
    this.gapTimer = undefined;
    if (this.early.size > 0 && this.host.online()) await this.host.quietly(() => this.sync());
  }

  private async process(items: Incoming[], invitation: Invitation | null): Promise<void> {
    await this.prepareKeys(items).catch((error: unknown) => {
      // The account is out: these items say so, and what they can not open any more stays sealed.
      if (!hasCode(error, "room.not_found")) throw error;
    });
    const batch = this.batch(invitation);
    await batch.take(items);
    await this.openPrivates(batch.rows);
    await this.keep(batch);
  }

  /** Open what interpreters wrote for this delegation alone; what can not be opened now is tried again later. */
  private async openPrivates(rows: readonly Row[]): Promise<void> {
    try {
      await this.timeline.privates.open(rows, this.host.keyholder);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }

  private batch(invitation: Invitation | null): Batch {
    const { people, keyholder } = this.host;
    return new Batch(this, { log: this.log, people, keyholder, invitation, now_ms: this.host.now_ms() });
  }

  /** Fetch what these items need of grants and shares, as far as it can be known before they are processed. */
  private async prepareKeys(items: Incoming[]): Promise<void> {
    const epochs = items.map(({ raw }) => (raw[1] === ItemKind.commit ? readU64(raw, 18) + 1 : readU64(raw, 18)));
    const missing = epochs.some((epoch) => epoch >= this.data.firstEpoch && !this.ring.entry(epoch));
    if (!this.group && missing && !this.pending) await this.ensureGrants(null);
    const readable = items.filter(({ raw }) => raw[1] === ItemKind.content && readU64(raw, 18) >= this.data.firstEpoch);
    await this.ensureShares(new Set(readable.map(({ raw }) => readU32(raw, 26))));
  }

  /** Write all that a batch changed in one transaction, then change in memory. */
  private async keep(batch: Batch, changed: Row[] = []): Promise<void> {
    const { id } = this;
    const numbers = batch.rows.flatMap((row) => this.timeline.apply(row));
    const data = { ...batch.data, name: this.timeline.name ?? this.data.name, newest: this.timeline.newest() };
    const changes: Changes = new Map([[`room:${id}`, data]]);
    if (batch.ring.changed || this.ring.changed) changes.set(`ring:${id}`, batch.ring.keep());
    if (batch.group !== this.group) changes.set(`group:${id}`, batch.group?.raw);
    if (batch.pending !== this.pending) changes.set(`pending:${id}`, batch.pending ?? undefined);
    for (const [name, value] of this.log.changes([...changed, ...batch.rows], batch.raws)) changes.set(name, value);
    for (const [name, value] of this.outgoing.arrivals(batch.arrived)) changes.set(name, value);
    if (batch.joinedWith)
      for (const [name, value] of this.host.keyholder.spent(batch.joinedWith)) changes.set(name, value);
    try {
      await this.host.store.write(changes);
    } catch (error) {
      this.rebuild();
      throw error;
    }
    this.data = data;
    this.ring = batch.ring;
    this.ring.changed = false;
    this.group = batch.group;
    this.pending = batch.pending;
    this.log.written([...changed, ...batch.rows], batch.raws);
    this.outgoing.arrived(batch.arrived);
    if (changed.length > 0) this.rebuild();
    else this.timeline.setWaiting([...this.outgoing.all()]);
    this.host.roomChanged(this, changed.length > 0 ? changed.map((row) => row.number) : numbers, batch.rows);
    this.host.said(this, [...changed, ...batch.rows]);
    this.host.batchKept(this, batch);
  }

  /** Join by a welcome whose commit was processed before the welcome was known. */
  private async joinLate(invitation: Invitation | null): Promise<void> {
    if (this.group || !invitation || this.data.stopped || invitation.number > this.data.number) return;
    const raw = await this.log.raw(invitation.number);
    if (!raw) return;
    const batch = this.batch(invitation);
    await batch.join(decodeEnvelope(raw));
    try {
      await batch.advance(await this.commitsAbove(invitation.number));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      batch.group = null;
      batch.joinRefusal = error;
    }
    await this.keep(batch);
  }

  /** Open what could not be opened before, if its key is there by now. */
  private async openSealed(): Promise<void> {
    if (this.log.sealed().length === 0) return;
    await this.ensureGrants(null);
    // A share that opened nothing may have been a wrong one.
    for (const [bucket, share] of await fetchShares(this.id, this.host.http)) this.ring.putShare(bucket, share);
    const opened: Row[] = [];
    for (const row of this.log.sealed().filter((one) => this.isReadableFrom(one))) {
      const raw = await this.log.raw(row.number);
      const key = this.ring.key(row.epoch);
      const device = row.account === null ? undefined : this.host.people.device(row.account, row.device);
      if (!raw || !key || !device) continue;
      try {
        const envelope = decodeEnvelope(raw);
        // It may have been signed with the key of a list that was shown for a while and never accepted.
        await verifyItem(envelope, device.key);
        const interpreter = device.kind === "interpreter" && { interpreter: true as const };
        opened.push({ ...row, state: "open", plaintext: await openContent(key, envelope), ...interpreter });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    }
    if (opened.length === 0) return;
    await this.openPrivates(opened);
    await this.keep(this.batch(null), opened);
  }

  /** The account's box keys may be others now: try again what was sealed to them. */
  private async openLatePrivates(): Promise<void> {
    const opened = await this.timeline.privates.openLate(this.log.all(), this.host.keyholder);
    if (opened.length > 0) await this.keep(this.batch(null), opened);
  }

  /** Whether nothing but a key stands between this person and the item: not that its author's key has changed. */
  private isReadableFrom({ account, device }: Row): boolean {
    return account === null || this.host.people.isAccepted(account, device);
  }

  /** An item that was processed before must be the same one. */
  private async compare({ number, raw }: Incoming): Promise<void> {
    const [before, ours] = [this.headAt(number - 1), this.headAt(number)];
    if (!before || !ours || raw.length <= PREFIX_BYTES) return;
    const theirs = nextHead(before, number, own(sha256(raw.subarray(0, PREFIX_BYTES))));
    if (equal(theirs, ours)) return;
    const evidence = `head ${hex(ours)} before, ${hex(theirs)} by an item that came now`;
    await this.raise({ kind: "fork", number, evidence }, raw);
  }

  private headAt(number: number): Bytes | undefined {
    return number === this.data.base?.number ? this.data.base.head : this.log.row(number)?.head;
  }

  private accounts(): Id[] {
    return Object.keys(this.data.membership.accounts);
  }

  private rebuild(): void {
    const isMember = (account: Id): boolean => Object.hasOwn(this.data.membership.accounts, account);
    this.timeline = new Timeline(this.id, this.host.reader.in(isMember));
    for (const row of this.log.all()) this.timeline.apply(row);
    this.timeline.setWaiting([...this.outgoing.all()]);
  }
}
