// A citizen's receipt, as it is saved: lines for people, then a block for programs. Twin of
// portal/wire/ledger/receipt.py.

import { b64, type Bytes, equal, MalformedError, unb64, utf8 } from "../bytes.ts";
import type { CanonicalObject } from "../canonical.ts";
import { COMMITMENT_BYTES, commitmentOf, encodeEntry, EntryKind, NONCE_BYTES, TAG_BYTES } from "./entries.ts";
import { formatVkey, parseVkey, type VerifierKey } from "./note.ts";
import { formatProof, parseProof } from "./proof.ts";

export const RECEIPT_VERSION = 1;
export const RECEIPT_BEGIN = "-----BEGIN PORTAL RECEIPT-----";
export const RECEIPT_END = "-----END PORTAL RECEIPT-----";
export const RECEIPT_MAX_BYTES = 64 * 1024;

/** `promise` is the log's signed promise; `proof` is null until the entry stands in the ledger. */
export interface Receipt {
  readonly commitment: Bytes;
  readonly nonce: Bytes;
  readonly tag: Bytes;
  readonly statement: CanonicalObject;
  readonly promise: string;
  readonly proof: string | null;
  readonly key: VerifierKey;
}

/** The 49 bytes that the ledger has to hold. */
export function receiptEntry({ tag, commitment }: Receipt): Bytes {
  return encodeEntry({ kind: EntryKind.submission, tag, commitment });
}

/** Whether the commitment is to this very statement with this nonce. */
export function isOfStatement({ commitment, nonce, statement }: Receipt): boolean {
  return equal(commitment, commitmentOf(EntryKind.submission, nonce, statement));
}

/** The block for programs, with its marks and a last newline. */
export function formatReceipt({ commitment, nonce, tag, statement, promise, proof, key }: Receipt): string {
  const bytes = { commitment: b64(commitment), nonce: b64(nonce), tag: b64(tag) };
  const written = { v: RECEIPT_VERSION, ...bytes, statement, promise, proof, vkey: formatVkey(key) };
  return `${RECEIPT_BEGIN}\n${JSON.stringify(written, null, 1)}\n${RECEIPT_END}\n`;
}

/** Read a receipt's file: the one block in it. MalformedError if there is none, more than one, or it is damaged. */
export function parseReceipt(file: string): Receipt {
  const text = file.replaceAll("\r\n", "\n");
  const [begin, end] = [text.indexOf(RECEIPT_BEGIN), text.indexOf(RECEIPT_END)];
  const once = begin === text.lastIndexOf(RECEIPT_BEGIN) && end === text.lastIndexOf(RECEIPT_END);
  const fits = utf8(text).length <= RECEIPT_MAX_BYTES;
  if (begin < 0 || end < begin || !once || !fits) throw new MalformedError("no receipt");
  const block = text.slice(begin, end + RECEIPT_END.length);
  const receipt = read(block.slice(RECEIPT_BEGIN.length, -RECEIPT_END.length));
  if (formatReceipt(receipt) !== `${block}\n`) throw new MalformedError("not written as receipts are");
  return receipt;
}

function read(json: string): Receipt {
  let fields: Record<string, unknown>;
  try {
    fields = { ...(JSON.parse(json) as object) };
  } catch {
    throw new MalformedError("no JSON");
  }
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value !== "string") throw new MalformedError(`${name} is no text`);
    return value;
  };
  const { v, statement, proof } = fields;
  if (v !== RECEIPT_VERSION || typeof statement !== "object" || statement === null || Array.isArray(statement)) {
    throw new MalformedError("not version 1");
  }
  if (proof !== null && formatProof(parseProof(text("proof"))) !== proof) throw new MalformedError("no proof");
  const receipt = {
    commitment: unb64(text("commitment"), COMMITMENT_BYTES),
    nonce: unb64(text("nonce"), NONCE_BYTES),
    tag: unb64(text("tag"), TAG_BYTES),
    statement: statement as CanonicalObject,
    promise: text("promise"),
    proof: proof as string | null,
    key: parseVkey(text("vkey")),
  };
  isOfStatement(receipt); // MalformedError for what nobody can have committed to
  return receipt;
}
