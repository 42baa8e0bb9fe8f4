"""Evidence of two histories of one log: two signed checkpoints, and a proof that they contradict, if the log gave one.

Twin of static/src/member/ledger/evidence.ts, which says how the proof works; docs/protocol.md §9.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

from portal.member.content_fields import listed, octets, require, text
from portal.member.e2ee.signing import verify
from portal.member.ledger.kept import By, Signed
from portal.wire.ids import b64
from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint
from portal.wire.ledger.merkle import HASH_BYTES, PROOF_MAX, node_hash, verify_inclusion
from portal.wire.ledger.note import ED25519, Note, NoteSignature, VerifierKey, parse_note, parse_vkey

LABEL: Final = "portal ledger evidence"
EVIDENCE_MAX_BYTES: Final = 65_536
Verdict: TypeAlias = Literal["proven", "signed", "none"]
"""What a file shows; "signed": the log signed both, and owes a proof that one follows from the other."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An inclusion proof of the older tree's last leaf (its hash) in the newer tree."""

    leaf: bytes
    hashes: tuple[bytes, ...]


def root_before(index: int, size: int, proof: Contradiction) -> bytes:
    """Return the root of the first ``index`` + 1 leaves, as this proof about leaf ``index`` of ``size`` implies it."""
    return root_of_lefts(proof.leaf, lefts(index, size, proof.hashes))


def root_of_lefts(leaf: bytes, siblings: Sequence[bytes]) -> bytes:
    """Return the root of the tree that ends with ``leaf`` and has these left siblings, from below."""
    found = leaf
    for sibling in siblings:
        found = node_hash(sibling, found)
    return found


def lefts(index: int, size: int, hashes: Sequence[bytes]) -> list[bytes]:
    """Return the left siblings of an inclusion proof, from below: complete subtrees of what comes before the leaf."""
    found, place, last = [], index, size - 1
    for sibling in hashes:
        if place & 1 or place == last:
            found.append(sibling)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    return found


def contradicts(older: Signed, newer: Signed, proof: Contradiction) -> bool:
    """Tell whether the proof is one about the newer tree and shows that it does not begin with the older one."""
    index = older.size - 1
    if not verify_inclusion(proof.leaf, index, newer.size, proof.hashes, newer.root):
        return False
    return root_before(index, newer.size, proof) != older.root


def note_of(log: VerifierKey, signed: Signed) -> str:
    """Return the signed note of a checkpoint, with the log's line alone."""
    line = NoteSignature(log.name, log.id, signed.signature)
    return Note(Checkpoint(log.name, signed.size, signed.root).to_text(), (line,)).to_text()


def evidence_file(vkey: str, notes: tuple[str, str], proof: Contradiction | None, by: By | None, at_s: int) -> str:
    """Return the file, as text: one JSON object. ``notes``: the older first."""
    shown = None if proof is None else {"leaf": b64(proof.leaf), "hashes": [b64(one) for one in proof.hashes]}
    said = {"evidence": LABEL, "v": 1, "key": vkey, "notes": list(notes), "proof": shown}
    said |= {"from": None if by is None else asdict(by), "at_ms": at_s * 1000}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"


def verify_evidence(raw: bytes) -> Verdict:
    """Return what a file shows to whoever trusts nobody but the log's key in it; "none" for what is no evidence."""
    try:
        return _verdict(json.loads(raw.decode())) if len(raw) <= EVIDENCE_MAX_BYTES else "none"
    except (ValueError, TypeError, KeyError, RecursionError):
        return "none"


def _verdict(fields: Any) -> Verdict:
    require(isinstance(fields, dict) and fields["evidence"] == LABEL and fields["v"] == 1, "no evidence")
    log = parse_vkey(text(fields["key"]))
    older, newer = (_opened(note, log) for note in listed(fields["notes"], 2, text))
    require(0 < older.size <= newer.size, "not in order")
    if older.size == newer.size:
        return "none" if older.root == newer.root else "proven"
    proof = fields.get("proof")
    if not isinstance(proof, dict):
        return "signed"
    shown = Contradiction(
        octets(proof["leaf"], HASH_BYTES),
        listed(proof["hashes"], PROOF_MAX, lambda one: octets(one, HASH_BYTES)),
    )
    if not verify_inclusion(shown.leaf, older.size - 1, newer.size, shown.hashes, newer.root):
        return "none"
    return "proven" if contradicts(older, newer, shown) else "signed"


def _opened(raw: str, log: VerifierKey) -> Signed:
    note = parse_note(raw)
    found = parse_checkpoint(note.text)
    line = next((line for line in note.signatures if line.is_of(log)), None)
    require(line is not None and log.kind == ED25519 and found.origin == log.name, "another log's")
    assert line is not None  # noqa: S101 - for mypy: required above
    require(verify(log.key, note.text.encode(), line.value), "not signed")
    return Signed(found.size, found.root, line.value)
