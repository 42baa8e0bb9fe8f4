"""Votes: that somebody has voted is kept apart from how, and what is kept of how is only counts.

A community's own counts are published only if at least K of it voted; smaller ones are counted together as "other", and
if even those are fewer than K, the next smallest joins them. Totals are always whole.
"""

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.townhall.hall_models import PollCount, PollVoter

K: Final = 5
"""Fewest votes that a published group has."""
OTHER: Final = "other"


def has_voted(unit: Unit, hall: str, poll: int, voter: bytes) -> bool:
    """Return whether ``voter`` (16 bytes) has voted in ``poll``."""
    return unit.session.get(PollVoter, (hall, poll, voter)) is not None


def count_vote(unit: Unit, hall: str, poll: int, option: int, *, voter: bytes, community: str) -> None:
    """Count one vote. The caller holds the hall's lock and has made sure that the poll is open."""
    unit.session.add(PollVoter(hall_id=hall, poll=poll, voter=voter))
    row = unit.session.get(PollCount, (hall, poll, option, community))
    if row is None:
        unit.session.add(PollCount(hall_id=hall, poll=poll, option=option, community=community, votes=1))
    else:
        row.votes += 1
    unit.session.flush()


def turnout(unit: Unit, hall: str, poll: int) -> int:
    """Return how many have voted."""
    voters = sa.select(sa.func.count()).where(PollVoter.hall_id == hall, PollVoter.poll == poll)
    return unit.session.scalar(voters) or 0


def counted(unit: Unit, hall: str, poll: int, options: int) -> tuple[list[int], dict[str, list[int]] | None]:
    """Return the votes by option, and by community where that says nothing of single voters."""
    rows = unit.session.scalars(sa.select(PollCount).where(PollCount.hall_id == hall, PollCount.poll == poll))
    by_community: dict[str, list[int]] = {}
    for row in rows:
        by_community.setdefault(row.community, [0] * options)[row.option] += row.votes
    totals = [sum(column) for column in zip(*by_community.values(), strict=True)] or [0] * options
    return totals, groups(by_community)


def groups(by_community: Mapping[str, list[int]]) -> dict[str, list[int]] | None:
    """Return ``by_community`` with every group of fewer than K votes joined into others; None if only one is left."""
    known = sorted(by_community.items(), key=lambda entry: (sum(entry[1]), entry[0]))
    joined: list[list[int]] = []
    while known and (known[0][0] == OTHER or sum(known[0][1]) < K or 0 < sum(map(sum, joined)) < K):
        joined.append(known.pop(0)[1])
    published = {community: list(row) for community, row in sorted(known) if community != OTHER}
    if joined:
        published[OTHER] = [sum(column) for column in zip(*joined, strict=True)]
    return published if len(published) > 1 else None
