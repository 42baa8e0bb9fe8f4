// A backend in memory: for Node, where no IndexedDB is, and for browsers in private mode that refuse to store.

import type { Bytes } from "../wire/bytes.ts";
import type { Backend } from "./store.ts";
import { fenced, makeSealingKey } from "./store.ts";

/** Keeps everything in one map; `image()` and `from()` are a disk's content at one moment and a start from it. */
export class MemoryBackend implements Backend {
  private values = new Map<string, Bytes>();
  private fence = "";
  private key: Promise<CryptoKey> | undefined;
  /** The quota over all values. */
  limitBytes: number;

  constructor(limitBytes = Number.POSITIVE_INFINITY) {
    this.limitBytes = limitBytes;
  }

  /** A second backend that begins with this one's present content, as after a crash or from a restored backup. */
  image(): MemoryBackend {
    const copy = new MemoryBackend(this.limitBytes);
    copy.values = new Map(this.values);
    copy.key = this.key;
    return copy;
  }

  async get(name: string): Promise<Bytes | undefined> {
    return this.values.get(name);
  }

  async list(prefix: string): Promise<[string, Bytes][]> {
    const found = [...this.values].filter(([name]) => name.startsWith(prefix));
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async write(changes: Map<string, Bytes | undefined>, fence: string): Promise<void> {
    if (fence !== this.fence) throw fenced();
    const next = new Map(this.values);
    for (const [name, value] of changes) {
      if (value === undefined) next.delete(name);
      else next.set(name, value);
    }
    if (sizeOf(next) > Math.max(this.limitBytes, sizeOf(this.values))) throw quotaExceeded();
    this.values = next;
  }

  async raiseFence(fence: string): Promise<void> {
    this.fence = "";
    if (!(await this.hasRoom(fence.length))) throw quotaExceeded();
    this.fence = fence;
  }

  async hasRoom(bytes: number): Promise<boolean> {
    return sizeOf(this.values) + bytes <= this.limitBytes;
  }

  async sealingKey(): Promise<CryptoKey> {
    if (!this.key && !(await this.hasRoom(1))) throw quotaExceeded();
    this.key ??= makeSealingKey();
    return this.key;
  }

  async erase(): Promise<void> {
    this.values.clear();
    this.key = undefined;
    this.fence = "";
  }
}

function sizeOf(values: ReadonlyMap<string, Bytes>): number {
  let total = 0;
  for (const value of values.values()) total += value.length;
  return total;
}

function quotaExceeded(): DOMException {
  return new DOMException("the quota is used up", "QuotaExceededError");
}
