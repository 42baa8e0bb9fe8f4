"""Whether an installation is whole: its records, drafts, ledger, files and keys, each against the others.

Reads everything. What a client or a witness checks from outside (signatures of devices, growth of the ledger) it need
not: here is looked for what a disk, a copy or a person with good intentions broke.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from portal.server.accounts.opaque import OpaqueServer
from portal.server.core.at_rest import AtRest, AtRestError
from portal.server.core.db import Unit
from portal.server.core.secret_files import SecretFileError
from portal.server.drafts.models import Draft, DraftItem, DraftStream
from portal.server.feedback import service as feedback
from portal.server.feedback.models import Submission
from portal.server.ledger import tree
from portal.server.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerOpening
from portal.server.rooms.models import Blob, RecordItem, Room
from portal.tlog.verifiers import verify_checkpoint
from portal.wire.drafts.envelope import PREFIX_BYTES as DRAFT_PREFIX_BYTES
from portal.wire.drafts.envelope import first_draft_head, next_draft_head
from portal.wire.drafts.streams import Stream, StreamKind
from portal.wire.envelope import PREFIX_BYTES, first_head, next_head
from portal.wire.ids import DraftId, Id, RoomId, b64
from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint
from portal.wire.ledger.entries import Kind, commitment, parse_entry
from portal.wire.ledger.frontier import Frontier
from portal.wire.ledger.merkle import HASH_BYTES, leaf_hash
from portal.wire.ledger.note import NoteError, VerifierKey, parse_note
from portal.wire.ledger.tiles import TILE_WIDTH, grown

_SHOWN_MAX: Final = 20
_ROWS_AT_ONCE: Final = 1000


@dataclass
class Checked:
    """How much was looked at, and what is wrong: one sentence each."""

    rooms: int = 0
    items: int = 0
    streams: int = 0
    draft_items: int = 0
    entries: int = 0
    openings: int = 0
    checkpoints: int = 0
    files: int = 0
    words: int = 0
    problems: list[str] = field(default_factory=list)

    def wrong(self, sentence: str) -> None:
        """Note a problem."""
        self.problems.append(sentence)

    def told(self) -> list[str]:
        """Return what was looked at, and found as it should be unless ``problems`` says otherwise."""
        signed = f"the tree is the one that was signed, {self.checkpoints} times"
        return [
            f"records: {self.items:,} items in {self.rooms:,} rooms, each head follows from the one before",
            f"drafts: {self.draft_items:,} items in {self.streams:,} streams, likewise",
            f"ledger: {self.entries:,} entries; {signed}; {self.openings:,} statements are what was entered",
            f"files: {self.files:,} of rooms are there, in their sizes",
            f"keys: they are the ones with which this was made ({self.words:,} of citizens' texts open)",
        ]


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder."""

    path: Path

    @property
    def keys(self) -> Path:
        """The folder of its keys."""
        return self.path / "keys"

    @property
    def opaque_setup(self) -> Path:
        """The secret of sign-in."""
        return self.path / "opaque-setup"

    def blob(self, name: str) -> Path:
        """The file of a room."""
        return self.path / "blobs" / name[:2] / name


def check(
    unit: Unit, folder: Folder, log: VerifierKey, signed: Checkpoint | None, is_gone: Callable[[str], bool]
) -> Checked:
    """Look through everything that ``unit`` sees and ``folder`` holds.

    ``log`` is the key that signs the ledger, ``signed`` what it signed last by the file beside the database, read
    before ``unit`` was begun. ``is_gone`` is asked for files that are not there: whether that is known of.
    """
    checked = Checked()
    _check_records(unit, checked)
    _check_drafts(unit, checked)
    _check_ledger(unit, checked, signed, log)
    _check_openings(unit, checked)
    _check_files(unit, checked, folder, is_gone)
    _check_keys(unit, checked, folder)
    return checked


def shown(problems: list[str]) -> list[str]:
    """Return the first of many problems, and how many more there are."""
    more = len(problems) - _SHOWN_MAX
    return problems[:_SHOWN_MAX] + ([f"and {more:,} more"] if more > 0 else [])


def _check_records(unit: Unit, checked: Checked) -> None:
    for room in unit.connection.scalars(sa.select(Room.id).order_by(Room.id)).all():
        checked.rooms += 1
        head, number = first_head(RoomId(Id(room))), 0
        for row in _record(unit, room):
            item = hashlib.sha256(bytes(row.prefix)).digest()
            head = next_head(head, number + 1, item)
            if (row.number, bytes(row.head)) != (number + 1, head):
                checked.wrong(f"the record of room {room} does not follow at number {number + 1}")
                break
            number += 1
        checked.items += number


def _record(unit: Unit, room: str) -> Iterator[Any]:
    prefix = sa.func.substr(RecordItem.envelope, 1, PREFIX_BYTES).label("prefix")
    asked = sa.select(RecordItem.number, RecordItem.head, prefix).where(RecordItem.room_id == room)
    yield from _streamed(unit, asked.order_by(RecordItem.number))


def _check_drafts(unit: Unit, checked: Checked) -> None:
    asked = sa.select(DraftStream.__table__).join(Draft, Draft.id == DraftStream.draft_id).order_by(DraftStream.id)
    for row in unit.connection.execute(asked).all():
        checked.streams += 1
        stream = Stream(StreamKind(row.kind), Id(row.owner))
        number, head = row.base_number, bytes(row.base_head)
        if number == 0 and head != first_draft_head(DraftId(Id(row.draft_id)), stream):
            checked.wrong(f"a stream of draft {row.draft_id} begins with another head")
        prefix = sa.func.substr(DraftItem.envelope, 1, DRAFT_PREFIX_BYTES).label("prefix")
        items = sa.select(DraftItem.number, DraftItem.at_ms, DraftItem.head, prefix)
        behind = items.where(DraftItem.stream_id == row.id, DraftItem.number > number)
        for item in _streamed(unit, behind.order_by(DraftItem.number)):
            head = next_draft_head(head, number + 1, item.at_ms, hashlib.sha256(bytes(item.prefix)).digest())
            if (item.number, bytes(item.head)) != (number + 1, head):
                checked.wrong(f"the draft {row.draft_id} does not follow at number {number + 1}")
                break
            number += 1
            checked.draft_items += 1


def _check_ledger(unit: Unit, checked: Checked, by_file: Checkpoint | None, log: VerifierKey) -> None:
    signed = _signed(unit, checked, by_file, log)
    roots = _roots(unit, checked, {one.size for one in signed})
    for one in signed:
        if one.size not in roots:
            checked.wrong(f"the ledger has signed {one.size} entries, and the database holds {checked.entries}")
        elif roots[one.size] != one.root:
            checked.wrong(f"the ledger has signed other entries up to {one.size} than the database holds")
    checked.checkpoints = len(signed)


def _signed(unit: Unit, checked: Checked, by_file: Checkpoint | None, log: VerifierKey) -> list[Checkpoint]:
    """What the log has signed, by the database and by the file beside it; also under a name that it had before."""
    found = []
    for note in unit.connection.scalars(sa.select(LedgerCheckpoint.note).order_by(LedgerCheckpoint.size)):
        try:
            found.append(verify_checkpoint(note, replace(log, name=parse_checkpoint(parse_note(note).text).origin)))
        except NoteError as error:
            checked.wrong(f"a checkpoint is not signed by the ledger's key: {error}")
    return found if by_file is None else [*found, by_file]


def _roots(unit: Unit, checked: Checked, sizes: set[int]) -> Mapping[int, bytes]:
    """Build the tree anew from its entries, compare its tiles; return its roots at ``sizes``."""
    frontier, held = Frontier(), dict[tuple[int, int], bytes]()

    def read(level: int, number: int, _width: int) -> bytes:
        return held[level, number]

    roots = {0: frontier.root()}
    for first, leaves in _leaves(unit, checked):
        changed = grown(first, leaves, read)
        held.update(changed)
        for place in [place for place, hashes in changed.items() if len(hashes) == TILE_WIDTH * HASH_BYTES]:
            _compare_tile(unit, checked, place, held.pop(place))
        for leaf in leaves:
            frontier.append(leaf)
            if frontier.size in sizes:
                roots[frontier.size] = frontier.root()
    for place, hashes in held.items():
        _compare_tile(unit, checked, place, hashes)
    checked.entries = frontier.size
    return roots


def _leaves(unit: Unit, checked: Checked) -> Iterator[tuple[int, list[bytes]]]:
    """The tree's leaves, as many as a tile has at once; ends where one is missing."""
    asked = sa.select(LedgerEntry.place, LedgerEntry.entry).where(LedgerEntry.place.is_not(None))
    leaves: list[bytes] = []
    first = 0
    for place, entry in _streamed(unit, asked.order_by(LedgerEntry.place)):
        if place != first + len(leaves):
            checked.wrong(f"the ledger has no entry at {first + len(leaves)}, and goes on behind it")
            break
        leaves.append(leaf_hash(bytes(entry)))
        if len(leaves) == TILE_WIDTH:
            yield first, leaves
            first, leaves = first + TILE_WIDTH, []
    if leaves:
        yield first, leaves


def _compare_tile(unit: Unit, checked: Checked, place: tuple[int, int], hashes: bytes) -> None:
    try:
        kept = tree.tile(unit, *place)
    except KeyError:
        kept = b""
    if kept != hashes:
        checked.wrong(f"tile {place[1]} of level {place[0]} of the ledger is not that of its entries")


def _check_openings(unit: Unit, checked: Checked) -> None:
    asked = sa.select(LedgerOpening.kind, LedgerOpening.nonce, LedgerOpening.statement, LedgerEntry.entry).join(
        LedgerEntry, LedgerEntry.id == LedgerOpening.entry_id
    )
    for kind, nonce, raw, entry in _streamed(unit, asked):
        checked.openings += 1
        statement = json.loads(bytes(raw))
        if commitment(Kind(kind), bytes(nonce), statement) != parse_entry(bytes(entry)).commitment:
            checked.wrong(f"a statement of kind {kind} is not the one in the ledger")
        elif kind == Kind.ROOM_ROOT:
            _check_root(unit, checked, statement)


def _check_root(unit: Unit, checked: Checked, root: Mapping[str, object]) -> None:
    """A room's head in the ledger must be the one in its record."""
    place = (RecordItem.room_id == root["room"], RecordItem.number == root["number"])
    head = unit.connection.scalar(sa.select(RecordItem.head).where(*place))
    if (None if head is None else b64(bytes(head))) != root["head"]:
        checked.wrong(f"the ledger holds another head of room {root['room']} at number {root['number']}")


def _check_files(unit: Unit, checked: Checked, folder: Folder, is_gone: Callable[[str], bool]) -> None:
    asked = sa.select(Blob.id, Blob.size_bytes).where(Blob.complete).order_by(Blob.id)
    for name, size in _streamed(unit, asked):
        path = folder.blob(name)
        if path.is_file() and path.stat().st_size == size:
            checked.files += 1
        elif not is_gone(name):
            checked.wrong(f"the file {name} of a room is not there as it was")


def _check_keys(unit: Unit, checked: Checked, folder: Folder) -> None:
    if not folder.opaque_setup.exists():
        checked.wrong("opaque-setup is missing: nobody could sign in with a passphrase")
    else:
        _try(checked, partial(OpaqueServer.open, folder.opaque_setup))
    at_rest = folder.keys / "at-rest"
    newest = unit.session.scalars(
        sa.select(Submission).where(Submission.sealed.is_not(None)).limit(_ROWS_AT_ONCE)
    ).all()
    if not at_rest.exists():
        if newest:
            checked.wrong("keys/at-rest is missing: nobody could read what citizens wrote")
        return
    try:
        opened = Unit(unit.connection, unit.now_ms, AtRest.open(at_rest))
        for submission in newest:
            feedback.text_of(opened, submission)
            checked.words += 1
    except (AtRestError, SecretFileError) as error:
        checked.wrong(str(error))


def _try(checked: Checked, work: Callable[[], object]) -> None:
    try:
        work()
    except SecretFileError as error:
        checked.wrong(str(error))


def _streamed(unit: Unit, asked: sa.Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """The rows of a query, fetched as they are read."""
    streamed = {"stream_results": True, "yield_per": _ROWS_AT_ONCE}
    with unit.connection.execute(asked, execution_options=streamed) as rows:
        yield from rows
