// Who stands behind the ledger, as the settings say it: only of the history that is followed, and nothing that is unknown.

import assert from "node:assert/strict";
import { test } from "node:test";

import { newSigningKey, sign, type SigningKey } from "../../src/e2ee/signing.ts";
import { MemberError } from "../../src/member/failure.ts";
import type { LedgerView } from "../../src/member/api.ts";
import { ledgerView } from "../../src/member/ledger/view.ts";
import { cosignedMessage, joinCosignature } from "../../src/wire/ledger/cosignature.ts";
import { formatCheckpoint } from "../../src/wire/ledger/checkpoint.ts";
import { formatNote, formatVkey, keyId, type NoteSignature, SignatureType } from "../../src/wire/ledger/note.ts";
import { followerOf, TestLog } from "./logs.ts";

const TIME_S = 1_795_000_000;

interface Witness {
  readonly name: string;
  readonly signer: SigningKey;
}

/** A log whose host asks two witnesses, each of which has two keys. */
class WitnessedLog extends TestLog {
  witnesses: Witness[] = [];
  signed_by: Witness[] = [];

  static async asked(entries: number): Promise<WitnessedLog> {
    const log = new WitnessedLog(await newSigningKey());
    log.grow(entries, "one");
    for (const name of ["kr.example/witness", "de.example/witness"])
      for (let keys = 0; keys < 2; keys++) log.witnesses.push({ name, signer: await newSigningKey() });
    return log;
  }

  override async policy(): Promise<string> {
    this.before("policy");
    const lines = this.witnesses.map((one, at) => `witness w${at} ${formatVkey(keyOf(one))}`);
    return [...lines, "group kr any w0 w1", "group de any w2 w3", "group both all kr de", "quorum both"].join("\n");
  }

  override async milestone(): Promise<string> {
    this.before("milestone");
    const { size, root, signature } = await this.signed();
    const checkpoint = { origin: this.origin, size, root };
    const signatures: NoteSignature[] = [{ name: this.origin, id: keyId(this.vkey), raw: signature }];
    for (const witness of this.signed_by) {
      const key = keyOf(witness);
      const made = await sign(witness.signer, cosignedMessage(key.type, key.name, TIME_S, checkpoint));
      signatures.push({ name: key.name, id: keyId(key), raw: joinCosignature(TIME_S, made) });
    }
    return formatNote({ text: formatCheckpoint(checkpoint), signatures });
  }
}

function keyOf({ name, signer }: Witness) {
  return { name, type: SignatureType.cosignatureEd25519, key: signer.publicKey };
}

function behind({ witnesses }: LedgerView): [string, boolean][] | undefined {
  return witnesses?.map(({ name, cosigned_s }) => [name, cosigned_s === TIME_S]);
}

test("a witness with two keys is one witness, by the name that its keys have", async () => {
  const log = await WitnessedLog.asked(7);
  const { follower, ledger } = await followerOf(log);
  await follower.advance();
  log.signed_by = [log.witnesses[1]!];
  let view = await ledgerView(ledger, { log, follower });
  assert.deepEqual(behind(view), [["kr.example/witness", true], ["de.example/witness", false]]);
  assert.deepEqual([view.enough, view.witnessed], [false, 7]);
  log.signed_by = [log.witnesses[1]!, log.witnesses[2]!];
  log.grow(5, "more");
  view = await ledgerView(ledger, { log, follower });
  assert.deepEqual(behind(view), [["kr.example/witness", true], ["de.example/witness", true]]);
  assert.deepEqual([view.enough, view.witnessed, view.findings], [true, 12, []]);
});

test("witnesses of another history stand behind nothing, and the history is found out", async () => {
  const log = await WitnessedLog.asked(9);
  const shown = log.forkedAt(5).grow(6, "shown here alone");
  const { follower, ledger } = await followerOf(shown);
  await follower.advance();
  log.signed_by = log.witnesses;
  const view = await ledgerView(ledger, { log, follower });
  assert.deepEqual(behind(view), [["kr.example/witness", false], ["de.example/witness", false]]);
  assert.equal(view.enough, false);
  assert.deepEqual(view.findings.map(({ kind, hasEvidence }) => [kind, hasEvidence]), [["split", true]]);
});

test("what could not be asked is not nobody", async () => {
  const log = await WitnessedLog.asked(3);
  const { follower, ledger } = await followerOf(log);
  await follower.advance();
  log.before = (request) => {
    if (request === "milestone") throw new MemberError("client.offline");
  };
  const view = await ledgerView(ledger, { log, follower });
  assert.deepEqual([view.witnesses, view.enough], [null, null]);
});
