// Sending what waits in a room: one item in flight, in order, across bad networks and other people's commits.
//
// | the server says            | then                                                                       |
// |----------------------------|----------------------------------------------------------------------------|
// | a number                   | the record brings it; it is done                                           |
// | nothing, or come later     | the same bytes again, after a pause or when the connection is back         |
// | stale epoch, sequence, …   | look whether it stands in the record; if not, seal anew (same item id)     |
// | the record is another one  | alarm: fork; nothing more is sent in this room                             |
// | anything else              | failed; the person decides                                                 |

import { sealContent } from "../e2ee/record.ts";
import { hex } from "../wire/bytes.ts";
import type { Id } from "../wire/ids.ts";
import type { RoomAnswer } from "./answers.ts";
import type { Commits } from "./commits.ts";
import type { Content } from "./content.ts";
import { hasCode, judged, MemberError, toFailure } from "./failure.ts";
import type { Host } from "./host.ts";
import { backoff_ms, isPassing } from "./http.ts";
import { later } from "./loading.ts";
import type { Out } from "./outgoing.ts";
import type { Wish } from "./plans.ts";
import type { Room } from "./room.ts";
import { Gathered, Serial } from "./serial.ts";

const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** How often the lists are looked at again when they could not be worked off, and after which first pause. */
const TEND_ROUNDS = 6;
const TEND_PAUSE_MS = 500;
const UNSENT = ["item.stale_epoch", "item.sequence", "item.conflict", "room.epoch_taken"];

export class Sender {
  private readonly room: Room;
  private readonly host: Host;
  private made: Commits | null = null;
  /** Content and commits share the device's sequence, so they take turns. */
  private readonly turn = new Serial();
  private readonly pumping = new Gathered(() => this.sendAll());
  private timer: ReturnType<typeof setTimeout> | undefined;
  private tendTimer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;

  constructor(room: Room, host: Host) {
    this.room = room;
    this.host = host;
  }

  /** Keep `content` and send it as soon as may be. MemberError if it never could be. */
  async add(content: Content): Promise<Id> {
    const gate = this.room.gate();
    if (gate && !gate.passing) throw new MemberError(gate.code);
    const out = await this.room.outgoing.add(content, this.host.now_ms(), this.host.ledger.word());
    this.shown();
    this.pump();
    return out.item;
  }

  async retry(item: Id): Promise<void> {
    await this.room.outgoing.change(this.room.outgoing.find(item), { failure: null });
    this.shown();
    this.pump();
  }

  async discard(item: Id): Promise<void> {
    await this.room.outgoing.discard(item);
    this.shown();
  }

  /** Send what waits; safe to call at any time. */
  pump(): void {
    void this.host.quietly(() => this.pumping.run());
  }

  /** Resolves when everything that could be sent now was sent. */
  async idle(): Promise<void> {
    await this.host.quietly(() => this.pumping.run());
  }

  /** Change who is in the room. */
  change(wish: Wish): Promise<boolean> {
    return this.turn.run(async () => (await this.commits()).make(wish));
  }

  /** Send what a room begins with, kept as pending. */
  found(): Promise<void> {
    return this.turn.run(() => this.settle());
  }

  /** Do what the server's lists ask for, unless somebody else has done it after a moment of patience. */
  tend(answer: Pick<RoomAnswer, "wanting">, round = 0): void {
    if (!this.isWanted(answer) || this.tendTimer !== undefined || round > TEND_ROUNDS) return;
    const later_ms = round === 0 ? 0 : TEND_PAUSE_MS * 2 ** (round - 1);
    this.tendTimer = setTimeout(() => {
      this.tendTimer = undefined;
      void this.host.quietly(() => this.host.inBackground(() => this.tendNow(round)));
    }, this.host.patience_ms() + later_ms);
  }

  private isWanted({ wanting }: Pick<RoomAnswer, "wanting">): boolean {
    const wanted = wanting.add.length + wanting.remove.length + wanting.rejoin.length > 0;
    const { group, data } = this.room;
    return wanted && group !== null && data.role !== "observer" && !data.problem;
  }

  private async tendNow(round: number): Promise<void> {
    if (!this.host.online()) return;
    await this.change({});
    // A device that has just been listed may not have offered its key packages yet.
    this.tend(await this.host.http.get<RoomAnswer>(`/api/rooms/${this.room.id}`), round + 1);
  }

  /** Look after the own grants of the epochs from `epoch` on. */
  mend(epoch: number): void {
    const mending = () =>
      this.host.inBackground(async () => (await later()).mendOwnGrants(this.room, this.host, epoch));
    setTimeout(() => void this.host.quietly(mending), this.host.patience_ms());
  }

  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.tendTimer);
  }

  private async commits(): Promise<Commits> {
    const { Commits } = await later();
    return (this.made ??= new Commits(this.room, this.host));
  }

  private async settle(): Promise<void> {
    if (this.room.pending) await (await this.commits()).settle();
  }

  private async sendAll(): Promise<void> {
    clearTimeout(this.timer);
    for (let out = this.next(); out; out = this.next()) {
      const gate = this.room.gate();
      if (gate?.passing) return;
      try {
        if (gate) throw new MemberError(gate.code);
        await this.turn.run(() => this.send(out!.item));
        this.failures = 0;
      } catch (error) {
        if (isPassing(error)) return this.later(error);
        await this.fail(out.item, toFailure(error).code);
      }
    }
    if (this.room.pending && this.host.online()) await this.turn.run(() => this.settle());
  }

  private next(): Out | undefined {
    return this.host.online() ? this.room.outgoing.firstWaiting() : undefined;
  }

  private async send(item: Id): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const waiting = this.room.outgoing.all().find((out) => out.item === item);
      if (!waiting) return;
      // An own item in doubt comes before any commit: both would take the same sequence number.
      if (!waiting.raw) await this.settle();
      if (!waiting.raw && this.room.needsCommit()) await (await this.commits()).make({ rotate: true });
      const out = waiting.raw ? waiting : await this.seal(waiting);
      if (!out) return;
      const sequence = this.room.nextSequence();
      try {
        const place = await this.host.submit(this.room, out.raw!);
        await this.room.accept(place, out.raw!);
        return;
      } catch (error) {
        await this.refused(out, judged(error, sequence));
      }
    }
    throw new MemberError("commit.lost");
  }

  /** Returns if the item is to be tried again; rejects if it is not. */
  private async refused(out: Out, error: unknown): Promise<void> {
    if (hasCode(error, "record.fork")) {
      const { room } = this;
      await room.serial.run(async () => {
        const { number, head } = room.data;
        const evidence = `the server does not know head ${hex(head)} at ${number}`;
        await room.raise({ kind: "fork", number, evidence });
      });
    }
    if (!hasCode(error, ...UNSENT)) throw error;
    await this.room.sync();
    const still = this.room.outgoing.all().find((other) => other.item === out.item);
    if (!still) return;
    await this.room.outgoing.change(still, { raw: null });
    const expected = error.detail["expected"];
    if (error.code === "item.sequence" && typeof expected === "number") await this.trustSequence(expected);
  }

  /** Where the record is read from the middle, only the server can say how many items this device has sent before. */
  private trustSequence(expected: number): Promise<void> {
    const { device } = this.host.keyholder.device;
    const { room } = this;
    return room.serial.run(async () => {
      const { data } = room;
      if (data.sequences[device] !== undefined || data.base?.number === 0) return;
      await room.replace({ ...data, sequences: { ...data.sequences, [device]: expected - 1 } });
    });
  }

  /** Seal an item under the newest epoch and keep it so; null if it may not be sent now. */
  private seal(waiting: Out): Promise<Out | null> {
    return this.room.serial.run(async () => {
      const { room } = this;
      const gate = room.gate();
      if (gate && !gate.passing) throw new MemberError(gate.code);
      await room.ensureShares([room.data.bucket]);
      const key = room.ring.key(room.data.epoch);
      if (gate || !key) return null;
      const { device, key: signer } = this.host.keyholder.device;
      const { number: seenNumber, head: seenHead } = room.data;
      const place = { device, sequence: room.nextSequence(), item: waiting.item, seenNumber, seenHead };
      const raw = await sealContent(key, place, waiting.plaintext, signer);
      return room.outgoing.change(waiting, { raw });
    });
  }

  private async fail(item: Id, code: string): Promise<void> {
    const out = this.room.outgoing.all().find((other) => other.item === item);
    if (!out) return;
    await this.room.outgoing.change(out, { failure: code });
    this.shown();
  }

  private later(error: unknown): void {
    this.failures++;
    // A full bucket says when it has room again.
    const said = hasCode(error, "request.too_many") ? error.detail["wait_ms"] : null;
    const wait_ms = typeof said === "number" ? said : backoff_ms(this.failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.timer = setTimeout(() => this.pump(), Math.min(wait_ms, LONGEST_PAUSE_MS));
  }

  private shown(): void {
    this.room.timeline.setWaiting([...this.room.outgoing.all()]);
    this.host.roomChanged(this.room, [], []);
  }
}
