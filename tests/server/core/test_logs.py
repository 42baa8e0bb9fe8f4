"""Logs: what they say, and what they never say."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from portal.server.core import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level, raising = root.handlers, root.level, logging.raiseExceptions
    stream = io.StringIO()
    logs.configure("info", stream)
    yield stream
    structlog.configure(**before)
    root.handlers, logging.raiseExceptions = handlers, raising
    root.setLevel(level)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_one_json_object_a_line_with_time_and_level(written: io.StringIO) -> None:
    structlog.get_logger().warning("record.fork", room=3)
    (line,) = lines(written)
    assert (line["event"], line["level"], line["room"]) == ("record.fork", "warning", 3)
    assert line["at"].endswith("Z")


def test_secrets_and_addresses_are_withheld(written: io.StringIO) -> None:
    structlog.get_logger().info(
        "x",
        ticket="abc",
        token="abc",
        passphrase="abc",
        body="abc",
        note="from 192.0.2.7 and 2001:db8::1 with " + "A" * 43,
        many=["10.0.0.1"],
    )
    (line,) = lines(written)
    assert line["ticket"] == line["token"] == line["passphrase"] == line["body"] == "[withheld]"
    assert line["note"] == "from [withheld] and [withheld] with [withheld]"
    assert line["many"] == ["[withheld]"]


def test_an_exception_is_its_kind_and_places_not_its_words(written: io.StringIO) -> None:
    try:
        int("a typed secret")
    except ValueError as error:
        error.add_note("fault 1234")
        structlog.get_logger().error("request.fault", exc_info=error)
    (line,) = lines(written)
    assert line["kind"] == "ValueError"
    assert line["notes"] == ["fault 1234"]
    assert "test_logs.py" in line["places"][-1]
    assert "secret" not in written.getvalue()


def test_libraries_are_quoted_by_place_alone(written: io.StringIO) -> None:
    logging.getLogger("engineio.server").error("invalid session %s from %s", "s3cret", "192.0.2.7")
    logging.getLogger("some.library").info("chatter")
    (line,) = lines(written)
    assert line["event"] == "library"
    assert line["kind"].startswith("engineio.server:")
    assert "s3cret" not in written.getvalue()


def test_repeated_lines_are_counted_instead_of_written() -> None:
    now_s = [0.0]
    throttle = logs.Throttle(burst=3, window_s=10, clock_s=lambda: now_s[0])
    passed = 0
    for _ in range(100):
        try:
            throttle(None, "info", {"event": "http.malformed", "kind": "ValueError"})
            passed += 1
        except structlog.DropEvent:
            pass
    assert passed == 3
    throttle(None, "info", {"event": "http.malformed", "kind": "OSError"})
    now_s[0] = 11.0
    assert throttle(None, "info", {"event": "http.malformed", "kind": "ValueError"})["left_out"] == 97


def test_debug_is_left_out_at_level_info(written: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    assert written.getvalue() == ""


def test_lines_of_a_socket_event_have_its_id_and_name(written: io.StringIO) -> None:
    token = logs.SOCKET_EVENT.set((7, 3, "item.submit"))
    structlog.get_logger().info("x")
    logs.SOCKET_EVENT.reset(token)
    structlog.get_logger().info("y")
    named, bare = lines(written)
    assert (named["request"], named["asked"]) == ("socket-7.3", "item.submit")
    assert "request" not in bare


def test_a_request_id_of_a_proxy_is_written_as_it_is(written: io.StringIO) -> None:
    structlog.get_logger().info("x", request="0123456789abcdef" * 2, other="0123456789abcdef" * 2)
    (line,) = lines(written)
    assert line["request"] == "0123456789abcdef" * 2
    assert line["other"] == "[withheld]"
