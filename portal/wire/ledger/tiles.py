"""Tiles (c2sp.org/tlog-tiles): a tree as blocks of at most 256 hashes, eight levels high; entries as bundles.

The tile (level l, index n) holds hashes of complete subtrees of height 8·l: those from 256·n on.
"""

import hashlib
import re
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

from portal.wire.ledger.merkle import HASH_BYTES, consistency_proof, inclusion_proof, range_root
from portal.wire.ledger.note import NoteError

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
MIDDLE: Final = 4
"""Height in a tile from which on its nodes are worth keeping: there are 31 of them."""
LEVEL_MAX: Final = 6
"""256^7 leaves are more than either twin can count."""
_PLACE: Final = re.compile(r"(?:([0-6])|(entries))/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")

ReadTile: TypeAlias = Callable[[int, int, int], bytes]
"""(level, index, width) → at least ``width`` hashes of that tile; KeyError if it is not there."""


@dataclass(frozen=True, slots=True)
class TilePlace:
    """Which tile: ``level`` is None for a bundle of entries; ``width`` (1-256) counts hashes or entries."""

    level: int | None
    index: int
    width: int

    def to_text(self) -> str:
        """Return the path after ``tile/``."""
        index, parts = divmod(self.index, 1000)
        path = f"{parts:03d}"
        while index:
            index, parts = divmod(index, 1000)
            path = f"x{parts:03d}/{path}"
        partial = f".p/{self.width}" if self.width < TILE_WIDTH else ""
        return f"{'entries' if self.level is None else self.level}/{path}{partial}"


def parse_tile_place(path: str) -> TilePlace:
    """Read the path after ``tile/``.

    Raises:
        NoteError: it is none, or not the one way to write it.
    """
    found = _PLACE.fullmatch(path)
    if found:
        level, _, index, width = found.groups()
        place = TilePlace(
            None if level is None else int(level),
            int(index.replace("x", "").replace("/", "")),
            TILE_WIDTH if width is None else int(width),
        )
        if place.to_text() == path:
            return place
    msg = "no path of a tile"
    raise NoteError(msg)


def width_in(size: int, level: int | None, index: int) -> int:
    """Return how many hashes or entries (0-256) the tile has in a tree of ``size`` leaves."""
    hashes = size >> TILE_HEIGHT * (level or 0)
    return min(max(hashes - index * TILE_WIDTH, 0), TILE_WIDTH)


class UpperHalves:
    """The upper nodes of tiles, so that a proof hashes 33 pairs instead of 700; the ones used last are kept.

    ``kept_max`` tiles take about 1.3 KiB each: the default holds those of four million leaves in 20 MiB. What a tile
    holds at one width never changes, so one object may serve trees of all sizes of one log, and be shared by threads.
    """

    def __init__(self, kept_max: int = 16_384) -> None:
        self._kept: OrderedDict[tuple[int, int, int], tuple[bytes, ...]] = OrderedDict()
        self._kept_max = kept_max

    def of(self, level: int, index: int, width: int, hashes: Callable[[], bytes]) -> tuple[bytes, ...]:
        """Return the rows from MIDDLE on of the tile that has ``width`` hashes: ``hashes()``."""
        key = (level, index, width)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = tuple(_rows(hashes())[MIDDLE:])
            if len(self._kept) > self._kept_max:
                self._kept.popitem(last=False)
        else:
            with suppress(KeyError):  # another thread has dropped it
                self._kept.move_to_end(key)
        return found


class TiledTree:
    """The tree of ``size`` leaves whose tiles ``read`` gives: roots and proofs. For one thread, and a few proofs."""

    def __init__(self, size: int, read: ReadTile, uppers: UpperHalves | None = None) -> None:
        self.size = size
        self._read = read
        self._uppers = UpperHalves() if uppers is None else uppers
        self._hashes: dict[tuple[int, int], bytes] = {}

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the whole tree, or of its first ``size`` leaves; ValueError if it has fewer."""
        return range_root(0, self._within(size), self.node)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that a leaf is in the tree, or in its first ``size`` leaves; ValueError if it is not."""
        return inclusion_proof(index, self._within(size), self.node)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Return the proof that the tree, or its first ``new`` leaves, begin with ``old``; ValueError if larger."""
        return consistency_proof(old, self._within(new), self.node)

    def node(self, height: int, index: int) -> bytes:
        """Return the hash of a complete subtree."""
        level, inside = divmod(height, TILE_HEIGHT)
        tile, offset = divmod(index << inside, TILE_WIDTH)
        if inside >= MIDDLE:
            begin = (offset >> inside) * HASH_BYTES
            return self._upper(level, tile)[inside - MIDDLE][begin : begin + HASH_BYTES]
        row = self._tile(level, tile)[offset * HASH_BYTES : (offset + (1 << inside)) * HASH_BYTES]
        for _ in range(inside):
            row = _row_above(row)
        return row

    def _within(self, size: int | None) -> int:
        if size is not None and not 0 <= size <= self.size:
            msg = f"the tree has {self.size} leaves, not {size}"
            raise ValueError(msg)
        return self.size if size is None else size

    def _tile(self, level: int, tile: int) -> bytes:
        found = self._hashes.get((level, tile))
        if found is None:
            width = width_in(self.size, level, tile)
            found = self._hashes[level, tile] = self._read(level, tile, width)[: width * HASH_BYTES]
        return found

    def _upper(self, level: int, tile: int) -> tuple[bytes, ...]:
        width = width_in(self.size, level, tile)
        return self._uppers.of(level, tile, width, lambda: self._tile(level, tile))


def grown(size: int, leaves: Iterable[bytes], read: ReadTile) -> dict[tuple[int, int], bytes]:
    """Return the tiles, by level and index, that change when ``leaves`` (hashes) follow the first ``size`` ones.

    Each is whole as far as it goes: what it held before, and what came.
    """
    changed: dict[tuple[int, int], bytes] = {}
    level, first, coming = 0, size, b"".join(leaves)
    while coming:
        index, present = divmod(first, TILE_WIDTH)
        held = read(level, index, present)[: present * HASH_BYTES] if present else b""
        row = held + coming
        above = []
        for begin in range(0, len(row), TILE_WIDTH * HASH_BYTES):
            tile = row[begin : begin + TILE_WIDTH * HASH_BYTES]
            changed[level, index] = tile
            index += 1
            if len(tile) == TILE_WIDTH * HASH_BYTES:
                above.append(_rows(tile)[TILE_HEIGHT])
        level, first, coming = level + 1, first // TILE_WIDTH, b"".join(above)
    return changed


def bundle(entries: Sequence[bytes]) -> bytes:
    """Return a bundle of entries: each after its length, two bytes."""
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def parse_bundle(raw: bytes, width: int) -> list[bytes]:
    """Return the ``width`` entries of a bundle; NoteError if it holds anything else."""
    entries, at = [], 0
    for _ in range(width):
        end = at + 2 + int.from_bytes(raw[at : at + 2], "big")
        if at + 2 > len(raw) or end > len(raw):
            msg = "a bundle that breaks off"
            raise NoteError(msg)
        entries.append(raw[at + 2 : end])
        at = end
    if at != len(raw):
        msg = "a bundle with more than its entries"
        raise NoteError(msg)
    return entries


def _rows(row: bytes) -> list[bytes]:
    """Return the rows of complete nodes from the hashes of one tile up to its top, each concatenated."""
    rows = [row]
    for _ in range(TILE_HEIGHT):
        rows.append(_row_above(rows[-1]))
    return rows


def _row_above(row: bytes) -> bytes:
    pairs, sha256 = len(row) & ~(2 * HASH_BYTES - 1), hashlib.sha256
    return b"".join([sha256(b"\x01" + row[at : at + 64]).digest() for at in range(0, pairs, 2 * HASH_BYTES)])
