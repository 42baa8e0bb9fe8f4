// Making commits: who comes, who goes, a new day. One at a time in a room, and never beside an own item in doubt.
//
//   plan ─▶ build ──keep "pending"──▶ send ──accepted──▶ the record brings it; its state counts
//                                      │ outrun: another was first ─▶ forget it, process the winner, plan anew
//                                      │ refused ─▶ forget it, say so
//                                      │ no answer ─▶ it stays pending: the same bytes again when the server is back

import { commit as makeCommit, type Pending } from "../e2ee/commit.ts";
import { encodeGroup, type Group } from "../e2ee/group.ts";
import { readKeyPackage } from "../e2ee/keypackage.ts";
import { signItem } from "../e2ee/record.ts";
import { Refusal } from "../e2ee/refusal.ts";
import { b64, type Bytes, unb64 } from "../wire/bytes.ts";
import { bucketOf, ItemKind } from "../wire/envelope.ts";
import { type Id, newId } from "../wire/ids.ts";
import type { Place, RoomAnswer } from "./answers.ts";
import { depositsFor } from "./deposits.ts";
import { hasCode, judged, MemberError } from "./failure.ts";
import type { Host } from "./host.ts";
import { isPassing } from "./http.ts";
import { seatOf } from "./membership.ts";
import { accountsAfter, type Plan, planCommit, type Wish } from "./plans.ts";
import type { Room } from "./room.ts";
import type { PendingChange } from "./roomdata.ts";

const ATTEMPTS = 8;
const COMMIT_MS = 60_000;
/** Answers that mean: another item was first, or this browser is behind. */
const OUTRUN = ["room.epoch_taken", "item.sequence", "item.stale_epoch", "item.conflict"];

export class Commits {
  private readonly room: Room;
  private readonly host: Host;
  /** Claimed and not used, because a commit was outrun: they are single-use at the server. */
  private readonly claimed = new Map<Id, Bytes>();

  constructor(room: Room, host: Host) {
    this.room = room;
    this.host = host;
  }

  /**
   * Make the change, against whatever others do at the same time; false if nothing was to be done. Call in the
   * room's turn.
   */
  async make(wish: Wish): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await this.settle();
      const answer = await this.host.http.get<RoomAnswer>(`/api/rooms/${this.room.id}`);
      await this.room.hear(answer);
      if (this.room.data.number < answer.number) await this.room.sync();
      // Its welcome may have come since it was asked for last.
      if (!this.room.group) await this.room.lookForWelcome();
      await this.inside();
      const wanted = await planCommit(this.host, this.room.data.membership, wish, answer);
      const packages = await this.packages(wanted);
      const plan = feasible(wanted, packages);
      const changes = plan.add.length + plan.remove.length + plan.going.length > 0;
      // A device that can not be let in yet holds up nothing else, least of all a new day's key.
      if (changes || (wish.rotate && this.room.needsCommit())) {
        const pending = await this.room.serial.run(() => this.build(plan, packages, answer));
        // Once sent, a package may be used up, whatever is heard of it; only who was outrun has it still.
        if (pending) for (const device of packages.keys()) this.claimed.delete(device);
        if (pending && (await this.finish(pending))) return true;
        for (const [device, raw] of packages) this.claimed.set(device, raw);
      } else {
        const missed = wish.addAccounts?.find((account) => wanted.add.some((one) => one.account === account));
        if (missed === undefined) return false;
        throw new MemberError("person.no_device", { account: missed });
      }
    }
    throw new MemberError("commit.lost");
  }

  /** Bring what is pending to an end: in the record, or refused and forgotten. Rejects while that can not be known. */
  async settle(): Promise<void> {
    if (this.room.pending?.kind === "commit") await this.room.sync();
    if (this.room.pending) await this.finish(this.room.pending);
  }

  /** Send what is pending; false if others were faster. */
  async finish({ kind, request, raw }: PendingChange): Promise<boolean> {
    const { room, host } = this;
    const path = kind === "founding" ? "/api/rooms" : `/api/rooms/${room.id}/commits`;
    const sequence = room.nextSequence();
    try {
      const place = await host.http.post<Place>(path, request, { timeout_ms: COMMIT_MS, idempotent: true });
      await room.accept(place, raw);
      return true;
    } catch (error) {
      if (!(error instanceof MemberError) || isPassing(error)) throw error;
      await this.forget();
      if (!hasCode(judged(error, sequence), ...OUTRUN)) throw judged(error, sequence);
      await room.sync();
      return false;
    }
  }

  private async forget(): Promise<void> {
    await this.room.serial.run(async () => {
      await this.host.store.put(`pending:${this.room.id}`, undefined);
      this.room.pending = null;
    });
  }

  private async inside(): Promise<Group> {
    const { data } = this.room;
    if (data.standing === "removed") throw new MemberError("room.removed");
    if (data.problem) throw new MemberError("room.blocked", { problem: data.problem.kind });
    const group = await this.room.readGroup();
    if (!group) throw new MemberError("room.not_joined");
    return group;
  }

  /** Key packages of the devices to add; a device without a usable one stays out until it has one. */
  private async packages(plan: Plan): Promise<Map<Id, Bytes>> {
    const missing = plan.add.map(({ device }) => device).filter((device) => !this.claimed.has(device));
    if (missing.length > 0) {
      const answer = await this.host.http.post<{ packages: Record<Id, string> }>("/api/key-packages/claim", {
        devices: missing,
      });
      for (const [device, text] of Object.entries(answer.packages)) this.claimed.set(device, unb64(text));
    }
    const usable = new Map<Id, Bytes>();
    for (const { account, device } of plan.add) {
      const raw = this.claimed.get(device);
      if (!raw) continue;
      if (await this.isUsable(raw, account, device)) usable.set(device, raw);
      else this.claimed.delete(device);
    }
    return usable;
  }

  /** Whether a package lets this device in. One member's bad package must not stop everybody's commits. */
  private async isUsable(raw: Bytes, account: Id, device: Id): Promise<boolean> {
    try {
      const owner = await readKeyPackage(raw, this.host.people, Math.floor(this.host.now_ms() / 1000));
      return owner.account === account && owner.device === device;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  /** Make, sign and keep the commit; null if the group has moved on since it was planned. */
  private async build(plan: Plan, packages: Map<Id, Bytes>, answer: RoomAnswer): Promise<PendingChange | null> {
    const { room, host } = this;
    const group = await this.inside();
    const { membership, number, head } = room.data;
    if (group.epoch !== answer.epoch || plan.remove.some((device) => !seatOf(membership, device))) return null;
    const { add, remove } = plan;
    const accounts = this.accounts(plan, answer);
    const bucket = Math.max(group.bucket, bucketOf(host.now_ms()));
    const change = {
      add: add.map(({ device }) => packages.get(device)!),
      remove,
      going: plan.going,
      bucket,
      seenNumber: number,
      seenHead: head,
    };
    const made = await makeCommit(group, change, host.people, Math.floor(host.now_ms() / 1000));
    const item = newId();
    const raw = await this.sign(made, item, group.epoch, bucket);
    const request = {
      envelope: b64(raw),
      added: add,
      removed: remove,
      welcome: made.welcome && b64(made.welcome),
      grants: await depositsFor(room, host, made.next, accounts, { number, head }),
    };
    const pending: PendingChange = { kind: "commit", item, raw, request, group: encodeGroup(made.next) };
    await host.store.put(`pending:${room.id}`, pending);
    room.pending = pending;
    return pending;
  }

  /**
   * Who gets a grant: who is in the group and, says the server, a member. Nobody whose changed key is not
   * acknowledged.
   */
  private accounts(plan: Plan, answer: RoomAnswer): Id[] {
    const members = new Set([...answer.members.map((member) => member.account), ...plan.add.map((one) => one.account)]);
    const accounts = [...accountsAfter(this.room.data.membership, plan)].filter((account) => members.has(account));
    for (const account of accounts) this.host.people.requireSound(account);
    return accounts;
  }

  private sign(made: Pending, item: Id, epoch: number, bucket: number): Promise<Bytes> {
    const { room } = this;
    const { device, key } = this.host.keyholder.device;
    const place = { room: room.id, device, sequence: room.nextSequence(), item };
    const seen = { seenNumber: room.data.number, seenHead: room.data.head };
    return signItem({ kind: ItemKind.commit, epoch, bucket, ...place, ...seen }, made.body, key);
  }
}

/** What of a plan can be done with these packages: whoever asked to rejoin and has none stays as it is. */
function feasible(plan: Plan, packages: ReadonlyMap<Id, Bytes>): Plan {
  const add = plan.add.filter(({ device }) => packages.has(device));
  const remove = plan.remove.filter((device) => packages.has(device) || !plan.add.some((one) => one.device === device));
  return { ...plan, add, remove };
}
