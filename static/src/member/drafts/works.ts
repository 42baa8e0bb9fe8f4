// What a stream asks of the draft that it belongs to.

import type { Bytes } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import type { Host } from "../host.ts";
import type { ListedOwner } from "../people.ts";
import type { Room } from "../room.ts";
import type { Changes } from "../store.ts";
import type { DocumentName, DraftProblem } from "./api.ts";
import type { ActsContext } from "../../wire/drafts/state.ts";
import type { DraftOutgoing } from "./outgoing.ts";
import type { DraftRow } from "./rows.ts";
import type { Tables } from "./tables.ts";

export interface Works {
  readonly draft: Id;
  readonly room: Room;
  readonly host: Host;
  readonly tables: Tables;
  readonly outgoing: DraftOutgoing;
  readonly actsContext: ActsContext;
  /** The server has shown something that can not be true: nothing is sent until a person has answered it. */
  readonly blocked: boolean;
  /** The public key (32 bytes) of the ledger that this client follows; null without one. */
  ledgerKey(): Uint8Array | null;
  /** Whose the devices are. */
  owners(devices: readonly Id[]): Promise<Map<Id, ListedOwner>>;
  /** See that the tables are as new as those by which the server has let an item through. */
  refreshTables(): Promise<void>;
  /** Ask the server how far the streams go, and from where on it still has them. */
  reach(): Promise<void>;
  /** Whether the account was in the room in an epoch; undefined if that is not known here. */
  wasMember(account: Id, epoch: number): boolean | undefined;
  /**
   * When an epoch of the room ended (server's Unix milliseconds); undefined if it has not, or that is not known here.
   */
  endOf(epoch: number): number | undefined;
  /** What to write so that an alarm is kept, and the item that raised it. */
  alarm(problem: DraftProblem, witness: Bytes | null): Changes;
  /** Rows were added to a stream, and are kept. */
  kept(rows: readonly DraftRow[]): void;
  /** Something else that the page sees has changed. */
  changed(): void;
  /** Verified edits for the page's document. */
  edited(stream: DocumentName, update: Uint8Array): void;
}
