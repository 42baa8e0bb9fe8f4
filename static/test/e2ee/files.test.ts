import assert from "node:assert/strict";
import { test } from "node:test";

import { sha256 } from "@noble/hashes/sha2.js";

import {
  CHUNK_BYTES,
  FileOpener,
  type FileSource,
  hashFile,
  newFileKey,
  openChunks,
  sealChunk,
  sealChunks,
  SEALED_CHUNK_BYTES,
  streamShape,
} from "../../src/e2ee/files.ts";
import { type Bytes, concat, equal, own } from "../../src/wire/bytes.ts";
import { newId } from "../../src/wire/ids.ts";
import { flipped, refused } from "./refused.ts";

const blob = newId();
const key = newFileKey();

/** A file whose bytes follow from their places. */
function fileOf(size: number): { bytes: Bytes; source: FileSource; expected: { size_bytes: number; sha256: Bytes } } {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8)) & 0xff;
  return {
    bytes,
    source: async (from, to) => bytes.subarray(from, to),
    expected: { size_bytes: size, sha256: own(sha256(bytes)) },
  };
}

async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of from) all.push(one);
  return all;
}

async function sealedOf(size: number): Promise<Bytes[]> {
  return (await collect(sealChunks(key, blob, fileOf(size).source, size))).map(({ sealed }) => sealed);
}

async function opened(chunks: Uint8Array[], size: number, of = blob, by = key): Promise<Bytes> {
  return concat(...(await collect(openChunks(by, of, chunks, fileOf(size).expected))));
}

test("a file comes back whole at the edges of chunks and of size classes", async () => {
  for (const size of [0, 1, 4088, 4089, CHUNK_BYTES - 8, CHUNK_BYTES - 7, CHUNK_BYTES, 3 * CHUNK_BYTES + 17]) {
    const chunks = await sealedOf(size);
    const shape = streamShape(size);
    assert.equal(chunks.length, shape.chunks);
    assert.equal(
      chunks.reduce((sum, chunk) => sum + chunk.length, 0),
      shape.sealed_bytes,
    );
    assert.ok(chunks.slice(0, -1).every((chunk) => chunk.length === SEALED_CHUNK_BYTES));
    assert.ok(equal(await opened(chunks, size), fileOf(size).bytes));
  }
});

test("size classes are sixteenths of the enclosing power of two, an eighth of overhead at most", () => {
  assert.equal(streamShape(0).padded_bytes, 4096);
  assert.equal(streamShape(4088).padded_bytes, 4096);
  assert.equal(streamShape(4089).padded_bytes, 8192);
  assert.equal(streamShape(70_000).padded_bytes, 73_728);
  assert.equal(streamShape(2 ** 30).padded_bytes, 2 ** 30 + 2 ** 27);
  for (let size = 65_536; size < 2 ** 31; size = Math.floor(size * 1.37)) {
    const { padded_bytes } = streamShape(size);
    assert.ok(padded_bytes >= size + 8 && padded_bytes <= (size + 8) * 1.126, String(size));
  }
});

test("an upload goes on from any chunk with the same bytes", async () => {
  const size = 3 * CHUNK_BYTES;
  const { source, bytes, expected } = fileOf(size);
  const whole = await sealedOf(size);
  const rest = await collect(sealChunks(key, blob, source, size, 2));
  assert.deepEqual(
    rest.map(({ index }) => index),
    [2, 3],
  );
  assert.deepEqual(rest[0]!.sealed, whole[2]);
  assert.deepEqual(await sealChunk(key, blob, source, size, 3), whole[3]);
  const seen: number[] = [];
  assert.deepEqual(await hashFile(source, size, (done) => seen.push(done)), expected.sha256);
  assert.deepEqual(seen, [CHUNK_BYTES, 2 * CHUNK_BYTES, size]);
  assert.ok(equal(bytes, await opened(whole, size)));
  await assert.rejects(sealChunk(key, blob, source, size, 4), RangeError);
});

test("chunks that are missing, moved, repeated, added, damaged or of another file are refused", async () => {
  const size = 2 * CHUNK_BYTES + 5;
  const [first, second, third] = (await sealedOf(size)) as [Bytes, Bytes, Bytes];
  await refused("file.truncated", opened([first, second], size));
  await refused("file.truncated", opened([], size));
  await refused("file.extended", opened([first, second, third, third], size));
  await refused("file.chunk", opened([second, first, third], size));
  await refused("file.chunk", opened([first, first, third], size));
  await refused("file.chunk", opened([first, third], size));
  await refused("file.chunk", opened([first, flipped(second, 77), third], size));
  await refused("file.chunk", opened([first, second.slice(0, -1), third], size));
  await refused("file.chunk", opened([first, second, third], size, newId()));
  await refused("file.chunk", opened([first, second, third], size, blob, newFileKey()));
});

test("a shorter or longer file under the same key does not pass for the promised one", async () => {
  const [short, long] = [CHUNK_BYTES, 4 * CHUNK_BYTES];
  const longChunks = await sealedOf(long);
  await refused("file.size", opened(longChunks.slice(0, streamShape(short).chunks), short));
  await refused("file.size", opened(await sealedOf(10), 11));
  const { source, expected } = fileOf(10);
  const other: FileSource = async (from, to) => (await source(from, to)).map((byte) => byte ^ 1);
  const chunks = (await collect(sealChunks(key, blob, other, 10))).map(({ sealed }) => sealed);
  await refused("file.hash", collect(openChunks(key, blob, chunks, expected)));
});

test("bytes hidden in the padding are refused", async () => {
  const { source } = fileOf(100);
  const hiding: FileSource = async (from, to) => source(from, to);
  const [chunk] = await sealedOf(100);
  const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const stream = new Uint8Array(4096);
  new DataView(stream.buffer).setBigUint64(0, 100n);
  stream.set(await hiding(0, 100), 8);
  stream[4095] = 1;
  const aad = concat(new TextEncoder().encode("portal file v1\0"), new Uint8Array(Buffer.from(blob, "base64url")));
  const iv = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: aad }, imported, stream),
  );
  assert.equal(sealed.length, chunk!.length);
  await refused("file.padding", opened([sealed], 100));
});

test("a file that shrinks while it is read is told", async () => {
  const shrunk: FileSource = async (from, to) => new Uint8Array(Math.max(0, to - from - 1));
  await refused("file.size", sealChunk(key, blob, shrunk, 5000, 0));
  await refused("file.size", hashFile(shrunk, 5000));
});

test("an opener says which chunk is due", async () => {
  const chunks = await sealedOf(CHUNK_BYTES);
  const opener = new FileOpener(key, blob, fileOf(CHUNK_BYTES).expected);
  await opener.push(chunks[0]!);
  assert.equal(opener.nextChunk, 1);
  await refused("file.truncated", () => opener.finish());
  await opener.push(chunks[1]!);
  opener.finish();
});
