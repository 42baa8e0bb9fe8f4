"""The frame around every message that travels on its own (RFC 9420 §6, MLSMessage)."""

from enum import IntEnum

from portal.mls.codec import Reader, S, decode, u16
from portal.mls.errors import MalformedError, RefusedError
from portal.mls.leaf import MLS10


class WireFormat(IntEnum):
    """What an MLSMessage holds (§6, §17.2)."""

    PUBLIC_MESSAGE = 1
    PRIVATE_MESSAGE = 2
    WELCOME = 3
    GROUP_INFO = 4
    KEY_PACKAGE = 5


def write_message(wire_format: WireFormat, content: bytes) -> bytes:
    """Return the MLSMessage around ``content``."""
    return u16(MLS10) + u16(wire_format) + content


def open_message(raw: bytes) -> tuple[WireFormat, bytes]:
    """Return what an MLSMessage holds, and the bytes inside.

    Raises:
        MalformedError: another version, or a wire format that RFC 9420 does not have.
    """
    reader = Reader(raw)
    if reader.number(2) != MLS10:
        raise MalformedError("malformed.value", "version")
    number = reader.number(2)
    if number not in set(WireFormat):
        raise MalformedError("malformed.value", f"wire format {number}")
    return WireFormat(number), reader.rest()


def read_message(structure: type[S], wire_format: WireFormat, raw: bytes) -> S:
    """Read the MLSMessage ``raw``, which must be of this wire format.

    Raises:
        MlsError: MalformedError, or RefusedError message.kind.
    """
    found, content = open_message(raw)
    if found is not wire_format:
        raise RefusedError("message.kind", found.name.lower())
    return decode(structure, content)
