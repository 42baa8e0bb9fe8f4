"""What the rooms of one running portal own besides their rows."""

from dataclasses import dataclass

from portal.config import Settings
from portal.server.core.db import Database, Unit
from portal.server.core.work import Hub
from portal.server.core.writer import GroupCommitWriter
from portal.server.rooms import service
from portal.server.rooms.blobs import Files
from portal.server.rooms.record import RecordHandler
from portal.server.rooms.requests import Receipt, RecordRequest
from portal.wire.ids import AccountId


@dataclass
class Rooms:
    """The record's writer, the files. ``start`` before the first request, ``close`` after the last."""

    handler: RecordHandler
    writer: GroupCommitWriter[RecordRequest, Receipt]
    files: Files

    @classmethod
    def open(cls, settings: Settings, database: Database) -> "Rooms":
        """Return the rooms of an installation."""
        handler = RecordHandler(several=settings.several)
        return cls(handler, GroupCommitWriter(database, handler), Files.open(settings))

    def start(self, hub: Hub | None = None) -> None:
        """Start the writer's thread, which answers on ``hub``."""
        self.writer.start(hub)

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        self.writer.close()

    def account_changed(self, unit: Unit, account: AccountId) -> None:
        """Hear from accounts (``Accounts.listeners``) that devices or standing of ``account`` change in ``unit``."""
        service.account_changed(unit, account, several=self.handler.several)
        unit.outbox.after_commit(lambda: self.handler.account_changed(account))
