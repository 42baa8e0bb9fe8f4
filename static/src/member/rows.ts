// The rows of one room's record in memory and, in pages of 64, in the store; their envelopes in the store alone.

import type { Bytes } from "../wire/bytes.ts";
import type { Id } from "../wire/ids.ts";
import type { Row } from "./record.ts";
import type { Changes, Store } from "./store.ts";

/** An envelope as it travelled, under its number. */
export type Raw = [number: number, raw: Bytes];

const PAGE_ROWS = 64;
const PAGE_DIGITS = 8;

export class RowLog {
  private readonly room: Id;
  private readonly store: Store;
  private readonly rows = new Map<number, Row>();
  private readonly numbers = new Map<Id, number>();
  private readonly openedEpochs = new Set<number>();
  private readonly sealedNumbers = new Set<number>();
  /** Envelopes of the newest page, which the next write has to write again. */
  private tail: Raw[] = [];
  private newest = -1;

  private constructor(room: Id, store: Store) {
    this.room = room;
    this.store = store;
  }

  static async load(room: Id, store: Store): Promise<RowLog> {
    const log = new RowLog(room, store);
    for (const [, page] of await store.list<Row[]>(`rows:${room}:`)) for (const row of page) log.remember(row);
    if (log.newest >= 0) log.tail = (await store.get<Raw[]>(log.rawName(pageOf(log.newest)))) ?? [];
    return log;
  }

  /** All rows, in the record's order. */
  all(): Row[] {
    return [...this.rows.values()].sort((a, b) => a.number - b.number);
  }

  row(number: number): Row | undefined {
    return this.rows.get(number);
  }

  numberOf(item: Id): number | undefined {
    return this.numbers.get(item);
  }

  /** Whether content of this epoch was opened, so that its key is known to be the right one. */
  hasOpened(epoch: number): boolean {
    return this.openedEpochs.has(epoch);
  }

  /** Rows whose key is missing. */
  sealed(): Row[] {
    return [...this.sealedNumbers].map((number) => this.rows.get(number)!);
  }

  /** The envelope of a row; undefined if it is not kept. */
  async raw(number: number): Promise<Bytes | undefined> {
    const page = (await this.store.get<Raw[]>(this.rawName(pageOf(number)))) ?? [];
    return page.find(([at]) => at === number)?.[1];
  }

  /** All envelopes, in the record's order, page by page. */
  async *raws(): AsyncGenerator<Raw> {
    for (const page of new Set(this.all().map((row) => pageOf(row.number)))) {
      yield* (await this.store.get<Raw[]>(this.rawName(page))) ?? [];
    }
  }

  /** What to write so that `rows`, new or changed, are kept, and the envelopes of the new ones. */
  changes(rows: readonly Row[], raws: readonly Raw[]): Changes {
    const changes: Changes = new Map();
    const byPage = Map.groupBy(rows, (row) => pageOf(row.number));
    for (const [page, fresh] of byPage) {
      const merged = new Map([...this.inPage(page), ...fresh].map((row) => [row.number, row]));
      changes.set(
        this.rowsName(page),
        [...merged.values()].sort((a, b) => a.number - b.number),
      );
    }
    for (const [page, fresh] of Map.groupBy(raws, ([number]) => pageOf(number))) {
      changes.set(this.rawName(page), [...this.tail.filter(([number]) => pageOf(number) === page), ...fresh]);
    }
    return changes;
  }

  /** Take in what was written. */
  written(rows: readonly Row[], raws: readonly Raw[]): void {
    for (const row of rows) this.remember(row);
    const last = pageOf(this.newest);
    this.tail = [...this.tail, ...raws].filter(([number]) => pageOf(number) === last);
  }

  private remember(row: Row): void {
    this.rows.set(row.number, row);
    // A replayed item keeps its first place, and what nobody signed takes no item's place.
    const unsigned = row.kind === "content" && row.state === "refused" && row.account === null;
    if (row.state !== "replayed" && !unsigned) this.numbers.set(row.item, row.number);
    if (row.kind === "content" && row.state === "open") this.openedEpochs.add(row.epoch);
    if (row.state === "sealed") this.sealedNumbers.add(row.number);
    else this.sealedNumbers.delete(row.number);
    this.newest = Math.max(this.newest, row.number);
  }

  private inPage(page: number): Row[] {
    const found: Row[] = [];
    for (let number = page * PAGE_ROWS; number < (page + 1) * PAGE_ROWS; number++) {
      const row = this.rows.get(number);
      if (row) found.push(row);
    }
    return found;
  }

  private rowsName(page: number): string {
    return `rows:${this.room}:${String(page).padStart(PAGE_DIGITS, "0")}`;
  }

  private rawName(page: number): string {
    return `raw:${this.room}:${String(page).padStart(PAGE_DIGITS, "0")}`;
  }
}

function pageOf(number: number): number {
  return Math.floor(number / PAGE_ROWS);
}
