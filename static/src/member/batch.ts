// Items of the record applied in order to a working copy of a room; the room is changed only once all of it is stored.
//
// | item     | group state here                | none (reading by grants)                                  |
// |----------|---------------------------------|-----------------------------------------------------------|
// | founding | epoch 0; own pending or another's                                                           |
// | content  | checked (checks.ts), opened with the ring; without its key kept "sealed"                    |
// | commit   | own pending one: its state      | followed by its public half; seats and epochs go on       |
// |          | other's: MLS decides            | the welcome's commit: this device joins right behind it    |
// |          | refused: alarm, stops here      | refused: alarm, stops here                                 |
//
// Stops at: what is no envelope; a commit that can not be followed.

import type { Group } from "../e2ee/group.ts";
import type { KeyPackagePair } from "../e2ee/keypackage.ts";
import type { Examination } from "../e2ee/examine.ts";
import { verifyItem } from "../e2ee/record.ts";
import { Refusal } from "../e2ee/refusal.ts";
import { type Bytes, equal, MalformedError } from "../wire/bytes.ts";
import {
  bucketOf,
  decodeEnvelope,
  type Envelope,
  itemHash,
  ItemKind,
  nextHead,
  parseFoundingBody,
  readEnvelope,
} from "../wire/envelope.ts";
import type { Id } from "../wire/ids.ts";
import { raised, stoppedBy } from "./alarms.ts";
import type { RoomProblem } from "./api.ts";
import { checkEpoch, checkItem, type Examined } from "./checks.ts";
import { examineAll } from "./examiners.ts";
import { KeptGroup } from "./keptgroup.ts";
import type { Keyholder } from "./keyholder.ts";
import type { KeyRing } from "./keyring.ts";
import { later } from "./loading.ts";
import { afterCommit, fromRoster } from "./membership.ts";
import type { ListedOwner, People } from "./people.ts";
import type { Row } from "./record.ts";
import type { PendingChange, RoomData } from "./roomdata.ts";
import type { Raw, RowLog } from "./rows.ts";

/** An item as the server handed it out. */
export interface Incoming {
  number: number;
  at_ms: number;
  raw: Bytes;
}

/** What a batch begins with and ends in. */
export interface Workings {
  data: RoomData;
  ring: KeyRing;
  group: KeptGroup | null;
  pending: PendingChange | null;
}

/** A welcome for this device, and the number of the commit that it belongs to. */
export interface Invitation {
  welcome: Bytes;
  number: number;
}

const NO_ITEM = "the server sent what is no item of this room";

/** How far a commit's day may be ahead of today: clocks differ, and so does the day around the world's. */
const BUCKETS_AHEAD = 2;

export class Batch implements Workings {
  data: RoomData;
  ring: KeyRing;
  group: KeptGroup | null;
  pending: PendingChange | null;
  readonly rows: Row[] = [];
  readonly raws: Raw[] = [];
  /** Own items that stand in the record now. */
  readonly arrived: Id[] = [];
  /** Numbers of the commits processed. */
  readonly commits: number[] = [];
  /** The key package with which this device joined. */
  joinedWith: KeyPackagePair | null = null;
  /** Why the invitation could not be followed; reading goes on without group state. */
  joinRefusal: Refusal | null = null;
  private readonly log: RowLog;
  private readonly people: People;
  private readonly keyholder: Keyholder;
  private readonly invitation: Invitation | null;
  private readonly now_ms: number;
  /** Later days than this have not come yet anywhere. */
  private readonly newestBucket: number;
  private readonly heads = new Map<number, Bytes>();
  private readonly numbers = new Map<Id, number>();

  constructor(
    before: Workings,
    parts: { log: RowLog; people: People; keyholder: Keyholder; invitation: Invitation | null; now_ms: number },
  ) {
    this.data = { ...before.data, sequences: { ...before.data.sequences } };
    this.ring = before.ring.copy();
    this.group = before.group;
    this.pending = before.pending;
    this.log = parts.log;
    this.people = parts.people;
    this.keyholder = parts.keyholder;
    this.invitation = parts.invitation;
    this.now_ms = parts.now_ms;
    this.newestBucket = bucketOf(parts.now_ms) + BUCKETS_AHEAD;
  }

  /** Apply items whose numbers follow the last processed one without a gap. */
  async take(items: readonly Incoming[]): Promise<void> {
    let run: (Incoming & { envelope: Envelope })[] = [];
    const flush = async (): Promise<void> => {
      if (run.length > 0) await this.takeContent(run.splice(0));
    };
    for (const item of items) {
      const envelope = this.decode(item);
      if (envelope?.kind === ItemKind.content) {
        run.push({ ...item, envelope });
        continue;
      }
      await flush();
      if (this.data.stopped) return;
      if (!envelope) this.stopAt(item.number, "forged", NO_ITEM);
      else if (envelope.kind === ItemKind.commit) await this.takeCommit({ ...item, envelope });
      else await this.takeFounding({ ...item, envelope });
      if (this.data.stopped) return;
    }
    await flush();
  }

  /** Join the group by the invitation; the record was processed up to and including its commit. */
  async join(commit: Envelope): Promise<void> {
    if (!this.invitation) return;
    const { joinGroup, welcomeRefs } = await later();
    const keyPackage = await this.keyholder.packageFor(welcomeRefs(this.invitation.welcome));
    if (!keyPackage) {
      this.joinRefusal = new Refusal("welcome.not_for_us");
      return;
    }
    const { room } = this.data;
    const joining = {
      room,
      welcome: this.invitation.welcome,
      commit,
      keyPackage,
      device: this.keyholder.device,
      directory: this.people,
    };
    await this.people.ensure([
      ...this.data.members.map((member) => member.account),
      ...Object.keys(this.data.membership.accounts),
    ]);
    try {
      const { group } = await joinGroup(joining).catch(async (error: unknown) => {
        // A leaf of somebody who is no member of the room any more, so that the room's list does not name them.
        if (!(error instanceof Refusal) || error.code !== "leaf.unlisted") throw error;
        await this.people.all();
        await this.people.refresh(this.people.accounts());
        return joinGroup(joining);
      });
      this.joinedWith = keyPackage;
      await this.adopt(group);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.joinRefusal = error;
    }
  }

  /** Bring a group state that is behind the record up to it, by commits that were processed without it. */
  async advance(commits: readonly Envelope[]): Promise<void> {
    const { processCommit } = await later();
    for (const envelope of commits) {
      const group = await this.readGroup();
      if (!group) return;
      const { next } = await processCommit(group, envelope, this.people);
      if (next) await this.adopt(next);
      else this.group = null;
    }
  }

  private async adopt(group: Group): Promise<void> {
    const { encodeGroup, exporterValue, roster } = await later();
    const { epoch, bucket, history } = group;
    this.group = new KeptGroup(encodeGroup(group), this.keyholder.device, group);
    this.ring.put({ epoch, bucket, value: await exporterValue(group), from: "group" });
    const membership = fromRoster(this.data.membership, roster(group));
    this.data = { ...this.data, membership, history, rejoining: false };
  }

  private decode(item: Incoming): Envelope | null {
    try {
      // The body of content is hashed where it is opened.
      const envelope = item.raw[1] === ItemKind.content ? readEnvelope(item.raw) : decodeEnvelope(item.raw);
      return envelope.room === this.data.room ? envelope : null;
    } catch (error) {
      if (error instanceof MalformedError || error instanceof RangeError) return null;
      throw error;
    }
  }

  private async takeContent(run: (Incoming & { envelope: Envelope })[]): Promise<void> {
    const owners = await this.ownersOf(run.map((item) => item.envelope.device));
    const { firstEpoch } = this.data;
    const examinations = await examineAll(
      run.map(({ raw, envelope: { device, epoch } }) => ({
        raw,
        deviceKey: owners.get(device)?.listed.key ?? null,
        key: epoch >= firstEpoch && owners.has(device) ? this.ring.key(epoch) : null,
      })),
    );
    const proven = new Set(run.flatMap((item, at) => (isOpen(examinations[at]!) ? [item.envelope.epoch] : [])));
    for (const [at, item] of run.entries()) {
      const { whole, signed, opened, itemHash: hash } = examinations[at]!;
      if (!whole) return this.stopAt(item.number, "forged", NO_ITEM);
      const { epoch, device } = item.envelope;
      const owner = owners.get(device) ?? null;
      // A key that has opened nothing yet may itself be the wrong one: a bad grant, or a bad share from the server.
      const wrongKey = opened instanceof Refusal && opened.code === "item.commitment";
      const doubtful = wrongKey && !proven.has(epoch) && !this.log.hasOpened(epoch);
      this.placeContent({ ...item, owner, signed }, item.raw, hash, doubtful ? null : opened);
    }
  }

  private placeContent(examined: Examined, raw: Bytes, hash: Bytes, opened: Examination["opened"]): void {
    const { envelope, owner } = examined;
    const verdict = checkItem(examined, this.surroundings());
    const early = this.isRaced(envelope);
    const misplaced = early ? null : checkEpoch(envelope, this.data);
    const code = verdict.code ?? misplaced ?? (opened instanceof Refusal ? opened.code : null);
    if (verdict.problem) this.raise(verdict.problem);
    if (examined.signed) this.noteSequence(envelope);
    // Shown as somebody's words only once their changed key is acknowledged.
    const doubtful = owner !== null && !owner.accepted;
    const plaintext = opened instanceof Refusal || doubtful ? null : opened;
    const unread = early ? "earlier" : "sealed";
    const state = code === "replayed" ? "replayed" : code ? "refused" : plaintext ? "open" : unread;
    const account = examined.signed ? (owner?.account ?? null) : null;
    this.append(examined, raw, hash, {
      kind: "content",
      account,
      ...(account !== null && owner?.listed.kind === "interpreter" && { interpreter: true as const }),
      state,
      code,
      plaintext: state === "open" ? plaintext : null,
      change: null,
    });
  }

  /**
   * An item of an epoch from before this account was let in, raced by the commit that did: part of the chain, never to
   * be read. It stands before that commit or, as content of the epoch before, right behind it.
   */
  private isRaced({ epoch }: Envelope): boolean {
    return epoch < this.data.firstEpoch && epoch >= this.data.epoch - 1;
  }

  private async takeFounding(item: Incoming & { envelope: Envelope }): Promise<void> {
    const { envelope, number } = item;
    const owner = (await this.ownersOf([envelope.device])).get(envelope.device) ?? null;
    const signed = owner !== null && (await isSigned(envelope, owner));
    const own = this.pending?.item === envelope.item;
    const first = number === 1 && this.data.epoch === -1 && envelope.epoch === 0 && envelope.sequence === 1;
    if (!signed || !first || (own && !equal(this.pending!.raw, item.raw))) {
      this.stopAt(number, "forged", "the founding of the room is not what its founder signed");
      return;
    }
    const history = policyOf(envelope);
    if (history === null) {
      this.stopAt(number, "forged", "the founding says nothing that this client knows");
      return;
    }
    if (envelope.bucket > this.newestBucket) {
      this.stopAt(number, "commit-refused", `commit.bucket ${JSON.stringify({ bucket: envelope.bucket })}`);
      return;
    }
    const { account, listed } = owner;
    const seats = [{ account, device: listed.device, kind: listed.kind }];
    const membership = { seats, accounts: { [account]: { number: 0, head: this.data.head } } };
    this.data = { ...this.data, history, epoch: 0, bucket: envelope.bucket, membership };
    if (own) await this.adopt(await this.takePending());
    this.noteSequence(envelope);
    this.append({ ...item, signed }, item.raw, itemHash(envelope), {
      kind: "founding",
      account,
      ...(!owner.accepted && { doubtful: true }),
      state: "open",
      code: null,
      plaintext: null,
      change: null,
    });
  }

  private async takeCommit(item: Incoming & { envelope: Envelope }): Promise<void> {
    const { envelope, number } = item;
    const owner = (await this.ownersOf([envelope.device])).get(envelope.device) ?? null;
    const signed = owner !== null && (await isSigned(envelope, owner));
    const verdict = checkItem({ ...item, owner, signed }, this.surroundings());
    if (verdict.problem) this.raise(verdict.problem);
    const refused = verdict.code !== null && verdict.code !== "item.sequence";
    if (refused) {
      const state = verdict.code === "replayed" ? "replayed" : "refused";
      this.append({ ...item, signed }, item.raw, itemHash(envelope), {
        kind: "commit",
        account: null,
        state,
        code: verdict.code,
        plaintext: null,
        change: null,
      });
      return;
    }
    try {
      await this.followCommit(item, owner!);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.stopAt(number, "commit-refused", `${error.code} ${JSON.stringify(error.detail)}`);
    }
  }

  private async followCommit(item: Incoming & { envelope: Envelope }, owner: ListedOwner): Promise<void> {
    const { envelope, number } = item;
    const { account } = owner;
    // Whose clock the server has put years ahead would end the daily change of keys for everybody.
    if (envelope.bucket > this.newestBucket) throw new Refusal("commit.bucket", { bucket: envelope.bucket });
    const inspected = (await later()).inspectCommit(envelope);
    await this.meetAdded(inspected.added, inspected.removedLeaves);
    if (inspected.going.includes(account)) throw new Refusal("commit.going", { account });
    const next = await this.nextGroup(item, inspected.committerLeaf);
    const base = { number: envelope.seenNumber, head: envelope.seenHead };
    const { membership, added, removed } = afterCommit(this.data.membership, inspected, base);
    const { bucket: previousBucket } = this.data;
    const history = inspected.history ?? this.data.history;
    this.data = {
      ...this.data,
      membership,
      history,
      epoch: envelope.epoch + 1,
      bucket: envelope.bucket,
      previousBucket,
    };
    this.noteSequence(envelope);
    this.append({ ...item, signed: true }, item.raw, itemHash(envelope), {
      kind: "commit",
      account,
      ...(!owner.accepted && { doubtful: true }),
      state: "open",
      code: null,
      plaintext: null,
      change: { added, removed },
    });
    this.commits.push(number);
    if (next) await this.adopt(next);
    else this.group = null;
    this.noteStanding(added, removed);
    if (!next && this.invitation?.number === number) await this.join(envelope);
  }

  /** The group after a commit: none for a device outside of it, or one that the commit puts out. */
  private async nextGroup(
    { envelope, raw }: Incoming & { envelope: Envelope },
    committerLeaf: number,
  ): Promise<Group | null> {
    const group = await this.readGroup();
    // The same bytes: somebody else's commit under the same id leads into another epoch than the own one.
    if (group && this.pending && equal(this.pending.raw, raw)) return this.takePending();
    if (group) return (await (await later()).processCommit(group, envelope, this.people)).next;
    const seat = this.data.membership.seats?.[committerLeaf];
    if (envelope.epoch !== this.data.epoch)
      throw new Refusal("commit.other_epoch", { epoch: envelope.epoch, due: this.data.epoch });
    if (envelope.bucket < this.data.bucket) throw new Refusal("commit.bucket", { bucket: envelope.bucket });
    if (seat !== undefined && seat?.device !== envelope.device)
      throw new Refusal("commit.other_sender", { leaf: committerLeaf });
    return null;
  }

  private async takePending(): Promise<Group> {
    const group = (await later()).decodeGroup(this.pending!.group, this.keyholder.device);
    this.pending = null;
    return group;
  }

  private async readGroup(): Promise<Group | null> {
    const group = (await this.group?.read()) ?? null;
    if (!group) this.group = null;
    return group;
  }

  /** A leaf must be listed by its account; the newest lists also tell whether a removed device had been revoked. */
  private async meetAdded(
    added: readonly { account: Id; device: Id; key: Uint8Array }[],
    removedLeaves: readonly number[],
  ): Promise<void> {
    const gone = removedLeaves.flatMap((leaf) => this.data.membership.seats?.[leaf]?.account ?? []);
    const unlisted = added
      .filter(({ account, device }) => !this.people.device(account, device))
      .map(({ account }) => account);
    await this.people.refresh([...gone, ...unlisted]);
    for (const { account, device, key } of added) {
      const listed = this.people.device(account, device);
      if (!listed || !equal(listed.key, key)) throw new Refusal("leaf.unlisted", { account, device });
    }
  }

  private async ownersOf(devices: readonly Id[]): Promise<Map<Id, ListedOwner>> {
    const accounts = new Set([
      ...Object.keys(this.data.membership.accounts),
      ...this.data.members.map((member) => member.account),
    ]);
    const wanted = [...new Set(devices)];
    await this.people.ensure(accounts);
    const missing = wanted.filter((device) => !this.people.owner(device, accounts));
    if (missing.length > 0) await this.people.refresh(accounts);
    if (missing.some((device) => !this.people.owner(device, accounts))) {
      // A former member's, or nobody's.
      await this.keyholder.meet(missing);
      for (const account of this.people.accounts()) accounts.add(account);
    }
    const owners = new Map<Id, ListedOwner>();
    for (const device of wanted) {
      const owner = this.people.owner(device, accounts);
      if (owner) owners.set(device, owner);
    }
    return owners;
  }

  private surroundings() {
    return {
      data: this.data,
      numberOf: (item: Id) => this.numbers.get(item) ?? this.log.numberOf(item),
      headAt: (number: number) => {
        const { base } = this.data;
        if (base && number === base.number) return base.head;
        return this.heads.get(number) ?? this.log.row(number)?.head;
      },
    };
  }

  private noteSequence({ device, sequence }: Envelope): void {
    this.data.sequences[device] = Math.max(this.data.sequences[device] ?? 0, sequence);
  }

  private append(
    { number, at_ms, envelope, signed }: { number: number; at_ms: number; envelope: Envelope; signed: boolean },
    raw: Bytes,
    hash: Bytes,
    fields: Pick<Row, "kind" | "account" | "doubtful" | "interpreter" | "state" | "code" | "plaintext" | "change">,
  ): void {
    const head = nextHead(this.data.head, number, hash);
    const { device, item, epoch } = envelope;
    this.rows.push({ number, at_ms, device, item, epoch, head, ...fields });
    this.raws.push([number, raw]);
    this.heads.set(number, head);
    // What nobody signed takes neither an item's id nor its place among what waits to be sent.
    if (signed && fields.state !== "replayed") {
      this.numbers.set(item, number);
      if (device === this.keyholder.device.device) this.arrived.push(item);
    }
    this.data = { ...this.data, number, head };
  }

  /** Whether this account is in after a commit. What comes behind its removal is from after it was let in again. */
  private noteStanding(added: readonly Id[], removed: readonly Id[]): void {
    const { account } = this.keyholder.device;
    if (added.includes(account)) this.data = { ...this.data, standing: "member" };
    if (!removed.includes(account)) return;
    this.data = { ...this.data, standing: "removed" };
    this.group = null;
    this.pending = null;
  }

  private raise(problem: RoomProblem): void {
    this.data = raised(this.data, problem, this.now_ms);
  }

  private stopAt(number: number, kind: RoomProblem["kind"], evidence: string): void {
    this.data = stoppedBy(this.data, { kind, number, evidence }, this.now_ms);
  }
}

function isOpen({ signed, opened }: Examination): boolean {
  return signed && opened instanceof Uint8Array;
}

/** The policy in a founding, or null for what is none. */
function policyOf(envelope: Envelope): string | null {
  try {
    return parseFoundingBody(envelope.body, envelope.room).history;
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

async function isSigned(envelope: Envelope, owner: ListedOwner): Promise<boolean> {
  try {
    await verifyItem(envelope, owner.listed.key);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
