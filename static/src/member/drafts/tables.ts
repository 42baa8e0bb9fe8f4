// The tables of rights that a draft's acts have set, and who may do what by them.

import { authorOf, type Author, mayWrite, type RightsTable } from "../../wire/drafts/rights.ts";
import { DraftItemKind, StreamKind } from "../../wire/drafts/streams.ts";
import type { DraftEnvelope } from "../../wire/drafts/envelope.ts";
import type { Id } from "../../wire/ids.ts";
import type { ListedOwner } from "../people.ts";

interface Entry {
  number: number;
  at_ms: number;
  table: RightsTable;
}

export class Tables {
  private entries: Entry[] = [];
  private readonly delegationOf: (account: Id) => Id | "";

  /** `delegationOf`: what the list of people says, for those whom a table does not list. */
  constructor(delegationOf: (account: Id) => Id | "") {
    this.delegationOf = delegationOf;
  }

  clear(): void {
    this.entries = [];
  }

  add(number: number, at_ms: number, table: RightsTable): void {
    this.entries.push({ number, at_ms, table });
  }

  get newest(): RightsTable | null {
    return this.entries.at(-1)?.table ?? null;
  }

  /** Who wrote an act that stands at `number`. */
  authorAt(number: number, account: Id, interpreter: boolean): Author {
    const entry = this.entries.findLast((one) => one.number < number);
    return this.author(entry?.table ?? null, account, interpreter);
  }

  /** Who that is now. */
  authorNow(account: Id, interpreter: boolean): Author {
    return this.author(this.newest, account, interpreter);
  }

  /**
   * Who wrote an item of another stream at a time of the server, which gives a new table a later time than every item
   * of the draft before it.
   */
  authorOn(at_ms: number, account: Id, interpreter: boolean): Author {
    const entry = this.entries.findLast((one) => one.at_ms <= at_ms);
    return this.author(entry?.table ?? null, account, interpreter);
  }

  /** Whether the owner of its device may write this item at its place. */
  allow({ account, listed }: ListedOwner, envelope: DraftEnvelope, number: number, at_ms: number): boolean {
    const { kind, stream } = envelope;
    // It makes its author the chair, or is refused by what it says.
    if (kind === DraftItemKind.founding) return number === 1;
    const interpreter = listed.kind === "interpreter";
    const isAct = stream.kind === StreamKind.acts;
    const author = isAct ? this.authorAt(number, account, interpreter) : this.authorOn(at_ms, account, interpreter);
    return mayWrite(author, stream.kind, stream.owner, kind);
  }

  /**
   * Whether `by` is far enough from `author` to confirm what `author` shortened: of another delegation; where the table
   * lists but one, another person; where it lists but one person, anybody who may.
   */
  mayConfirm(author: Id, by: Id, at_ms: number): boolean {
    const entry = this.entries.findLast((one) => one.at_ms <= at_ms);
    const members = entry?.table.members ?? [];
    if (members.length <= 1) return true;
    const several = new Set(members.map(({ delegation }) => delegation)).size > 1;
    const [one, other] = [author, by].map((account) => this.author(entry?.table ?? null, account, false).delegation);
    return several ? one !== other : author !== by;
  }

  private author(table: RightsTable | null, account: Id, interpreter: boolean): Author {
    return authorOf(table, account, this.delegationOf(account), interpreter);
  }
}
