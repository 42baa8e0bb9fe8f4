"""The ballot file of a week: what stood behind which topic when the week was frozen, so that nobody is found in it.

It is published twice with one commitment. Frozen: its ``beacon`` is empty, and its hash goes into the ledger. Then,
once the ledger has given that entry a place, with the beacon: the root of the smallest tree that holds the entry. So
the beacon was not there yet when the ballots were fixed, and anyone who has the log's tiles finds it again.
"""

from typing import Any

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import topics
from portal.server.feedback.models import Ballot as BallotRow
from portal.server.feedback.moderation_models import Topic as TopicRow
from portal.server.feedback.weeks import IntakeWeek
from portal.server.ledger import service as ledger
from portal.server.ledger import tree
from portal.server.townhall import publications
from portal.wire import agenda
from portal.wire.agenda import Ballot, BallotFile, Topic

FROZEN, WITH_BEACON = 0, 1
"""Revisions of the published file."""


def freeze(unit: Unit, week: IntakeWeek) -> None:
    """Publish the week's ballot file without its beacon, and have its hash recorded."""
    file = gathered(unit, week)
    publications.publish(unit, week.id, "ballots", agenda.plain(file), revision=FROZEN)


def add_beacon(unit: Unit, week: IntakeWeek) -> BallotFile | None:
    """Publish the frozen file with its beacon and return it; None while the ledger has no place for its hash yet."""
    frozen = publications.get(unit, week.id, "ballots", FROZEN)
    if frozen is None or frozen.ledger_entry is None:
        msg = f"week {week.id} has no frozen ballot file"
        raise LookupError(msg)
    index = ledger.index_of(unit, frozen.ledger_entry)
    if index is None:
        return None
    week.beacon = tree.tree(unit).root(index + 1).hex()
    value: dict[str, Any] = publications.value_of(frozen) | {"beacon": week.beacon}
    published = publications.publish(unit, week.id, "ballots", value, revision=WITH_BEACON, recorded=False)
    return agenda.parse(published.file)


def gathered(unit: Unit, week: IntakeWeek) -> BallotFile:
    """Return the ballots of ``week`` as they stand, rare sets split, with an empty beacon."""
    supported = topics.ballots(unit, week.id)
    rows = unit.connection.execute(sa.select(BallotRow.id, BallotRow.community).where(BallotRow.week_id == week.id))
    ballots = [Ballot(community, frozenset(supported[ballot])) for ballot, community in rows if ballot in supported]
    named = frozenset().union(*(ballot.supports for ballot in ballots))
    return BallotFile(week.id, week.hall_minutes, "", _topics(unit, named), tuple(agenda.publishable(ballots)))


def _topics(unit: Unit, named: frozenset[str]) -> tuple[Topic, ...]:
    rows = unit.connection.execute(sa.select(TopicRow.id, TopicRow.theme, TopicRow.minutes))
    return tuple(Topic(*row) for row in sorted(rows) if row[0] in named)
