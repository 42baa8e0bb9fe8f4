"""Trees and notes that the Go project's packages made (peer.go) are the same here."""

import base64
import json
from typing import Any, Final

import pytest

from portal.tlog.verifiers import verify_checkpoint
from portal.wire.ledger.frontier import Frontier
from portal.wire.ledger.merkle import HASH_BYTES, leaf_hash, verify_consistency, verify_inclusion
from portal.wire.ledger.note import parse_vkey
from portal.wire.ledger.tiles import TiledTree, grown
from tests.wire.browser_vectors import VECTORS

LARGEST: Final = 5_000
LEAVES: Final = [leaf_hash(f"entry {index}".encode()) for index in range(LARGEST)]


@pytest.fixture(scope="module")
def peer() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((VECTORS / "ledger_peer.json").read_text("utf-8"))
    return read


@pytest.fixture(scope="module")
def tree() -> TiledTree:
    tiles = grown(0, LEAVES, lambda _level, _index, _width: b"")
    return TiledTree(LARGEST, lambda level, index, _width: tiles[level, index])


def hashes(texts: list[str]) -> list[bytes]:
    return [base64.b64decode(text) for text in texts]


def test_roots_are_the_peer_s(peer: dict[str, Any], tree: TiledTree) -> None:
    frontier, roots = Frontier(), {int(size): base64.b64decode(root) for size, root in peer["roots"].items()}
    for size, leaf in enumerate(LEAVES, 1):
        frontier.append(leaf)
        if size in roots:
            assert frontier.root() == tree.root(size) == roots[size]
    assert max(roots) == LARGEST


def test_proofs_are_the_peer_s_and_hold(peer: dict[str, Any], tree: TiledTree) -> None:
    roots = {int(size): base64.b64decode(root) for size, root in peer["roots"].items()}
    for one in peer["inclusions"]:
        index, size, proof = one["old"], one["new"], hashes(one["hashes"])
        assert tree.inclusion(index, size) == proof
        assert verify_inclusion(LEAVES[index], index, size, proof, roots[size])
    for one in peer["consistencies"]:
        old, new, proof = one["old"], one["new"], hashes(one["hashes"])
        assert tree.consistency(old, new) == proof
        assert verify_consistency(old, new, roots[old], roots[new], proof)


def test_a_note_of_the_peer_s_is_a_checkpoint(peer: dict[str, Any]) -> None:
    checkpoint = verify_checkpoint(peer["note"], parse_vkey(peer["vkey"]))
    assert (checkpoint.origin, checkpoint.size, len(checkpoint.root)) == ("peer.example/log", LARGEST, HASH_BYTES)
