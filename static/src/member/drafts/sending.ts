// Sending what waits in one stream of a draft: one item in flight, in order, across bad networks and others' items.
//
// | the server says              | then                                                                       |
// |------------------------------|----------------------------------------------------------------------------|
// | a number                     | the stream brings it; it is done                                           |
// | nothing, or come later       | the same bytes again, after a pause or when the connection is back         |
// | stale epoch, sequence, …     | look whether it stands in the stream; if not, seal anew (same item id)     |
// | the stream is another one    | alarm: fork; nothing more is sent to this draft (answers.ts)               |
// | snapshot taken, countersign  | somebody else was first: forgotten                                         |
// | anything else                | failed; tried again when rights or the room change                         |

import { makeDraftItem } from "../../e2ee/draft.ts";
import { b64, type Bytes, hex, unb64 } from "../../wire/bytes.ts";
import { DRAFT_SUBMIT } from "../../wire/events.ts";
import { DraftItemKind } from "../../wire/drafts/streams.ts";
import { hasCode, judged, MemberError, toFailure } from "../failure.ts";
import { backoff_ms, isPassing } from "../http.ts";
import type { Sender } from "../sender.ts";
import { Gathered } from "../serial.ts";
import type { Socket } from "../socket.ts";
import type { Out } from "./outgoing.ts";
import { isSnapshot } from "./rows.ts";
import { draftPath, type DraftAck } from "./serving.ts";
import type { DraftStream } from "./stream.ts";
import type { Works } from "./works.ts";

/** How long an edit waits for the next keystroke. */
export const COALESCE_MS = 400;
const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** Beyond this an item goes by HTTP: a socket has a limit for one message, and others wait behind it. */
const SOCKET_MAX_BYTES = 65_536;
const SUBMIT_MS = 60_000;
const UNSENT = ["item.stale_epoch", "item.sequence", "item.conflict", "draft.behind"];
const OUTRUN = ["draft.snapshot_taken", "draft.countersign"];

/** What is sent of a stream. */
export interface Sendable extends DraftStream {
  /** Whether everything that an edit says is in the document already. */
  holds?(update: Uint8Array | null): boolean;
  /** The plaintext of a snapshot of the stream as it is, or null if none can be made. Call in its turn. */
  snapshot?(): Bytes | null | Promise<Bytes | null>;
}

export class DraftSender {
  private readonly stream: Sendable;
  private readonly works: Works;
  private readonly socket: Socket;
  private readonly roomSender: Sender;
  private readonly pumping = new Gathered(() => this.sendAll());
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private flushing = false;
  private stopped = false;

  constructor(stream: Sendable, works: Works, socket: Socket, roomSender: Sender) {
    this.stream = stream;
    this.works = works;
    this.socket = socket;
    this.roomSender = roomSender;
  }

  /** Send what waits; safe to call at any time. */
  pump(): void {
    if (!this.stopped) void this.works.host.quietly(() => this.pumping.run());
  }

  /** Resolves when everything that can be sent now was sent, without waiting for the next keystroke. */
  async flush(): Promise<void> {
    this.flushing = true;
    try {
      await this.works.host.quietly(() => this.pumping.run());
    } finally {
      this.flushing = false;
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async sendAll(): Promise<void> {
    clearTimeout(this.timer);
    for (let out = this.next(); out; out = this.next()) {
      try {
        const gate = this.gate();
        if (gate?.passing) return;
        if (gate) throw new MemberError(gate.code);
        await this.send(out);
        this.failures = 0;
      } catch (error) {
        if (isPassing(error)) return this.later(error);
        await this.fail(out, toFailure(error).code);
      }
    }
  }

  /** An observer of the room may have rights in a draft. */
  private gate(): { code: string; passing: boolean } | null {
    if (this.stream.data.stopped || this.works.blocked) return { code: "room.blocked", passing: true };
    return this.works.room.gate(true);
  }

  private next(): Out | undefined {
    if (this.stopped || !this.works.host.online() || this.stream.waiting) return undefined;
    const [out, behind] = this.works.outgoing.all(this.stream.name).filter(({ failure }) => failure === null);
    if (out?.kind !== DraftItemKind.update || out.raw || behind || this.flushing) return out;
    const wait_ms = out.created_ms + COALESCE_MS - this.works.host.now_ms();
    if (wait_ms <= 0 || wait_ms > COALESCE_MS) return out;
    this.timer = setTimeout(() => this.pump(), wait_ms);
    return undefined;
  }

  private async send({ item }: Out): Promise<void> {
    const { works, stream } = this;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const waiting = works.outgoing.find(item);
      if (!waiting) return;
      if (!waiting.raw && works.room.needsCommit()) await this.roomSender.change({ rotate: true });
      const out = waiting.raw ? waiting : await stream.serial.run(() => this.seal(waiting));
      if (!out) return;
      const sequence = stream.nextSequence;
      try {
        const ack = await this.submit(out.raw!);
        return await this.accept(out, ack);
      } catch (error) {
        if (await this.refused(out, judged(error, sequence))) return;
      }
    }
    throw new MemberError("commit.lost");
  }

  private submit(raw: Bytes): Promise<DraftAck> {
    const { works } = this;
    if (raw.length <= SOCKET_MAX_BYTES)
      return this.socket.call<DraftAck>(DRAFT_SUBMIT, works.room.id, works.draft, b64(raw));
    const options = { timeout_ms: SUBMIT_MS, idempotent: true };
    return works.host.http.sendBytes<DraftAck>("POST", `${draftPath(works)}/items`, raw, options);
  }

  /**
   * The server acknowledged an item: take it in, and compare heads. It is done once it stands in the stream, or in what
   * a snapshot holds; an acknowledgement alone is nothing.
   */
  private async accept(out: Out, ack: DraftAck): Promise<void> {
    const { stream, works } = this;
    const { number, at_ms, head, receipt = null } = ack;
    if (receipt !== null) await works.outgoing.change(out.item, { taken: { number, at_ms, head, receipt } });
    await stream.receive({ number, at_ms, raw: out.raw!, receipt });
    if (stream.data.number < number) await stream.sync();
    if (stream.ownNumber(out.item) === undefined && !stream.waiting) {
      if (!stream.holds?.(out.plaintext)) await this.missing(out, number);
      await works.outgoing.discard(out.item);
    }
    await stream.checkHead({ number, head: unb64(head, 32) });
    works.changed();
  }

  /** Rejects so that it is tried again later: it may have been the connection's fault. */
  private async missing({ item, raw }: Out, number: number): Promise<never> {
    const { stream, works } = this;
    const evidence = `item ${item} was acknowledged as ${number}, where it does not stand`;
    const problem = { kind: "dropped", stream: stream.name, number, account: null, evidence } as const;
    await works.host.store.write(works.alarm(problem, raw));
    throw new MemberError("server.fault", { reason: "acknowledged and not there" });
  }

  /** False if the item is to be tried again, true if it is not needed any more; rejects if it failed. */
  private async refused(out: Out, error: unknown): Promise<boolean> {
    const { stream, works } = this;
    if (hasCode(error, ...OUTRUN)) {
      await works.outgoing.discard(out.item);
      await stream.sync();
      return true;
    }
    if (hasCode(error, "record.fork")) {
      const { number, head } = stream.data;
      const evidence = `the server does not know head ${hex(head)} at ${number}`;
      const problem = { kind: "fork", stream: stream.name, number, account: null, evidence } as const;
      await works.host.store.write(works.alarm(problem, out.raw));
    }
    if (!hasCode(error, ...UNSENT)) throw error;
    await works.room.sync();
    if (error.code === "draft.behind") await works.reach();
    await stream.sync();
    const still = works.outgoing.find(out.item);
    if (!still) return true;
    await works.outgoing.change(still.item, { raw: null });
    const expected = error.detail["expected"];
    if (error.code === "item.sequence" && typeof expected === "number") await this.stream.trustSequence(expected);
    return false;
  }

  /** Seal an item under the newest epoch and keep it so; null if it may not be sent now. Call in the stream's turn. */
  private async seal(waiting: Out): Promise<Out | null> {
    const { works, stream } = this;
    const { room, host } = works;
    const plaintext = isSnapshot(waiting.kind) ? ((await stream.snapshot?.()) ?? null) : waiting.plaintext;
    await room.ensureShares([room.data.bucket]);
    const key = room.ring.key(room.data.epoch);
    if (this.gate() || !key) return null;
    if (!plaintext) throw new MemberError("draft.malformed");
    const { device, key: signer } = host.keyholder.device;
    const { number: seenNumber, head: seenHead } = stream.data;
    const { kind, item } = waiting;
    const place = { kind, draft: works.draft, stream: stream.wire, device, item, seenNumber, seenHead };
    const raw = await makeDraftItem(key, { ...place, sequence: stream.nextSequence }, plaintext, signer);
    const kept = await works.outgoing.seal(waiting, raw);
    if (kept) return kept;
    const grown = works.outgoing.find(item);
    return grown ? this.seal(grown) : null;
  }

  private async fail(out: Out, code: string): Promise<void> {
    const { outgoing } = this.works;
    const still = outgoing.find(out.item);
    if (!still) return;
    // Nobody waits for a snapshot.
    if (out.kind === DraftItemKind.snapshot || out.kind === DraftItemKind.countersign) await outgoing.discard(out.item);
    else await outgoing.change(still.item, { failure: code });
    this.works.changed();
  }

  private later(error: unknown): void {
    this.failures++;
    const said = hasCode(error, "request.too_many") ? error.detail["wait_ms"] : null;
    const wait_ms = typeof said === "number" ? said : backoff_ms(this.failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.timer = setTimeout(() => this.pump(), Math.min(wait_ms, LONGEST_PAUSE_MS));
  }
}
