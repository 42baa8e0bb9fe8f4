"""What an interpreter's program sends to be let in, and the code by which a person recognises it (docs/protocol.md §1).

The code is the beginning of the request's hash, so that whoever types it gets this request and no other: 80 bits, for
the 15 minutes that a request lasts.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from portal.wire import base32
from portal.wire.canonical import canonical_json
from portal.wire.fields import VERSION, StatementError, id_field, read_fields, require, signature_key_field, text_field
from portal.wire.ids import AccountId, DeviceId, b64

LABEL: Final = b"portal enrolment v1\0"
OP: Final = "enrol"
CODE_BYTES: Final = 10
CODE_CHARACTERS: Final = CODE_BYTES * 8 // base32.BITS
LIFETIME_S: Final = 900
"""How long a request waits for somebody to type its code."""
ONBOARDING_S: Final = 3600
"""How long the program has after an approval to make its account."""
MACHINE_MAX_CHARS: Final = 64
REQUEST_MAX_BYTES: Final = 512
_FIELDS: Final = frozenset({"account", "device", "key", "machine", "op", "sign", "v"})


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """The account and device that a program wants to have, with their Ed25519 keys of 32 bytes each.

    ``machine`` is what it calls the computer it runs on: at most 64 printable ASCII characters, nobody's word but its.
    """

    account: AccountId
    device: DeviceId
    key: bytes
    machine: str
    sign: bytes

    def to_bytes(self) -> bytes:
        """Return the request as it travels: canonical JSON."""
        return canonical_json(
            {
                "account": self.account,
                "device": self.device,
                "key": b64(self.key),
                "machine": self.machine,
                "op": OP,
                "sign": b64(self.sign),
                "v": VERSION,
            }
        )


def parse_enrolment(body: bytes) -> EnrolmentRequest:
    """Read a request.

    Raises:
        StatementError: it is malformed, or its two keys are one.
    """
    fields = read_fields(body, REQUEST_MAX_BYTES, _FIELDS)
    require(fields["op"] == OP, f"{OP} is what a request does")
    machine = text_field(fields, "machine")
    require(len(machine) <= MACHINE_MAX_CHARS, f"a machine's name has at most {MACHINE_MAX_CHARS} characters")
    request = EnrolmentRequest(
        account=AccountId(id_field(fields, "account")),
        device=DeviceId(id_field(fields, "device")),
        key=signature_key_field(fields, "key"),
        machine=machine,
        sign=signature_key_field(fields, "sign"),
    )
    require(request.key != request.sign, "the sign key is no device key")
    return request


def enrolment_code(body: bytes) -> bytes:
    """Return the code of a request as it travels, 10 bytes."""
    return hashlib.sha256(LABEL + body).digest()[:CODE_BYTES]


def print_code(code: bytes) -> str:
    """Return 10 bytes of code as people read them: sixteen characters in four groups."""
    if len(code) != CODE_BYTES:
        msg = f"a code has {CODE_BYTES} bytes, not {len(code)}"
        raise ValueError(msg)
    return base32.printed(int.from_bytes(code, "big"), CODE_CHARACTERS)


def read_code(text: str) -> bytes:
    """Return the 10 bytes of a code that was typed; case, spaces and hyphens do not matter, o is 0, i and l are 1.

    Raises:
        StatementError: another length, or a character that no code has.
    """
    characters = base32.characters_of(text)
    require(len(characters) == CODE_CHARACTERS, f"a code has {CODE_CHARACTERS} characters")
    number = 0
    for character in characters:
        value = base32.value_of(character)
        if value < 0:
            msg = "a character that no code has"
            raise StatementError(msg)
        number = number << base32.BITS | value
    return number.to_bytes(CODE_BYTES, "big")
