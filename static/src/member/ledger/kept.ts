// What this browser keeps of the public ledger: which log it follows, how far, what does not agree. The work is done by
// rounds.ts, which is fetched later; this is what sending and judging people need at once.

import type { Bytes } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import type { LedgerFinding } from "../api.ts";
import type { Changes, Store } from "../store.ts";
import type { LogWord } from "./word.ts";

/** How long a log that answers may owe a proof, and a list may wait to be entered. */
export const GRACE_MS = 3_600_000;

/** A checkpoint that the log signed: 32 bytes of root, 64 of signature. */
export interface Signed {
  size: number;
  root: Bytes;
  signature: Bytes;
}

/** Somebody's word that could not be compared yet. */
export interface Pending {
  signed: Signed;
  by: By;
  since_ms: number;
}

/** Who said it, and where. */
export interface By {
  room: Id;
  account: Id;
  device: Id;
  item: Id;
}

/** A finding as it is kept; `evidence` is the text of the file, if there is one. */
export interface KeptFinding extends Omit<LedgerFinding, "hasEvidence"> {
  evidence: string | null;
  /** Two checkpoints of which the log has not yet shown how they contradict each other: asked for again. */
  unproven?: { older: Signed; newer: Signed; by: By | null };
}

/** Kept under "ledger". */
export interface KeptLedger {
  v: 1;
  /** The log's verifier key, as text; from the first answer on. */
  vkey: string | null;
  newest: Signed | null;
  /** When the newest was confirmed last: the server showed it, or one that follows from it. */
  confirmed_ms: number;
  /** When a larger tree was last shown to follow from the one before. */
  consistent_ms: number;
  pending: Pending[];
  findings: KeptFinding[];
  /** Entries below this number were looked through for the own tag; `hashes`: the frontier of that tree. */
  scanned: { size: number; hashes: Bytes[] } | null;
  /** The entries that bear the own tag. */
  own: { index: number; commitment: Bytes }[];
  /** Devices of the own list that this person knows of; null before the first look. */
  devices: Id[] | null;
}

/** How far an account's device list is proven to stand in the ledger; kept under "listed:<account>". */
export interface KeptListing {
  /** The account's sign key (b64): another one begins anew. */
  sign: string;
  /** The newest statement that is proven, or -1. */
  proven: number;
  /** The newest statement shown. */
  newest: number;
  /** What the server says of where to look: of the newest statement that it says something of. */
  word: { seq: number; head: string; index: number; nonce: string } | null;
  /** When a statement above `proven` was first seen. */
  since_ms: number;
  /** Looked for in vain for more than an hour. */
  refused: boolean;
}

const NOTHING: KeptLedger = {
  v: 1,
  vkey: null,
  newest: null,
  confirmed_ms: 0,
  consistent_ms: 0,
  pending: [],
  findings: [],
  scanned: null,
  own: [],
  devices: null,
};

/** A finding without the text of its evidence. */
export function findingView({ evidence, unproven: _, ...finding }: KeptFinding): LedgerFinding {
  return { ...finding, hasEvidence: evidence !== null };
}

export class LedgerStore {
  state: KeptLedger = NOTHING;
  readonly listings = new Map<Id, KeptListing>();
  /** Something that the page shows is another. */
  onChange: () => void = () => {};
  readonly now_ms: () => number;
  private readonly store: Store;
  private logKey: Bytes | null = null;

  constructor(store: Store, now_ms: () => number) {
    this.store = store;
    this.now_ms = now_ms;
  }

  async load(): Promise<void> {
    this.state = (await this.store.get<KeptLedger>("ledger")) ?? NOTHING;
    this.logKey = (await this.store.get<Bytes>("ledger-key")) ?? null;
    for (const [name, listing] of await this.store.list<KeptListing>("listed:"))
      this.listings.set(name.slice("listed:".length), listing);
  }

  /** What this device says of the ledger in what it sends. */
  word(): LogWord | null {
    const { newest } = this.state;
    return newest && newest.size > 0 && this.logKey ? { ...newest, key: this.logKey } : null;
  }

  /** The log's public key, 32 bytes, once it is known. */
  get key(): Bytes | null {
    return this.logKey;
  }

  /** Follow this log from now on. */
  async pin(vkey: string, key: Bytes): Promise<void> {
    const state = { ...this.state, vkey };
    await this.store.write(new Map<string, unknown>([["ledger", state], ["ledger-key", key]]));
    this.state = state;
    this.logKey = key;
  }

  async change(change: Partial<KeptLedger>): Promise<void> {
    const state = { ...this.state, ...change };
    await this.store.put("ledger", state);
    const { findings, newest } = this.state;
    this.state = state;
    if (findings !== state.findings || newest !== state.newest) this.onChange();
  }

  async putListings(listings: ReadonlyMap<Id, KeptListing>): Promise<void> {
    if (listings.size === 0) return;
    const changes: Changes = new Map([...listings].map(([account, one]) => [`listed:${account}`, one]));
    await this.store.write(changes);
    for (const [account, listing] of listings) this.listings.set(account, listing);
  }

  /** Whether the account's newest device list was looked for in the ledger in vain for more than an hour. */
  isRefused(account: Id): boolean {
    return this.listings.get(account)?.refused === true;
  }

  /** The newest statement of the account's list that counts, as its number. */
  countsUpTo(account: Id): number {
    const listing = this.listings.get(account);
    return listing?.refused ? listing.proven : Infinity;
  }
}
