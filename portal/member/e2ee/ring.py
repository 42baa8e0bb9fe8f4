"""Key-ring grants: epochs' exporter values sealed to an account by the device that committed (docs/protocol.md §4).

So an account that has lost every device reads on with the recovery key alone.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from portal.member.e2ee.box import BoxKey, seal_to
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.record import EXPORTER_BYTES
from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.signing import SIGNATURE_BYTES, verify
from portal.wire.canonical import MAX_SAFE_INTEGER, canonical_json, parse_canonical
from portal.wire.envelope import HASH_BYTES
from portal.wire.ids import AccountId, DeviceId, RoomId, b64, id_bytes, is_id, unb64

LABEL: Final = b"portal ring grant v1\0"
_BUCKET_MAX: Final = 2**32 - 1
"""What fits into an envelope's four bytes."""


@dataclass(frozen=True, slots=True)
class RingEntry:
    """One epoch's exporter value E (32 bytes) and the bucket in which the epoch lies."""

    epoch: int
    bucket: int
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Base:
    """The record's place from which an account may verify: number n and head_n (32 bytes)."""

    number: int
    head: bytes


@dataclass(frozen=True, slots=True)
class GrantContent:
    """What a grant says. ``ring`` has ascending epochs, buckets that never fall, and ends with ``epoch``."""

    account: AccountId
    room: RoomId
    epoch: int
    base: Base
    ring: tuple[RingEntry, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as it travels: sealed to the account, signed (64 bytes) by the device that deposits it."""

    room: RoomId
    account: AccountId
    epoch: int
    sealed: bytes
    device: DeviceId
    signature: bytes

    def to_json(self) -> dict[str, str | int]:
        """Return the JSON form, which leaves the room to the address."""
        return {
            "account": self.account,
            "epoch": self.epoch,
            "sealed": b64(self.sealed),
            "device": self.device,
            "sig": b64(self.signature),
        }


def grant_from_json(room: RoomId, json: Any) -> Grant:
    """Read the JSON form; Refusal grant.malformed."""
    try:
        sealed, signature = unb64(json["sealed"]), unb64(json["sig"], SIGNATURE_BYTES)
        account, device, epoch = json["account"], json["device"], json["epoch"]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal("grant.malformed") from error
    require(is_id(account) and is_id(device) and _is_count(epoch), "grant.malformed")
    return Grant(room, account, epoch, sealed, device, signature)


def seal_grant(content: GrantContent, box: bytes, depositor: DeviceIdentity) -> Grant:
    """Seal ``content`` to its account's newest box key (1,216 bytes) and sign it."""
    place = _place(content)
    sealed = seal_to(box, place, _write(content))
    signature = depositor.key.sign(place + hashlib.sha256(sealed).digest())
    return Grant(content.room, content.account, content.epoch, sealed, depositor.device, signature)


def is_grant_signed(grant: Grant, device_key: bytes) -> bool:
    """Tell whether the device with this key (32 bytes) deposited the grant."""
    return verify(device_key, _place(grant) + hashlib.sha256(grant.sealed).digest(), grant.signature)


def open_grant(grant: Grant, boxes: Sequence[BoxKey]) -> GrantContent:
    """Open a grant with whichever of the account's box keys fits, the newest (last) first.

    The signature is the caller's to check.

    Raises:
        Refusal: grant.cipher, grant.malformed, or grant.mismatch (the inside is of another room, account or epoch).
    """
    for box in reversed(boxes):
        plaintext = box.open(_place(grant), grant.sealed)
        if plaintext is not None:
            return _read(plaintext, grant)
    raise Refusal("grant.cipher", epoch=grant.epoch)


def _place(grant: Grant | GrantContent) -> bytes:
    return LABEL + id_bytes(grant.room) + grant.epoch.to_bytes(8, "big") + id_bytes(grant.account)


def _write(content: GrantContent) -> bytes:
    return canonical_json(
        {
            "account": content.account,
            "base": {"head": b64(content.base.head), "number": content.base.number},
            "epoch": content.epoch,
            "ring": [[entry.epoch, entry.bucket, b64(entry.value)] for entry in content.ring],
            "room": content.room,
            "v": 1,
        }
    )


def _read(plaintext: bytes, grant: Grant) -> GrantContent:
    try:
        fields: Any = parse_canonical(plaintext)
        base, ring = fields.pop("base"), fields.pop("ring")
        read_base = Base(base.pop("number"), unb64(base.pop("head"), HASH_BYTES))
        entries = tuple(RingEntry(epoch, bucket, unb64(value, EXPORTER_BYTES)) for epoch, bucket, value in ring)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal("grant.malformed") from error
    numbers = [read_base.number, *(number for entry in entries for number in (entry.epoch, entry.bucket))]
    require(not base and all(map(_is_count, numbers)), "grant.malformed")
    require(all(entry.bucket <= _BUCKET_MAX for entry in entries), "grant.malformed")
    written = {"account": grant.account, "epoch": grant.epoch, "room": grant.room, "v": 1}
    require(fields == written, "grant.mismatch", epoch=grant.epoch)
    ordered = all(a.epoch < b.epoch and a.bucket <= b.bucket for a, b in pairwise(entries))
    require(ordered and bool(entries) and entries[-1].epoch == grant.epoch, "grant.mismatch", epoch=grant.epoch)
    return GrantContent(grant.account, grant.room, grant.epoch, read_base, entries)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SAFE_INTEGER
