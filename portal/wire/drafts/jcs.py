"""Canonical JSON (RFC 8785, JCS) with strings of any script, for what members write: clauses, acts, snapshots.

``wire.canonical`` is the subset for what the server signs. Numbers are the integers that both twins hold exactly: text
and acts have no others, and the browser's twin (static/src/wire/drafts/jcs.ts) does not tell 1 from 1.0.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

MAX_SAFE_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 32
"""Deeper nesting is refused by both sides, so that neither meets the end of its stack."""


class NotCanonicalError(ValueError):
    """A value that RFC 8785 can not write, or a text that it would write otherwise. The message is for the log."""


def jcs(value: Any) -> bytes:
    """Return the one byte string (UTF-8) of ``value``.

    Raises:
        NotCanonicalError: a number that is no integer from -(2^53-1) to 2^53-1, a lone surrogate in a text or key, a
            key that is no text, nesting beyond MAX_DEPTH, or anything that JSON has no word for.
    """
    text = json.dumps(_ordered(value, MAX_DEPTH), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        msg = "a lone surrogate"
        raise NotCanonicalError(msg) from error


def parse_jcs(raw: bytes) -> Any:
    """Parse ``raw`` and insist that it is canonical; NotCanonicalError otherwise."""
    try:
        value = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        msg = "not JSON"
        raise NotCanonicalError(msg) from error
    if jcs(value) != raw:
        msg = "not canonical JSON"
        raise NotCanonicalError(msg)
    return value


def _ordered(value: Any, depth: int) -> Any:
    """Return ``value`` with each object's keys in the order of their UTF-16 code units, and no other numbers."""
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _integer(value)
    if depth <= 0:
        msg = "nested too deeply"
        raise NotCanonicalError(msg)
    if isinstance(value, list | tuple):
        return [_ordered(inner, depth - 1) for inner in value]
    if isinstance(value, dict):
        return {key: _ordered(value[key], depth - 1) for key in _sorted(value)}
    msg = f"{type(value).__name__} can not be signed"
    raise NotCanonicalError(msg)


def _sorted(keys: Iterable[Any]) -> list[str]:
    # Nearly all keys are ASCII, which sorts the same as it is.
    if all(isinstance(key, str) and key.isascii() for key in keys):
        return sorted(keys)
    return sorted(keys, key=code_units)


def code_units(key: Any) -> bytes:
    """Return what keys are sorted by, 2 bytes a unit: UTF-16, where characters beyond the BMP come before U+E000."""
    if not isinstance(key, str):
        msg = "a key that is no text"
        raise NotCanonicalError(msg)
    return key.encode("utf-16-be", "surrogatepass")


def _integer(value: float) -> int:
    # A CRDT's numbers may arrive as floats: 1.0 is the 1 that the other twin writes.
    if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER or value != int(value):
        msg = "only integers from -(2^53-1) to 2^53-1 can be signed"
        raise NotCanonicalError(msg)
    return int(value)
