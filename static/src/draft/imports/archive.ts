// The parts of a DOCX that hold its text, unpacked within limits.

import { Unzip, type UnzipFile, UnzipInflate } from "fflate";
import { ImportRefusedError, LIMITS } from "./limits.ts";

/** Compressed bytes handed over at once: at the highest ratio of deflate (1032) they give less than 17 MB. */
const STEP_BYTES = 16 * 1024;
const ZIP_MAGIC = 0x504b0304;
/** Compound File Binary: Word's format before 2007, and what an encrypted DOCX is wrapped in. */
const OLD_MAGIC = 0xd0cf11e0;
/** "EncryptedPackage" in UTF-16LE, the stream's name in a DOCX with a password. */
const ENCRYPTED_NAME = [..."EncryptedPackage"].flatMap((letter) => [letter.charCodeAt(0), 0]);

/** The parts of these names as text; a part that the archive lacks is left out. ImportRefusedError if it is no such archive. */
export function partsOf(file: Uint8Array, names: readonly string[]): Map<string, string> {
  insistOnZip(file);
  const parts = new Map<string, Uint8Array[]>();
  const whole = new Set<string>();
  let entries = 0;
  const unzip = new Unzip((entry) => {
    if (++entries > LIMITS.entries) throw new ImportRefusedError("too-many-parts");
    if (!names.includes(entry.name) || parts.has(entry.name)) return;
    const chunks: Uint8Array[] = [];
    parts.set(entry.name, chunks);
    take(entry, chunks, () => whole.add(entry.name));
  });
  unzip.register(UnzipInflate);
  pushAll(unzip, file);
  for (const name of parts.keys()) if (!whole.has(name)) throw new ImportRefusedError("damaged");
  return new Map([...parts].map(([name, chunks]) => [name, decoded(chunks)]));
}

function insistOnZip(file: Uint8Array): void {
  if (file.length > LIMITS.file_bytes) throw new ImportRefusedError("too-large");
  if (file.length < 4) throw new ImportRefusedError("no-docx");
  const magic = new DataView(file.buffer, file.byteOffset).getUint32(0);
  if (magic === OLD_MAGIC) throw new ImportRefusedError(includes(file, ENCRYPTED_NAME) ? "encrypted" : "old-doc");
  if (magic !== ZIP_MAGIC) throw new ImportRefusedError("no-docx");
}

function includes(file: Uint8Array, wanted: readonly number[]): boolean {
  for (let at = file.indexOf(wanted[0] ?? 0); at !== -1; at = file.indexOf(wanted[0] ?? 0, at + 1)) {
    if (wanted.every((byte, index) => file[at + index] === byte)) return true;
  }
  return false;
}

function take(entry: UnzipFile, chunks: Uint8Array[], done: () => void): void {
  let length = 0;
  entry.ondata = (error: Error | null, chunk, final) => {
    if (error instanceof ImportRefusedError) throw error; // thrown below, and handed in here again
    if (error !== null) throw new ImportRefusedError("damaged");
    length += chunk.length;
    if (length > LIMITS.part_bytes) throw new ImportRefusedError("unpacks-too-large");
    chunks.push(chunk);
    if (final) done();
  };
  entry.start();
}

function pushAll(unzip: Unzip, file: Uint8Array): void {
  for (let at = 0; at < file.length; at += STEP_BYTES) {
    const chunk = file.subarray(at, at + STEP_BYTES);
    try {
      unzip.push(chunk, at + STEP_BYTES >= file.length);
    } catch (error) {
      if (error instanceof ImportRefusedError) throw error;
      throw new ImportRefusedError("damaged"); // fflate's own errors: not a deflate stream, an unknown method
    }
  }
}

function decoded(chunks: readonly Uint8Array[]): string {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  // Word writes UTF-8; some programs write UTF-16 with its mark, which the standard allows too.
  if (whole[0] === 0xff && whole[1] === 0xfe) return new TextDecoder("utf-16le").decode(whole);
  if (whole[0] === 0xfe && whole[1] === 0xff) return new TextDecoder("utf-16be").decode(whole);
  return new TextDecoder("utf-8").decode(whole); // which drops the mark, if there is one
}
