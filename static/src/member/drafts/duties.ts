// What this client does for all: snapshots when they are due, and confirming those of others.
//
// | a stream needs a snapshot when                                             | after       |
// |-----------------------------------------------------------------------------|-------------|
// | somebody came into the room or went since its newest one, or a later edit is of before that | 0–5 s |
// | 500 edits, or 256 KB of them, came since                                    | 0–5 s       |
// | the newest one is not what it shortens: who comes later must not believe it  | 0–5 s       |
//
// A snapshot found equal is confirmed after 0–3 s by who is of another delegation than its author; by others later, in
// case that there is nobody else: the server says so.

import { unb64 } from "../../wire/bytes.ts";
import { countersignBody } from "../../wire/drafts/countersign.ts";
import { includes } from "../../wire/drafts/rights.ts";
import { DraftItemKind } from "../../wire/drafts/streams.ts";
import type { ActStream } from "./actstream.ts";
import type { DocumentStream } from "./documentstream.ts";
import type { DraftSender } from "./sending.ts";
import type { SnapshotInfo } from "./rows.ts";
import type { Works } from "./works.ts";

const EDITS_MAX = 500;
const EDIT_BYTES_MAX = 262_144;
/** Of Host.patience_ms(), which is 0–3 s: 0–5 s. */
const PATIENCE_FACTOR = 5 / 3;
const LAST_RESORT_MS = 4_000;
const ANSWERS_MAX = 3;

type Shortened = DocumentStream | ActStream;

export interface DutyParts {
  works: Works;
  /** The epoch since which nobody has come into the room or gone. */
  newestEntry: () => number;
  streams: () => Iterable<[Shortened, DraftSender]>;
}

export class Duties {
  private readonly parts: DutyParts;
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** How often a false snapshot was answered by a true one: two programs that disagree must not do so for ever. */
  private answered = 0;
  private readonly countersigned = new Set<string>();

  constructor(parts: DutyParts) {
    this.parts = parts;
  }

  /** Look what is due; safe to call at any time. */
  tend(): void {
    const { works } = this.parts;
    const { account } = works.host.keyholder.device;
    if (!works.host.online() || !includes(works.tables.authorNow(account, false).right, "comment")) return;
    for (const [stream, sender] of this.parts.streams()) {
      if (this.isDue(stream))
        this.schedule(`${stream.name} snapshot`, PATIENCE_FACTOR, 0, () => this.shorten(stream, sender));
      const open = this.unconfirmed(stream);
      if (open) this.confirmLater(open, stream, sender);
    }
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private isDue(stream: Shortened): boolean {
    const { data, rows } = stream;
    if (data.stopped || data.number === 0 || rows.length === 0) return false;
    const newest = data.snapshots.findLast(({ verdict }) => verdict !== "different");
    const last = data.snapshots.at(-1);
    if (last?.verdict === "different" && data.whole && this.answered < ANSWERS_MAX) return true;
    const entry = this.parts.newestEntry();
    const since = rows.filter(({ number, kind, state }) => {
      return number > (newest?.through ?? data.base.number) && state === "open" && isContent(kind);
    });
    if (newest ? newest.epoch < entry : since.some(({ epoch }) => epoch < entry)) return true;
    if (newest && since.some(({ epoch }) => epoch < entry)) return true;
    const bytes = since.reduce((sum, { raw }) => sum + raw.length, 0);
    return stream.name !== "acts" && (since.length >= EDITS_MAX || bytes >= EDIT_BYTES_MAX);
  }

  private async shorten(stream: Shortened, sender: DraftSender): Promise<void> {
    const { works } = this.parts;
    const waits = works.outgoing.all(stream.name).some(({ kind }) => kind === DraftItemKind.snapshot);
    if (waits || !this.isDue(stream)) return;
    if (stream.data.snapshots.at(-1)?.verdict === "different") this.answered++;
    const made = await stream.serial.run(async () => (await stream.snapshot()) !== null);
    if (!made) return;
    await works.outgoing.add(
      { stream: stream.name, kind: DraftItemKind.snapshot, plaintext: null },
      works.host.now_ms(),
    );
    sender.pump();
  }

  /** The newest snapshot, if it was found equal here and nobody far enough away has said so. */
  private unconfirmed(stream: Shortened): SnapshotInfo | null {
    const newest = stream.data.snapshots.at(-1);
    return newest?.verdict === "equal" && !newest.confirmed ? newest : null;
  }

  private confirmLater(info: SnapshotInfo, stream: Shortened, sender: DraftSender): void {
    const { tables, host } = this.parts.works;
    const name = `${stream.name} ${info.number}`;
    if (this.countersigned.has(name)) return;
    const [author, own] = [info.account, host.keyholder.device.account].map((account) =>
      tables.authorNow(account, false),
    );
    const near = author!.delegation === own!.delegation || author!.account === own!.account;
    this.schedule(name, 1, near ? LAST_RESORT_MS : 0, async () => {
      if (this.unconfirmed(stream)?.number !== info.number) return;
      this.countersigned.add(name);
      const plaintext = countersignBody({ snapshot: info.number, stateHash: unb64(info.hash, 32) });
      const { works } = this.parts;
      await works.outgoing.add({ stream: stream.name, kind: DraftItemKind.countersign, plaintext }, host.now_ms());
      sender.pump();
    });
  }

  private schedule(name: string, factor: number, least_ms: number, work: () => Promise<void>): void {
    if (this.timers.has(name)) return;
    const { host } = this.parts.works;
    const timer = setTimeout(
      () => {
        this.timers.delete(name);
        void host.quietly(work);
      },
      least_ms + host.patience_ms() * factor,
    );
    this.timers.set(name, timer);
  }
}

function isContent(kind: DraftItemKind): boolean {
  return kind === DraftItemKind.update || kind === DraftItemKind.entry;
}
