"""What a restore changes in the copy that it put back: what must not come back with an older state.

| back from the copy it would           | so                                                                    |
|---------------------------------------|-----------------------------------------------------------------------|
| let in whom somebody signed out since | all are signed out; nobody loses what is on a device                  |
| let a used invitation be used again   | open invitations have expired, requests of interpreters are gone      |
| give out keys that a device has used  | one-time keys of devices are gone: each offers new ones when it comes |
| wait for the rest of an upload        | unfinished files are gone: browsers begin them anew                   |
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from portal.server.accounts.models import (
    Enrolment,
    EnrolmentApproval,
    Invitation,
    SignedInSession,
    SocketTicket,
)
from portal.server.core.db import Unit
from portal.server.ledger import keys
from portal.server.ledger.models import LedgerCheckpoint, LedgerCosignature
from portal.server.rooms.models import Blob, KeyPackage

_NAMES_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Ended:
    """How many of each were ended."""

    invitations: int
    one_time_keys: int
    uploads: int

    def told(self) -> str:
        """Return it as a sentence."""
        return (
            f"sign-ins, {self.invitations} open invitations, {self.one_time_keys} one-time keys of devices and "
            f"{self.uploads} unfinished or deleted files are not taken over"
        )


def end(unit: Unit, deleted: Collection[str]) -> Ended:
    """End what must not go on. ``deleted``: ids of files that were deleted while the backup was made."""
    for table in (SocketTicket, SignedInSession, EnrolmentApproval, Enrolment):
        unit.connection.execute(sa.delete(table))
    names = list(deleted)
    gone = _count(unit, sa.delete(Blob).where(sa.not_(Blob.complete)))
    for begin in range(0, len(names), _NAMES_AT_ONCE):
        gone += _count(unit, sa.delete(Blob).where(Blob.id.in_(names[begin : begin + _NAMES_AT_ONCE])))
    unused = sa.and_(Invitation.used_s.is_(None), Invitation.expires_s > unit.now_s)
    claimable = sa.and_(sa.not_(KeyPackage.last_resort), KeyPackage.package.is_not(None))
    return Ended(
        invitations=_count(unit, sa.update(Invitation).where(unused).values(expires_s=unit.now_s)),
        one_time_keys=_count(unit, sa.update(KeyPackage).where(claimable).values(package=None)),
        uploads=gone,
    )


def begin_new_ledger(unit: Unit, keys_folder: Path) -> None:
    """Let the log go on under a key of its own: everybody is told of another key, and nobody of two histories.

    The entries stay: the new log signs them anew, and whoever could prove one can prove it under the new key.
    """
    unit.connection.execute(sa.delete(LedgerCosignature))
    unit.connection.execute(sa.delete(LedgerCheckpoint))
    for name in (keys.KEY_FILE, keys.SIGNED_FILE):
        (keys_folder / name).unlink(missing_ok=True)


def _count(unit: Unit, statement: "sa.Delete | sa.Update") -> int:
    done: Any = unit.connection.execute(statement)
    return int(done.rowcount)
