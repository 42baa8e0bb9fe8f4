// The backend in a browser: one IndexedDB database with two object stores, "values" and "own" (sealing key and fence).

import type { Bytes } from "../wire/bytes.ts";
import type { Backend } from "./store.ts";
import { fenced, isQuotaExceeded, makeSealingKey } from "./store.ts";

const VALUES = "values";
const OWN = "own";
/** Begins with no prefix that anything is listed by. */
const PROBE = "probe";
/** Behind every string that begins with a prefix: names are ASCII. */
const LAST = "\uffff";

export class IndexedDbBackend implements Backend {
  private readonly database: IDBDatabase;
  private readonly name: string;

  private constructor(database: IDBDatabase, name: string) {
    this.database = database;
    this.name = name;
  }

  /** Open or make the database `name`. */
  static async open(name: string): Promise<IndexedDbBackend> {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(VALUES);
      opening.result.createObjectStore(OWN);
    };
    const backend = new IndexedDbBackend(await settled(opening), name);
    // Another tab that erases everything must not wait for this one.
    backend.database.onversionchange = () => backend.database.close();
    return backend;
  }

  async get(name: string): Promise<Bytes | undefined> {
    return settled<Bytes | undefined>(this.reading(VALUES).get(name));
  }

  async list(prefix: string): Promise<[string, Bytes][]> {
    const range = IDBKeyRange.bound(prefix, prefix + LAST);
    const store = this.reading(VALUES);
    const [names, values] = await Promise.all([settled(store.getAllKeys(range)), settled(store.getAll(range))]);
    return names.map((name, index) => [name as string, values[index] as Bytes]);
  }

  async write(changes: Map<string, Bytes | undefined>, fence: string): Promise<void> {
    const transaction = this.database.transaction([VALUES, OWN], "readwrite", { durability: "strict" });
    const done = finished(transaction);
    const newest = transaction.objectStore(OWN).get("fence");
    let outrun = false;
    newest.onsuccess = () => {
      outrun = newest.result !== fence;
      if (outrun) transaction.abort();
      else putAll(transaction.objectStore(VALUES), changes);
    };
    await done.catch((error: unknown) => {
      throw outrun ? fenced() : error;
    });
  }

  async raiseFence(fence: string): Promise<void> {
    try {
      await this.change(OWN, (own) => own.put(fence, "fence"));
    } catch (error) {
      // Browsers delete where they refuse to add: without any fence nobody writes.
      if (isQuotaExceeded(error)) await this.change(OWN, (own) => own.delete("fence"));
      throw error;
    }
  }

  async hasRoom(bytes: number): Promise<boolean> {
    try {
      // What a transaction puts is counted against the quota when it ends, also if nothing of it is left by then.
      await this.change(VALUES, (values) => {
        values.put(new Uint8Array(bytes), PROBE);
        values.delete(PROBE);
      });
      return true;
    } catch (error) {
      if (isQuotaExceeded(error)) return false;
      throw error;
    }
  }

  async sealingKey(): Promise<CryptoKey> {
    const kept = await settled<CryptoKey | undefined>(this.reading(OWN).get("key"));
    if (kept) return kept;
    const key = await makeSealingKey();
    await this.change(OWN, (own) => own.put(key, "key"));
    return key;
  }

  close(): void {
    this.database.close();
  }

  async erase(): Promise<void> {
    this.database.close();
    await settled(indexedDB.deleteDatabase(this.name));
  }

  private change(store: string, change: (within: IDBObjectStore) => void): Promise<void> {
    const transaction = this.database.transaction(store, "readwrite", { durability: "strict" });
    change(transaction.objectStore(store));
    return finished(transaction);
  }

  private reading(store: string): IDBObjectStore {
    return this.database.transaction(store, "readonly").objectStore(store);
  }
}

function putAll(store: IDBObjectStore, changes: Map<string, Bytes | undefined>): void {
  for (const [name, value] of changes) {
    if (value === undefined) store.delete(name);
    else store.put(value, name);
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}
