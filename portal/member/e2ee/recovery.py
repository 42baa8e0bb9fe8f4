"""The printed recovery key: 20 random bytes as 36 characters that can be read aloud and typed (docs/protocol.md §3)."""

import hashlib
import secrets
from typing import Final

from portal.member.e2ee.aead import KEY_BYTES, hkdf
from portal.member.e2ee.refusal import Refusal, require
from portal.wire import base32

RECOVERY_KEY_BYTES: Final = 20
_CHECK_BYTES: Final = 2
_CHECK_LABEL: Final = b"portal recovery check v1\0"
_CHARACTERS: Final = 36
_SPARE_BITS: Final = base32.BITS * _CHARACTERS - 8 * (RECOVERY_KEY_BYTES + _CHECK_BYTES)


def new_recovery_key() -> bytes:
    """Return a fresh recovery key, 20 bytes."""
    return secrets.token_bytes(RECOVERY_KEY_BYTES)


def recovery_wrap_key(key: bytes) -> bytes:
    """Return what wraps the vault key, 32 bytes."""
    return hkdf(_checked(key), b"", b"portal wrap recovery v1", KEY_BYTES)


def recovery_auth(key: bytes) -> bytes:
    """Return what signs in with the recovery key, 32 bytes; the server stores its SHA-256."""
    return hkdf(_checked(key), b"", b"portal recovery auth v1", KEY_BYTES)


def print_recovery_key(key: bytes) -> str:
    """Return the printed form: nine groups of four characters."""
    number = int.from_bytes(_checked(key) + _check(key), "big") << _SPARE_BITS
    return base32.printed(number, _CHARACTERS)


def parse_recovery_key(text: str) -> bytes:
    """Read what was typed; case, spaces and hyphens do not matter, o reads as 0, i and l as 1.

    Raises:
        Refusal: recovery_key.length {characters}, recovery_key.character {character, group: 1 to 9}, or
            recovery_key.check if the check characters do not fit the others.
    """
    characters = base32.characters_of(text)
    number = 0
    for place, character in enumerate(characters):
        value = base32.value_of(character)
        require(value >= 0, "recovery_key.character", character=character, group=place // base32.GROUP_CHARACTERS + 1)
        number = number << base32.BITS | value
    require(len(characters) == _CHARACTERS, "recovery_key.length", characters=len(characters))
    raw = (number >> _SPARE_BITS).to_bytes(RECOVERY_KEY_BYTES + _CHECK_BYTES, "big")
    key = raw[:RECOVERY_KEY_BYTES]
    spare = number & ((1 << _SPARE_BITS) - 1)
    if spare or raw[RECOVERY_KEY_BYTES:] != _check(key):
        raise Refusal("recovery_key.check")
    return key


def _check(key: bytes) -> bytes:
    return hashlib.sha256(_CHECK_LABEL + key).digest()[:_CHECK_BYTES]


def _checked(key: bytes) -> bytes:
    if len(key) != RECOVERY_KEY_BYTES:
        msg = f"a recovery key has {RECOVERY_KEY_BYTES} bytes, not {len(key)}"
        raise ValueError(msg)
    return key
