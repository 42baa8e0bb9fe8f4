// A proof to take away (c2sp.org/tlog-proof): index, inclusion proof and checkpoint in one text. Twin of
// portal/wire/ledger/proof.py.

import { type Bytes, MalformedError } from "../bytes.ts";
import { base64, unbase64 } from "./base64.ts";
import { decimal, parseCheckpoint } from "./checkpoint.ts";
import { HASH_BYTES } from "./merkle.ts";
import { parseNote } from "./note.ts";

export const PROOF_HEADER = "c2sp.org/tlog-proof@v1";
/** Enough for a tree of 2^53 leaves. */
export const PROOF_HASHES_MAX = 63;

/** `checkpoint` is the signed note. */
export interface LedgerProof {
  readonly index: number;
  readonly hashes: readonly Bytes[];
  readonly checkpoint: string;
}

/** The text of a proof. */
export function formatProof({ index, hashes, checkpoint }: LedgerProof): string {
  return `${PROOF_HEADER}\nindex ${index}\n${hashes.map((hash) => `${base64(hash)}\n`).join("")}\n${checkpoint}`;
}

/** Read a proof; a line of extra data is passed over, for nobody signed it. MalformedError if it is none. */
export function parseProof(text: string): LedgerProof {
  const end = text.indexOf("\n\n");
  if (end < 0) throw new MalformedError("no proof with a checkpoint");
  const [header, ...lines] = text.slice(0, end).split("\n");
  if (header !== PROOF_HEADER) throw new MalformedError("not a proof of version 1");
  if (lines[0]?.startsWith("extra ")) unbase64(lines.shift()!.slice("extra ".length));
  const index = lines.shift();
  if (index === undefined || !index.startsWith("index ")) throw new MalformedError("a proof without an index");
  if (lines.length > PROOF_HASHES_MAX) throw new MalformedError("the proof is too long");
  const checkpoint = text.slice(end + 2);
  parseCheckpoint(parseNote(checkpoint).text);
  const hashes = lines.map((line) => unbase64(line, HASH_BYTES));
  return { index: decimal(index.slice("index ".length)), hashes, checkpoint };
}
