"""Proofs for offline use (c2sp.org/tlog-proof): index, inclusion proof and the checkpoint that they lead to."""

from dataclasses import dataclass
from typing import Final

from portal.wire.ledger.base64 import std_b64, std_unb64
from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint, parse_decimal
from portal.wire.ledger.merkle import HASH_BYTES, PROOF_MAX, leaf_hash, verify_inclusion
from portal.wire.ledger.note import Note, NoteError, parse_note

HEADER: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = "index "
_EXTRA: Final = "extra "


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """That the entry at ``index`` is in the tree of ``note``'s checkpoint, once the note's signatures are verified."""

    index: int
    hashes: tuple[bytes, ...]
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says; NoteError if it is no checkpoint."""
        return parse_checkpoint(self.note.text)

    def includes(self, entry: bytes) -> bool:
        """Tell whether the proof leads from ``entry`` (49 bytes) to the checkpoint's root."""
        checkpoint = self.checkpoint
        return verify_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root)

    def to_text(self) -> str:
        """Return the proof as it is kept in a file."""
        hashes = "".join(f"{std_b64(one)}\n" for one in self.hashes)
        return f"{HEADER}\n{_INDEX}{self.index}\n{hashes}\n{self.note.to_text()}"


def parse_proof(text: str) -> LedgerProof:
    """Read a proof; an ``extra`` line is passed over, nobody vouches for it.

    Raises:
        NoteError: it is none.
    """
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != HEADER:
        msg = f"a proof begins with {HEADER}"
        raise NoteError(msg)
    if lines and lines[0].startswith(_EXTRA):
        _bytes(lines.pop(0).removeprefix(_EXTRA))
    if not lines or not lines[0].startswith(_INDEX):
        msg = "a proof says the entry's index"
        raise NoteError(msg)
    index = parse_decimal(lines.pop(0).removeprefix(_INDEX))
    if len(lines) > PROOF_MAX:
        msg = f"a proof has at most {PROOF_MAX} hashes"
        raise NoteError(msg)
    found = LedgerProof(index, tuple(_bytes(line, HASH_BYTES) for line in lines), parse_note(note))
    parse_checkpoint(found.note.text)
    return found


def _bytes(text: str, length_bytes: int | None = None) -> bytes:
    try:
        return std_unb64(text, length_bytes)
    except ValueError as error:
        msg = "a proof's hashes are 32 bytes as base64"
        raise NoteError(msg) from error
