// The account's vault as this browser holds it: changed here, sealed, and stored at the server by compare-and-swap.
//
// | local copy | meaning                                              | backup status |
// |------------|------------------------------------------------------|---------------|
// | = base     | the server has exactly this                          | complete      |
// | ≠ base     | changed here; being stored, or waiting for the net   | pending       |
// | ≠ base     | the server refused it                                | failed        |
//
// When another browser stored first, this one takes that version and puts its own changes since `base` upon it.

import { sha256 } from "@noble/hashes/sha2.js";

import { signingKeyFromSeed, type SigningKey } from "../e2ee/signing.ts";
import { openVault, sealVault, type VaultContent } from "../e2ee/vault.ts";
import { b64, type Bytes, equal, own, unb64 } from "../wire/bytes.ts";
import type { Id } from "../wire/ids.ts";
import type { VaultAnswer } from "./answers.ts";
import { hasCode, MemberError } from "./failure.ts";
import { type Http, isPassing } from "./http.ts";
import type { Store } from "./store.ts";

export type { VaultContent } from "../e2ee/vault.ts";

/** What is kept in the store under "vault". `sealedSha256` is of the newest version seen. */
interface Kept {
  content: VaultContent;
  base: VaultContent;
  version: number;
  sealedSha256: Bytes;
}

export type Backup = "complete" | "pending" | "failed";

/** Two changes shortly after one another travel together. */
const GATHER_MS = 150;
const ATTEMPTS = 5;

export class Vault {
  readonly account: Id;
  readonly sign: SigningKey;
  readonly key: Bytes;
  /** Told whenever the backup's state may be another. */
  onBackup: (backup: Backup) => void = () => {};
  backup: Backup = "complete";
  private readonly http: Http;
  private readonly store: Store;
  private kept: Kept;
  private storing: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(owner: { account: Id; key: Bytes; sign: SigningKey }, http: Http, store: Store, kept: Kept) {
    this.account = owner.account;
    this.key = owner.key;
    this.sign = owner.sign;
    this.http = http;
    this.store = store;
    this.kept = kept;
  }

  /** Take up what this browser kept; undefined if it kept none. */
  static async load(owner: { account: Id; key: Bytes }, http: Http, store: Store): Promise<Vault | undefined> {
    const kept = await store.get<Kept>("vault");
    if (!kept) return undefined;
    const vault = new Vault({ ...owner, sign: await signingKeyFromSeed(kept.content.sign) }, http, store, kept);
    if (!sameContent(kept.content, kept.base)) vault.backup = "pending";
    return vault;
  }

  /** Begin with what the server has, after sign-in or onboarding. Refusal if it does not open or is not signed. */
  static async open(owner: { account: Id; key: Bytes }, answer: VaultAnswer, http: Http, store: Store): Promise<Vault> {
    const sealed = sealedOf(answer);
    const content = await openVault(sealed, owner.key, owner.account);
    const kept = { content, base: content, version: sealed.version, sealedSha256: own(sha256(sealed.sealed)) };
    return new Vault({ ...owner, sign: await signingKeyFromSeed(content.sign) }, http, store, kept);
  }

  get content(): VaultContent {
    return this.kept.content;
  }

  get version(): number {
    return this.kept.version;
  }

  /** Names and values for the store's transaction in which the session is written. */
  keep(): [string, unknown] {
    return ["vault", this.kept];
  }

  /** Change the contents here and now; the server gets them soon. */
  async change(change: (content: VaultContent) => VaultContent): Promise<void> {
    const content = change(this.kept.content);
    if (sameContent(content, this.kept.content)) return;
    this.kept = { ...this.kept, content };
    await this.store.put(...this.keep());
    this.tell("pending");
    this.timer ??= setTimeout(() => void this.flush(), GATHER_MS);
  }

  /** Store what is not stored yet, if the server can be reached. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.backup === "complete") return;
    this.storing ??= this.storeNow().finally(() => (this.storing = null));
    await this.storing;
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Write the present contents with a new wrap of the vault key; rejects if the server does not take it. */
  async putWraps(extra: { wraps: { recovery: string }; recovery_auth_sha256: string }): Promise<void> {
    for (let attempt = 1; !(await this.put(extra)); attempt++)
      if (attempt === ATTEMPTS) throw new MemberError("vault.version");
    this.tell("complete");
  }

  /**
   * The next version with `content`, sealed, for a request that carries a vault along; call `stored` once the server
   * has it.
   */
  async next(content: VaultContent): Promise<{ vault: VaultAnswer; stored: () => Promise<void> }> {
    const { version, sealed, sig } = await sealVault(content, this.key, this.account, this.kept.version + 1, this.sign);
    const stored = async (): Promise<void> => {
      const changedMeanwhile = this.kept.content;
      const merged = merge(this.kept.base, changedMeanwhile, content);
      this.kept = { content: merged, base: content, version, sealedSha256: own(sha256(sealed)) };
      await this.store.put(...this.keep());
    };
    return { vault: { version, sealed: b64(sealed), sig: b64(sig) }, stored };
  }

  /**
   * Take the server's version if it is newer, with this browser's own changes put upon it. Refusal if it was rolled
   * back.
   */
  async refresh(): Promise<void> {
    const sealed = sealedOf(await this.http.get<VaultAnswer>("/api/vault"));
    const { base, content, version, sealedSha256 } = this.kept;
    const known = { version, sealedSha256, sign: this.sign.publicKey };
    const remote = await openVault(sealed, this.key, this.account, known);
    if (sealed.version === version) return;
    this.kept = {
      content: merge(base, content, remote),
      base: remote,
      version: sealed.version,
      sealedSha256: own(sha256(sealed.sealed)),
    };
    await this.store.put(...this.keep());
  }

  private async storeNow(): Promise<void> {
    try {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        if (sameContent(this.kept.content, this.kept.base) || (await this.put({}))) break;
      }
      this.tell(sameContent(this.kept.content, this.kept.base) ? "complete" : "failed");
    } catch (error) {
      this.tell(isPassing(error) ? "pending" : "failed");
    }
  }

  /** One attempt; false if another browser was first and its version is taken in now. */
  private async put(extra: object): Promise<boolean> {
    const { vault, stored } = await this.next(this.kept.content);
    try {
      // A new printed key may not be given up because an answer was lost: the old one could be void already.
      await this.http.put("/api/vault", { ...vault, ...extra }, { idempotent: "wraps" in extra });
    } catch (error) {
      if (!hasCode(error, "vault.version")) throw error;
      await this.refresh();
      return false;
    }
    await stored();
    return true;
  }

  private tell(backup: Backup): void {
    this.backup = backup;
    this.onBackup(backup);
  }
}

/** `theirs` with what changed from `base` to `mine` put upon it, entry by entry. */
export function merge(base: VaultContent, mine: VaultContent, theirs: VaultContent): VaultContent {
  return {
    sign: theirs.sign,
    // Box keys are only ever appended, by a revocation, which writes list and vault at once.
    box: theirs.box.length >= mine.box.length ? theirs.box : mine.box,
    pins: mergeEntries(base.pins, mine.pins, theirs.pins),
    labels: mergeEntries(base.labels, mine.labels, theirs.labels),
  };
}

function mergeEntries<T>(base: Record<Id, T>, mine: Record<Id, T>, theirs: Record<Id, T>): Record<Id, T> {
  const merged = { ...theirs };
  for (const [name, value] of Object.entries(mine)) {
    if (JSON.stringify(value) !== JSON.stringify(base[name])) merged[name] = value;
  }
  return merged;
}

function sameContent(a: VaultContent, b: VaultContent): boolean {
  if (a === b) return true;
  const sameBox = a.box.length === b.box.length && a.box.every((seed, index) => equal(seed, b.box[index]!));
  return sameBox && ordered(a.pins) === ordered(b.pins) && ordered(a.labels) === ordered(b.labels);
}

function ordered(entries: Record<Id, unknown>): string {
  return JSON.stringify(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sealedOf({ version, sealed, sig }: VaultAnswer): { version: number; sealed: Bytes; sig: Bytes } {
  return { version, sealed: unb64(sealed), sig: unb64(sig) };
}
