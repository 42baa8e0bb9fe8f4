"""What happens at once, on both kinds of database: a form that is sent twice, a sixth support."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Unit
from portal.server.feedback import service, supports, weeks
from portal.server.feedback.feature import Feedback
from portal.server.feedback.models import Ballot, Submission
from portal.server.feedback.proof_of_work import Pass
from portal.server.feedback.service import Said, Taken, UsedPassError
from tests.server.feedback.citizen import ORIGIN
from tests.server.feedback.topics import a_topic

T = TypeVar("T")
AT_ONCE = 4


@pytest.fixture
def portal(database_url: str, tmp_path: Path) -> Iterator[Portal]:
    app = create_app(Settings(data_dir=tmp_path, database_url=database_url, public_url=ORIGIN, worker=False))
    made: Portal = app.extensions[EXTENSION]
    made.database.write(lambda unit: weeks.ensure(unit, "UTC", 90))
    yield made
    made.database.close()


def a_pass(portal: Portal) -> Pass:
    passes = portal.get(Feedback).passes
    return passes.read(passes.issue("patience", portal.database.clock_ms() // 1000), "patience")


def said(portal: Portal) -> Said:
    return Said("More shade at the bus stops, please.", "en", "public", portal.database.clock_ms() // 1000)


def at_once(work: Callable[[int], T]) -> list[T | UsedPassError | supports.NoSupportLeftError]:
    def caught(number: int) -> T | UsedPassError | supports.NoSupportLeftError:
        try:
            return work(number)
        except (UsedPassError, supports.NoSupportLeftError) as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(caught, range(AT_ONCE)))


def test_a_form_sent_twice_at_once_is_one_submission_with_one_receipt(portal: Portal) -> None:
    used, feedback, words = a_pass(portal), portal.get(Feedback), said(portal)

    def take(_number: int) -> Taken:
        try:
            return portal.database.write(lambda unit: service.take(unit, feedback, words, used))
        except UsedPassError:  # as the page does: the second try finds what the other one left
            return portal.database.write(lambda unit: service.take(unit, feedback, words, used))

    taken = [result for result in at_once(take) if isinstance(result, Taken)]
    assert len(taken) == AT_ONCE
    assert len({one.code for one in taken}) == 1
    assert [one.again for one in taken].count(False) == 1
    counts = portal.database.read(
        lambda unit: (unit.session.query(Submission).count(), unit.session.query(Ballot).count())
    )
    assert counts == (1, 1)


def test_no_sixth_support_comes_about(portal: Portal) -> None:
    feedback, now_s = portal.get(Feedback), portal.database.clock_ms() // 1000
    taken = portal.database.write(lambda unit: service.take_supporter(unit, feedback, "en", a_pass(portal)))
    topics = [a_topic(portal.database, f"Topic {number}") for number in range(4 + AT_ONCE)]

    def give(topic: str) -> None:
        portal.database.write(lambda unit: supports.support(unit, taken.receipt, taken.code, topic, now_s))

    for topic in topics[:4]:
        give(topic)
    results = at_once(lambda number: give(topics[4 + number]))
    assert [type(result) for result in results].count(supports.NoSupportLeftError) == AT_ONCE - 1

    def given(unit: Unit) -> list[str]:
        return supports.supported(unit, taken.code, weeks.current(unit).id)

    assert len(portal.database.read(given)) == supports.SUPPORTS_MAX

    def take_all_back(unit: Unit) -> None:
        for topic in topics:
            supports.take_back(unit, taken.code, topic, now_s)

    portal.database.write(take_all_back)
    assert portal.database.read(given) == []
