// Evidence of two histories of one log: both signed checkpoints and, where the log itself gave it, a proof that they
// contradict each other, so that a third party needs neither the log nor us (docs/protocol.md §9).
// Twin of portal/member/ledger/evidence.py.
//
// The contradiction of two sizes: an inclusion proof of the last leaf of the older tree in the newer one. Its left
// siblings are the complete subtrees of the older tree, so that it gives the root that the newer tree has at the older
// size. If that is not the root which the log signed for the older size, there are two histories.

import { isSignedCheckpoint } from "../../tlog/verifiers.ts";
import { b64, type Bytes, concat, equal, fromUtf8, MalformedError, unb64 } from "../../wire/bytes.ts";
import { formatCheckpoint, parseCheckpoint } from "../../wire/ledger/checkpoint.ts";
import { nodeHash, ProofError, verifyInclusion } from "../../wire/ledger/merkle.ts";
import {
  formatNote,
  isBy,
  keyId,
  parseNote,
  parseVkey,
  SignatureType,
  type VerifierKey,
} from "../../wire/ledger/note.ts";
import { PROOF_HASHES_MAX } from "../../wire/ledger/proof.ts";
import { isBytes, isRecord, isText, listOf } from "../fields.ts";
import type { By, Signed } from "./kept.ts";

/** An inclusion proof of the older tree's last leaf (its hash) in the newer tree. */
export interface Contradiction {
  leaf: Bytes;
  hashes: Bytes[];
}

/** What a file of evidence shows; "signed": the log signed both, and owes a proof that one follows from the other. */
export type Verdict = "proven" | "signed" | "none";

const LABEL = "portal ledger evidence";
const HASH_BYTES = 32;
const EVIDENCE_MAX_BYTES = 65_536;

/** The root of the tree of `index` + 1 leaves whose last leaf this inclusion proof is about, whatever follows it. */
export function rootBefore(index: number, { leaf, hashes }: Contradiction, size: number): Bytes {
  let [at, last, hash] = [index, size - 1, leaf];
  for (const other of hashes) {
    // A right sibling is not of the older tree; where the place is the last of its row there is none, until a left one.
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(other, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return hash;
}

/** Whether the newer tree does not begin with the older one; ProofError if this is no proof about the newer one. */
export function contradicts(older: Signed, newer: Signed, proof: Contradiction): boolean {
  const { leaf, hashes } = proof;
  verifyInclusion({ index: older.size - 1, size: newer.size, leaf, root: newer.root, proof: hashes });
  return !equal(rootBefore(older.size - 1, proof, newer.size), older.root);
}

/** The signed note of a checkpoint, with the log's line alone. */
export function noteOf(log: VerifierKey, { size, root, signature }: Signed): string {
  const text = formatCheckpoint({ origin: log.name, size, root });
  return formatNote({ text, signatures: [{ name: log.name, id: keyId(log), raw: signature }] });
}

/** The file, as text: one JSON object. `notes`: the older first. */
export function evidenceFile(found: {
  vkey: string;
  notes: [string, string];
  proof: Contradiction | null;
  from: By | null;
  at_ms: number;
}): string {
  const { vkey, notes, proof, from, at_ms } = found;
  const shown = proof && { leaf: b64(proof.leaf), hashes: proof.hashes.map(b64) };
  return `${JSON.stringify({ evidence: LABEL, v: 1, key: vkey, notes, proof: shown, from, at_ms })}\n`;
}

/** What a file shows to whoever trusts nobody but the log's key in it (compare it); "none" for what is no evidence. */
export async function verifyEvidence(raw: Uint8Array): Promise<Verdict> {
  try {
    if (raw.length > EVIDENCE_MAX_BYTES) return "none";
    const fields: unknown = JSON.parse(fromUtf8(raw));
    if (!isRecord(fields) || fields["evidence"] !== LABEL || fields["v"] !== 1) return "none";
    if (!isText(fields["key"])) return "none";
    const log = parseVkey(fields["key"]);
    const notes = listOf(fields["notes"], 2, (note) => (isText(note) ? note : null));
    if (notes?.length !== 2) return "none";
    const [older, newer] = [await opened(notes[0]!, log), await opened(notes[1]!, log)];
    if (!older || !newer || older.size > newer.size || older.size === 0) return "none";
    if (older.size === newer.size) return equal(older.root, newer.root) ? "none" : "proven";
    const proof = readProof(fields["proof"]);
    return proof && contradicts(older, newer, proof) ? "proven" : "signed";
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof MalformedError || error instanceof ProofError) return "none";
    throw error;
  }
}

async function opened(note: string, log: VerifierKey): Promise<Signed | null> {
  const { text, signatures } = parseNote(note);
  const { origin, size, root } = parseCheckpoint(text);
  const line = signatures.find((one) => isBy(one, log));
  if (!line || log.type !== SignatureType.ed25519 || origin !== log.name) return null;
  const signed = await isSignedCheckpoint(text, log.key, line.raw);
  return signed ? { size, root, signature: concat(line.raw) } : null;
}

function readProof(value: unknown): Contradiction | null {
  if (!isRecord(value)) return null;
  const hashes = listOf(value["hashes"], PROOF_HASHES_MAX, (one) => (isBytes(one, HASH_BYTES) ? unb64(one) : null));
  if (!hashes || !isBytes(value["leaf"], HASH_BYTES)) throw new MalformedError("no proof");
  return { leaf: unb64(value["leaf"]), hashes };
}
