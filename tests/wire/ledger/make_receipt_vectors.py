"""Writes tests/vectors/ledger_receipts.json: receipts, good and changed, with what is found in each.

``.venv/bin/python -m tests.wire.ledger.make_receipt_vectors``; readers are tests/verify/test_receipt_vectors.py and
static/test/wire/ledger_receipts.test.ts.
"""

import hashlib
import json
import random
from dataclasses import replace
from datetime import date
from typing import Any, Final

from portal.tlog.signers import Cosigner, NoteSigner
from portal.verify.asked import Trust
from portal.verify.receipt import check_receipt
from portal.wire.ids import b64
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.entries import Entry, Kind, commitment
from portal.wire.ledger.merkle import leaf_hash, node_hash
from portal.wire.ledger.note import ED25519_COSIGNATURE, Note
from portal.wire.ledger.policy import parse_policy
from portal.wire.ledger.promise import Promise
from portal.wire.ledger.proof import LedgerProof
from portal.wire.ledger.receipt import Receipt
from tests.wire.browser_vectors import VECTORS

CHANGED: Final = 150
SAID: Final = "가로등을 더 켜 주십시오.\nPlease."
DAY: Final = date(2026, 11, 22)
LOG: Final = NoteSigner.from_seed("portal.example/ledger", hashlib.sha256(b"log").digest())
WITNESS: Final = Cosigner.from_seed("north.example/witness", ED25519_COSIGNATURE, hashlib.sha256(b"north").digest())
POLICY: Final = f"witness north {WITNESS.key.to_text()}\nquorum north\n"


def receipt() -> Receipt:
    """Return a receipt that holds."""
    statement = {"week": "2026-W48", "lang": "ko", "text": b64(hashlib.sha256(SAID.encode()).digest())}
    nonce, tag = hashlib.sha256(b"nonce").digest(), hashlib.sha256(b"tag").digest()[:16]
    committed = commitment(Kind.SUBMISSION, nonce, statement)
    beside = leaf_hash(b"another entry")
    root = node_hash(beside, leaf_hash(Entry(Kind.SUBMISSION, tag, committed).to_bytes()))
    checkpoint = Checkpoint(LOG.name, 2, root)
    note = LOG.sign(checkpoint.to_text())
    note = Note(note.text, (*note.signatures, WITNESS.cosign(checkpoint, 1_790_000_000)))
    proof = LedgerProof(1, (beside,), note).to_text()
    promise = LOG.sign(Promise(committed, DAY.isoformat()).to_text()).to_text()
    return Receipt(committed, nonce, tag, statement, promise, proof, LOG.key)


def findings(text: str) -> list[list[str]]:
    """Return code and outcome of everything that Python finds in a receipt's file."""
    verdict, _ = check_receipt(text, Trust((LOG.key,), parse_policy(POLICY)), DAY, SAID)
    return [[one.code, one.outcome.name.lower()] for one in verdict.findings]


def files() -> list[str]:
    """Return receipts' files: whole, early, otherwise than they claim, from mail, two in one, none."""
    whole = receipt()
    others = [
        whole,
        replace(whole, proof=None),
        replace(whole, tag=bytes(16)),
        replace(whole, nonce=bytes(32)),
        replace(whole, statement={**whole.statement, "text": "none"}),
        replace(whole, key=NoteSigner.from_seed(LOG.name, bytes(32)).key),
        replace(whole, promise=LOG.sign(Promise(bytes(32), DAY.isoformat()).to_text()).to_text()),
    ]
    block = whole.to_block()
    made = [f"고맙습니다.\n\n{one.to_block()}" for one in others]
    return [*made, block.replace("\n", "\r\n"), block + block, "Thank you."]


def changes() -> list[tuple[int, int, str]]:
    """Return changes of the whole receipt's block: at which character, how many are cut, what is put there."""
    last, chance = len(receipt().to_block()) - 1, random.Random(6)
    return [(chance.randrange(last), chance.randrange(2), chance.choice('ABab01+/-_= "\n,')) for _ in range(CHANGED)]


def changed(text: str, change: tuple[int, int, str]) -> str:
    """Return ``text`` after a change."""
    at, cut, put = change
    return text[:at] + put + text[at + cut :]


def made() -> dict[str, Any]:
    """Return all of it."""
    block = receipt().to_block()
    return {
        "said": SAID,
        "vkey": LOG.key.to_text(),
        "policy": POLICY,
        "files": [{"text": text, "findings": findings(text)} for text in files()],
        "block": block,
        "changes": [{"change": one, "findings": findings(changed(block, one))} for one in changes()],
    }


if __name__ == "__main__":
    (VECTORS / "ledger_receipts.json").write_text(json.dumps(made(), ensure_ascii=False) + "\n", "utf-8")
