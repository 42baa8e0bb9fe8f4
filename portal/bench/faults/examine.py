"""What the database has in the end, against what was promised and what was seen."""

from collections.abc import Iterable, Sequence

from portal.bench.faults.following import Following
from portal.bench.faults.journal import Acknowledged, Findings, Journal
from portal.bench.faults.members import Member
from portal.bench.faults.places import Place, Stored, stamp_of
from portal.server.core.db import Database
from portal.wire.ids import b64


def examine(database: Database, places: Iterable[Place], journal: Journal, members: Sequence[Member]) -> Findings:
    """Read every place back and compare.

    Numbers without a gap, heads that chain, no item and no sequence of a device twice or out of turn; what was
    acknowledged stands where it was said, under the head that was told; every reader saw the same items in this order.
    """
    findings = Findings()
    for place in places:
        stamps = database.read(lambda unit, place=place: _chain(place, place.stored(unit), journal, findings))  # type: ignore[misc]
        for member in members:
            following = member.following.get(place.name)
            if following is not None:
                _compare(following, stamps, findings)
    return findings


def _chain(place: Place, rows: Iterable[Stored], journal: Journal, findings: Findings) -> list[bytes]:
    """Follow the rows; return their stamps, the first of which is number 1."""
    stamps: list[bytes] = []
    items: set[str] = set()
    sequences: dict[str, int] = {}
    head, at_ms = place.first_head(), 0
    promised = journal.by_place.get(place.name, {})
    for row in rows:
        where = f"{place.name} {row.number}"
        if row.number != len(stamps) + 1:
            findings.note("lost", f"{where} follows {len(stamps)}")
        if row.item_id in items:
            findings.note("doubled", f"{where} was there before")
        items.add(row.item_id)
        _check_sequence(row, sequences, where, findings)
        head = place.next_head(head, row)
        if head != row.head:
            findings.note("reordered", f"{where} does not chain")
            head = row.head
        if row.at_ms < at_ms:
            findings.note("reordered", f"{where} is dated before the item before it")
        at_ms = row.at_ms
        stamp = stamp_of(b64(row.envelope).encode())
        stamps.append(stamp)
        _check_promise(promised.get(row.number), row, stamp, findings)
    _check_end(place, promised, stamps, findings)
    return stamps


def _check_sequence(row: Stored, sequences: dict[str, int], where: str, findings: Findings) -> None:
    before = sequences.get(row.device, 0)
    if row.sequence != before + 1:
        kind = "reordered" if row.sequence > before + 1 else "doubled"
        findings.note(kind, f"{where} has sequence {row.sequence} of its device after {before}")
    sequences[row.device] = row.sequence


def _check_promise(told: Acknowledged | None, row: Stored, stamp: bytes, findings: Findings) -> None:
    if told is None:
        return
    if told.stamp != stamp:
        findings.note("reordered", f"number {row.number} holds another item than was acknowledged")
    elif told.head != b64(row.head):
        findings.note("reordered", f"number {row.number} was acknowledged under another head")


def _check_end(place: Place, promised: dict[int, Acknowledged], stamps: list[bytes], findings: Findings) -> None:
    """Count what was promised and is nowhere, and what was promised one place and stands at another as well."""
    present = {stamp: number for number, stamp in enumerate(stamps, 1)}
    for number, told in promised.items():
        if told.stamp not in present:
            findings.note("lost", f"{place.name} {number} was acknowledged and is nowhere")
        elif present[told.stamp] != number:
            findings.note("doubled", f"{place.name} {number} stands at {present[told.stamp]}, too")


def _compare(following: Following, stamps: list[bytes], findings: Findings) -> None:
    """Compare what a reader saw with what is there."""
    place = following.place
    expected = stamps[place.first :]
    if following.seen != expected:
        shared = zip(following.seen, expected, strict=False)
        wrong = sum(seen != there for seen, there in shared)
        missing = len(expected) - len(following.seen)
        kind = "reordered" if wrong else "lost"
        findings.note(kind, f"a reader of {place.name} has {wrong} other items, and {missing} fewer")
