"""Five supports a week: what a receipt's holder adds to the topics that others raised, and takes back."""

from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import receipts, service, weeks
from portal.server.feedback.models import Ballot, BallotSupport, Receipt
from portal.server.feedback.moderation_models import Topic

SUPPORTS_MAX: Final = 5


class NoSupportLeftError(Exception):
    """All five supports of this week are given; one has to be taken back first."""


class ClosedTopicError(Exception):
    """The topic is not there, or a town hall has dealt with it."""


def support(unit: Unit, receipt: Receipt, code: str, topic: str, begun_s: int) -> None:
    """Let the holder of ``code`` support ``topic`` in the week that is open; twice is once.

    Raises ClosedTopicError, NoSupportLeftError.
    """
    row = unit.session.get(Topic, topic)
    if row is None or row.status != "published":
        raise ClosedTopicError
    week = weeks.for_intake(unit, begun_s)
    ballot = service.ballot_for(unit, code, week.id, receipt.community)
    given = _given(unit, ballot.id)
    if topic in given:
        return
    if len(given) >= SUPPORTS_MAX:
        raise NoSupportLeftError
    service.add_once(unit, BallotSupport, {"ballot_id": ballot.id, "topic_id": topic})


def take_back(unit: Unit, code: str, topic: str, begun_s: int) -> None:
    """Take a support of the open week back; nothing happens if there is none."""
    week = weeks.for_intake(unit, begun_s)
    own = BallotSupport.ballot_id == receipts.ballot_id(code, week.id)
    unit.session.execute(sa.delete(BallotSupport).where(own, BallotSupport.topic_id == topic))


def supported(unit: Unit, code: str, week: str) -> list[str]:
    """Return the topics that the holder of ``code`` supports in ``week``."""
    return sorted(_given(unit, receipts.ballot_id(code, week)))


def _given(unit: Unit, ballot: str) -> set[str]:
    # Locked, so that two at once do not make a sixth.
    unit.session.get(Ballot, ballot, with_for_update=True)
    return set(unit.session.scalars(sa.select(BallotSupport.topic_id).where(BallotSupport.ballot_id == ballot)))
