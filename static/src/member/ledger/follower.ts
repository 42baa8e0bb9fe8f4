// Follows one log: whatever it signed has to be one history. Twin of portal/member/ledger/follower.py.
//
// | what comes                                            | then                                                    |
// |-------------------------------------------------------|---------------------------------------------------------|
// | signed by the pinned key, and consistent              | the larger one is the newest from now on                |
// | signed by the pinned key, and not consistent          | finding "split": both notes and the proof are kept      |
// | the log refuses to show how one follows from another  | the same                                                |
// | the log can not be reached                            | tried again; after an hour in which it answered other   |
// |                                                       | questions, the same                                     |
// | the server's checkpoint, not signed by the pinned key | finding "key"                                           |
// | a member's word, signed by another key                | finding "other-key", about that member                  |
// | a member's word that nobody signed                    | finding "garbled", about that member, once              |
//
// Only the log's own signature can accuse the log: what a member invents can not.

import { isSignedCheckpoint, NoteError, openCheckpoint } from "../../tlog/verifiers.ts";
import { equal, hex, MalformedError } from "../../wire/bytes.ts";
import { formatCheckpoint } from "../../wire/ledger/checkpoint.ts";
import { ProofError, verifyConsistency } from "../../wire/ledger/merkle.ts";
import { parseVkey, SignatureType, type VerifierKey } from "../../wire/ledger/note.ts";
import { MemberError } from "../failure.ts";
import { isPassing } from "../http.ts";
import { Serial } from "../serial.ts";
import { type Contradiction, contradicts, evidenceFile, noteOf } from "./evidence.ts";
import { type By, GRACE_MS, type KeptFinding, type LedgerStore, type Pending, type Signed } from "./kept.ts";
import type { Log } from "./log.ts";
import type { LogWord } from "./word.ts";

const DAY_MS = 86_400_000;
const PENDING_MAX = 64;
const FINDINGS_MAX = 64;
const AGREED_MAX = 256;

export class Follower {
  private readonly log: Log;
  private readonly store: LedgerStore;
  private readonly now_ms: () => number;
  /** Checkpoints that were compared, as "size root". */
  private readonly agreed = new Set<string>();

  /** Two at once would each judge by a newest checkpoint that the other replaces. */
  private readonly turn = new Serial();

  constructor(log: Log, store: LedgerStore, now_ms: () => number) {
    this.log = log;
    this.store = store;
    this.now_ms = now_ms;
  }

  /** The log that is followed, or null as long as none is known. */
  get logKey(): VerifierKey | null {
    const { vkey } = this.store.state;
    return vkey === null ? null : parseVkey(vkey);
  }

  /** Go on to the log's newest checkpoint; false if there is no ledger. MemberError of a passing kind: try again. */
  advance(): Promise<boolean> {
    return this.turn.run(() => this.goOn());
  }

  private async goOn(): Promise<boolean> {
    const log = this.logKey ?? (await this.pin());
    if (!log) return false;
    const note = await this.log.checkpoint();
    if (note === null) return this.vanished(log);
    let signed: Signed;
    try {
      const { checkpoint, signature } = await openCheckpoint(note, log);
      signed = { size: checkpoint.size, root: checkpoint.root, signature };
    } catch (error) {
      if (!(error instanceof NoteError || error instanceof MalformedError)) throw error;
      await this.find({ kind: "key", id: "key", account: null, detail: null, evidence: note });
      return true;
    }
    if (await this.reconcile(signed, null)) await this.store.change({ confirmed_ms: this.now_ms() });
    await this.settle();
    await this.prove();
    return true;
  }

  /** Take a member's word: judged at once as far as it can be, the rest when the log is asked next. */
  async hear(word: LogWord | "garbled", by: By): Promise<void> {
    const log = this.logKey;
    if (!log) return;
    if (word === "garbled") return this.accuse("garbled", by, null);
    const { size, root, signature, key } = word;
    const own = equal(key, log.key);
    const text = formatCheckpoint({ origin: log.name, size, root });
    if (!(await isSignedCheckpoint(text, key, signature))) return this.accuse("garbled", by, null);
    const signed: Signed = { size, root, signature };
    if (!own) {
      const theirs: VerifierKey = { name: log.name, type: SignatureType.ed25519, key };
      return this.accuse("other-key", by, noteOf(theirs, signed));
    }
    if (this.isAgreed(signed)) return;
    const pending = this.store.state.pending.filter((one) => one.by.device !== by.device || one.signed.size > size);
    await this.store.change({ pending: [...pending, { signed, by, since_ms: this.now_ms() }].slice(-PENDING_MAX) });
  }

  /** Whether a signed checkpoint is of the history that is followed; finding "split" if not. MemberError: not known. */
  async isFollowed(signed: Signed): Promise<boolean> {
    const { newest } = this.store.state;
    return newest !== null && (this.isAgreed(signed) || this.follows(signed, newest, null));
  }

  /** Compare the words that wait. MemberError of a passing kind: some wait on. */
  async settle(): Promise<void> {
    for (const pending of this.store.state.pending) {
      const done = await this.attempt(pending);
      if (done)
        await this.store.change({ pending: this.store.state.pending.filter((one) => one.signed !== pending.signed) });
    }
  }

  /** The server keeps `what` back: told once a day, as long as it does. */
  withheld(what: string, detail: string, evidence: string | null): Promise<void> {
    const day = Math.floor(this.now_ms() / DAY_MS);
    return this.find({ kind: "withheld", id: `withheld ${what} ${day}`, account: null, detail, evidence });
  }

  /** Keep a finding, unless it is known. */
  async find(found: Omit<KeptFinding, "at_ms" | "answered">): Promise<void> {
    const { findings } = this.store.state;
    if (findings.some(({ id }) => id === found.id) || findings.length >= FINDINGS_MAX) return;
    const finding: KeptFinding = { ...found, at_ms: this.now_ms(), answered: false };
    await this.store.change({ findings: [...findings, finding] });
  }

  private accuse(kind: "garbled" | "other-key", by: By, evidence: string | null): Promise<void> {
    return this.find({ kind, id: `${kind} ${by.account}`, account: by.account, detail: null, evidence });
  }

  private async pin(): Promise<VerifierKey | null> {
    const vkey = await this.log.key();
    if (vkey === null) return null;
    const log = parseVkey(vkey);
    if (log.type !== SignatureType.ed25519) throw new MemberError("ledger.malformed");
    await this.store.pin(vkey, log.key);
    return log;
  }

  private async attempt(pending: Pending): Promise<boolean> {
    try {
      await this.reconcile(pending.signed, pending.by);
      return true;
    } catch (error) {
      if (!isPassing(error) || this.now_ms() - pending.since_ms < GRACE_MS) throw error;
      const [older, newer] = inOrder(pending.signed, this.store.state.newest!);
      await this.split(older, newer, pending.by);
      return true;
    }
  }

  /** Hold a signed checkpoint against the newest one; whether they are one history. */
  private async reconcile(signed: Signed, by: By | null): Promise<boolean> {
    const { newest } = this.store.state;
    if (newest && this.isAgreed(signed)) return true;
    if (newest && !(await this.follows(signed, newest, by))) return false;
    this.agree(signed);
    if (!newest || signed.size > newest.size)
      await this.store.change({ newest: signed, consistent_ms: this.now_ms() });
    return true;
  }

  private async follows(one: Signed, other: Signed, by: By | null): Promise<boolean> {
    const [older, newer] = inOrder(one, other);
    try {
      const same = older.size === newer.size || older.size === 0;
      const proof = same ? [] : await this.log.consistency(older.size, newer.size);
      const roots = { oldRoot: older.root, newRoot: newer.root };
      verifyConsistency({ oldSize: older.size, newSize: newer.size, ...roots, proof });
      return true;
    } catch (error) {
      const refused = error instanceof ProofError || (error instanceof MemberError && !isPassing(error));
      if (!refused) throw error;
      await this.split(older, newer, by);
      return false;
    }
  }

  private async split(older: Signed, newer: Signed, by: By | null): Promise<void> {
    const log = this.logKey!;
    const account = by?.account ?? null;
    // One is enough of what one person's word, or the server's own, has shown.
    const { findings } = this.store.state;
    if (findings.some((one) => one.kind === "split" && one.account === account && !one.answered)) return;
    const { evidence, isProven } = await this.evidenceOf(older, newer, by, log);
    const id = `split ${older.size} ${hex(older.root)} ${hex(newer.root)}`;
    const detail = `${older.size} ${newer.size}`;
    const unproven = isProven ? {} : { unproven: { older, newer, by } };
    await this.find({ kind: "split", id, account, detail, evidence, ...unproven });
  }

  /** Complete evidence whose contradiction could not be shown yet: the log's view here was too short for it. */
  private async prove(): Promise<void> {
    const log = this.logKey!;
    for (const finding of this.store.state.findings) {
      if (!finding.unproven) continue;
      const { older, newer, by } = finding.unproven;
      const { evidence, isProven } = await this.evidenceOf(older, newer, by, log);
      if (!isProven) continue;
      const { unproven: _, ...whole } = { ...finding, evidence };
      const findings = this.store.state.findings.map((one) => (one.id === finding.id ? whole : one));
      await this.store.change({ findings });
    }
  }

  private async evidenceOf(
    older: Signed,
    newer: Signed,
    by: By | null,
    log: VerifierKey,
  ): Promise<{ evidence: string; isProven: boolean }> {
    const [first, second, proof] = await this.contradiction(older, newer, log);
    const notes: [string, string] = [noteOf(log, first), noteOf(log, second)];
    const evidence = evidenceFile({ vkey: this.store.state.vkey!, notes, proof, from: by, at_ms: this.now_ms() });
    return { evidence, isProven: proof !== null || first.size === second.size };
  }

  /** The pair with its proof, if the log gives one for it or for what it shows now; else the pair without. */
  private async contradiction(
    older: Signed,
    newer: Signed,
    log: VerifierKey,
  ): Promise<[Signed, Signed, Contradiction | null]> {
    if (older.size === newer.size) return [older, newer, null];
    const shown = await this.shown(log);
    const pairs: [Signed, Signed][] = [[older, newer]];
    if (shown) pairs.push(inOrder(older, shown), inOrder(newer, shown));
    for (const [first, second] of pairs) {
      if (first.size === second.size && !equal(first.root, second.root)) return [first, second, null];
      const proof = first.size < second.size && (await this.proofOf(first, second));
      if (proof) return [first, second, proof];
    }
    return [older, newer, null];
  }

  private async proofOf(older: Signed, newer: Signed): Promise<Contradiction | null> {
    try {
      const at = older.size - 1;
      const proof = {
        leaf: await this.log.leaf(at, newer.size),
        hashes: await this.log.inclusion(at, newer.size),
      };
      return contradicts(older, newer, proof) ? proof : null;
    } catch (error) {
      if (error instanceof ProofError || error instanceof MemberError) return null;
      throw error;
    }
  }

  /** No checkpoint at all: before the first of a log, or it denies those that it has signed. */
  private async vanished(log: VerifierKey): Promise<boolean> {
    const { newest } = this.store.state;
    if (!newest) return false;
    await this.withheld("checkpoint", String(newest.size), noteOf(log, newest));
    return false;
  }

  /** The checkpoint that the server shows here now, or null if it shows none. */
  private async shown(log: VerifierKey): Promise<Signed | null> {
    try {
      const note = await this.log.checkpoint();
      if (note === null) return null;
      const { checkpoint, signature } = await openCheckpoint(note, log);
      return checkpoint.size === 0 ? null : { size: checkpoint.size, root: checkpoint.root, signature };
    } catch (error) {
      if (error instanceof MemberError || error instanceof NoteError || error instanceof MalformedError) return null;
      throw error;
    }
  }

  private isAgreed(signed: Signed): boolean {
    const { newest } = this.store.state;
    return (newest !== null && isSame(newest, signed)) || this.agreed.has(nameOf(signed));
  }

  private agree(signed: Signed): void {
    this.agreed.add(nameOf(signed));
    if (this.agreed.size > AGREED_MAX) this.agreed.delete(this.agreed.values().next().value!);
  }
}

function inOrder(one: Signed, other: Signed): [Signed, Signed] {
  return one.size <= other.size ? [one, other] : [other, one];
}

function isSame(one: Signed, other: Signed): boolean {
  return one.size === other.size && equal(one.root, other.root);
}

function nameOf({ size, root }: Signed): string {
  return `${size} ${hex(root)}`;
}
