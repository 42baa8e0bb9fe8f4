"""Ring grants: epoch keys that members seal to each other's accounts (docs/protocol.md §4). The server opens none."""

import hashlib
from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from portal.server.accounts.models import Device
from portal.server.accounts.sessions import device_of
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.rooms import policy
from portal.server.rooms.models import RingGrant
from portal.server.rooms.requests import Grant
from portal.wire.errors import PeerError
from portal.wire.ids import AccountId, DeviceId, Id, RoomId, id_bytes

LABEL: Final = b"portal ring grant v1\0"
SEALED_MIN_BYTES: Final = 1120 + 16
"""The X-Wing encapsulation and the tag."""
SEALED_MAX_BYTES: Final = 256 * 1024
"""Room for about 4,000 epochs."""


def signed_bytes(room: RoomId, grant: Grant) -> bytes:
    """Return what the depositing device signs: label, room, epoch, account and SHA-256 of the sealed keys."""
    digest = hashlib.sha256(grant.sealed).digest()
    return LABEL + id_bytes(room) + grant.epoch.to_bytes(8, "big") + id_bytes(grant.account) + digest


def verify_grants(unit: Unit, actor: Actor, room: RoomId, grants: Iterable[Grant]) -> None:
    """Check sizes and signatures of ``grants``, which the actor's own device deposits in ``room``.

    Raises:
        UserError: session.device_required.
        PeerError: grant.refused with the ``account`` that the first wrong one is for.
    """
    device = device_of(actor)
    key = VerifyKey(unit.session.get_one(Device, device).key)
    for grant in grants:
        if grant.device != device or not SEALED_MIN_BYTES < len(grant.sealed) <= SEALED_MAX_BYTES:
            raise PeerError("grant.refused", account=grant.account)
        try:
            key.verify(signed_bytes(room, grant), grant.signature)
        except BadSignatureError:
            raise PeerError("grant.refused", account=grant.account) from None


def replace_grant(unit: Unit, actor: Actor, room: RoomId, grant: Grant) -> None:
    """Put ``grant`` in the place of the one that the actor's account has for the same epoch.

    Raises:
        UserError: room.not_found.
        PeerError: grant.refused, also if it is for another account or there is none to replace.
    """
    policy.get_room_for(unit, actor.account, room)
    verify_grants(unit, actor, room, [grant])
    changed = unit.session.execute(
        sa.update(RingGrant)
        .where(
            RingGrant.room_id == room,
            RingGrant.account_id == actor.account,
            RingGrant.epoch == grant.epoch,
        )
        .values(sealed=grant.sealed, device_id=grant.device, signature=grant.signature)
        .returning(RingGrant.epoch)
    ).all()
    if grant.account != actor.account or not changed:
        raise PeerError("grant.refused", account=grant.account)


def own_grants(unit: Unit, actor: Actor, room: RoomId, after: int) -> list[Grant]:
    """Return the grants for the actor's account of epochs later than ``after``, oldest first.

    Raises:
        UserError: room.not_found.
    """
    policy.get_room_for(unit, actor.account, room)
    rows = unit.session.scalars(
        sa.select(RingGrant)
        .where(RingGrant.room_id == room, RingGrant.account_id == actor.account, RingGrant.epoch > after)
        .order_by(RingGrant.epoch)
    )
    return [
        Grant(AccountId(Id(row.account_id)), row.epoch, row.sealed, DeviceId(Id(row.device_id)), row.signature)
        for row in rows
    ]
