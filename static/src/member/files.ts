// Transfers of files: hashed and sealed here chunk by chunk, three on the way at once, never whole in memory.
//
// | upload  | means                                            | left by                                             |
// |---------|--------------------------------------------------|-----------------------------------------------------|
// | running | hashing, then sealing and sending                | done, pause, cancel, failure                        |
// | paused  | by the person, or the network is away            | resume                                              |
// | failed  | the server refused; or the file could not be read| resume, cancel                                      |
// | done    | its descriptor can go into a message             | (kept until a message carries it)                   |
// | (kept)  | after a reload: the browser let go of the file   | upload() of the same file goes on where it stopped  |
//
// A file's key seals a chunk number only once: whoever goes on with a kept transfer must show a file with the same
// hash.

import {
  CHUNK_BYTES,
  FileOpener,
  type FileSource,
  hashFile,
  newFileKey,
  sealChunk,
  streamShape,
} from "../e2ee/files.ts";
import { b64, type Bytes, equal, unb64 } from "../wire/bytes.ts";
import { type Id, newId } from "../wire/ids.ts";
import type { BlobAnswer } from "./answers.ts";
import type { Transfer } from "./api.ts";
import type { FileContent } from "./content.ts";
import { MemberError, toFailure } from "./failure.ts";
import { type Http, isPassing } from "./http.ts";
import type { Store } from "./store.ts";

/** Kept under "transfer:<id>" until its message is queued or it is cancelled. */
interface Kept {
  transfer: Id;
  room: Id;
  blob: Id;
  key: Bytes;
  name: string;
  type: string;
  size_bytes: number;
  sha256: Bytes | null;
  size: { width: number; height: number } | null;
  /** The server has been told of the blob. */
  announced: boolean;
  done: boolean;
}

interface Running {
  kept: Kept;
  shown: Transfer;
  file: File | null;
  stop: AbortController;
}

const AT_ONCE = 3;
const CHUNK_MS = 120_000;

export class Transfers {
  onChange: (transfer: Transfer) => void = () => {};
  private readonly http: Http;
  private readonly store: Store;
  private readonly all = new Map<Id, Running>();

  constructor(http: Http, store: Store) {
    this.http = http;
    this.store = store;
  }

  /** Take up what was not finished; it shows as paused. */
  async load(): Promise<void> {
    for (const [, kept] of await this.store.list<Kept>("transfer:")) {
      const running = {
        kept,
        shown: this.shownOf(kept, kept.done ? "done" : "paused"),
        file: null,
        stop: new AbortController(),
      };
      this.all.set(kept.transfer, running);
      this.onChange(running.shown);
    }
  }

  /**
   * Begin to send a file, or go on with the same one that was begun before; resolves with the transfer's id at
   * once.
   */
  async upload(room: Id, file: File, size: { width: number; height: number } | null): Promise<Id> {
    const same = [...this.all.values()].find(
      ({ kept, file: held }) =>
        !held && !kept.done && kept.room === room && kept.name === file.name && kept.size_bytes === file.size,
    );
    const running = same ?? this.begin(room, file, size);
    running.file = file;
    this.all.set(running.kept.transfer, running);
    if (!same) await this.keep(running.kept);
    void this.run(running);
    return running.kept.transfer;
  }

  pause(transfer: Id): void {
    const running = this.find(transfer);
    if (running.shown.state !== "running") return;
    running.stop.abort();
    this.show(running, { state: "paused" });
  }

  resume(transfer: Id): void {
    const running = this.find(transfer);
    if (running.shown.state === "running" || running.kept.done) return;
    if (!running.file) throw new MemberError("transfer.pick_again", { name: running.kept.name });
    void this.run(running);
  }

  async cancel(transfer: Id): Promise<void> {
    const running = this.find(transfer);
    running.stop.abort();
    this.show(running, { state: "cancelled" });
    if (running.shown.direction === "down") return void this.all.delete(transfer);
    await this.forget([transfer]);
    if (running.kept.announced) await this.http.delete(`/api/blobs/${running.kept.blob}`);
  }

  /** What a message says of finished uploads. */
  describe(transfers: readonly Id[]): FileContent[] {
    return transfers.map((transfer) => {
      const { kept } = this.find(transfer);
      if (!kept.done || !kept.sha256) throw new MemberError("transfer.unfinished", { name: kept.name });
      const { blob, name, type, size_bytes, size } = kept;
      const described = {
        blob,
        key: b64(kept.key),
        name,
        type,
        size_bytes,
        chunk_bytes: CHUNK_BYTES,
        sha256: b64(kept.sha256),
      };
      return size ? { ...described, ...size } : described;
    });
  }

  /** A message carries them now. */
  async forget(transfers: readonly Id[]): Promise<void> {
    await this.store.write(new Map(transfers.map((transfer) => [`transfer:${transfer}`, undefined])));
    for (const transfer of transfers) this.all.delete(transfer);
  }

  /** Fetch, open and check a file. Refusal file.* if it is not the one that the message said. */
  async download(room: Id, { blob, key, name, type, size_bytes, sha256 }: FileContent): Promise<Blob> {
    const kept = { transfer: newId(), room, blob, key: unb64(key, 32), name, type, size_bytes, sha256: null };
    const shown: Transfer = {
      transfer: kept.transfer,
      room,
      name,
      direction: "down",
      done_bytes: 0,
      total_bytes: size_bytes,
      state: "running",
      failure: null,
    };
    const running: Running = {
      kept: { ...kept, size: null, announced: true, done: false },
      shown,
      file: null,
      stop: new AbortController(),
    };
    this.all.set(kept.transfer, running);
    try {
      const parts = await this.fetchChunks(
        running,
        new FileOpener(kept.key, blob, { size_bytes, sha256: unb64(sha256, 32) }),
      );
      this.show(running, { state: "done", done_bytes: size_bytes });
      return new Blob(parts, { type: safeType(type) });
    } catch (error) {
      if (running.shown.state === "running") this.show(running, { state: "failed", failure: toFailure(error).code });
      throw running.stop.signal.aborted ? new MemberError("transfer.cancelled") : error;
    } finally {
      this.all.delete(kept.transfer);
    }
  }

  /** Stop all, as when signing out. */
  stop(): void {
    for (const running of this.all.values()) running.stop.abort();
    this.all.clear();
  }

  private begin(room: Id, file: File, size: { width: number; height: number } | null): Running {
    const fields = {
      transfer: newId(),
      room,
      blob: newId(),
      key: newFileKey(),
      name: file.name,
      type: file.type,
      size_bytes: file.size,
    };
    const kept: Kept = { ...fields, sha256: null, size, announced: false, done: false };
    return { kept, shown: this.shownOf(kept, "running"), file, stop: new AbortController() };
  }

  private async run(running: Running): Promise<void> {
    running.stop = new AbortController();
    this.show(running, { state: "running", failure: null });
    try {
      await this.send(running, running.file!, running.stop.signal);
    } catch (error) {
      if (running.stop.signal.aborted) return;
      running.stop.abort();
      const state = isPassing(error) ? "paused" : "failed";
      this.show(running, { state, failure: toFailure(error).code });
    }
  }

  private async send(running: Running, file: File, signal: AbortSignal): Promise<void> {
    const { kept } = running;
    const source = sourceOf(file, signal);
    const sha256 = await hashFile(source, kept.size_bytes);
    if (kept.sha256 && !equal(kept.sha256, sha256)) throw new MemberError("transfer.file_changed", { name: kept.name });
    kept.sha256 = sha256;
    await this.keep(kept);
    const { chunks, sealed_bytes } = streamShape(kept.size_bytes);
    const body = { blob: kept.blob, size_bytes: sealed_bytes };
    if (!kept.announced) await this.http.post(`/api/rooms/${kept.room}/blobs`, body, { idempotent: true, signal });
    kept.announced = true;
    await this.keep(kept);
    const answer = await this.http.get<BlobAnswer>(`/api/blobs/${kept.blob}`, { signal });
    await this.sendChunks(running, source, missingChunks(chunks, answer.received), signal);
    if (!answer.complete) await this.http.post(`/api/blobs/${kept.blob}/complete`, {}, { idempotent: true, signal });
    kept.done = true;
    await this.keep(kept);
    this.show(running, { state: "done", done_bytes: kept.size_bytes });
  }

  private async sendChunks(
    running: Running,
    source: FileSource,
    missing: number[],
    signal: AbortSignal,
  ): Promise<void> {
    const { kept } = running;
    let left = missing.length;
    const progress = (): void => {
      this.show(running, { done_bytes: Math.max(0, kept.size_bytes - left * CHUNK_BYTES) });
    };
    progress();
    const queue = [...missing];
    const lane = async (): Promise<void> => {
      for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
        const sealed = await sealChunk(kept.key, kept.blob, source, kept.size_bytes, index);
        signal.throwIfAborted();
        const options = { idempotent: true, timeout_ms: CHUNK_MS, signal };
        await this.http.sendBytes("PUT", `/api/blobs/${kept.blob}/chunks/${index}`, sealed, options);
        left--;
        progress();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** Chunks in order, with the next ones already on their way. */
  private async fetchChunks(running: Running, opener: FileOpener): Promise<Bytes[]> {
    const { blob, size_bytes } = running.kept;
    const { chunks } = streamShape(size_bytes);
    const options = { timeout_ms: CHUNK_MS, signal: running.stop.signal };
    const fetching: Promise<Uint8Array>[] = [];
    const parts: Bytes[] = [];
    this.show(running, {});
    for (let index = 0; index < chunks; index++) {
      while (fetching.length < Math.min(chunks, index + AT_ONCE)) {
        const ahead = this.http.getBytes(`/api/blobs/${blob}/chunks/${fetching.length}`, options);
        // A failure is met where its turn comes; until then it is not an unhandled one.
        ahead.catch(() => undefined);
        fetching.push(ahead);
      }
      parts.push(await opener.push(await fetching[index]!));
      this.show(running, { done_bytes: Math.min(size_bytes, (index + 1) * CHUNK_BYTES) });
    }
    opener.finish();
    return parts;
  }

  private find(transfer: Id): Running {
    const running = this.all.get(transfer);
    if (!running) throw new MemberError("transfer.unknown");
    return running;
  }

  private keep(kept: Kept): Promise<void> {
    return this.store.put(`transfer:${kept.transfer}`, kept);
  }

  private show(running: Running, change: Partial<Transfer>): void {
    running.shown = { ...running.shown, ...change };
    this.onChange(running.shown);
  }

  private shownOf(kept: Kept, state: Transfer["state"]): Transfer {
    const { transfer, room, name, size_bytes } = kept;
    const done_bytes = state === "done" ? size_bytes : 0;
    return { transfer, room, name, direction: "up", done_bytes, total_bytes: size_bytes, state, failure: null };
  }
}

/** Chunk numbers that are not in the inclusive ranges `received`. */
export function missingChunks(chunks: number, received: readonly (readonly [number, number])[]): number[] {
  const has = (index: number): boolean => received.some(([from, to]) => from <= index && index <= to);
  return Array.from({ length: chunks }, (_, index) => index).filter((index) => !has(index));
}

function sourceOf(file: File, signal: AbortSignal): FileSource {
  return async (from, to) => {
    signal.throwIfAborted();
    return new Uint8Array(await file.slice(from, to).arrayBuffer());
  };
}

/** Types that a browser shows in place without running anything; all others are for saving only. */
function safeType(type: string): string {
  const shown = /^(image\/(png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain|application\/pdf)$/;
  return shown.test(type) ? type : "application/octet-stream";
}
