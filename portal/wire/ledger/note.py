"""Signed notes (c2sp.org/signed-note): a text, and lines of signatures under it.

A note says nothing until a signature of a known key was verified: ``portal.tlog.verifiers`` does that.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Final

from portal.wire.ledger.base64 import std_b64, std_unb64

NOTE_MAX_BYTES: Final = 256 * 1024
SIGNATURES_MAX: Final = 64
KEY_ID_BYTES: Final = 4
ED25519: Final = 0x01
"""Signature type of a log's own signature: Ed25519 over the note's text."""
ED25519_COSIGNATURE: Final = 0x04
ML_DSA_44_COSIGNATURE: Final = 0x06
KEY_BYTES: Final = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44_COSIGNATURE: 1312}
_DASH: Final = "\u2014 "


class NoteError(ValueError):
    """A note, a key, a checkpoint, a proof or a policy that is not of its format; the message says why."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name and signature type, as a ``vkey`` says it."""

    name: str
    kind: int
    key: bytes

    @property
    def id(self) -> bytes:
        """The 4 bytes that stand before each of its signatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:KEY_ID_BYTES]

    def to_text(self) -> str:
        """Return the vkey: name, key ID in hex, base64 of type and key, joined by ``+``."""
        return f"{self.name}+{self.id.hex()}+{std_b64(bytes([self.kind]) + self.key)}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line. ``value`` is what follows the key ID; for cosignatures it begins with the time."""

    name: str
    key_id: bytes
    value: bytes

    def to_text(self) -> str:
        """Return the line with its newline."""
        return f"{_DASH}{self.name} {std_b64(self.key_id + self.value)}\n"

    def is_of(self, key: VerifierKey) -> bool:
        """Tell whether the line says that ``key`` made it; whether it did is for its verifier."""
        return (self.name, self.key_id) == (key.name, key.id)


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and its signatures in their order."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_text(self) -> str:
        """Return the note as it travels."""
        return f"{self.text}\n{''.join(line.to_text() for line in self.signatures)}"


def parse_vkey(text: str) -> VerifierKey:
    """Read a vkey of one of the signature types above.

    Raises:
        NoteError: it is malformed, of another type, or its key ID is not that of its key.
    """
    parts = text.split("+", 2)
    if len(parts) != 3:
        msg = "a verifier key has three parts, joined by +"
        raise NoteError(msg)
    name, key_id, encoded = parts
    check_name(name)
    try:
        raw = std_unb64(encoded)
    except ValueError as error:
        msg = "a verifier key's third part is base64"
        raise NoteError(msg) from error
    if not raw or KEY_BYTES.get(raw[0]) != len(raw) - 1:
        msg = "a verifier key of an unknown type or a wrong length"
        raise NoteError(msg)
    key = VerifierKey(name, raw[0], raw[1:])
    if key.id.hex() != key_id:
        msg = "a verifier key's ID is not that of its key"
        raise NoteError(msg)
    return key


def parse_note(text: str) -> Note:
    """Read a note; nothing of it is verified by that.

    Raises:
        NoteError: it is not of the format, or beyond NOTE_MAX_BYTES or SIGNATURES_MAX.
    """
    check_length(text, NOTE_MAX_BYTES)
    if any(character < " " and character != "\n" for character in text):
        msg = "a note has no control characters"
        raise NoteError(msg)
    body, blank, lines = text.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        msg = "a note is a text, an empty line and signature lines"
        raise NoteError(msg)
    signatures = lines[:-1].split("\n")
    if len(signatures) > SIGNATURES_MAX:
        msg = f"a note has at most {SIGNATURES_MAX} signatures"
        raise NoteError(msg)
    return Note(body + "\n", tuple(map(parse_signature, signatures)))


def parse_signature(line: str) -> NoteSignature:
    """Read one signature line, without its newline.

    Raises:
        NoteError: it is none.
    """
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        msg = "a signature line is a dash, a name and base64"
        raise NoteError(msg)
    check_name(name)
    try:
        raw = std_unb64(encoded)
    except ValueError as error:
        msg = "a signature is base64"
        raise NoteError(msg) from error
    if len(raw) <= KEY_ID_BYTES:
        msg = "a signature follows its key's ID"
        raise NoteError(msg)
    return NoteSignature(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


def check_length(text: str, max_bytes: int) -> None:
    """Check that ``text`` has at most ``max_bytes`` as UTF-8; NoteError otherwise, and if it can not be written so."""
    try:
        fits = len(text) <= max_bytes and len(text.encode()) <= max_bytes
    except UnicodeEncodeError as error:
        msg = "a text with halves of characters"
        raise NoteError(msg) from error
    if not fits:
        msg = f"a text of more than {max_bytes} bytes"
        raise NoteError(msg)


def check_name(name: str) -> None:
    """Check a key's name; NoteError if it is empty, or has a space, a control character or a plus."""
    if not name or any(one == "+" or one.isspace() or unicodedata.category(one) in {"Cc", "Cs"} for one in name):
        msg = "a key's name is not empty and has no space and no +"
        raise NoteError(msg)
