// What the engine does about the public ledger: has it looked at, listens to what members say of it, tells the page.

import type { LoggedRoot } from "../../e2ee/bundle.ts";
import { equal } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import type { LedgerFinding, LedgerView, MemberEvent } from "../api.ts";
import type { Http } from "../http.ts";
import { later } from "../loading.ts";
import type { People } from "../people.ts";
import type { Row } from "../record.ts";
import type { Room } from "../room.ts";
import { findingView, type LedgerStore } from "./kept.ts";
import type { Rounds } from "./rounds.ts";
import { wordIn } from "./word.ts";

interface Parts {
  http: Http;
  ledger: LedgerStore;
  people: People;
  rooms: () => Room[];
  /** This device. */
  own: Id;
  emit: (event: MemberEvent) => void;
  onFault: (error: unknown) => void;
}

export class Heeding {
  private readonly parts: Parts;
  private rounds: Rounds | null = null;
  private stopped = false;

  constructor(parts: Parts) {
    this.parts = parts;
    const { ledger, people } = parts;
    ledger.onChange = () => this.parts.emit({ type: "ledger", findings: this.findings() });
    people.onOwnRefused = (code, list) => void this.noteOwnRefused(code, list).catch(parts.onFault);
  }

  /** Look at everything now; never rejects. */
  async look(): Promise<void> {
    try {
      await (await this.round()).run();
    } catch (error) {
      this.parts.onFault(error);
    }
  }

  /** Take in what the authors of these rows say of the ledger: of each device what it said last. */
  async hear(room: Room, rows: readonly Row[]): Promise<void> {
    const { own, ledger } = this.parts;
    if (ledger.state.vkey === null) return;
    const newest = new Map<Id, Row>();
    for (const row of rows) {
      const open = row.state === "open" && row.account !== null && row.plaintext !== null && row.device !== own;
      if (open) newest.set(row.device, row);
    }
    for (const { plaintext, account, device, item } of newest.values()) {
      const word = wordIn(plaintext!);
      if (!word || this.isNewest(word)) continue;
      await (await this.round()).follower.hear(word, { room: room.id, account: account!, device, item });
    }
    if (ledger.state.pending.length > 0) (await this.round()).compare();
  }

  findings(): LedgerFinding[] {
    return this.parts.ledger.state.findings.map(findingView);
  }

  async view(): Promise<LedgerView> {
    const { ledgerView } = await later();
    return ledgerView(this.parts.ledger, await this.round());
  }

  /** Heads of the room in the ledger, for an exported record. */
  async loggedRoots(room: Room): Promise<LoggedRoot[]> {
    return (await this.round()).loggedRoots(room);
  }

  /** MemberError "item.unknown" if there is none of this finding. */
  async evidence(id: string): Promise<Blob> {
    return (await later()).findingEvidence(this.parts.ledger, id);
  }

  /** The person has seen it. Of another key: it is the log's from now on. MemberError "item.unknown". */
  async answer(id: string): Promise<void> {
    if (await (await later()).answerFinding(this.parts.ledger, id)) void this.look();
  }

  stop(): void {
    this.stopped = true;
    this.rounds?.stop();
  }

  /** Said by nearly every message: nothing to be done, and no code to be fetched for it. */
  private isNewest(word: ReturnType<typeof wordIn>): boolean {
    const said = this.parts.ledger.word();
    if (!said || !word || word === "garbled" || word.size !== said.size) return false;
    return equal(word.root, said.root) && equal(word.signature, said.signature) && equal(word.key, said.key);
  }

  private async noteOwnRefused(code: string, list: string): Promise<void> {
    const { follower } = await this.round();
    const { own } = this.parts.people;
    await follower.find({ kind: "own-list", id: `own-list ${list}`, account: own, detail: code, evidence: null });
  }

  private async round(): Promise<Rounds> {
    const { HttpLog, Rounds } = await later();
    if (this.rounds) return this.rounds;
    const { http, ledger, people, rooms, onFault } = this.parts;
    const log = new HttpLog(http);
    this.rounds = new Rounds({ log, store: ledger, people, http, rooms, now_ms: ledger.now_ms, onFault });
    if (this.stopped) this.rounds.stop();
    return this.rounds;
  }
}
