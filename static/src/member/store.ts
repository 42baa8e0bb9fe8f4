// What this browser keeps: a key-value store whose writes are transactions, sealed at rest.
//
// Names and their values (all sealed with AES-256-GCM under a key that WebCrypto does not give out; AAD = the name):
//   session            who is signed in here: account, device and its key, vault key
//   vault              the newest vault contents that this browser has seen
//   people:<account>   a verified device list · directory: names and delegations
//   package:<ref>      private half of an offered key package
//   room:<id>          place in the record, roster, cursor · group:<id>, ring:<id>, pending:<id> its keys
//   rows:<id>:<page>   opened items, 64 a page · raw:<id>:<page> their envelopes
//   out:<id>:<order>   what waits to be sent · draft:<id> · transfer:<id> an unfinished upload
//
// Why all and not the keys alone: opened text is worth as much as a key.

import { type Bytes, random, utf8 } from "../wire/bytes.ts";
import { decodePlain, encodePlain } from "./cbor.ts";
import { MemberError } from "./failure.ts";

/** Values to put, or `undefined` to delete, by name. */
export type Changes = Map<string, unknown>;

/** Bytes by name. `write` happens wholly or not at all, and only while `fence` is the newest fence. */
export interface Backend {
  get(name: string): Promise<Bytes | undefined>;
  /** All whose names begin with `prefix`, in the order of their names. */
  list(prefix: string): Promise<[string, Bytes][]>;
  write(changes: Map<string, Bytes | undefined>, fence: string): Promise<void>;
  /**
   * From now on only writes with this fence succeed; others reject with `client.not_ready`. QuotaExceededError where
   * there is no room for it: then no write succeeds at all until a fence is raised.
   */
  raiseFence(fence: string): Promise<void>;
  /** Whether so many bytes more would be kept. */
  hasRoom(bytes: number): Promise<boolean>;
  /** The key that seals at rest, made at the first call; not extractable. */
  sealingKey(): Promise<CryptoKey>;
  /** Delete everything, the sealing key too. */
  erase(): Promise<void>;
}

const NONCE_BYTES = 12;
/** Less free room than this is none: a batch of the record may need as much. */
const ROOM_BYTES = 262_144;

export class Store {
  private readonly backend: Backend;
  private readonly key: CryptoKey;
  private readonly fence: string;
  /** Told about every refusal for want of room, and about the first write that succeeds afterwards. */
  onFull: (full: boolean) => void = () => {};
  private full: boolean;
  private raised: boolean;

  private constructor(backend: Backend, key: CryptoKey, fence: string, raised: boolean) {
    this.backend = backend;
    this.key = key;
    this.fence = fence;
    this.raised = raised;
    this.full = !raised;
  }

  /**
   * Open the store as its one writer: whoever wrote before can not write any more. Without any room left it can be
   * read, and written once there is room. Rejects with `client.storage_full` if there is nothing to be read either.
   */
  static async open(backend: Backend): Promise<Store> {
    const fence = crypto.randomUUID();
    const raised = await unlessFull(() => backend.raiseFence(fence));
    try {
      return new Store(backend, await backend.sealingKey(), fence, raised);
    } catch (error) {
      throw isQuotaExceeded(error) ? storageFull(error) : error;
    }
  }

  /** Whether the last write was refused for want of room, or no write was possible from the beginning. */
  get isFull(): boolean {
    return this.full;
  }

  /** Look whether there is room again; tells `onFull` if so. */
  async lookForRoom(): Promise<void> {
    if (!this.full || !(await this.backend.hasRoom(ROOM_BYTES))) return;
    await this.raise();
    this.full = false;
    this.onFull(false);
  }

  /** The value, or undefined; OperationError if it was not sealed here under this name. */
  async get<T>(name: string): Promise<T | undefined> {
    const sealed = await this.backend.get(name);
    return sealed && (decodePlain(await this.open(name, sealed)) as T);
  }

  /** Whether there is any name that begins with `prefix`. */
  async holds(prefix: string): Promise<boolean> {
    return (await this.backend.list(prefix)).length > 0;
  }

  /** All values whose names begin with `prefix`, in the order of their names. */
  async list<T>(prefix: string): Promise<[string, T][]> {
    const found = await this.backend.list(prefix);
    return Promise.all(
      found.map(
        async ([name, sealed]): Promise<[string, T]> => [name, decodePlain(await this.open(name, sealed)) as T],
      ),
    );
  }

  /**
   * Write all of `changes` in one transaction, on the disk when it resolves.
   * Rejects with `client.storage_full`, or `client.not_ready` when another tab has become the writer; nothing is
   * written then.
   */
  async write(changes: Changes): Promise<void> {
    // All at once: a browser seals in threads of its own.
    const sealing = [...changes].map(
      async ([name, value]): Promise<[string, Bytes | undefined]> => [
        name,
        value === undefined ? undefined : await this.seal(name, value),
      ],
    );
    const sealed = new Map(await Promise.all(sealing));
    try {
      await this.raise();
      await this.backend.write(sealed, this.fence);
    } catch (error) {
      if (!isQuotaExceeded(error)) throw error;
      this.full = true;
      this.onFull(true);
      throw storageFull(error);
    }
    if (this.full) this.onFull((this.full = false));
  }

  put(name: string, value: unknown): Promise<void> {
    return this.write(new Map([[name, value]]));
  }

  async erase(): Promise<void> {
    await this.backend.erase();
  }

  private async raise(): Promise<void> {
    if (this.raised) return;
    await this.backend.raiseFence(this.fence);
    this.raised = true;
  }

  private async seal(name: string, value: unknown): Promise<Bytes> {
    const nonce = random(NONCE_BYTES);
    const algorithm = { name: "AES-GCM", iv: nonce, additionalData: utf8(name) };
    const sealed = await crypto.subtle.encrypt(algorithm, this.key, encodePlain(value));
    const whole = new Uint8Array(NONCE_BYTES + sealed.byteLength);
    whole.set(nonce);
    whole.set(new Uint8Array(sealed), NONCE_BYTES);
    return whole;
  }

  private async open(name: string, sealed: Bytes): Promise<Uint8Array> {
    const algorithm = { name: "AES-GCM", iv: sealed.subarray(0, NONCE_BYTES), additionalData: utf8(name) };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, this.key, sealed.subarray(NONCE_BYTES)));
  }
}

/** A new key for sealing at rest. */
export function makeSealingKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Whether a browser refused to keep something for want of room. */
export function isQuotaExceeded(error: unknown): boolean {
  return error instanceof Error && error.name === "QuotaExceededError";
}

/** What a full disk is called outside of the store. */
export function storageFull(cause: unknown): MemberError {
  return new MemberError("client.storage_full", {}, { cause });
}

async function unlessFull(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!isQuotaExceeded(error)) throw error;
    return false;
  }
}

/** Raised by a backend's write whose fence is not the newest. */
export function fenced(): MemberError {
  return new MemberError("client.not_ready", { reason: "another tab writes" });
}
