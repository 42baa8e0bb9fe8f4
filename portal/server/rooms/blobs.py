"""Files of rooms: who may put, resume, read and delete them. The bytes are ciphertext and lie in ``blob_store``."""

from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

import sqlalchemy as sa

from portal.config import Settings
from portal.server.core import erasures
from portal.server.core.actor import Actor
from portal.server.core.db import Database, Unit
from portal.server.rooms import policy
from portal.server.rooms.blob_store import CHUNK_BYTES, TAG_BYTES, BlobStore, sealed_size
from portal.server.rooms.models import Blob, Room
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import AccountId, BlobId, Id, RoomId

UNFINISHED_MAX: Final = 8
"""Uploads that one account may have going on: each has its whole size reserved."""
UNFINISHED_DAYS: Final = 7
_DAY_MS: Final = 86_400_000
_ORPHAN_AGE_S: Final = 86_400.0
_SWEEP_NAMES: Final = 500


@dataclass(frozen=True)
class Files:
    """The files of an installation and their limits, in bytes of ciphertext."""

    store: BlobStore
    max_bytes: int
    quota_bytes: int
    share_bytes: int = 0
    """What one account may fill of ``quota_bytes``; 0: all of it."""

    @classmethod
    def open(cls, settings: Settings) -> "Files":
        """Return the files of an installation."""
        return cls(
            BlobStore(settings.blobs_dir),
            sealed_size(settings.max_file_bytes),
            settings.storage_quota_bytes,
            settings.account_quota_bytes,
        )

    def begin(self, unit: Unit, actor: Actor, room: RoomId, blob: BlobId, size_bytes: int) -> None:
        """Reserve room for an upload of ``size_bytes``. Beginning the same one again changes nothing.

        Raises:
            UserError: room.not_found, room.role_required, room.archived, blob.too_large, storage.full,
                storage.share_full, request.too_many, if the account has too many uploads going on.
            PeerError: request.malformed for a size that no sealed file has; item.conflict for an id that is taken.
        """
        row, member = policy.get_room_for(unit, actor.account, room)
        policy.check_may_write(member.role)
        if row.state == "archived":
            raise UserError("room.archived")
        if size_bytes > self.max_bytes:
            raise UserError("blob.too_large", limit_bytes=self.max_bytes)
        if (size_bytes - 1) % CHUNK_BYTES < TAG_BYTES:
            raise PeerError("request.malformed", field="size_bytes")
        known = unit.session.get(Blob, blob)
        if known is not None:
            if (known.room_id, known.account_id, known.size_bytes) != (room, actor.account, size_bytes):
                raise PeerError("item.conflict")
            return
        self._check_space(unit, actor.account, size_bytes)
        unit.session.add(
            Blob(
                id=blob,
                room_id=room,
                account_id=actor.account,
                size_bytes=size_bytes,
                complete=False,
                created_ms=unit.now_ms,
            )
        )
        unit.session.flush()
        # Last: if the disk has no room, the transaction ends with nothing; if the commit fails, the sweep deletes it.
        self.store.reserve(blob, size_bytes)

    def complete(self, unit: Unit, actor: Actor, blob: BlobId) -> None:
        """Declare an upload whole; from now on every member can read it.

        Raises:
            UserError: blob.not_found, blob.incomplete.
        """
        row = own_blob(unit, actor, blob)
        if not row.complete:
            self.store.finish(blob, row.size_bytes)
            row.complete = True

    def delete(self, unit: Unit, actor: Actor, blob: BlobId) -> None:
        """Delete an upload, finished or not, of the actor's account.

        Raises:
            UserError: blob.not_found.
        """
        unit.session.delete(own_blob(unit, actor, blob))
        unit.outbox.after_commit(lambda: self.store.delete(blob))

    def sweep(self, database: Database) -> int:
        """Delete uploads that were not finished in seven days, and files that no row knows; return how many."""
        unwanted = set(database.write(_forget_unfinished))
        lying = self.store.older_than(_ORPHAN_AGE_S)
        while names := list(islice(lying, _SWEEP_NAMES)):
            known = set(database.read(partial(_known_of, names)))
            unwanted.update(name for name in names if name not in known)
        for name in unwanted:
            self.store.delete(name)
        return len(unwanted)

    def erase_archived(self, unit: Unit, days: int) -> int:
        """Erase the files of rooms that have been archived for ``days``; return how many.

        A room of which nobody noted since when it is archived counts from the first look on.
        """
        archived = Room.state == "archived"
        since = sa.update(Room).where(archived, Room.archived_ms.is_(None)).values(archived_ms=unit.now_ms)
        unit.session.execute(since)
        over = sa.select(Room.id).where(archived, Room.archived_ms <= unit.now_ms - days * _DAY_MS)
        names = _forget(unit, "archived_files", Blob.room_id.in_(over))
        for name in names:
            unit.outbox.after_commit(partial(self.store.delete, name))
        return len(names)

    def _check_space(self, unit: Unit, account: AccountId, size_bytes: int) -> None:
        if unit.session.get_bind().dialect.name == "postgresql":
            # SQLite has one writer; here two uploads could otherwise both take the last room.
            unit.session.execute(sa.text("LOCK TABLE blob IN SHARE ROW EXCLUSIVE MODE"))
        used_bytes = unit.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Blob.size_bytes), 0))) or 0
        if int(used_bytes) + size_bytes > self.quota_bytes:
            raise UserError("storage.full")
        if self.share_bytes and _taken_by(unit, account) + size_bytes > self.share_bytes:
            raise UserError("storage.share_full", limit_bytes=self.share_bytes)
        unfinished = unit.session.scalar(
            sa.select(sa.func.count()).where(Blob.account_id == account, sa.not_(Blob.complete))
        )
        if (unfinished or 0) >= UNFINISHED_MAX:
            raise UserError("request.too_many", limit=UNFINISHED_MAX)


def own_blob(unit: Unit, actor: Actor, blob: BlobId) -> Blob:
    """Return a file that the actor's account put into a room it is in.

    Raises:
        UserError: blob.not_found.
    """
    row = readable_blob(unit, actor, blob)
    if row.account_id != actor.account:
        raise UserError("blob.not_found")
    return row


def readable_blob(unit: Unit, actor: Actor, blob: BlobId) -> Blob:
    """Return a file of a room that the actor is in; one that is not finished only to whom it belongs.

    Raises:
        UserError: blob.not_found.
    """
    row = unit.session.get(Blob, blob)
    if row is None:
        raise UserError("blob.not_found")
    try:
        policy.get_room_for(unit, actor.account, RoomId(Id(row.room_id)))
    except UserError:
        raise UserError("blob.not_found") from None
    if not row.complete and row.account_id != actor.account:
        raise UserError("blob.not_found")
    return row


def _taken_by(unit: Unit, account: AccountId) -> int:
    taken = sa.select(sa.func.coalesce(sa.func.sum(Blob.size_bytes), 0)).where(Blob.account_id == account)
    return int(unit.session.scalar(taken) or 0)


def _known_of(names: list[str], unit: Unit) -> list[str]:
    return list(unit.session.scalars(sa.select(Blob.id).where(Blob.id.in_(names))))


def _forget_unfinished(unit: Unit) -> list[str]:
    before_ms = unit.now_ms - UNFINISHED_DAYS * _DAY_MS
    return _forget(unit, "uploads", sa.and_(sa.not_(Blob.complete), Blob.created_ms < before_ms))


def _forget(unit: Unit, kind: erasures.Kind, which: sa.ColumnElement[bool]) -> list[str]:
    """Forget rows of files and note it; return their names, so that the files go after the commit."""
    gone = unit.session.execute(sa.delete(Blob).where(which).returning(Blob.id, Blob.size_bytes)).all()
    erasures.note(unit, kind, len(gone), sum(row.size_bytes for row in gone))
    return [row.id for row in gone]
