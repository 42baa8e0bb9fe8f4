"""Asides: what is said in a room to one member alone, sealed to the account and signed by a device (protocol.md §5)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from portal.member.e2ee.box import ENC_BYTES, BoxKey, seal_to
from portal.member.e2ee.devices import Directory
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.signing import SIGNATURE_BYTES, verify
from portal.wire.ids import ID_BYTES, AccountId, DeviceId, Id, RoomId, b64, id_bytes
from portal.wire.padding import PaddingError, content_class, pad, unpad

LABEL: Final = b"portal aside v1\0"
SEALED_MAX_BYTES: Final = 48 << 10
_TAG_BYTES: Final = 16
_OUTSIDE_BYTES: Final = ID_BYTES + SIGNATURE_BYTES
"""What stands before the content: the device and its signature."""


@dataclass(frozen=True, slots=True)
class Route:
    """From whom to whom an aside goes, and in which room."""

    room: RoomId
    sender: AccountId
    receiver: AccountId

    @property
    def info(self) -> bytes:
        """What HPKE binds it to, and the beginning of what is signed."""
        return LABEL + id_bytes(self.room) + id_bytes(self.sender) + id_bytes(self.receiver)


@dataclass(frozen=True, slots=True)
class OpenedAside:
    """Whose device said it, and what."""

    device: DeviceId
    content: bytes


def seal_aside(room: RoomId, receiver: AccountId, box: bytes, device: DeviceIdentity, content: bytes) -> bytes:
    """Sign ``content`` as this device and seal it to the receiver's newest box key (1,216 bytes).

    Raises:
        Refusal: item.too_large if it would be longer than 48 KiB.
    """
    route = Route(room, device.account, receiver)
    plain = id_bytes(device.device) + device.key.sign(_signed(route, content)) + content
    try:
        padded = pad(plain, content_class(len(plain)))
    except PaddingError as error:
        raise Refusal("item.too_large", bytes=len(content)) from error
    require(ENC_BYTES + len(padded) + _TAG_BYTES <= SEALED_MAX_BYTES, "item.too_large", bytes=len(content))
    return seal_to(box, route.info, padded)


def open_aside(route: Route, sealed: bytes, boxes: Sequence[BoxKey], directory: Directory) -> OpenedAside:
    """Open what came by ``route`` with the receiver's box keys (the newest last).

    Raises:
        Refusal: aside.cipher if it was not sealed for this route and one of these keys; aside.malformed; aside.forged
            unless an unrevoked device on the sender's list signed it.
    """
    padded = next((plain for box in reversed(boxes) if (plain := box.open(route.info, sealed)) is not None), None)
    if padded is None:
        raise Refusal("aside.cipher")
    try:
        plain = unpad(padded)
    except PaddingError as error:
        raise Refusal("aside.malformed") from error
    require(len(plain) >= _OUTSIDE_BYTES, "aside.malformed")
    device, content = DeviceId(Id(b64(plain[:ID_BYTES]))), plain[_OUTSIDE_BYTES:]
    listed = directory.device(route.sender, device)
    if listed is None or listed.revoked:
        raise Refusal("aside.forged", device=device)
    signed = verify(listed.key, _signed(route, content), plain[ID_BYTES:_OUTSIDE_BYTES])
    require(signed, "aside.forged", device=device)
    return OpenedAside(device, content)


def _signed(route: Route, content: bytes) -> bytes:
    return route.info + hashlib.sha256(content).digest()
