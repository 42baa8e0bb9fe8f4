"""The number that a citizen keeps: 30 digits in six groups, which no server keeps.

28 digits are random (93 bits), two tell typing errors (ISO 7064, MOD 97-10: any one wrong digit, any two exchanged
neighbours). Digits, since every script has them and every keyboard: typed in any script, with spaces or dashes.

What is derived from the number, each by BLAKE2b under a name of its own: the key of its row (``lookup``), the secret
half of the key to which answers are sealed, and the name of its ballot in one week.
"""

import hashlib
import hmac
import unicodedata
from typing import Final, Literal

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox  # noqa: TID251 - answers to citizens are sealed to their receipts

from portal.wire.ids import ID_BYTES, Id, b64

RANDOM_DIGITS: Final = 28
CODE_DIGITS: Final = RANDOM_DIGITS + 2
GROUP_DIGITS: Final = 5
LOOKUP_BYTES: Final = 32
REPLY_KEY_BYTES: Final = 32
_MODULUS: Final = 97
# What people put between groups, and what copying adds.
_BETWEEN: Final = ("Z", "P", "C")


class CodeError(ValueError):
    """What was typed is no receipt's number; ``kind`` says why, ``digits`` how many it has."""

    def __init__(self, kind: Literal["empty", "characters", "length", "check"], digits: int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.digits = digits


def derived_code(key: bytes, identifier: bytes) -> str:
    """Return the number that belongs to ``identifier`` (16 random bytes) under the installation's ``key``.

    So a form that is sent twice, because its answer was lost on the way, gets the same receipt twice.
    """
    number = int.from_bytes(hmac.digest(key, b"portal receipt code v1\0" + identifier, hashlib.sha256))
    random_part = f"{number % 10**RANDOM_DIGITS:0{RANDOM_DIGITS}}"
    return random_part + _check_digits(random_part)


def parse_code(typed: str) -> str:
    """Return the 30 digits that were typed, in whatever script and however grouped.

    Raises CodeError: empty, other characters, too few or too many digits, or a typing error in one of them.
    """
    digits = []
    for character in typed:
        value = unicodedata.decimal(character, None)
        if value is not None:
            digits.append(str(value))
        elif not unicodedata.category(character).startswith(_BETWEEN):
            raise CodeError("characters", len(digits))
    code = "".join(digits)
    if not code:
        raise CodeError("empty", 0)
    if len(code) != CODE_DIGITS:
        raise CodeError("length", len(code))
    if _check_digits(code[:RANDOM_DIGITS]) != code[RANDOM_DIGITS:]:
        raise CodeError("check", len(code))
    return code


def grouped(code: str) -> str:
    """Return the code as people read it: six groups of five digits."""
    return " ".join(code[start : start + GROUP_DIGITS] for start in range(0, len(code), GROUP_DIGITS))


def lookup(code: str) -> bytes:
    """Return the 32 bytes under which the receipt is found: all that is stored of the code."""
    return _derive(code, b"receipt lookup", LOOKUP_BYTES)


def ballot_id(code: str, week: str) -> Id:
    """Return the name of the code's ballot in ``week``; whoever lacks the code can not join two weeks by it."""
    return Id(b64(_derive(code, b"receipt ballot", ID_BYTES, week.encode("ascii"))))


def reply_key(code: str) -> bytes:
    """Return the public key (X25519, 32 bytes) to which answers are sealed."""
    return bytes(_secret_key(code).public_key)


def sealed_for(key: bytes, text: str) -> bytes:
    """Return ``text`` sealed so that only the holder of the code behind ``key`` opens it (libsodium's sealed box)."""
    return SealedBox(PublicKey(key)).encrypt(text.encode())


def opened_with(code: str, sealed: bytes) -> str:
    """Return what was sealed for the holder of ``code``; CodeError if it was not."""
    try:
        return SealedBox(_secret_key(code)).decrypt(sealed).decode()
    except CryptoError:
        raise CodeError("check", CODE_DIGITS) from None


def _secret_key(code: str) -> PrivateKey:
    return PrivateKey(_derive(code, b"receipt reply", REPLY_KEY_BYTES))


def _derive(code: str, purpose: bytes, size_bytes: int, context: bytes = b"") -> bytes:
    return hashlib.blake2b(code.encode("ascii") + b"\0" + context, digest_size=size_bytes, person=purpose).digest()


def _check_digits(random_part: str) -> str:
    return f"{98 - int(random_part) * 100 % _MODULUS:02}"
