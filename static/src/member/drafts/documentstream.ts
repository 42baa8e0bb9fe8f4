// A stream whose items are edits of one Yjs document: `text`, and each delegation's proposals.
//
// | the reader has             | a snapshot that comes                                                           |
// | -------------------------- | ------------------------------------------------------------------------------- |
// | all edits up to its number | is made again and compared; different: alarm, and nobody here countersigns      |
// | not all of them            | is taken; "unconfirmed" until somebody of another delegation has found it equal |
//
// Once confirmed, what it holds is not kept any more as single edits: nor does the server.

import * as Y from "yjs";

import { type Bytes, own } from "../../wire/bytes.ts";
import type { DraftEnvelope } from "../../wire/drafts/envelope.ts";
import { DraftItemKind } from "../../wire/drafts/streams.ts";
import type { Id } from "../../wire/ids.ts";
import type { ListedOwner } from "../people.ts";
import type { Place } from "../roomdata.ts";
import { Serial } from "../serial.ts";
import type { Changes } from "../store.ts";
import type { DocumentName } from "./api.ts";
import { CleanDocument, type DocumentState, EMPTY, isState } from "./cleandoc.ts";
import { contentHash } from "./hashes.ts";
import { isSameContent } from "./sameness.ts";
import { type DraftRow, isSnapshot, names, type SnapshotInfo } from "./rows.ts";
import { encodeSnapshot, parseSnapshot, type Snapshot } from "./snapshots.ts";
import { type Batch, DraftStream } from "./stream.ts";
import { endOf, parseUpdate } from "./parsing.ts";
import type { Works } from "./works.ts";

/** Kept under "drafts.base:<draft>:<stream>": the document at data.base. */
type Base = DocumentState;

export class DocumentStream extends DraftStream {
  override readonly name: DocumentName;
  private clean = new CleanDocument();
  private base: Base = EMPTY;
  /** The document with what waits to be sent; made when first needed, then kept up. */
  private mirror: CleanDocument | null = null;
  private readonly editing = new Serial();
  /** How far each client's edits were known before the stream had to begin anew. */
  private remembered: ReadonlyMap<number, number> = new Map();

  constructor(name: DocumentName, works: Works) {
    super(name, works);
    this.name = name;
  }

  /** The document as it stands, for reading. */
  get doc(): Y.Doc {
    return this.clean.doc;
  }

  /** Whose each client number is. */
  clients(): [client: number, account: Id][] {
    return this.clean.claimLines().map(([client, account]) => [client, account]);
  }

  /** The document with what waits to be sent. */
  state(): Bytes {
    return own(Y.encodeStateAsUpdate(this.withWaiting().doc));
  }

  /** Keep an edit made here for sending. Returns null, or why others would refuse it: then it is not kept. */
  edit(update: Uint8Array, now_ms: number): Promise<"malformed" | "foreign-client" | null> {
    return this.editing.run(async () => {
      const { account, device } = this.works.host.keyholder.device;
      const problem = this.withWaiting().apply(update, { account, device });
      if (problem) return problem;
      try {
        await this.works.outgoing.addEdit(this.name, update, now_ms);
      } catch (error) {
        this.mirror = null;
        throw error;
      }
      return null;
    });
  }

  /** What is shown is not sure to be whole: it rests on a snapshot that only its author's delegation vouches for. */
  get unconfirmed(): boolean {
    const adopted = this.data.snapshots.findLast(({ verdict }) => verdict === "adopted");
    return (
      adopted !== undefined &&
      !adopted.confirmed &&
      !this.data.snapshots.some(({ confirmed, verdict }) => confirmed && verdict !== "different")
    );
  }

  /** Whether everything that an edit says is in the document already. */
  holds(update: Uint8Array | null): boolean {
    const parsed = update && parseUpdate(update);
    if (!parsed) return false;
    const { store } = this.clean.doc;
    const known = [...parsed.structs].every(([client, structs]) => endOf(structs.at(-1)!) <= Y.getState(store, client));
    const gone = Y.snapshot(this.clean.doc).ds;
    const isGone = (client: number, clock: number, end: number): boolean => {
      return gone.clients.get(client)?.some((range) => range.clock <= clock && end <= range.clock + range.len) ?? false;
    };
    return known && parsed.deletions.every(({ client, start, end }) => isGone(client, start, end));
  }

  /** The plaintext of a snapshot of all that is here, or null if it can not be made. Call in this stream's turn. */
  snapshot(): Bytes | null {
    const hash = contentHash(this.name, this.doc);
    if (hash === null || !this.data.whole || this.waiting) return null;
    const { state, claims } = this.clean.keep();
    return encodeSnapshot({ stream: this.name, through: this.data.number, hash, claims, state });
  }

  protected override async begin(base: Place): Promise<void> {
    const before = Y.decodeStateVector(Y.encodeStateVector(this.clean.doc));
    await super.begin(base);
    this.remembered = before;
  }

  protected override async rebuild(): Promise<void> {
    const { store } = this.works.host;
    this.base = (await store.get<Base>(names.base(this.works.draft, this.name))) ?? EMPTY;
    this.renew(this.upTo(Number.POSITIVE_INFINITY, this.rows));
  }

  protected override admit(row: DraftRow, envelope: DraftEnvelope, owner: ListedOwner, batch: Batch): string | null {
    if (row.kind === DraftItemKind.update) return this.admitUpdate(row, owner);
    if (isSnapshot(row.kind)) return this.admitSnapshot(row, envelope, batch);
    const refused = this.admitCountersign(row, batch);
    if (refused === null) this.reconsider(batch);
    return refused;
  }

  protected override told(rows: readonly DraftRow[]): void {
    for (const { kind, state, plaintext } of rows)
      if (kind === DraftItemKind.update && state === "open") this.works.edited(this.name, plaintext!);
  }

  /** Let go of what a confirmed snapshot holds. Call in this stream's turn. */
  async compact(): Promise<void> {
    const { data } = this;
    const held = data.snapshots.findLast(({ confirmed, verdict }) => confirmed && verdict !== "different");
    if (!held || held.through <= data.base.number || !data.whole) return;
    const head = this.headAt(held.through);
    if (!head) return;
    const base = this.upTo(held.through, this.rows).keep();
    const changes: Changes = new Map([[names.base(this.works.draft, this.name), base]]);
    const snapshots = data.snapshots.filter(({ number }) => number >= held.number);
    await this.shorten({ number: held.through, head }, { ...data, snapshots }, changes);
    this.base = base;
  }

  private withWaiting(): CleanDocument {
    if (this.mirror) return this.mirror;
    const { account, device } = this.works.host.keyholder.device;
    this.mirror = new CleanDocument(this.clean.keep());
    for (const { kind, plaintext } of this.works.outgoing.all(this.name))
      if (kind === DraftItemKind.update) this.mirror.apply(plaintext!, { account, device });
    return this.mirror;
  }

  /** Another document takes the place of the one that was. */
  private renew(clean: CleanDocument): void {
    this.clean.destroy();
    this.mirror?.destroy();
    this.clean = clean;
    this.mirror = null;
  }

  private admitUpdate(row: DraftRow, owner: ListedOwner): string | null {
    const author = { account: owner.account, device: row.device };
    const problem = this.clean.apply(row.plaintext!, author);
    if (problem === null) this.mirror?.apply(row.plaintext!, author);
    if (problem === null) return null;
    return problem === "malformed" ? "item.malformed" : "draft.foreign_client";
  }

  private admitSnapshot(row: DraftRow, envelope: DraftEnvelope, batch: Batch): string | null {
    const snapshot = parseSnapshot(row.plaintext!);
    const sound = snapshot?.stream === this.name && snapshot.through === envelope.seenNumber && isState(snapshot);
    if (!sound) return "item.malformed";
    const { number, item, account, epoch } = row;
    const { through, hash } = snapshot;
    const known = batch.data.whole && batch.data.base.number <= through;
    const verdict = known ? this.verdictOn(snapshot, batch) : "adopted";
    const info: SnapshotInfo = { number, item, through, hash, account: account!, epoch, verdict, confirmed: false };
    batch.data = { ...batch.data, snapshots: [...batch.data.snapshots, info] };
    const lacks = verdict === "adopted" && !this.adopt(snapshot, batch);
    if (verdict === "different" || lacks) this.accuse(row, through, batch);
    if (verdict === "different" && row.kind === DraftItemKind.revision)
      batch.data = { ...batch.data, falseRevisions: [...batch.data.falseRevisions, item] };
    return null;
  }

  private accuse({ number, account, item, raw }: DraftRow, through: number, batch: Batch): void {
    const evidence = `snapshot ${item} through ${through} holds another text than the items up to there`;
    const problem = { kind: "snapshot", stream: this.name, number, account, evidence } as const;
    for (const [name, value] of this.works.alarm(problem, raw)) batch.changes.set(name, value);
  }

  /** The same text, the same authors, nothing more and nothing less known of anybody's edits. */
  private verdictOn(snapshot: Snapshot, batch: Batch): "equal" | "different" {
    const ours = this.upTo(snapshot.through, [...this.rows, ...batch.rows]);
    const theirs = new CleanDocument(snapshot);
    const same =
      contentHash(this.name, ours.doc) === snapshot.hash &&
      contentHash(this.name, theirs.doc) === snapshot.hash &&
      JSON.stringify(ours.claimLines()) === JSON.stringify(snapshot.claims) &&
      isSameContent(ours.doc, theirs.doc);
    ours.destroy();
    theirs.destroy();
    return same ? "equal" : "different";
  }

  /** Go on from a snapshot, for want of the items that it holds. False if it lacks what was known here before. */
  private adopt({ through, state, claims }: Snapshot, batch: Batch): boolean {
    const rows = [...this.rows, ...batch.rows];
    const head =
      through === batch.data.base.number ? batch.data.base.head : rows.find((row) => row.number === through)?.head;
    if (!head) return true;
    const behind = rows.filter((row) => row.number > through);
    const before = Y.encodeStateVector(this.clean.doc);
    this.base = { state, claims };
    batch.changes.set(names.base(this.works.draft, this.name), this.base);
    for (const row of rows)
      if (row.number <= through) batch.changes.set(names.row(this.works.draft, this.name, row.number), undefined);
    batch.rows.splice(0, batch.rows.length, ...batch.rows.filter((row) => row.number > through));
    this.rows = this.rows.filter((row) => row.number > through);
    const whole = behind.every((row) => row.state !== "sealed" || row.kind !== DraftItemKind.update);
    batch.data = { ...batch.data, base: { number: through, head }, whole };
    this.renew(this.upTo(Number.POSITIVE_INFINITY, behind));
    this.works.edited(this.name, Y.encodeStateAsUpdate(this.clean.doc, before));
    return this.keepsRemembered();
  }

  /** Whether nothing that was known here is missing. */
  private keepsRemembered(): boolean {
    return [...this.remembered].every(([client, clock]) => Y.getState(this.clean.doc.store, client) >= clock);
  }

  /** What this reader had to believe may be contradicted by what somebody of another delegation has found equal. */
  private reconsider(batch: Batch): void {
    const { snapshots } = batch.data;
    const believed = snapshots.findLast(({ verdict }) => verdict === "adopted");
    const better = snapshots.findLast(({ verdict, confirmed }) => verdict === "different" && confirmed);
    if (!believed || believed.confirmed || !better || better.number < believed.number) return;
    const row = [...this.rows, ...batch.rows].find(({ number }) => number === better.number);
    const snapshot = row?.plaintext && parseSnapshot(row.plaintext);
    if (!snapshot) return;
    const judged = (one: SnapshotInfo): SnapshotInfo => {
      if (one === better) return { ...one, verdict: "adopted" };
      return one === believed ? { ...one, verdict: "different" } : one;
    };
    batch.data = { ...batch.data, snapshots: snapshots.map(judged) };
    this.adopt(snapshot, batch);
  }

  /** The document at a number. */
  private upTo(number: number, rows: readonly DraftRow[]): CleanDocument {
    const clean = new CleanDocument(this.base);
    for (const row of rows) {
      if (row.number > number) break;
      const { kind, state, account, device, plaintext } = row;
      if (kind === DraftItemKind.update && state === "open") clean.apply(plaintext!, { account: account!, device });
    }
    return clean;
  }
}
