"""'Who accepts what' (docs/protocol.md §5), the client's column, for one item at its place of the record.

| rule                                              | otherwise                                                        |
|---------------------------------------------------|------------------------------------------------------------------|
| its id was not in the record before               | replayed: not shown again; alarm "forged"                        |
| signed by a listed device of a known account      | refused item.forged; alarm "forged"                              |
| that device was not revoked before                | refused item.forged; alarm "forged"                              |
| its account is in the group at this place         | refused member.absent; alarm "forged"                            |
| sequence = last + 1                               | refused item.sequence; gap: alarm "dropped", repeat: "forged"    |
| the head it saw is the record's head there        | shown; alarm "fork"                                              |
| epoch is the one in force or the one before       | refused item.stale_epoch                                         |
| bucket is that epoch's                            | refused item.malformed                                           |
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from portal.member.people import Owner
from portal.member.roomdata import ProblemKind, RoomData, RoomProblem
from portal.wire.envelope import Envelope
from portal.wire.ids import ItemId

CLOCK_SLACK_MS: Final = 7_200_000
"""Revocations are dated by the revoking device, which the server lets be off by 65 minutes; items by the server."""


@dataclass(frozen=True, slots=True)
class Examined:
    """An item, whose it is, and whether the owner's device signed it."""

    number: int
    at_ms: int
    envelope: Envelope
    owner: Owner | None
    signed: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an item is refused (a code), and what is wrong with the room because of it."""

    code: str | None = None
    problem: RoomProblem | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was before: the room, where an item's id stands, the record's head at a number (None before the base)."""

    data: RoomData
    number_of: Callable[[ItemId], int | None]
    head_at: Callable[[int], bytes | None]


def check_item(examined: Examined, around: Surroundings) -> Verdict:
    """Judge an item's author and place; epoch and bucket are judged by check_epoch."""
    number, envelope = examined.number, examined.envelope
    before = around.number_of(envelope.item)
    if before is not None:
        return _alarm("replayed", "forged", number, f"item {envelope.item} stands at {before} already")
    author = _check_author(examined, around.data)
    if author is not None:
        return author
    seen = _check_seen(examined, around)
    order = _check_sequence(number, envelope, around.data)
    return Verdict(order.code, seen or order.problem)


def check_epoch(envelope: Envelope, data: RoomData) -> str | None:
    """Judge the epoch and bucket of content; None if they fit."""
    if envelope.epoch == data.epoch:
        return None if envelope.bucket == data.bucket else "item.malformed"
    if envelope.epoch != data.epoch - 1:
        return "item.stale_epoch"
    return None if data.previous_bucket in {None, envelope.bucket} else "item.malformed"


def _check_author(examined: Examined, data: RoomData) -> Verdict | None:
    owner, number, device = examined.owner, examined.number, examined.envelope.device
    if owner is None:
        return _alarm("item.forged", "forged", number, f"no account lists device {device}")
    if not examined.signed:
        evidence = f"not signed by device {device}, sequence {examined.envelope.sequence}"
        return _alarm("item.forged", "forged", number, evidence)
    if owner.revoked_s is not None and examined.at_ms > owner.revoked_s * 1000 + CLOCK_SLACK_MS:
        return _alarm("item.forged", "forged", number, f"device {device} was revoked at {owner.revoked_s}")
    # Without founding and group state, who is in is the server's word; what opens is from someone with the key.
    if data.membership.seats is None or owner.account in data.membership.accounts:
        return None
    return _alarm("member.absent", "forged", number, f"account {owner.account} is not in the room")


def _check_seen(examined: Examined, around: Surroundings) -> RoomProblem | None:
    envelope = examined.envelope
    ours = around.head_at(envelope.seen_number)
    if envelope.seen_number < examined.number and ours in {None, envelope.seen_head}:
        return None
    here = "nothing" if ours is None else ours.hex()
    saw = f"device {envelope.device} saw {envelope.seen_head.hex()}, here {here}"
    return RoomProblem("fork", examined.number, f"at {envelope.seen_number}: {saw}")


def _check_sequence(number: int, envelope: Envelope, data: RoomData) -> Verdict:
    last = data.sequences.get(envelope.device)
    # Where the record is read from the middle, a device's earlier items are not known.
    if last is None and (data.base is None or data.base.number != 0):
        return Verdict()
    expected = (last or 0) + 1
    if envelope.sequence == expected:
        return Verdict()
    evidence = f"device {envelope.device}: sequence {envelope.sequence} where {expected} is due"
    return _alarm("item.sequence", "dropped" if envelope.sequence > expected else "forged", number, evidence)


def _alarm(code: str, kind: ProblemKind, number: int, evidence: str) -> Verdict:
    return Verdict(code, RoomProblem(kind, number, evidence))
