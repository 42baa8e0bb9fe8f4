"""An account looks after its own keys: every entry about its device list has to be one that it signed.

Twin of static/src/member/ledger/watch.ts. The entries are read, not asked for by name: the server does not learn what
is looked for, and can leave nothing out, since all that was read has to hash to the root that the log signed.
"""

from collections.abc import Callable, Sequence
from typing import Final

from portal.member.ledger import log
from portal.member.ledger.evidence import lefts, root_of_lefts
from portal.member.ledger.kept import OwnEntry, Scanned, Signed
from portal.member.ledger.listings import Shown, commitment_of
from portal.member.work import Work
from portal.wire.ids import AccountId
from portal.wire.ledger.entries import Kind, device_list_tag, parse_entry
from portal.wire.ledger.merkle import EMPTY_ROOT, leaf_hash, node_hash
from portal.wire.ledger.note import NoteError
from portal.wire.ledger.tiles import TILE_WIDTH

_STRETCH: Final = 64
"""After so many bundles what was read is kept."""
Keep = Callable[[Scanned | None, tuple[OwnEntry, ...]], Work[None]]


class _Edge:
    """The right edge of a tree that grows: the roots of its complete subtrees, the largest first."""

    def __init__(self, size: int, hashes: Sequence[bytes]) -> None:
        if len(hashes) != size.bit_count():
            raise log.malformed()
        self.size = size
        self.hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        found, left = leaf, self.size
        while left & 1:
            found, left = node_hash(self.hashes.pop(), found), left >> 1
        self.hashes.append(found)
        self.size += 1

    def root(self) -> bytes:
        return root_of_lefts(self.hashes[-1], self.hashes[-2::-1]) if self.hashes else EMPTY_ROOT

    def kept(self) -> Scanned:
        return Scanned(self.size, tuple(self.hashes))


def scan(
    account: AccountId,
    before: tuple[Scanned | None, tuple[OwnEntry, ...]],
    tree: Signed,
    first: int | None,
    keep: Keep,
) -> Work[None]:
    """Read on to the end of ``tree``; ``keep`` is told now and then how far it got.

    ``first`` is the account's first entry, if it is known.

    Raises:
        MemberError: ledger.malformed if the entries are not those of the tree: nothing of it counts then.
    """
    scanned, own = before
    edge = yield from _beginning(scanned, tree, first)
    tag, read = device_list_tag(account), 0
    while edge.size < tree.size:
        bundle, inside = divmod(edge.size, TILE_WIDTH)
        width = min(TILE_WIDTH, tree.size - bundle * TILE_WIDTH)
        for entry in (yield from log.entries(bundle, width))[inside:]:
            hit = _own_in(entry, tag)
            if hit is not None:
                own = (*own, OwnEntry(edge.size, hit))
            edge.append(leaf_hash(entry))
        read += 1
        if read % _STRETCH == 0:
            yield from keep(edge.kept(), own)
    if edge.root() != tree.root:
        yield from keep(None, ())
        raise log.malformed()
    yield from keep(edge.kept(), own)


def unexplained(account: AccountId, own: Sequence[OwnEntry], shown: Shown) -> list[OwnEntry]:
    """Return those of the account's entries that no statement of its list explains."""
    explained = {(place.index, commitment_of(account, place)) for place in shown.places if place is not None}
    return [entry for entry in own if (entry.index, entry.commitment) not in explained]


def _own_in(raw: bytes, tag: bytes) -> bytes | None:
    try:
        entry = parse_entry(raw)
    except NoteError:  # of a later version
        return None
    return entry.commitment if entry.kind is Kind.DEVICE_LIST and entry.tag == tag else None


def _beginning(scanned: Scanned | None, tree: Signed, first: int | None) -> Work[_Edge]:
    """Where to read on: where it ended, else at the bundle of the account's first entry, or the newest one.

    The hashes of what lies before come from the log, and need no trust: a wrong one leads to another root.
    """
    if scanned is not None and scanned.size <= tree.size:
        return _Edge(scanned.size, scanned.hashes)
    start = min(tree.size - 1 if first is None else first, tree.size - 1) // TILE_WIDTH * TILE_WIDTH
    if start <= 0:
        return _Edge(0, ())
    proof = yield from log.inclusion(start, tree.size)
    return _Edge(start, lefts(start, tree.size, proof)[::-1])
