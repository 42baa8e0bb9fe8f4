// The server's receipts for acts: signed by the ledger's key, so that taking an act and losing it can be proven.

import { verify } from "../../e2ee/signing.ts";
import { b64, MalformedError, unb64 } from "../../wire/bytes.ts";
import type { ActLine, ActReceipt, Proof } from "../../wire/drafts/acts.ts";
import { draftItemHash } from "../../wire/drafts/envelope.ts";
import { readObjection, receiptBytes } from "../../wire/drafts/statements.ts";
import type { Id } from "../../wire/ids.ts";
import type { DraftRow } from "./rows.ts";
import type { Works } from "./works.ts";

/** Whether the ledger that this client follows has signed that it took the item (b64(32) of header ‖ signature). */
export async function isReceipt(works: Works, item: string, taken: ActReceipt): Promise<boolean> {
  const key = works.ledgerKey();
  if (!key) return false;
  try {
    const message = receiptBytes(works.room.id, works.draft, item, taken);
    return await verify(key, message, unb64(taken.receipt, 64));
  } catch (error) {
    if (error instanceof MalformedError || error instanceof RangeError) return false;
    throw error;
  }
}

/** What is to be thought of the receipt in an objection that was kept out; null as long as no ledger is known here. */
export async function lateProof(
  works: Works,
  acts: { row(number: number): DraftRow | undefined },
  { content }: ActLine,
): Promise<Proof["receipt"] | null> {
  if (content.t !== "silence_late" || !content.objection.receipt) return "none";
  if (!works.ledgerKey()) return null;
  const { receipt, statement } = content.objection;
  const item: Id = readObjection(statement)?.item ?? "";
  if (item === "" || !(await isReceipt(works, item, receipt))) return "bad";
  const row = acts.row(receipt.number);
  return row && b64(draftItemHash(row.raw)) === item ? "kept" : "missing";
}
