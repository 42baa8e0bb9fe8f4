"""Heads of HTTP/1 requests, read strictly (RFC 9112): what two programs could understand differently is refused.

pywsgi's own reader is ``http.client``'s for e-mail: it takes 100 lines of 64 KiB, ends the headers at the first line
without a colon, and folds lines. Here a head is small, and one way or not at all.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

HEAD_MAX_BYTES: Final = 16 * 1024
"""Request line and headers together; browsers send less than 2 KiB."""
FIELDS_MAX: Final = 100
_REQUEST: Final = re.compile(r"([A-Z]{1,16}) (/[!-~]*) HTTP/1\.([01])\r\n")
_FIELD: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0-\x08\n-\x1f\x7f]*?)[ \t]*\r\n")
_LENGTH: Final = re.compile(r"[0-9]{1,15}")
_END: Final = b"\r\n"
# Whoever sends one of these twice wants two readers to take different ones.
_ONCE: Final = frozenset(
    {
        "authorization",
        "content-length",
        "content-type",
        "expect",
        "host",
        "origin",
        "sec-fetch-site",
        "sec-websocket-key",
        "sec-websocket-version",
        "upgrade",
    }
)


class MalformedHeadError(ValueError):
    """No client of ours, and no proxy, sends this."""


class RequestLine(NamedTuple):
    """``version`` is HTTP/1.0 or HTTP/1.1."""

    method: str
    target: str
    version: str


class Fields:
    """The header fields of one request, in order; with the names that pywsgi asks by."""

    __slots__ = ("_fields",)
    status: Final = ""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = tuple(fields)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first value under ``name``, in any case of letters."""
        wanted = name.lower()
        return next((value for key, value in self._fields if key.lower() == wanted), default)

    getheader = get

    @property
    def typeheader(self) -> str | None:
        """The Content-Type."""
        return self.get("content-type")

    @property
    def headers(self) -> list[str]:
        """The lines."""
        return [f"{name}: {value}\r\n" for name, value in self._fields]

    @property
    def length(self) -> int | None:
        """The Content-Length in bytes, None if there is none; MalformedHeadError if it is no number."""
        text = self.get("content-length")
        if text is None:
            return None
        if not _LENGTH.fullmatch(text):
            raise MalformedHeadError
        return int(text)

    @property
    def connection(self) -> frozenset[str]:
        """The options of Connection."""
        return frozenset(option.strip().lower() for option in (self.get("connection") or "").split(","))


def read_request_line(text: str) -> RequestLine:
    """Return the parts of a request's first line, with its end; MalformedHeadError."""
    found = _REQUEST.fullmatch(text)
    if found is None:
        raise MalformedHeadError
    return RequestLine(found[1], found[2], f"HTTP/1.{found[3]}")


def read_fields(read_line: Callable[[int], bytes], line: RequestLine, left_bytes: int = HEAD_MAX_BYTES) -> Fields:
    """Read the fields that follow ``line``, up to the empty line, by ``read_line(at most so many bytes)``.

    Raises:
        MalformedHeadError: a line is none, there are too many, or they say two things about the body's length.
    """
    fields: list[tuple[str, str]] = []
    while (raw := read_line(left_bytes)) != _END:
        left_bytes -= len(raw)
        found = _FIELD.fullmatch(raw.decode("latin-1"))
        if found is None or left_bytes < len(_END) or len(fields) == FIELDS_MAX:
            raise MalformedHeadError
        fields.append((found[1], found[2]))
    return _checked(Fields(fields), [name.lower() for name, _ in fields], line)


def _checked(fields: Fields, names: list[str], line: RequestLine) -> Fields:
    """No browser sends a chunked body over HTTP/1.1, and proxies buffer one into a plain body."""
    given = set(names)
    twice = any(names.count(name) > 1 for name in given & _ONCE)
    hidden = "transfer-encoding" in given or (line.version == "HTTP/1.1" and "host" not in given)
    changing = bool(fields.length) and (line.method in {"GET", "HEAD"} or "upgrade" in fields.connection | given)
    if twice or hidden or changing:
        raise MalformedHeadError
    return fields
