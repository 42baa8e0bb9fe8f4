// What a room asks of the engine around it.

import type { Bytes } from "../wire/bytes.ts";
import type { Place } from "./answers.ts";
import type { Batch } from "./batch.ts";
import type { Http } from "./http.ts";
import type { Keyholder } from "./keyholder.ts";
import type { People } from "./people.ts";
import type { Row } from "./record.ts";
import type { Room } from "./room.ts";
import type { LedgerStore } from "./ledger/kept.ts";
import type { Store } from "./store.ts";
import type { Readership } from "./interpreters/reader.ts";

export interface Host {
  readonly http: Http;
  readonly store: Store;
  readonly people: People;
  readonly keyholder: Keyholder;
  readonly reader: Readership;
  /** What is known of the public ledger. */
  readonly ledger: LedgerStore;
  /** The server's clock if this device's is off by more than an hour, else this device's; Unix milliseconds. */
  now_ms(): number;
  /** How long to wait before doing what other members may be about to do as well. */
  patience_ms(): number;
  online(): boolean;
  /** Put an envelope of content into the record. */
  submit(room: Room, raw: Bytes): Promise<Place>;
  /** The room looks different: entries with these numbers changed; `fresh` were just added to the record. */
  roomChanged(room: Room, numbers: number[], fresh: Row[]): void;
  /** These items of the room were opened just now. */
  said(room: Room, rows: readonly Row[]): void;
  /** A batch was processed and is kept: what follows from it may begin. */
  batchKept(room: Room, batch: Batch): void;
  /** Do what can wait, one piece after the other over all rooms, and not while somebody waits for something else. */
  inBackground<T>(work: () => Promise<T>): Promise<T>;
  /** Do work of which nobody waits for the end: faults of the network pass, others are reported. */
  quietly(work: () => Promise<unknown>): Promise<void>;
}
