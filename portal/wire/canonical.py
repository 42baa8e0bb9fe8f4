"""Canonical JSON (RFC 8785, JCS) for the small subset that is signed: ASCII strings, integers, arrays, objects."""

import json
from typing import Any

MAX_SAFE_INTEGER = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """Return the one byte string of ``value``.

    Raises:
        ValueError: a float, a negative or too large integer, a boolean or None, or a string that is not ASCII.
    """
    _check(value)
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def parse_canonical(raw: bytes) -> Any:
    """Parse ``raw`` and insist that it is canonical; ValueError otherwise."""
    value = json.loads(raw)
    if canonical_json(value) != raw:
        msg = "not canonical JSON"
        raise ValueError(msg)
    return value


def _check(value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key)
            _check(inner)
    elif isinstance(value, list):
        for inner in value:
            _check(inner)
    elif isinstance(value, str):
        _check_text(value)
    elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SAFE_INTEGER:
        msg = f"{type(value).__name__} can not be signed"
        raise ValueError(msg)


def _check_text(text: str) -> None:
    if not text.isascii() or not text.isprintable():
        msg = "only printable ASCII can be signed"
        raise ValueError(msg)
