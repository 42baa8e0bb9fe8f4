// Logs for tests of their followers: the real tree, signed with a real key, and able to lie.

import { newSigningKey, sign, type SigningKey } from "../../src/e2ee/signing.ts";
import { MemberError } from "../../src/member/failure.ts";
import { LedgerStore, type Signed } from "../../src/member/ledger/kept.ts";
import { Follower } from "../../src/member/ledger/follower.ts";
import type { Log } from "../../src/member/ledger/log.ts";
import { MemoryBackend } from "../../src/member/memory.ts";
import { Store } from "../../src/member/store.ts";
import { type Bytes, utf8 } from "../../src/wire/bytes.ts";
import { formatCheckpoint } from "../../src/wire/ledger/checkpoint.ts";
import { consistencyProof, inclusionProof, leafHash, rootOf } from "../../src/wire/ledger/merkle.ts";
import { formatNote, formatVkey, keyId, SignatureType, type VerifierKey } from "../../src/wire/ledger/note.ts";

export const ORIGIN = "portal.example/ledger";

/** Entries of one history, under a key that other histories may share. */
export class TestLog implements Log {
  readonly signer: SigningKey;
  readonly history: Bytes[];
  readonly origin: string;
  /** Asked for each request by its name before it is answered: may throw. */
  before: (request: keyof Log) => void = () => {};
  /** What is shown as newest; the whole history if null. */
  shownSize: number | null = null;

  constructor(signer: SigningKey, history: Bytes[] = [], origin = ORIGIN) {
    this.signer = signer;
    this.history = history;
    this.origin = origin;
  }

  static async make(entries = 0, name = "one"): Promise<TestLog> {
    const log = new TestLog(await newSigningKey());
    log.grow(entries, name);
    return log;
  }

  /** Another history of the same log that agrees up to `size`. */
  forkedAt(size: number): TestLog {
    return new TestLog(this.signer, this.history.slice(0, size), this.origin);
  }

  grow(entries: number, name: string): this {
    for (let i = 0; i < entries; i++) this.history.push(new Uint8Array(utf8(`${name} ${this.history.length}`)));
    return this;
  }

  get vkey(): VerifierKey {
    return { name: this.origin, type: SignatureType.ed25519, key: this.signer.publicKey };
  }

  async signed(size = this.shownSize ?? this.history.length): Promise<Signed> {
    const root = rootOf(this.leaves(size));
    const signature = await sign(this.signer, utf8(formatCheckpoint({ origin: this.origin, size, root })));
    return { size, root, signature };
  }

  async key(): Promise<string | null> {
    this.before("key");
    return formatVkey(this.vkey);
  }

  async checkpoint(): Promise<string | null> {
    this.before("checkpoint");
    const { size, root, signature } = await this.signed();
    const text = formatCheckpoint({ origin: this.origin, size, root });
    return formatNote({ text, signatures: [{ name: this.origin, id: keyId(this.vkey), raw: signature }] });
  }

  async milestone(): Promise<string> {
    return (await this.checkpoint())!;
  }

  async policy(): Promise<string | null> {
    this.before("policy");
    return null;
  }

  async consistency(oldSize: number, newSize: number): Promise<Bytes[]> {
    this.before("consistency");
    this.require(oldSize <= newSize && newSize <= this.history.length);
    return consistencyProof(this.leaves(newSize), oldSize);
  }

  async inclusion(index: number, size: number): Promise<Bytes[]> {
    this.before("inclusion");
    this.require(index < size && size <= this.history.length);
    return inclusionProof(this.leaves(size), index);
  }

  async leaf(index: number, size: number): Promise<Bytes> {
    this.before("leaf");
    this.require(index < size && size <= this.history.length);
    return leafHash(this.history[index]!);
  }

  async entries(bundle: number, width: number): Promise<Bytes[]> {
    this.before("entries");
    return this.history.slice(bundle * 256, bundle * 256 + width);
  }

  private leaves(size: number): Bytes[] {
    return this.history.slice(0, size).map(leafHash);
  }

  private require(holds: boolean): void {
    if (!holds) throw new MemberError("ledger.absent");
  }
}

/** A clock that stands until it is moved, Unix milliseconds. */
export class Clock {
  now_ms = 1_795_000_000_000;
  readonly read = (): number => this.now_ms;
}

/** A follower with a store of its own. */
export async function followerOf(
  log: Log,
  clock = new Clock(),
): Promise<{ follower: Follower; ledger: LedgerStore; store: Store }> {
  const store = await Store.open(new MemoryBackend());
  const ledger = new LedgerStore(store, clock.read);
  return { follower: new Follower(log, ledger, clock.read), ledger, store };
}
