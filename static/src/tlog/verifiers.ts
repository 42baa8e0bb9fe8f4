// Who signed a checkpoint, or another note: the cryptography above wire/ledger. Twin of portal/tlog/verifiers.py.

import { verify } from "../e2ee/signing.ts";
import { type Bytes, fromUtf8, MalformedError, own, utf8 } from "../wire/bytes.ts";
import { type Checkpoint, parseCheckpoint } from "../wire/ledger/checkpoint.ts";
import { cosignedMessage, splitCosignature } from "../wire/ledger/cosignature.ts";
import {
  isBy,
  type Note,
  type NoteSignature,
  parseNote,
  SignatureType,
  type VerifierKey,
} from "../wire/ledger/note.ts";

/** A note is not signed by whom it should be. */
export class NoteError extends Error {
  override readonly name = "NoteError";
}

/** A witness that stands behind a checkpoint, and since when (Unix time). */
export interface Cosigned {
  readonly key: VerifierKey;
  readonly time_s: number;
}

/** A checkpoint that its log signed. `signature` is the log's own: 64 bytes over the text of `note`. */
export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly signature: Bytes;
  readonly cosigned: readonly Cosigned[];
  readonly note: string;
}

/**
 * Read a signed checkpoint. Every line of a known key has to be right. Lines of unknown keys are passed over, and so
 * are ML-DSA lines where the browser has no ML-DSA: each witness signs with Ed25519 as well.
 *
 * MalformedError: no checkpoint. NoteError: the log did not sign it, the origin is not the name of the log's key, or a
 * known key's line is wrong.
 */
export async function openCheckpoint(
  note: string,
  log: VerifierKey,
  witnesses: readonly VerifierKey[] = [],
): Promise<OpenedCheckpoint> {
  const parsed = parseNote(note);
  const signature = await signatureBy(parsed, log);
  const checkpoint = parseCheckpoint(parsed.text);
  if (checkpoint.origin !== log.name) throw new NoteError("the checkpoint is another log's");
  const cosigned: Cosigned[] = [];
  for (const key of witnesses) {
    for (const line of parsed.signatures.filter((one) => isBy(one, key))) {
      const time_s = await cosignatureTime(line, key, checkpoint);
      if (time_s !== null) cosigned.push({ key, time_s });
    }
  }
  return { checkpoint, signature, cosigned, note };
}

/** The text of a note that `key` (Ed25519) signed; NoteError if it did not, MalformedError for no note. */
export async function openNote(note: string, key: VerifierKey): Promise<string> {
  const parsed = parseNote(note);
  await signatureBy(parsed, key);
  return parsed.text;
}

/** Whether `signature` (64 bytes) is the log's, by this public key, over exactly this checkpoint. */
export function isSignedCheckpoint(text: string, publicKey: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return verify(publicKey, utf8(text), signature);
}

/** A note from the network; MalformedError if it is not UTF-8. */
export function noteText(raw: Uint8Array): string {
  return fromUtf8(raw);
}

async function signatureBy({ text, signatures }: Note, key: VerifierKey): Promise<Bytes> {
  if (key.type !== SignatureType.ed25519) throw new RangeError("a log signs with Ed25519");
  const lines = signatures.filter((line) => isBy(line, key));
  for (const { raw } of lines) {
    if (!(await verify(key.key, utf8(text), raw))) throw new NoteError("a signature is wrong");
  }
  const first = lines[0];
  if (first === undefined) throw new NoteError("the key that is due did not sign");
  return own(first.raw);
}

/** When the witness signed (Unix time); null where the browser can not tell. NoteError if it did not. */
async function cosignatureTime({ raw }: NoteSignature, key: VerifierKey, checkpoint: Checkpoint): Promise<number | null> {
  let time_s: number;
  let signature: Bytes;
  try {
    [time_s, signature] = splitCosignature(key.type, raw);
  } catch (error) {
    if (error instanceof MalformedError) throw new NoteError(error.message);
    throw error;
  }
  const message = cosignedMessage(key.type, key.name, time_s, checkpoint);
  const verified = key.type === SignatureType.cosignatureMldsa44 ? verifyMldsa44 : verify;
  const holds = await verified(key.key, message, signature);
  if (holds === false) throw new NoteError(`the cosignature of ${key.name} is wrong`);
  return holds === null ? null : time_s;
}

/** Whether the ML-DSA-44 signature (FIPS 204, empty context) holds; null in browsers that do not know it. */
async function verifyMldsa44(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean | null> {
  const name = "ML-DSA-44";
  let key: CryptoKey;
  try {
    // "raw-public" is younger than the list of formats that TypeScript knows.
    key = await crypto.subtle.importKey("raw-public" as "raw", publicKey, name, false, ["verify"]);
  } catch (error) {
    // TypeError: a browser that does not know the format. Every 1,312 bytes are a key.
    if (error instanceof TypeError || (error instanceof DOMException && error.name === "NotSupportedError")) return null;
    throw error;
  }
  return crypto.subtle.verify(name, key, signature, message);
}
