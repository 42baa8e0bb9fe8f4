// Files: encrypted here in chunks by the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), so that no
// part of a file can be dropped, moved or added unnoticed and none has to be held in memory whole (docs/protocol.md
// §5).
//
// stream  = u64 size ‖ the file's bytes ‖ zeros up to the size class, cut into chunks of 1 MiB
// chunk i = AES-256-GCM(key, 7 zero bytes ‖ u32 i ‖ 1 if it is the last else 0, AAD "portal file v1\0" ‖ blob)

import { sha256 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal, own, random, readU64, u32, u64, utf8 } from "../wire/bytes.ts";
import { type Id, idBytes } from "../wire/ids.ts";
import { openGcm, sealGcm, TAG_BYTES } from "./aead.ts";
import { Refusal, refusing, require } from "./refusal.ts";

/** Plaintext of a chunk. */
export const CHUNK_BYTES = 1 << 20;
/** Ciphertext of a chunk; the last one of a file may be shorter. */
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;

const FILE_KEY_BYTES = 32;
const SIZE_BYTES = 8;
const SMALLEST_STEP_BYTES = 4096;
const STEPS = 16;
const LABEL = utf8("portal file v1\0");

/** How a file of some size travels. */
export interface StreamShape {
  /** The stream's length: size field, file, padding. All that the server learns of the size. */
  readonly padded_bytes: number;
  readonly chunks: number;
  /** The length of all ciphertext: what the server is asked to take. */
  readonly sealed_bytes: number;
}

/** What the message says of a file. `sha256` (32 bytes) is over the file's bytes. */
export interface FileExpectation {
  readonly size_bytes: number;
  readonly sha256: Uint8Array;
}

/** Reads bytes [from, to) of the file. */
export type FileSource = (from: number, to: number) => Promise<Uint8Array>;

export interface SealedChunk {
  readonly index: number;
  readonly sealed: Bytes;
  readonly last: boolean;
}

/** A fresh key for one file, 32 bytes. */
export function newFileKey(): Bytes {
  return random(FILE_KEY_BYTES);
}

/** The shape of a file's stream: the next multiple of 1/16 of the enclosing power of two, at least of 4 KiB. */
export function streamShape(size_bytes: number): StreamShape {
  const needed = SIZE_BYTES + size_bytes;
  const enclosing = 2 ** Math.ceil(Math.log2(needed));
  const step = Math.max(enclosing / STEPS, SMALLEST_STEP_BYTES);
  const padded_bytes = Math.ceil(needed / step) * step;
  const chunks = Math.ceil(padded_bytes / CHUNK_BYTES);
  return { padded_bytes, chunks, sealed_bytes: padded_bytes + chunks * TAG_BYTES };
}

/** The SHA-256 of a file, read piece by piece; `progress` is told the bytes that are done. */
export async function hashFile(
  source: FileSource,
  size_bytes: number,
  progress: (done_bytes: number) => void = () => {},
): Promise<Bytes> {
  const hash = sha256.create();
  for (let from = 0; from < size_bytes; from += CHUNK_BYTES) {
    const to = Math.min(from + CHUNK_BYTES, size_bytes);
    hash.update(await exactly(source, from, to));
    progress(to);
  }
  return own(hash.digest());
}

/**
 * The sealed chunks from `fromChunk` on.
 *
 * Resume with the same key only after hashFile has shown that it is the same file: a second content under one key and
 * chunk number would give both away. Refusal "file.size" if the source ends early.
 */
export async function* sealChunks(
  key: Uint8Array,
  blob: Id,
  source: FileSource,
  size_bytes: number,
  fromChunk = 0,
): AsyncGenerator<SealedChunk, void> {
  const { chunks } = streamShape(size_bytes);
  for (let index = fromChunk; index < chunks; index++) {
    yield { index, sealed: await sealChunk(key, blob, source, size_bytes, index), last: index === chunks - 1 };
  }
}

/** One sealed chunk; see sealChunks. */
export async function sealChunk(
  key: Uint8Array,
  blob: Id,
  source: FileSource,
  size_bytes: number,
  index: number,
): Promise<Bytes> {
  const { padded_bytes, chunks } = streamShape(size_bytes);
  if (index < 0 || index >= chunks) throw new RangeError(`a file of ${size_bytes} bytes has no chunk ${index}`);
  const begin = index * CHUNK_BYTES;
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, padded_bytes - begin));
  const head = index === 0 ? SIZE_BYTES : 0;
  if (index === 0) chunk.set(u64(size_bytes));
  const from = begin + head - SIZE_BYTES;
  const to = Math.min(begin + chunk.length - SIZE_BYTES, size_bytes);
  if (from < to) chunk.set(await exactly(source, from, to), head);
  return sealGcm(key, nonceOf(index, index === chunks - 1), chunk, aadOf(blob));
}

/**
 * Opens the chunks of one file in order. What `push` returns is authentic, but only after `finish` is it known to be
 * the whole file that the message promised.
 */
export class FileOpener {
  private readonly key: Uint8Array;
  private readonly blob: Id;
  private readonly expected: FileExpectation;
  private readonly shape: StreamShape;
  private readonly hash = sha256.create();
  private index = 0;

  constructor(key: Uint8Array, blob: Id, expected: FileExpectation) {
    this.key = key;
    this.blob = blob;
    this.expected = expected;
    this.shape = streamShape(expected.size_bytes);
  }

  /** The number of the chunk that is due. */
  get nextChunk(): number {
    return this.index;
  }

  /**
   * The file's bytes in the next chunk.
   *
   * Refusal: "file.extended" (no chunk is due), "file.chunk" (damaged, out of order, of another file or length),
   * "file.size", "file.padding".
   */
  async push(sealed: Uint8Array): Promise<Bytes> {
    const { index, shape } = this;
    require(index < shape.chunks, "file.extended", { chunks: shape.chunks });
    const begin = index * CHUNK_BYTES;
    const length = Math.min(CHUNK_BYTES, shape.padded_bytes - begin);
    require(sealed.length === length + TAG_BYTES, "file.chunk", { index });
    const chunk = await openGcm(this.key, nonceOf(index, index === shape.chunks - 1), sealed, aadOf(this.blob));
    if (chunk === null) throw new Refusal("file.chunk", { index });
    const content = this.contentOf(chunk, begin);
    this.hash.update(content);
    this.index += 1;
    return content;
  }

  /** All chunks were there and are the promised file; Refusal "file.truncated" or "file.hash". */
  finish(): void {
    require(this.index === this.shape.chunks, "file.truncated", { chunk: this.index, chunks: this.shape.chunks });
    require(equal(this.hash.digest(), this.expected.sha256), "file.hash");
  }

  private contentOf(chunk: Bytes, begin: number): Bytes {
    const { size_bytes } = this.expected;
    const head = begin === 0 ? SIZE_BYTES : 0;
    if (begin === 0) require(refusing("file.size", () => readU64(chunk, 0)) === size_bytes, "file.size");
    const end = Math.max(head, Math.min(chunk.length, SIZE_BYTES + size_bytes - begin));
    require(chunk.subarray(end).every((byte) => byte === 0), "file.padding");
    return chunk.slice(head, end);
  }
}

/** The file's bytes, chunk by chunk; throws at the end if it was not the whole promised file. See FileOpener. */
export async function* openChunks(
  key: Uint8Array,
  blob: Id,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: FileExpectation,
): AsyncGenerator<Bytes, void> {
  const opener = new FileOpener(key, blob, expected);
  for await (const sealed of chunks) yield await opener.push(sealed);
  opener.finish();
}

function nonceOf(index: number, last: boolean): Bytes {
  return concat(new Uint8Array(7), u32(index), Uint8Array.of(last ? 1 : 0));
}

function aadOf(blob: Id): Bytes {
  return concat(LABEL, idBytes(blob));
}

async function exactly(source: FileSource, from: number, to: number): Promise<Uint8Array> {
  const read = await source(from, to);
  require(read.length === to - from, "file.size", { from, to, read: read.length });
  return read;
}
