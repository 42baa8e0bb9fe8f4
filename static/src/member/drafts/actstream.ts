// The stream of acts: who may do what, and what was positioned, decided, agreed, signed.

import { sha256 } from "@noble/hashes/sha2.js";

import { verify } from "../../e2ee/signing.ts";
import { b64, type Bytes, fromUtf8, MalformedError } from "../../wire/bytes.ts";
import type { ActContent, ActLine, Proof, RightsContent, Unread } from "../../wire/drafts/acts.ts";
import { type DraftEnvelope, draftItemHash } from "../../wire/drafts/envelope.ts";
import { jcs, parseJcs } from "../../wire/drafts/jcs.ts";
import { readAct } from "../../wire/drafts/reading.ts";
import { reduce } from "../../wire/drafts/reducer.ts";
import { parseRights, type RightsTable } from "../../wire/drafts/rights.ts";
import { type ActsState, emptyState } from "../../wire/drafts/state.ts";
import { readState, stateBytes } from "../../wire/drafts/stored.ts";
import { detachedIn } from "../../wire/drafts/statements.ts";
import { DraftItemKind } from "../../wire/drafts/streams.ts";
import type { Id } from "../../wire/ids.ts";
import type { ListedOwner } from "../people.ts";
import type { ActLog } from "./api.ts";
import { isReceipt, lateProof } from "./receipts.ts";
import { type DraftRow, type Incoming, isSnapshot, type SnapshotInfo } from "./rows.ts";
import { encodeSnapshot, parseSnapshot } from "./snapshots.ts";
import { type Batch, DraftStream } from "./stream.ts";

export class ActStream extends DraftStream {
  state: ActsState = emptyState();
  private lines: ActLine[] = [];
  /** Which line of `lines` were made so far; each is made once, for its signatures have to be verified. */
  private readonly made = new Map<number, ActLine>();
  private through = 0;

  /** What has happened, in order. */
  log(): ActLog[] {
    return this.lines.map((line) => {
      const refused = this.state.refused[line.number] ?? null;
      return { ...line, refused, receipt: this.row(line.number)?.receipt ?? null };
    });
  }

  get founder(): Id {
    return this.rows.find(({ kind, state }) => kind === DraftItemKind.founding && state === "open")?.account ?? "";
  }

  get unconfirmed(): boolean {
    return this.data.snapshots.some(({ verdict, confirmed }) => verdict === "adopted" && !confirmed);
  }

  /** The plaintext of a snapshot of all that is here, or null if it can not be made. Call in this stream's turn. */
  async snapshot(): Promise<Bytes | null> {
    await this.settle();
    if (this.waiting || (!this.data.whole && this.adopted() === null)) return null;
    const { state } = this;
    return encodeSnapshot({
      stream: this.name,
      through: this.data.number,
      hash: hashOf(state),
      claims: [],
      state: jcs(state),
    });
  }

  /** Bring `state` up to the rows. Call in this stream's turn. */
  async settle(): Promise<void> {
    if (this.through === this.data.number && this.state.number > 0) return;
    const lines: ActLine[] = [];
    for (const row of this.rows) {
      const line = this.made.get(row.number) ?? (await this.lineOf(row));
      if (line === "undecided") break;
      if (!line) continue;
      this.made.set(row.number, line);
      lines.push(line);
    }
    this.lines = lines;
    this.state = this.stateAt(Number.POSITIVE_INFINITY);
    // Asked again: what can not be judged yet holds up what comes after it, or two readers would differ.
    this.through = this.lines.at(-1)?.number === this.newestLine() ? this.data.number : -1;
  }

  private newestLine(): number | undefined {
    return this.rows.findLast((row) => this.contentOf(row) !== null && row.account !== null)?.number;
  }

  protected override async rebuild(): Promise<void> {
    this.made.clear();
    this.through = -1;
    this.works.tables.clear();
    for (const row of this.rows) {
      const isTable = row.kind === DraftItemKind.founding || row.kind === DraftItemKind.rights;
      if (isTable && row.state === "open") this.works.tables.add(row.number, row.at_ms, this.table(row)!);
    }
    await this.settle();
  }

  protected override admit(row: DraftRow, envelope: DraftEnvelope, _owner: ListedOwner, batch: Batch): string | null {
    switch (row.kind) {
      case DraftItemKind.founding:
      case DraftItemKind.rights:
        return this.admitTable(row);
      case DraftItemKind.countersign:
        return this.admitCountersign(row, batch);
      default:
        return isSnapshot(row.kind) ? this.admitSnapshot(row, envelope, batch) : null;
    }
  }

  protected override told(): void {}

  private admitTable(row: DraftRow): string | null {
    const table = this.table(row);
    const { tables } = this.works;
    const founding = row.kind === DraftItemKind.founding;
    if (!table || founding !== (tables.newest === null)) return "item.malformed";
    const chair = table.members.some(({ account, right }) => account === row.account && right === "chair");
    if (founding && !chair) return "item.malformed";
    tables.add(row.number, row.at_ms, table);
    return null;
  }

  /** Snapshots of the acts are compared once their lines are made: see judgeSnapshots(). */
  private admitSnapshot(row: DraftRow, envelope: DraftEnvelope, batch: Batch): string | null {
    const snapshot = parseSnapshot(row.plaintext!);
    if (snapshot?.stream !== this.name || snapshot.through !== envelope.seenNumber) return "item.malformed";
    const { number, item, account, epoch } = row;
    const { through, hash } = snapshot;
    const info: SnapshotInfo = {
      number,
      item,
      through,
      hash,
      account: account!,
      epoch,
      verdict: "adopted",
      confirmed: false,
    };
    batch.data = { ...batch.data, snapshots: [...batch.data.snapshots, info] };
    return null;
  }

  /** Compare the snapshots whose acts are all here. Call in this stream's turn, after settle(). */
  async judgeSnapshots(): Promise<void> {
    if (!this.data.whole) return;
    const due = this.data.snapshots.filter(({ verdict }) => verdict === "adopted");
    if (due.length === 0) return;
    const verdicts = new Map(
      due.map((info) => [info, hashOf(this.stateAt(info.through)) === info.hash && this.inside(info) !== null]),
    );
    const judged = (info: SnapshotInfo): SnapshotInfo => {
      const same = verdicts.get(info);
      return same === undefined ? info : { ...info, verdict: same ? "equal" : "different" };
    };
    await this.replace({ ...this.data, snapshots: this.data.snapshots.map(judged) });
    for (const [{ number, account, item, through }, same] of verdicts)
      if (!same) {
        const evidence = `snapshot ${item} through ${through} holds another state than the acts up to there`;
        await this.raise("snapshot", number, account, evidence, this.row(number)?.raw ?? null);
      }
  }

  /** The state inside of a snapshot; null if it is none, or not the one whose hash the snapshot names. */
  private inside({ number, hash, through }: SnapshotInfo): ActsState | null {
    const row = this.row(number);
    const snapshot = row?.plaintext ? parseSnapshot(row.plaintext) : null;
    if (!snapshot) return null;
    try {
      const state = readState(parseJcs(snapshot.state), this.works.draft, through);
      return hashOf(state) === hash && this.fitsChain(state) ? state : null;
    } catch (error) {
      if (error instanceof MalformedError) return null;
      throw error;
    }
  }

  /** Places and tables stand in the chain for everybody to see: no state may say others. */
  private fitsChain({ number, head, rights }: ActsState): boolean {
    const tables = this.rows.filter(({ kind }) => kind === DraftItemKind.founding || kind === DraftItemKind.rights);
    const inForce = tables.findLast((row) => row.state === "open" && row.number <= number);
    const table = inForce && this.table(inForce);
    const ours = this.headAt(number);
    return (!ours || b64(ours) === head) && (!table || jcsText(table) === jcsText(rights));
  }

  /**
   * The state from which to go on, since acts before it are not readable here: a confirmed one first, then the newest.
   */
  private adopted(): ActsState | null {
    if (this.data.whole) return null;
    const newest = this.data.snapshots.toReversed();
    for (const info of [...newest.filter(({ confirmed }) => confirmed), ...newest]) {
      const state = this.inside(info);
      if (state) return state;
    }
    return null;
  }

  private stateAt(number: number): ActsState {
    const from = this.adopted();
    const lines = this.lines.filter((line) => line.number <= number && line.number > (from?.number ?? 0));
    return reduce(lines, this.works.actsContext, from ?? undefined);
  }

  private table(row: DraftRow): RightsTable | null {
    try {
      return parseRights(row.plaintext!, this.works.draft, this.works.room.id);
    } catch (error) {
      if (error instanceof MalformedError) return null;
      throw error;
    }
  }

  /**
   * What the server has signed must be what it says of an act, and it must have signed: else it could tell two readers
   * two times. Nothing is taken in behind an act without that.
   */
  protected override async isReceipted({ number, at_ms, raw, receipt }: Incoming, head: Bytes): Promise<boolean> {
    if (!this.works.ledgerKey()) return true;
    const said = { number, at_ms, head: b64(head), receipt: receipt ?? "" };
    if (receipt !== null && (await isReceipt(this.works, b64(draftItemHash(raw)), said))) return true;
    await this.raise("forged", number, null, `no receipt of the ledger for ${at_ms}`, raw);
    return false;
  }

  /** Null for what is no act: snapshots, and what the stream itself has refused. */
  private async lineOf(row: DraftRow): Promise<ActLine | "undecided" | null> {
    const content = this.contentOf(row);
    if (!content || row.account === null) return null;
    const { number, seen, account, device, at_ms } = row;
    const interpreter = this.works.host.people.device(account, device)?.kind === "interpreter";
    const { delegation, right } = this.works.tables.authorAt(number, account, interpreter);
    const line = { number, seen, head: b64(row.head), account, device, delegation, right, at_ms, content };
    const proof = await this.proofOf({ ...line, proof: null });
    return proof === "undecided" ? proof : { ...line, proof };
  }

  private contentOf(row: DraftRow): ActContent | RightsContent | Unread | null {
    const { kind, state } = row;
    if (kind === DraftItemKind.entry && state === "sealed") return { t: "unread", reason: "sealed" };
    if (state !== "open" || isSnapshot(kind) || kind === DraftItemKind.countersign) return null;
    if (kind === DraftItemKind.entry) return readAct(row.plaintext!);
    return { t: kind === DraftItemKind.founding ? "founding" : "rights", table: this.table(row)! };
  }

  /** Who made the detached signature in an act; null if nobody did. */
  private async proofOf(line: ActLine): Promise<Proof | "undecided" | null> {
    const { works } = this;
    const signature = detachedIn(line, works.draft);
    if (!signature) return null;
    const { device, message, sig } = signature;
    const owner = (await works.owners([device])).get(device);
    if (!owner || !(await verify(owner.listed.key, message, sig))) return null;
    const { account } = owner;
    const { delegation } = works.tables.authorAt(line.number, account, owner.listed.kind === "interpreter");
    const receipt = await lateProof(works, this, line);
    return receipt === null ? "undecided" : { device, account, delegation, receipt };
  }
}

function jcsText(value: unknown): string {
  return fromUtf8(jcs(value));
}

function hashOf(state: ActsState): string {
  return b64(sha256(stateBytes(state)));
}
