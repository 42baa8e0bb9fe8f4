"""Ten thousand changed checkpoints and proofs, as texts: none is accepted."""

import random
from collections.abc import Callable
from typing import Final

import pytest

from portal.tlog.signers import Cosigner, NoteSigner
from portal.tlog.verifiers import cosigned, verify_checkpoint
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.merkle import leaf_hash, root_of
from portal.wire.ledger.note import ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE, Note, NoteError, parse_note
from portal.wire.ledger.proof import LedgerProof, parse_proof
from tests.wire.ledger import oracle

MUTATIONS: Final = 10_000
SIZE: Final = 333
INDEX: Final = 300
ENTRY: Final = b"entry 300"
LOG: Final = NoteSigner.from_seed("portal.example/ledger", bytes(32))
WITNESSES: Final = {
    "north": Cosigner.from_seed("north.example", ED25519_COSIGNATURE, b"n" * 32),
    "south": Cosigner.from_seed("south.example", ML_DSA_44_COSIGNATURE, b"s" * 32),
}
KEYS: Final = {name: witness.key for name, witness in WITNESSES.items()}


def proven() -> str:
    """A proof under a checkpoint that both witnesses cosigned."""
    leaves = [f"entry {index}".encode() for index in range(SIZE)]
    checkpoint = Checkpoint(LOG.name, SIZE, root_of(list(map(leaf_hash, leaves))))
    note = LOG.sign(checkpoint.to_text())
    lines = (witness.cosign(checkpoint, 1_790_000_000) for witness in WITNESSES.values())
    cosigned_note = Note(note.text, (*note.signatures, *lines))
    return LedgerProof(INDEX, tuple(oracle.path(INDEX, leaves)), cosigned_note).to_text()


def is_checkpoint_accepted(text: str) -> bool:
    try:
        verify_checkpoint(text, LOG.key)
        return cosigned(parse_note(text), KEYS).keys() == KEYS.keys()
    except NoteError:
        return False


def is_proof_accepted(text: str) -> bool:
    try:
        proof = parse_proof(text)
    except NoteError:
        return False
    return proof.includes(ENTRY) and is_checkpoint_accepted(proof.note.to_text())


def flipped(chance: random.Random, text: str) -> str:
    raw = bytearray(text.encode())
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return raw.decode("utf-8", "surrogateescape")


def shortened(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text))
    return text[:place] + text[place + chance.randrange(1, 9) :]


def lengthened(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice("0123456789abcXYZ+/= \n\t\r\0\u2014") + text[place:]


def exchanged(chance: random.Random, text: str) -> str:
    lines = text.split("\n")
    one, other = chance.sample([place for place, line in enumerate(lines[:-1]) if not line.startswith("\u2014")], 2)
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


CHANGES: Final[tuple[Callable[[random.Random, str], str], ...]] = (flipped, shortened, lengthened, exchanged)


@pytest.mark.slow
def test_no_changed_text_is_accepted() -> None:
    chance, proof = random.Random(2026), proven()
    checkpoint = proof.partition("\n\n")[2]
    assert is_proof_accepted(proof)
    assert is_checkpoint_accepted(checkpoint)
    accepted = []
    tried = 0
    while tried < MUTATIONS:
        text, judge = chance.choice(((proof, is_proof_accepted), (checkpoint, is_checkpoint_accepted)))
        changed = chance.choice(CHANGES)(chance, text)
        if changed == text:
            continue
        tried += 1
        if judge(changed):
            accepted.append(changed)
    assert accepted == []
