"""Heads of requests: one way to read them, or none."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.server.core.heads import (
    FIELDS_MAX,
    HEAD_MAX_BYTES,
    Fields,
    MalformedHeadError,
    read_fields,
    read_request_line,
)

GET = read_request_line("GET / HTTP/1.1\r\n")
POST = read_request_line("POST / HTTP/1.1\r\n")


def fields(raw: bytes, line: object = POST) -> Fields:
    return read_fields(io.BytesIO(raw).readline, line)  # type: ignore[arg-type]


def test_a_browser_s_head_is_read() -> None:
    found = fields(b"Host: a.example\r\nContent-Length: 5\r\nAccept:  text/html \r\nX-Odd: \xe9\tz\r\n\r\n")
    assert found.length == 5
    assert found.get("accept") == "text/html"
    assert found.get("X-ODD") == "\xe9\tz"
    assert found.headers[0] == "Host: a.example\r\n"


@pytest.mark.parametrize(
    "line",
    [
        "GET / HTTP/1.1\n",
        "GET  / HTTP/1.1\r\n",
        "GET /\r\n",
        "get / HTTP/1.1\r\n",
        "GET http://a.example/ HTTP/1.1\r\n",
        "GET /a b HTTP/1.1\r\n",
        "GET /\xe9 HTTP/1.1\r\n",
        "GET / HTTP/1.1 \r\n",
        "GET / HTTP/2.0\r\n",
        "GET / HTTP/1.10\r\n",
        "\r\n",
        "",
    ],
)
def test_a_request_line_of_another_form_is_none(line: str) -> None:
    with pytest.raises(MalformedHeadError):
        read_request_line(line)


@pytest.mark.parametrize(
    "raw",
    [
        b"Host: a\r\nno colon\r\nContent-Length: 5\r\n\r\n",
        b"Host: a\r\nContent-Length : 5\r\n\r\n",
        b"Host: a\r\n Content-Length: 5\r\n\r\n",
        b"Host: a\r\nX: 1\r\n\tfolded\r\n\r\n",
        b"Host: a\r\nX: a\rb\r\n\r\n",
        b"Host: a\r\nX: a\0b\r\n\r\n",
        b"Host: a\nX: 1\r\n\r\n",
        b"Host: a\r\nX\xe9: 1\r\n\r\n",
        b"Host: a\r\n: 1\r\n\r\n",
        b"Host: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        b"Host: a\r\nContent-Length: +5\r\n\r\n",
        b"Host: a\r\nContent-Length: 5_0\r\n\r\n",
        b"Host: a\r\nContent-Length: \xb2\r\n\r\n",
        b"Host: a\r\nTransfer-Encoding: identity\r\n\r\n",
        b"Host: a\r\nHost: b\r\n\r\n",
        b"Host: a\r\nOrigin: x\r\norigin: y\r\n\r\n",
        b"X: 1\r\n\r\n",
        b"Host: a\r\nConnection: upgrade\r\nContent-Length: 5\r\n\r\n",
        b"Host: a\r\n",
        b"",
    ],
)
def test_what_two_programs_could_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedHeadError):
        fields(raw)


def test_a_get_has_no_body() -> None:
    assert fields(b"Host: a\r\nContent-Length: 0\r\n\r\n", GET).length == 0
    with pytest.raises(MalformedHeadError):
        fields(b"Host: a\r\nContent-Length: 1\r\n\r\n", GET)


def test_a_head_is_small() -> None:
    assert fields(b"Host: a\r\n" + b"X: 1\r\n" * (FIELDS_MAX - 1) + b"\r\n").get("x") == "1"
    with pytest.raises(MalformedHeadError):
        fields(b"Host: a\r\n" + b"X: 1\r\n" * FIELDS_MAX + b"\r\n")
    with pytest.raises(MalformedHeadError):
        fields(b"Host: a\r\nCookie: " + b"c" * HEAD_MAX_BYTES + b"\r\n\r\n")


def test_no_more_than_a_head_is_read_of_an_endless_line() -> None:
    endless = io.BytesIO(b"X: " + b"y" * (1 << 20))
    with pytest.raises(MalformedHeadError):
        read_fields(endless.readline, GET)
    assert endless.tell() <= HEAD_MAX_BYTES


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_every_field_that_is_read_stood_there_as_a_line_of_its_own(lines: list[bytes]) -> None:
    raw = b"".join(line + b"\r\n" for line in [b"Host: a", *lines, b""])
    try:
        found = fields(raw)
    except MalformedHeadError:
        return
    assert [line.encode("latin-1").split(b":")[0] for line in found.headers] == [
        line.split(b":")[0] for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n")
    ]
