// One Yjs document of a draft as its verified items make it: garbage-collected, without anybody's undo, so that what
// was deleted is not in it any more. Snapshots are made of it.

import * as Y from "yjs";

import type { Bytes } from "../../wire/bytes.ts";
import { own } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import { type Claim, examineUpdate } from "./updates.ts";

/** A line of a snapshot's `clients`. */
export type ClaimLine = [client: number, account: Id, device: Id];

/** A document at one number of its stream. */
export interface DocumentState {
  state: Bytes;
  claims: ClaimLine[];
}

export const EMPTY: DocumentState = { state: own(Y.encodeStateAsUpdate(new Y.Doc())), claims: [] };

/** How many edits may have to be repeated if the library fails at one that it should take. */
const JOURNAL_MAX = 256;

export class CleanDocument {
  private present = new Y.Doc({ gc: true });
  private readonly claims = new Map<number, Claim>();
  /** What the document was made of, to make it anew. */
  private base: Uint8Array;
  private journal: Uint8Array[] = [];

  /** The state must come from keep() or have been checked by isState(). */
  constructor({ state, claims }: DocumentState = EMPTY) {
    for (const [client, account, device] of claims) this.claims.set(client, { account, device });
    this.base = state;
    Y.applyUpdate(this.present, state);
  }

  get doc(): Y.Doc {
    return this.present;
  }

  /** Take an update in, unless something is wrong with it: then nothing changes. */
  apply(update: Uint8Array, author: Claim): "malformed" | "foreign-client" | null {
    const { clients, problem } = examineUpdate(this.present, this.claims, update, author);
    if (problem) return problem;
    if (!isTaken(this.present, update)) {
      this.renew();
      return "malformed";
    }
    for (const client of clients) this.claims.set(client, author);
    this.journal.push(update);
    if (this.journal.length > JOURNAL_MAX) this.settle();
    return null;
  }

  keep(): DocumentState {
    this.settle();
    return { state: own(this.base), claims: this.claimLines() };
  }

  claimLines(): ClaimLine[] {
    const lines = [...this.claims].map(([client, { account, device }]): ClaimLine => [client, account, device]);
    return lines.sort(([a], [b]) => a - b);
  }

  destroy(): void {
    this.present.destroy();
  }

  private settle(): void {
    this.base = Y.encodeStateAsUpdate(this.present);
    this.journal = [];
  }

  private renew(): void {
    this.present = new Y.Doc({ gc: true });
    Y.applyUpdate(this.present, this.base);
    for (const update of this.journal) Y.applyUpdate(this.present, update);
  }
}

/** Whether `state` is a whole document in which nothing is missing, all of it by clients that somebody claims. */
export function isState({ state, claims }: DocumentState): boolean {
  const doc = new Y.Doc();
  const nobody: Claim = { account: "", device: "" };
  const claimed = new Set(claims.map(([client]) => client));
  const { clients, problem } = examineUpdate(doc, new Map(), state, nobody);
  return problem === null && clients.every((client) => claimed.has(client)) && isTaken(doc, state);
}

/**
 * Whether the library takes an update that was examined, and leaves nothing waiting. If not, the document is spoilt.
 */
function isTaken(doc: Y.Doc, update: Uint8Array): boolean {
  try {
    Y.applyUpdate(doc, update);
  } catch {
    return false; // whatever it stumbled over: no item may stop a stream
  }
  return doc.store.pendingStructs === null && doc.store.pendingDs === null;
}
