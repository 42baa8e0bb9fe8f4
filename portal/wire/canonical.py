"""Canonical JSON (RFC 8785, JCS) for the small subset that is signed.

That is printable ASCII strings, integers from 0 to 2^53-1, arrays and objects.
"""

import json
from typing import Any

MAX_SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 16
"""Deeper nesting is refused by both sides, so that neither meets the end of its stack."""


class NotCanonicalError(ValueError):
    """A value or a text that has no place among what is signed."""


def canonical_json(value: Any) -> bytes:
    """Return the one byte string of ``value``.

    Raises:
        NotCanonicalError: a float, a negative or too large integer, a boolean or None, a string that is not printable
            ASCII, or nesting beyond MAX_DEPTH.
    """
    _check(value, MAX_DEPTH)
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def parse_canonical(raw: bytes) -> Any:
    """Parse ``raw`` and insist that it is canonical; NotCanonicalError otherwise."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        msg = "not JSON"
        raise NotCanonicalError(msg) from error
    if canonical_json(value) != raw:
        msg = "not canonical JSON"
        raise NotCanonicalError(msg)
    return value


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        msg = "nested too deeply"
        raise NotCanonicalError(msg)
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)
    elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SAFE_INTEGER:
        _check_text(value)


def _check_text(text: Any) -> None:
    if not isinstance(text, str) or not text.isascii() or not text.isprintable():
        msg = "only printable ASCII and integers from 0 to 2^53-1 can be signed"
        raise NotCanonicalError(msg)
