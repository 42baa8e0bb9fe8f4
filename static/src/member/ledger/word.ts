// What each sealed content carries of the public ledger: the newest checkpoint that its sender has verified
// (docs/protocol.md §9). Twin of portal/member/ledger/word.py.

import { b64, type Bytes, fromUtf8, unb64, utf8 } from "../../wire/bytes.ts";
import { CONTENT_PADDED_MAX_BYTES } from "../../wire/envelope.ts";
import { type Fields, isBytes, isCount, isRecord } from "../fields.ts";

/** A size and root (32 bytes) that the log with this Ed25519 key (32 bytes) signed (64 bytes). */
export interface LogWord {
  readonly size: number;
  readonly root: Bytes;
  readonly signature: Bytes;
  readonly key: Bytes;
}

const HASH_BYTES = 32;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const LENGTH_BYTES = 4;

/** `plaintext`, a content, with the word; without it where it would not fit into one item. */
export function withWord(plaintext: Bytes, word: LogWord | null): Bytes {
  if (!word) return plaintext;
  const { size, root, signature, key } = word;
  const log = JSON.stringify({ size, root: b64(root), signature: b64(signature), key: b64(key) });
  const whole = utf8(`${fromUtf8(plaintext).slice(0, -1)},"log":${log}}`);
  return whole.length + LENGTH_BYTES > CONTENT_PADDED_MAX_BYTES ? plaintext : new Uint8Array(whole);
}

/** The word in a content: null if there is none, "garbled" for what no program of the portal writes. */
export function wordIn(plaintext: Uint8Array): LogWord | "garbled" | null {
  let fields: unknown;
  try {
    fields = JSON.parse(fromUtf8(plaintext));
  } catch {
    return null;
  }
  if (!isRecord(fields) || !Object.hasOwn(fields, "log")) return null;
  return isRecord(fields["log"]) ? readWord(fields["log"]) : "garbled";
}

function readWord({ size, root, signature, key }: Fields): LogWord | "garbled" {
  if (!isCount(size) || size === 0) return "garbled";
  if (!isBytes(root, HASH_BYTES) || !isBytes(signature, SIGNATURE_BYTES) || !isBytes(key, KEY_BYTES)) return "garbled";
  return { size, root: unb64(root), signature: unb64(signature), key: unb64(key) };
}
