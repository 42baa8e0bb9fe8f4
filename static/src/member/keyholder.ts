// What this browser signs and opens with: its device key, the account's box keys, and its offered key packages.

import type { BoxKey } from "../e2ee/box.ts";
import type { DeviceIdentity } from "../e2ee/identity.ts";
import type { KeyPackagePair } from "../e2ee/keypackage.ts";
import { b64, hex } from "../wire/bytes.ts";
import type { Id } from "../wire/ids.ts";
import type { Http } from "./http.ts";
import { later } from "./loading.ts";
import type { People } from "./people.ts";
import type { Changes, Store } from "./store.ts";
import type { Vault } from "./vault.ts";

/** How many single-use key packages lie at the server after replenishing, and when to replenish. */
const PACKAGES = 12;
const PACKAGES_LOW = 6;
const DAY_S = 86_400;

export class Keyholder {
  readonly device: DeviceIdentity;
  private readonly http: Http;
  private readonly store: Store;
  private readonly vault: Vault;
  private readonly people: People;
  private readonly now_ms: () => number;
  private readonly boxKeys = new Map<string, Promise<BoxKey>>();

  constructor(parts: {
    device: DeviceIdentity;
    http: Http;
    store: Store;
    vault: Vault;
    people: People;
    now_ms: () => number;
  }) {
    this.device = parts.device;
    this.http = parts.http;
    this.store = parts.store;
    this.vault = parts.vault;
    this.people = parts.people;
    this.now_ms = parts.now_ms;
  }

  /** The account's box keys, oldest first. */
  async boxes(): Promise<BoxKey[]> {
    const { boxKeyFromSeed } = await later();
    const keys = this.vault.content.box.map((seed) => {
      const name = hex(seed);
      const key = this.boxKeys.get(name) ?? boxKeyFromSeed(seed);
      this.boxKeys.set(name, key);
      return key;
    });
    return Promise.all(keys);
  }

  /**
   * Make sure that the owners of these devices are known, if they are anybody's: first among those whose lists are
   * here, then by looking at the newest lists of everyone.
   */
  async meet(devices: Iterable<Id>): Promise<void> {
    const known = this.people.accounts();
    const strangers = [...new Set(devices)].filter((device) => !this.people.owner(device, known));
    if (strangers.length === 0) return;
    await this.people.all();
    await this.people.refresh(this.people.accounts());
  }

  /** See that enough key packages lie at the server. The private halves are kept before the public ones are sent. */
  async replenish(): Promise<void> {
    const now_s = Math.floor(this.now_ms() / 1000);
    const [count, kept] = await Promise.all([
      this.http.get<{ left: number; last_resort: boolean }>("/api/key-packages/count"),
      this.packages(),
    ]);
    const lastResort = kept.find(([, pair]) => pair.lastResort && pair.notAfter_s > now_s + 30 * DAY_S);
    const missing = count.left < PACKAGES_LOW ? PACKAGES - count.left : 0;
    const fresh: KeyPackagePair[] = [];
    for (let i = 0; i < missing; i++) fresh.push(await this.makePackage(now_s));
    const reserve = count.last_resort && lastResort ? null : await this.makePackage(now_s, true);
    const made = reserve ? [...fresh, reserve] : fresh;

    const changes: Changes = new Map(made.map((pair) => [nameOf(pair.ref), pair]));
    // An offer that nobody can take up any more; a month of grace for welcomes on their way.
    for (const [name, pair] of kept) if (pair.notAfter_s + 30 * DAY_S < now_s) changes.set(name, undefined);
    if (changes.size > 0) await this.store.write(changes);
    if (made.length === 0) return;
    const packages = fresh.map((pair) => b64(pair.public));
    await this.http.post(
      "/api/key-packages",
      { packages, last_resort: reserve && b64(reserve.public) },
      { idempotent: true },
    );
  }

  /** The private half of one of these offers, or null. */
  async packageFor(refs: readonly Uint8Array[]): Promise<KeyPackagePair | null> {
    for (const ref of refs) {
      const pair = await this.store.get<KeyPackagePair>(nameOf(ref));
      if (pair) return pair;
    }
    return null;
  }

  /** What to change in the store once a package was used: single-use ones go. */
  spent(pair: KeyPackagePair): Changes {
    return pair.lastResort ? new Map() : new Map([[nameOf(pair.ref), undefined]]);
  }

  private async makePackage(now_s: number, lastResort = false): Promise<KeyPackagePair> {
    return (await later()).makeKeyPackage(this.device, now_s, lastResort);
  }

  private packages(): Promise<[string, KeyPackagePair][]> {
    return this.store.list<KeyPackagePair>("package:");
  }
}

function nameOf(ref: Uint8Array): string {
  return `package:${hex(ref)}`;
}
