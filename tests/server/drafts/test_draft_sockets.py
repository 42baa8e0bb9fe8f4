"""Drafts over real sockets: live items, receipts, cursors, and who hears them no more."""

from collections.abc import Iterator

import flask
import pytest

from portal.config import Settings
from portal.server.core.buckets import Rate
from portal.server.core.limits import limiter
from portal.server.core.realtime import EventRates
from portal.server.drafts.sockets import CURSOR_MAX_BYTES
from portal.server.drafts.views import SUBMIT_MAX_BYTES
from portal.wire.drafts.streams import ACTS, TEXT, DraftItemKind
from portal.wire.ids import b64, new_id
from tests.server.drafts.conftest import Scene, make_scene
from tests.server.drafts.driver import right, sealed_body
from tests.server.rooms.live import Line, serving

UNBOUNDED = EventRates(Rate(burst=10_000, per_s=10_000), Rate(burst=10_000, per_s=10_000))


@pytest.fixture
def served(settings: Settings) -> Iterator[tuple[flask.Flask, int]]:
    limiter.enabled = False
    with serving(settings, UNBOUNDED) as (app, port):
        limiter.enabled = False
        yield app, port
    limiter.enabled = True


def test_items_cursors_and_expulsion(served: tuple[flask.Flask, int]) -> None:
    app, port = served
    scene = make_scene(app)
    table, room, draft = scene.table, scene.room, scene.table.draft
    pen, other, stranger = (Line.connect(peer, port) for peer in (scene.pen, scene.other, scene.stranger))
    assert [one["stream"] for one in pen.ask("draft.open", room, draft)["streams"]] == ["acts"]
    other.ask("draft.open", room, draft)
    for refused in (stranger.refused("draft.open", room, draft), pen.refused("draft.open", room[:-1], draft)):
        assert refused == "room.not_found"
    assert pen.refused("draft.open", room, new_id()) == "draft.not_found"

    update = b64(table.item(scene.pen, TEXT, DraftItemKind.UPDATE))
    taken = pen.ask("draft.submit", room, draft, update)
    assert other.next("draft.item") == [room, draft, "text", 1, taken["at_ms"], update, None]
    assert pen.ask("draft.submit", room, draft, update) == taken  # the same again: no second event
    act = b64(table.item(scene.other, ACTS, DraftItemKind.ENTRY))
    taken = other.ask("draft.submit", room, draft, act)
    assert [one for one in pen.settled() if one[0] != "drafts.changed"] == [
        ["draft.item", room, draft, "text", 1, pytest.approx(taken["at_ms"], abs=60_000), update, None],
        ["draft.item", room, draft, "acts", 2, taken["at_ms"], act, taken["receipt"]],
    ]
    _large_items_are_fetched(scene, other)
    _what_is_no_item_is_refused(pen, room, draft)
    _cursors_pass_and_are_bounded(scene, pen, other, stranger)

    scene.chair.commits(room, remove=[scene.other])
    other.settled()
    pen.settled()
    placed = table.says(scene.pen)
    assert pen.next("draft.item")[2:4] == ["text", placed["number"]]
    assert "draft.item" not in [one[0] for one in other.settled()]
    for line in (pen, other, stranger):
        line.close()


def _large_items_are_fetched(scene: Scene, listener: Line) -> None:
    """What is large comes by HTTP, and those who listen get its number alone."""
    body = sealed_body(TEXT, DraftItemKind.UPDATE, 73_728)
    scene.table.sequences[scene.pen.device, TEXT] = 1
    placed = scene.table.says(scene.pen, body=body)
    event = listener.next("draft.item")
    while event[2] != "text" or event[3] != placed["number"]:
        event = listener.next("draft.item")
    assert event[5] == ""


def _what_is_no_item_is_refused(line: Line, room: str, draft: str) -> None:
    too_long = "A" * ((SUBMIT_MAX_BYTES * 4 + 2) // 3 + 1)
    assert line.refused("draft.submit", room, draft, 7) == "item.malformed"
    assert line.refused("draft.submit", room, draft, "=") == "item.malformed"
    assert line.refused("draft.submit", room, draft, too_long) == "item.too_large"
    assert line.refused("draft.submit", room, "no id", "AAAA") == "draft.not_found"


def _cursors_pass_and_are_bounded(scene: Scene, pen: Line, other: Line, stranger: Line) -> None:
    room, draft, cursor = scene.room, scene.table.draft, b64(bytes(100))
    other.settled()
    for _ in range(30):
        pen.ask("draft.cursor", room, draft, cursor)
    heard = other.settled()
    assert 10 <= len(heard) < 30  # ten at once, then ten a second; the rest is dropped in silence
    assert heard[0] == ["draft.cursor", room, draft, scene.pen.account, cursor]
    assert "draft.cursor" not in [one[0] for one in pen.settled()]
    assert stranger.refused("draft.cursor", room, draft, cursor) == "draft.not_found"
    assert pen.refused("draft.cursor", room, draft, b64(bytes(CURSOR_MAX_BYTES + 1))) == "request.too_large"
    assert pen.refused("draft.cursor", room, draft, "=") == "request.malformed"


def test_members_hear_that_there_is_a_draft_and_that_its_rights_changed(served: tuple[flask.Flask, int]) -> None:
    app, port = served
    scene = make_scene(app)
    reader, stranger = Line.connect(scene.reader, port), Line.connect(scene.stranger, port)
    table = scene.table
    body = table.rights(right(scene.chair, "chair"))
    table.says(scene.chair, ACTS, DraftItemKind.RIGHTS, body=body)
    assert reader.next("drafts.changed") == [scene.room]
    assert stranger.settled() == []
    reader.close()
    stranger.close()
