"""Who is who: this device, the credential of a leaf, and the numbers that people compare (docs/protocol.md §1)."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.signing import SigningKey
from portal.wire.canonical import canonical_json, parse_canonical
from portal.wire.device_list import DeviceKind
from portal.wire.ids import AccountId, DeviceId, RoomId, id_bytes, is_id

_SAFETY_ROUNDS: Final = 5200
_SAFETY_LABEL: Final = b"portal safety number v1\0"
_EPOCH_CODE_LABEL: Final = b"portal epoch code v1\0"
_SAFETY_TEXT: Final = re.compile(r"portal:safety:1:([0-9]{60})")


@dataclass(frozen=True, slots=True)
class Credential:
    """What a leaf of a room's group says of itself."""

    account: AccountId
    device: DeviceId
    kind: DeviceKind

    def encode(self) -> bytes:
        """Return the identity of the basic credential: canonical JSON."""
        return canonical_json({"account": self.account, "device": self.device, "kind": self.kind, "v": 1})


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """This device: what it signs with, and in whose name."""

    account: AccountId
    device: DeviceId
    kind: DeviceKind
    key: SigningKey

    @property
    def credential(self) -> Credential:
        """What this device's leaves say."""
        return Credential(self.account, self.device, self.kind)


def parse_credential(raw: bytes) -> Credential:
    """Read a credential's identity; Refusal credential.malformed for anything else."""
    try:
        fields: Any = parse_canonical(raw)
    except ValueError as error:
        raise Refusal("credential.malformed") from error
    whole = isinstance(fields, dict) and fields.keys() == {"account", "device", "kind", "v"} and fields["v"] == 1
    require(whole and is_id(fields["account"]) and is_id(fields["device"]), "credential.malformed")
    require(fields["kind"] in get_args(DeviceKind), "credential.malformed")
    return Credential(fields["account"], fields["device"], cast("DeviceKind", fields["kind"]))


def safety_half(account: AccountId, sign: bytes) -> str:
    """Return one person's 30 digits: 5,200 rounds of SHA-512 over the sign key (32 bytes)."""
    state = hashlib.sha512(_SAFETY_LABEL + sign + id_bytes(account)).digest()
    for _ in range(_SAFETY_ROUNDS):
        state = hashlib.sha512(state + sign).digest()
    return _thirty_digits(state)


def safety_number(one: tuple[AccountId, bytes], other: tuple[AccountId, bytes]) -> str:
    """Return the 60 digits that two people, each (account, sign key), compare: the same for both."""
    return "".join(sorted((safety_half(*one), safety_half(*other))))


def safety_text(digits: str) -> str:
    """Return the text of a safety number's QR code."""
    return f"portal:safety:1:{digits}"


def parse_safety_text(text: str) -> str:
    """Return the 60 digits in a scanned text; Refusal safety.malformed if it is another thing."""
    match = _SAFETY_TEXT.fullmatch(text.strip())
    if match is None:
        raise Refusal("safety.malformed")
    return match[1]


def epoch_code(room: RoomId, epoch: int, authenticator: bytes) -> str:
    """Return the 30 digits that a chair may read aloud: equal for all who share the epoch and its history."""
    return _thirty_digits(
        hashlib.sha512(_EPOCH_CODE_LABEL + id_bytes(room) + epoch.to_bytes(8, "big") + authenticator).digest()
    )


def grouped(digits: str) -> str:
    """Return digits in groups of five, for the eye and for reading aloud."""
    return " ".join(digits[at : at + 5] for at in range(0, len(digits), 5))


def _thirty_digits(raw: bytes) -> str:
    """Read the first 30 bytes as six 5-byte numbers, each modulo 100,000 and written with five digits."""
    numbers = (int.from_bytes(raw[at : at + 5], "big") for at in range(0, 30, 5))
    return "".join(f"{number % 100_000:05}" for number in numbers)
