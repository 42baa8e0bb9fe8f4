"""Polls: nobody sees numbers before the end, nobody ever learns who voted how, and a late vote is told so."""

from collections import Counter
from collections.abc import Iterator

import flask
import pytest
import sqlalchemy as sa

from portal.server.core.context import EXTENSION
from portal.server.core.db import Unit
from portal.server.townhall import polls
from tests.server.townhall.hall_kit import Meeting, meeting, shared_portal


@pytest.fixture(scope="module")
def portal_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flask.Flask]:
    app = shared_portal(tmp_path_factory.mktemp("halls"))
    yield app
    app.extensions[EXTENSION].database.close()


@pytest.fixture
def hall(portal_of_all: flask.Flask) -> Meeting:
    made = meeting(portal_of_all)
    made.begin()
    return made


def opened(hall: Meeting) -> int:
    return hall.does("poll", text="Should it stay?", options="Yes\nNo", lang="en")


def test_counts_are_hidden_until_the_poll_is_closed(hall: Meeting) -> None:
    poll = opened(hall)
    for community, option in (("en", 0), ("en", 1), ("ko", 1)):
        hall.citizen().enters(community).does("vote", poll=poll, option=option)
    running = hall.view()["polls"][str(poll)]
    assert (running["counts"], running["groups"], running["open"]) == (None, None, True)
    assert "3 have voted" in hall.moderator.get(f"/moderate/hall/{hall.name}")
    hall.does("close_poll", poll=poll)
    closed = hall.view()["polls"][str(poll)]
    assert closed["counts"] == [1, 2]
    assert closed["groups"] is None, "three votes are too few to be told apart by language"


def test_a_vote_counts_once(hall: Meeting) -> None:
    poll = opened(hall)
    voter = hall.citizen().enters()
    assert [voter.does("vote", poll=poll, option=0)["repeated"] for _ in "12"] == [False, True]
    voter.does("vote", poll=poll, option=1)
    hall.does("close_poll", poll=poll)
    assert hall.view()["polls"][str(poll)]["counts"] == [1, 0]


def test_a_vote_on_its_way_when_the_poll_closes_gets_a_clear_answer(hall: Meeting) -> None:
    poll = opened(hall)
    early, late = hall.citizen().enters(), hall.citizen().enters()
    early.does("vote", poll=poll, option=0)
    hall.does("close_poll", poll=poll)
    assert late.refused("vote", poll=poll, option=1) == "hall.poll_closed"
    # Sent again because the answer was lost: it did count.
    assert early.does("vote", poll=poll, option=0)["repeated"] is True
    assert hall.view()["polls"][str(poll)]["counts"] == [1, 0]
    assert hall.refused("undo") == "final"


def test_poll_vote_and_voter_not_joinable(hall: Meeting) -> None:
    first, second = opened(hall), 0
    voters = [hall.citizen().enters("ko" if number % 2 else "en") for number in range(6)]
    for number, voter in enumerate(voters):
        voter.does("vote", poll=first, option=number % 2)
    hall.does("close_poll", poll=first)
    second = opened(hall)
    for voter in voters:
        voter.does("vote", poll=second, option=0)

    rows = hall.desk.read(lambda unit: _poll_rows(unit, hall.name))
    # What is kept of votes has nothing of a voter: counts by option and community.
    assert set(rows["poll_count"][0]) == {"hall_id", "poll", "option", "community", "votes"}
    # What is kept of voters has nothing of a vote, and one voter's rows in two polls share nothing.
    assert set(rows["poll_voter"][0]) == {"hall_id", "poll", "voter"}
    assert Counter(row["poll"] for row in rows["poll_voter"]) == {first: 6, second: 6}
    assert len({row["voter"] for row in rows["poll_voter"]}) == 12
    if hall.desk.portal.database.is_sqlite:
        # No hidden row number either: it would tell the order in which votes and voters came.
        with pytest.raises(sa.exc.OperationalError, match="rowid"):
            hall.desk.read(lambda unit: unit.connection.exec_driver_sql("SELECT rowid FROM poll_voter").all())
    # And no event, which has a time, speaks of a single vote.
    kinds = hall.desk.read(lambda unit: unit.session.execute(sa.text("SELECT DISTINCT type FROM hall_event")).scalars())
    assert not [kind for kind in kinds if "vote" in kind]


def _poll_rows(unit: Unit, hall: str) -> dict[str, list[dict[str, object]]]:
    return {
        table: [
            dict(row)
            for row in unit.session.execute(sa.text(f"SELECT * FROM {table} WHERE hall_id = '{hall}'")).mappings()
        ]
        for table in ("poll_count", "poll_voter")
    }


@pytest.mark.parametrize(
    ("votes", "published"),
    [
        ({}, None),
        ({"en": [3, 1]}, None),
        ({"en": [9, 1], "ko": [5, 0]}, {"en": [9, 1], "ko": [5, 0]}),
        ({"en": [9, 1], "ko": [2, 2]}, None),
        ({"en": [9, 1], "ko": [2, 2], "ar": [0, 1]}, {"en": [9, 1], "other": [2, 3]}),
        ({"en": [9, 1], "ko": [3, 2], "ar": [0, 1]}, {"en": [9, 1], "other": [3, 3]}),
        ({"en": [9, 1], "fr": [8, 1], "ko": [3, 2], "ar": [0, 1]}, {"en": [9, 1], "fr": [8, 1], "other": [3, 3]}),
    ],
)
def test_groups_of_fewer_than_five_are_joined(
    votes: dict[str, list[int]], published: dict[str, list[int]] | None
) -> None:
    assert polls.groups(votes) == published
    for row in (published or {}).values():
        assert sum(row) >= polls.K
