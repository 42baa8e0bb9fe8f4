// Checking a receipt by itself, as `portal verify receipt` does: nothing is asked of anybody. Each finding has a code,
// whose words are the page's.

import { sha256 } from "@noble/hashes/sha2.js";

import { b64, equal, MalformedError, own, utf8 } from "../wire/bytes.ts";
import { leafHash, ProofError, verifyInclusion } from "../wire/ledger/merkle.ts";
import { formatVkey, type VerifierKey } from "../wire/ledger/note.ts";
import { isQuorum, type Policy } from "../wire/ledger/policy.ts";
import { parsePromise } from "../wire/ledger/promise.ts";
import { parseProof } from "../wire/ledger/proof.ts";
import { isOfStatement, parseReceipt, type Receipt, receiptEntry } from "../wire/ledger/receipt.ts";
import { NoteError, openCheckpoint, openNote } from "./verifiers.ts";

export type Outcome = "good" | "bad" | "unknown";
export type FindingCode = "block" | "statement" | "text" | "key" | "promise" | "signature" | "witnesses" | "entry";

/** One thing that was looked at; `values` go into its words. */
export interface Finding {
  readonly code: FindingCode;
  readonly outcome: Outcome;
  readonly values: Readonly<Record<string, string | number>>;
}

/** What to compare with: the key and policy as the asker knows them, and what was sent. */
export interface Known {
  readonly key: VerifierKey | null;
  readonly policy: Policy | null;
  readonly sent: string | null;
}

const DAY_MS = 86_400_000;

/** All findings about a receipt's file, in order. */
export async function checkReceipt(file: string, known: Known): Promise<Finding[]> {
  const findings: Finding[] = [];
  const find = (code: FindingCode, outcome: Outcome, values: Finding["values"] = {}): void => {
    findings.push({ code, outcome, values });
  };
  let receipt: Receipt;
  try {
    receipt = parseReceipt(file);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    find("block", "bad");
    return findings;
  }
  find("statement", isOfStatement(receipt) ? "good" : "bad");
  if (known.sent !== null) find("text", isText(receipt, known.sent) ? "good" : "bad");
  if (known.key !== null) find("key", formatVkey(known.key) === formatVkey(receipt.key) ? "good" : "bad");
  const received = await promisedDay(receipt);
  find("promise", received === null ? "bad" : "good", received === null ? {} : { day: received });
  if (receipt.proof !== null) await checkProof(receipt, receipt.proof, known.policy, find);
  else if (received !== null) find("entry", "unknown", { day: dayAfter(received) });
  return findings;
}

/** Bad as soon as one thing is; good only if all is. */
export function outcomeOf(findings: readonly Finding[]): Outcome {
  if (findings.some(({ outcome }) => outcome === "bad")) return "bad";
  return findings.length > 0 && findings.every(({ outcome }) => outcome === "good") ? "good" : "unknown";
}

function isText({ statement }: Receipt, sent: string): boolean {
  const lines = sent.replaceAll("\r\n", "\n");
  return [sent, lines, lines.replace(/\n+$/, "")].some((text) => b64(own(sha256(utf8(text)))) === statement["text"]);
}

/** The day on which the log says to have received it; null if the promise does not hold. */
async function promisedDay({ promise, key, commitment }: Receipt): Promise<string | null> {
  try {
    const promised = parsePromise(await openNote(promise, key));
    return equal(promised.commitment, commitment) ? promised.day : null;
  } catch (error) {
    if (error instanceof NoteError || error instanceof MalformedError) return null;
    throw error;
  }
}

async function checkProof(
  receipt: Receipt,
  text: string,
  policy: Policy | null,
  find: (code: FindingCode, outcome: Outcome, values?: Finding["values"]) => void,
): Promise<void> {
  const { index, hashes, checkpoint: note } = parseProof(text);
  const witnesses = policy?.witnesses ?? [];
  try {
    const { checkpoint, cosigned } = await openCheckpoint(note, receipt.key, witnesses.map(({ key }) => key));
    const { size, root } = checkpoint;
    find("signature", "good", { size });
    if (policy !== null && witnesses.length > 0) {
      const behind = witnesses.filter(({ key }) => cosigned.some((one) => one.key === key));
      const names = new Set(behind.map(({ name }) => name));
      const told = [...new Set(cosigned.map((one) => one.key.name))].sort().join(", ");
      find("witnesses", isQuorum(policy, names) ? "good" : "unknown", { names: told || "–" });
    }
    verifyInclusion({ index, size, leaf: leafHash(receiptEntry(receipt)), root, proof: hashes });
    find("entry", "good", { index, size });
  } catch (error) {
    if (error instanceof ProofError) find("entry", "bad");
    else if (error instanceof NoteError || error instanceof MalformedError) find("signature", "bad");
    else throw error;
  }
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
}
