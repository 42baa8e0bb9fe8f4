"""Roots and proofs against RFC 6962's definitions, what others published, and forgeries."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.wire.ledger.merkle import EMPTY_ROOT, leaf_hash, root_of, verify_consistency, verify_inclusion
from portal.wire.ledger.tiles import TiledTree, grown
from tests.wire.ledger import oracle, published


class Forest:
    """Tiles in memory, grown in steps as a log grows them."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.leaves: list[bytes] = []

    def read(self, level: int, index: int, _width: int) -> bytes:
        return self.tiles[level, index]

    def append(self, leaves: list[bytes]) -> None:
        self.tiles |= grown(len(self.leaves), map(leaf_hash, leaves), self.read)
        self.leaves += leaves

    def tree(self, size: int | None = None) -> TiledTree:
        return TiledTree(len(self.leaves) if size is None else size, self.read)


def forest(size: int, seed: int = 0) -> Forest:
    chance, made = random.Random(seed), Forest()
    while (missing := size - len(made.leaves)) > 0:
        step = min(chance.choice((1, 2, 17, 255, 256, 700)), missing)
        made.append([chance.randbytes(chance.randrange(60)) for _ in range(step)])
    return made


def test_the_published_tree_has_the_published_roots_and_proofs() -> None:
    made = Forest()
    for leaf, root in zip(published.LEAVES, published.ROOTS, strict=True):
        made.append([leaf])
        assert made.tree().root().hex() == root
    tree = made.tree()
    for index, size, hashes in published.INCLUSIONS:
        assert [one.hex() for one in tree.inclusion(index, size)] == list(hashes)
        published_root = bytes.fromhex(published.ROOTS[size - 1])
        leaf = leaf_hash(published.LEAVES[index])
        assert verify_inclusion(leaf, index, size, [bytes.fromhex(one) for one in hashes], published_root)
    for old, new, hashes in published.CONSISTENCIES:
        assert [one.hex() for one in tree.consistency(old, new)] == list(hashes)
        old_root, new_root = (bytes.fromhex(published.ROOTS[size - 1]) for size in (old, new))
        assert verify_consistency(old, new, old_root, new_root, [bytes.fromhex(one) for one in hashes])


@settings(max_examples=25)
@given(st.integers(0, 1200), st.integers(0, 2**32), st.data())
def test_random_trees_equal_the_definition(size: int, seed: int, data: st.DataObject) -> None:
    made = forest(size, seed)
    tree = made.tree()
    assert tree.root() == oracle.mth(made.leaves) == root_of(list(map(leaf_hash, made.leaves)))
    if not size:
        return
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert tree.inclusion(index) == oracle.path(index, made.leaves)
    assert tree.consistency(old) == oracle.proof(old, made.leaves)
    assert tree.root(old) == oracle.mth(made.leaves[:old])


def test_a_tree_of_five_thousand_leaves_equals_the_definition() -> None:
    made = forest(5000, seed=6962)
    tree, root = made.tree(), oracle.mth(made.leaves)
    assert tree.root() == root
    for index in (0, 1, 255, 256, 2047, 2048, 4095, 4096, 4351, 4998, 4999):
        assert tree.inclusion(index) == oracle.path(index, made.leaves)
        assert verify_inclusion(leaf_hash(made.leaves[index]), index, 5000, tree.inclusion(index), root)
    for old in (1, 2, 255, 256, 257, 1024, 4095, 4096, 4097, 4999, 5000):
        assert tree.consistency(old) == oracle.proof(old, made.leaves)
        assert verify_consistency(old, 5000, tree.root(old), root, tree.consistency(old))


def test_every_proof_of_small_trees_is_accepted_and_only_there() -> None:
    made = forest(33)
    leaves, roots = [leaf_hash(one) for one in made.leaves], [made.tree().root(size) for size in range(34)]
    for size in range(1, 34):
        tree = made.tree()
        for index in range(size):
            proof = tree.inclusion(index, size)
            assert verify_inclusion(leaves[index], index, size, proof, roots[size])
            # Elsewhere the same hashes prove nothing; index and size that share all turns are told apart by the leaf.
            assert not verify_inclusion(leaves[index], (index + 1) % size, size, proof, roots[size]) or size == 1
            assert not verify_inclusion(leaves[index], index, size, proof, roots[size - 1])
        for old in range(size + 1):
            proof = tree.consistency(old, size)
            assert verify_consistency(old, size, roots[old], roots[size], proof)
            assert not verify_consistency(old, size, roots[old - 1], roots[size], proof)


def test_what_is_not_in_the_tree_can_not_be_asked_for() -> None:
    tree = forest(10).tree()
    for index, size in ((10, None), (-1, None), (5, 5), (0, 11)):
        with pytest.raises(ValueError, match=r"leaves|leaf"):
            tree.inclusion(index, size)
    with pytest.raises(ValueError, match="does not grow"):
        tree.consistency(11)
    with pytest.raises(ValueError, match="10 leaves, not 11"):
        tree.root(11)
    assert forest(0).tree().root() == EMPTY_ROOT


@pytest.mark.slow
def test_no_mutated_proof_is_accepted() -> None:
    """Ten thousand changes of leaf, index, size, hashes and roots."""
    chance, made = random.Random(10_000), forest(1200, seed=3)
    tree = made.tree()
    roots: dict[int, bytes] = {}
    accepted = 0
    for _ in range(5000):
        size = chance.randrange(2, 1201)
        index, old = chance.randrange(size), chance.randrange(1, size)
        root = roots.setdefault(size, tree.root(size))
        old_root = roots.setdefault(old, tree.root(old))
        leaf = leaf_hash(made.leaves[index])
        accepted += verify_inclusion(*mutated_inclusion(chance, leaf, index, size, tree.inclusion(index, size), root))
        accepted += verify_consistency(
            *mutated_consistency(chance, old, size, old_root, root, tree.consistency(old, size))
        )
    assert accepted == 0


def mutated_inclusion(
    chance: random.Random, leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes
) -> tuple[bytes, int, int, list[bytes], bytes]:
    match chance.randrange(5):
        case 0:
            return flipped(chance, leaf), index, size, proof, root
        case 1:
            # Of another place with the same turns all the way up there is none in one tree.
            other = chance.choice([one for one in range(size) if one != index])
            return leaf, other, size, proof, root
        case 2:
            return leaf, index, size, mutated_hashes(chance, proof), root
        case 3:
            return leaf, chance.choice((-1, size, size + index)), size, proof, root
        case _:
            return leaf, index, size, proof, flipped(chance, root)


def mutated_consistency(
    chance: random.Random, old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]
) -> tuple[int, int, bytes, bytes, list[bytes]]:
    match chance.randrange(4):
        case 0:
            return old, new, flipped(chance, old_root), new_root, proof
        case 1:
            return old, new, old_root, flipped(chance, new_root), proof
        case 2:
            return old, new, old_root, new_root, mutated_hashes(chance, proof)
        case _:
            return new + 1, new, old_root, new_root, proof


def mutated_hashes(chance: random.Random, proof: list[bytes]) -> list[bytes]:
    place = chance.randrange(len(proof) + 1)
    match chance.randrange(4):
        case 0 if place < len(proof):
            return [*proof[:place], flipped(chance, proof[place]), *proof[place + 1 :]]
        case 1 if place < len(proof):
            return proof[:place] + proof[place + 1 :]
        case 2 if place < len(proof):
            return [*proof[:place], proof[place][:31], *proof[place + 1 :]]
        case _:
            return [*proof[:place], chance.randbytes(32), *proof[place:]]


def flipped(chance: random.Random, raw: bytes) -> bytes:
    place = chance.randrange(len(raw))
    return raw[:place] + bytes([raw[place] ^ 1 << chance.randrange(8)]) + raw[place + 1 :]
