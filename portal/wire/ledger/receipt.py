"""A citizen's receipt: what shows, without asking anybody, that a text was taken and stands in the ledger.

The file has lines for people, then a block for programs: JSON between two marks. Byte strings in it are base64url.
Twin of static/src/wire/ledger/receipt.ts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from portal.wire.ids import b64, unb64
from portal.wire.ledger.entries import (
    COMMITMENT_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    Entry,
    Kind,
    Statement,
    commitment,
)
from portal.wire.ledger.note import Note, NoteError, VerifierKey, parse_vkey
from portal.wire.ledger.proof import LedgerProof, parse_proof

VERSION: Final = 1
BEGIN: Final = "-----BEGIN PORTAL RECEIPT-----"
END: Final = "-----END PORTAL RECEIPT-----"
RECEIPT_MAX_BYTES: Final = 64 * 1024
"""Most that is read; what is written stays below 5 kB."""
_FIELDS: Final = frozenset({"v", "commitment", "nonce", "tag", "statement", "promise", "proof", "vkey"})
_LONGEST_LINE_BYTES: Final = 128


@dataclass(frozen=True, slots=True)
class Receipt:
    """``promise`` is the log's signed promise (promise.py); ``proof`` is None until the entry stands in the ledger."""

    commitment: bytes
    nonce: bytes
    tag: bytes
    statement: Statement
    promise: str
    proof: str | None
    key: VerifierKey

    @property
    def entry(self) -> Entry:
        """The leaf that the ledger has to hold."""
        return Entry(Kind.SUBMISSION, self.tag, self.commitment)

    def is_of_statement(self) -> bool:
        """Tell whether the commitment is to this very statement with this nonce."""
        return self.commitment == commitment(Kind.SUBMISSION, self.nonce, self.statement)

    def to_block(self) -> str:
        """Return the block for programs, with its marks and a last newline."""
        written = {
            "v": VERSION,
            "commitment": b64(self.commitment),
            "nonce": b64(self.nonce),
            "tag": b64(self.tag),
            "statement": dict(self.statement),
            "promise": self.promise,
            "proof": self.proof,
            "vkey": self.key.to_text(),
        }
        return f"{BEGIN}\n{json.dumps(written, ensure_ascii=False, indent=1)}\n{END}\n"


def parse_receipt(text: str) -> Receipt:
    """Read a receipt's file: the one block in it; what stands around is for people.

    Raises:
        NoteError: there is no block, more than one, or it is not of the format.
    """
    if len(text.encode()) > RECEIPT_MAX_BYTES:
        msg = "a receipt is a small file"
        raise NoteError(msg)
    text = text.replace("\r\n", "\n")  # as some mail programs write it
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        msg = "there is no receipt in this file: it has one block between BEGIN and END PORTAL RECEIPT"
        raise NoteError(msg)
    block = text[text.index(BEGIN) : text.index(END) + len(END)] + "\n"
    try:
        receipt = _receipt(json.loads(block[len(BEGIN) : -len(END) - 1]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        msg = f"the receipt's block is damaged: {error}"
        raise NoteError(msg) from error
    if receipt.to_block() != block:
        msg = "the receipt's block is damaged: it is not written as receipts are"
        raise NoteError(msg)
    return receipt


def light_proof(proof: LedgerProof) -> LedgerProof:
    """Return the proof without ML-DSA lines (3.3 kB each), which every witness doubles with one of Ed25519."""
    lines = tuple(line for line in proof.note.signatures if len(line.value) <= _LONGEST_LINE_BYTES)
    return replace(proof, note=Note(proof.note.text, lines))


def _receipt(read: Mapping[str, Any]) -> Receipt:
    if set(read) != _FIELDS or read["v"] != VERSION or not isinstance(read["statement"], dict):
        msg = "its fields are not those of version 1"
        raise ValueError(msg)
    if not isinstance(read["promise"], str) or not isinstance(read["proof"], str | None):
        msg = "promise and proof are texts"
        raise TypeError(msg)
    if read["proof"] is not None and parse_proof(read["proof"]).to_text() != read["proof"]:
        msg = "the proof is not written as proofs are"
        raise ValueError(msg)
    receipt = Receipt(
        unb64(read["commitment"], COMMITMENT_BYTES),
        unb64(read["nonce"], NONCE_BYTES),
        unb64(read["tag"], TAG_BYTES),
        read["statement"],
        read["promise"],
        read["proof"],
        parse_vkey(read["vkey"]),
    )
    receipt.is_of_statement()  # raises NotCanonicalError for what nobody can have committed to
    return receipt
