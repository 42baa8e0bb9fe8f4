"""Reading signed statements: canonical JSON objects whose fields, all of them and no others, are known."""

from typing import Any, Final

from portal.wire.canonical import MAX_SAFE_INTEGER, parse_canonical
from portal.wire.ids import Id, is_id, unb64
from portal.wire.signature_key import SIGNATURE_KEY_BYTES, is_signature_key

VERSION: Final = 1


class StatementError(ValueError):
    """A statement that breaks a rule; the message says which."""


def read_fields(body: bytes, max_bytes: int, names: frozenset[str]) -> dict[str, Any]:
    """Return the fields of ``body``: a canonical object of at most ``max_bytes`` with exactly ``names``, version 1.

    Raises:
        StatementError: anything else.
    """
    require(len(body) <= max_bytes, f"a statement has at most {max_bytes} bytes")
    try:
        fields = parse_canonical(body)
    except (ValueError, RecursionError) as error:
        raise StatementError(str(error)) from error
    if not isinstance(fields, dict) or fields.keys() != names:
        msg = "a statement with missing or unknown fields"
        raise StatementError(msg)
    require(number_field(fields, "v") == VERSION, f"a statement of another version than {VERSION}")
    return fields


def id_field(fields: dict[str, Any], name: str) -> Id:
    """Return the id called ``name``; StatementError if it is none."""
    text = text_field(fields, name)
    require(is_id(text), f"{name} is no id")
    return Id(text)


def bytes_field(fields: dict[str, Any], name: str, length_bytes: int) -> bytes:
    """Return the bytes called ``name``; StatementError unless they are ``length_bytes``."""
    try:
        return unb64(text_field(fields, name), length_bytes)
    except ValueError as error:
        msg = f"{name}: {error}"
        raise StatementError(msg) from error


def signature_key_field(fields: dict[str, Any], name: str) -> bytes:
    """Return the Ed25519 public key called ``name``, 32 bytes; StatementError if it is none that counts."""
    key = bytes_field(fields, name, SIGNATURE_KEY_BYTES)
    require(is_signature_key(key), f"{name} is no key that can sign")
    return key


def number_field(fields: dict[str, Any], name: str) -> int:
    """Return the integer called ``name``, from 0 to 2^53-1; StatementError if it is none."""
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SAFE_INTEGER:
        msg = f"{name} is no number"
        raise StatementError(msg)
    return value


def text_field(fields: dict[str, Any], name: str) -> str:
    """Return the text called ``name``; StatementError if it is none."""
    value = fields[name]
    if not isinstance(value, str):
        msg = f"{name} is no text"
        raise StatementError(msg)
    return value


def require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion reads best this way
    """Raise StatementError(``otherwise``) unless ``condition``."""
    if not condition:
        raise StatementError(otherwise)
