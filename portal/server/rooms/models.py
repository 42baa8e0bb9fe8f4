"""Rows of rooms: who is in, the record, and what members left for each other. All of it sealed or public to members.

The record (``RecordItem``) is the truth: number, head and a device's last sequence are read from it, never kept twice.
"""

from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.accounts.models import ID_TEXT_CHARS
from portal.server.core.db import Base
from portal.wire.envelope import ItemKind

RoomKind = Literal["plenary", "working_group", "bilateral", "huddle"]
RoomRole = Literal["chair", "member", "observer"]
RoomState = Literal["active", "archived"]

_ID = sa.String(ID_TEXT_CHARS)
_HISTORY_CHARS = 24
_COMMITS = sa.text(f"kind = {int(ItemKind.COMMIT)}")


def _room_key() -> sa.ForeignKey:
    return sa.ForeignKey("room.id", ondelete="CASCADE")


def _account_key() -> sa.ForeignKey:
    return sa.ForeignKey("account.id", ondelete="CASCADE")


def _device_key() -> sa.ForeignKey:
    return sa.ForeignKey("device.id", ondelete="CASCADE")


class Room(Base):
    """A room. Its name is sealed in the record; the server knows none.

    ``history`` is ``none``, ``all`` or ``from:N``. ``bucket`` is the UTC day number of the current ``epoch``,
    ``previous_bucket`` that of the epoch before (the same in epoch 0). ``stamp``, where several processes serve, is
    another whenever members, devices or the room itself changed, but for new items: it tells who remembers it wrongly.
    ``archived_ms``: since when it is archived, if that is known.
    """

    __tablename__ = "room"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    kind: Mapped[RoomKind] = mapped_column(sa.String(16))
    state: Mapped[RoomState] = mapped_column(sa.String(16))
    history: Mapped[str] = mapped_column(sa.String(_HISTORY_CHARS))
    epoch: Mapped[int]
    bucket: Mapped[int]
    previous_bucket: Mapped[int]
    created_ms: Mapped[int]
    stamp: Mapped[int] = mapped_column(default=0, server_default="0")
    archived_ms: Mapped[int | None]


class RoomGroup(Base):
    """The public half of a room's MLS group at its current epoch (portal.mls.public): its tree and its context."""

    __tablename__ = "room_group"

    room_id: Mapped[str] = mapped_column(_ID, _room_key(), primary_key=True)
    state: Mapped[bytes]


class RoomMember(Base):
    """An account in a room. ``visible_from`` is the first number it may read, ``cursor`` the last it has read."""

    __tablename__ = "room_member"

    room_id: Mapped[str] = mapped_column(_ID, _room_key(), primary_key=True)
    account_id: Mapped[str] = mapped_column(_ID, _account_key(), primary_key=True, index=True)
    role: Mapped[RoomRole] = mapped_column(sa.String(16))
    since_ms: Mapped[int]
    visible_from: Mapped[int]
    cursor: Mapped[int]


class RoomDevice(Base):
    """A device that is, or was, a leaf of the room's group.

    ``leaf`` is its place in the group's tree, None if it is no leaf now. ``rejoin``: it asks to be let in anew.
    ``welcome_number`` is the commit whose welcome waits for it.
    """

    __tablename__ = "room_device"
    __table_args__ = (sa.UniqueConstraint("room_id", "leaf"),)

    room_id: Mapped[str] = mapped_column(_ID, _room_key(), primary_key=True)
    device_id: Mapped[str] = mapped_column(_ID, _device_key(), primary_key=True)
    account_id: Mapped[str] = mapped_column(_ID, _account_key(), index=True)
    leaf: Mapped[int | None]
    rejoin: Mapped[bool] = mapped_column(default=False)
    welcome_number: Mapped[int | None]


class RecordItem(Base):
    """One item of a room's record, exactly as its device signed it (``envelope``), at its place.

    ``head`` (32 bytes) is head_number; ``kind`` one of portal.wire.envelope.ItemKind. The device is no foreign key:
    the record stands by itself, and this is the table whose inserts must be cheap.
    """

    __tablename__ = "record_item"
    __table_args__ = (
        sa.UniqueConstraint("item_id", "room_id"),
        sa.UniqueConstraint("room_id", "device_id", "sequence"),
        sa.Index(
            "uq_record_item_commit", "room_id", "epoch", unique=True, sqlite_where=_COMMITS, postgresql_where=_COMMITS
        ),
    )

    room_id: Mapped[str] = mapped_column(_ID, _room_key(), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[str] = mapped_column(_ID)
    kind: Mapped[int] = mapped_column(sa.SmallInteger)
    epoch: Mapped[int]
    bucket: Mapped[int]
    device_id: Mapped[str] = mapped_column(_ID)
    sequence: Mapped[int]
    head: Mapped[bytes]
    at_ms: Mapped[int]
    envelope: Mapped[bytes]


class Welcome(Base):
    """The MLS welcome of one commit, kept once for all devices that it lets in, until the last has fetched it."""

    __tablename__ = "welcome"

    room_id: Mapped[str] = mapped_column(_ID, _room_key(), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message: Mapped[bytes]


class RingGrant(Base):
    """Epoch keys sealed to an account's box key; ``signature`` (64 bytes) is by the device that deposited it."""

    __tablename__ = "ring_grant"

    room_id: Mapped[str] = mapped_column(_ID, _room_key(), primary_key=True)
    account_id: Mapped[str] = mapped_column(_ID, _account_key(), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes]
    device_id: Mapped[str] = mapped_column(_ID)
    signature: Mapped[bytes]


class ShredShare(Base):
    """The server's half (32 bytes) of the record keys of one room and day; deleting it ends that day for good."""

    __tablename__ = "shred_share"

    room_id: Mapped[str] = mapped_column(_ID, _room_key(), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    share: Mapped[bytes]


class KeyPackage(Base):
    """An MLS key package of a device. ``package`` is None once claimed; the hash stays, so it never comes twice."""

    __tablename__ = "key_package"

    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(_ID, _device_key(), index=True)
    package: Mapped[bytes | None]
    last_resort: Mapped[bool]
    not_after_s: Mapped[int] = mapped_column(index=True)
    created_ms: Mapped[int]


class Blob(Base):
    """A sealed file of a room; its bytes are on disk. ``size_bytes`` is that of the ciphertext."""

    __tablename__ = "blob"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    room_id: Mapped[str] = mapped_column(_ID, _room_key(), index=True)
    account_id: Mapped[str] = mapped_column(_ID, _account_key(), index=True)
    size_bytes: Mapped[int]
    complete: Mapped[bool]
    created_ms: Mapped[int] = mapped_column(index=True)
