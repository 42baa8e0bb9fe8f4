// Signed notes and verifier keys (c2sp.org/signed-note): text only, no cryptography but the key's id. Twin of
// portal/wire/ledger/note.py. Who signed is checked by ../../tlog/verifiers.ts.

import { sha256 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal, hex, MalformedError, own, utf8 } from "../bytes.ts";
import { base64, unbase64 } from "./base64.ts";

export const KEY_ID_BYTES = 4;
/** More than any log here writes: 64 witnesses with two signatures each. */
export const NOTE_MAX_BYTES = 1 << 18;
export const SIGNATURES_MAX = 128;

/** The first byte of a key's material: what its signatures are made by, and over what. */
export const SignatureType = { ed25519: 1, cosignatureEd25519: 4, cosignatureMldsa44: 6 } as const;
export type SignatureType = (typeof SignatureType)[keyof typeof SignatureType];

/** Bytes of a public key of each type. */
export const PUBLIC_KEY_BYTES: Readonly<Record<number, number>> = { 1: 32, 4: 32, 6: 1312 };

/** A line below a note's text. `raw` is the signature without the key's id; `id` has 4 bytes. */
export interface NoteSignature {
  readonly name: string;
  readonly id: Bytes;
  readonly raw: Bytes;
}

/** A text, with its last newline, and who says to have signed it. */
export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Whose signatures are believed: a vkey. */
export interface VerifierKey {
  readonly name: string;
  readonly type: SignatureType;
  readonly key: Bytes;
}

const SIGNATURE_LINE = /^— ([^ ]+) ([^ ]+)$/u;
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/u;
const NAME = /^[^\p{White_Space}+\u0000-\u001f]+$/u;

/** The parts of a signed note; MalformedError if it is none, or is larger than any that is written here. */
export function parseNote(note: string): Note {
  if (utf8(note).length > NOTE_MAX_BYTES) throw new MalformedError("the note is too long");
  if (CONTROL.test(note)) throw new MalformedError("control characters in a note");
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw new MalformedError("no signed note");
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) throw new MalformedError("too many signatures");
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignature) };
}

/** The note as it travels. */
export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(formatSignature).join("")}`;
}

/** One signature line, with its newline. */
export function formatSignature({ name, id, raw }: NoteSignature): string {
  return `— ${name} ${base64(concat(id, raw))}\n`;
}

/** The id of a key: the first 4 bytes of SHA-256(name ‖ "\n" ‖ type ‖ public key). */
export function keyId({ name, type, key }: VerifierKey): Bytes {
  return own(sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), key))).slice(0, KEY_ID_BYTES);
}

/** Whether this line says to be by `key`: name and id are the key's. */
export function isBy(signature: NoteSignature, key: VerifierKey): boolean {
  return signature.name === key.name && equal(signature.id, keyId(key));
}

/** The key of a vkey's text; MalformedError if it is none, of a type unknown here, or its id is not its own. */
export function parseVkey(text: string): VerifierKey {
  const [name, id, material, ...more] = splitVkey(text);
  if (name === undefined || id === undefined || material === undefined || more.length > 0 || !NAME.test(name)) {
    throw new MalformedError("no verifier key");
  }
  const raw = unbase64(material);
  const type = raw[0] as SignatureType;
  if (PUBLIC_KEY_BYTES[type] === undefined || PUBLIC_KEY_BYTES[type] !== raw.length - 1) {
    throw new MalformedError("a verifier key of an unknown type or length");
  }
  const key = { name, type, key: raw.slice(1) };
  if (hex(keyId(key)) !== id) throw new MalformedError("the verifier key's id is another's");
  return key;
}

/** The text of a vkey. */
export function formatVkey(key: VerifierKey): string {
  return `${key.name}+${hex(keyId(key))}+${base64(concat(Uint8Array.of(key.type), key.key))}`;
}

/** Whether `name` can be a key's name: not empty, no space, no plus. */
export function isKeyName(name: string): boolean {
  return NAME.test(name);
}

/** Base64 may hold a plus, so that only the first two are separators. */
function splitVkey(text: string): string[] {
  const first = text.indexOf("+");
  const second = text.indexOf("+", first + 1);
  return first < 0 || second < 0 ? [] : [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

function parseSignature(line: string): NoteSignature {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !NAME.test(name)) throw new MalformedError("no signature line");
  const raw = unbase64(encoded);
  if (raw.length <= KEY_ID_BYTES) throw new MalformedError("a signature line without a signature");
  return { name, id: raw.slice(0, KEY_ID_BYTES), raw: raw.slice(KEY_ID_BYTES) };
}
