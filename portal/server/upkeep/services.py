"""What is looked at of the portal's own doing: worker, jobs, ledger, witnesses, backups, administrators."""

import fcntl
from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from portal.config import Settings
from portal.server.accounts.models import Account, AccountRole
from portal.server.core import worker as workers
from portal.server.core.actor import Role
from portal.server.core.db import Database, Unit
from portal.server.core.jobs import Job
from portal.server.core.secret_files import SecretFileError
from portal.server.ledger import checkpoints, keys, tree
from portal.server.ledger.models import LedgerCheckpoint, LedgerCosignature, LedgerEntry
from portal.server.ledger.policies import read_policy
from portal.server.upkeep.backups import last_backup
from portal.server.upkeep.findings import Finding, fine, size_text, warning, wrong
from portal.wire.ledger.policy import parse_policy

LATE_MS: Final = 600_000
"""A job that has been due for longer shows that nobody works."""
WAITING_MAX: Final = 1000
WITNESS_LATE_S: Final = 86_400
BACKUP_LATE_MS: Final = 2 * 86_400_000
_HOUR_S: Final = 3600


def worker(database: Database, chosen: Settings) -> Iterator[Finding]:
    """Whether a worker is at work."""
    yield fine("worker") if works(database, chosen) else wrong("worker", "none")


def works(database: Database, chosen: Settings) -> bool:
    """Return whether some process holds the right to work; takes it from nobody."""
    if not database.is_sqlite:
        return database.read(_holds_right)
    try:
        with (chosen.data_dir / workers.LOCK_FILE).open() as file:
            # Shared, and given back at once: a worker that begins in this instant tries again after two seconds.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def jobs(unit: Unit) -> Iterator[Finding]:
    """Whether what is queued is worked off, and whether something was given up."""
    waiting = sa.select(sa.func.count(), sa.func.min(Job.due_ms)).where(
        Job.state == "waiting", Job.due_ms <= unit.now_ms
    )
    number, oldest_ms = unit.connection.execute(waiting).one()
    failed = unit.connection.execute(
        sa.select(Job.kind, sa.func.count()).where(Job.state == "failed").group_by(Job.kind).order_by(Job.kind)
    ).all()
    if number and unit.now_ms - oldest_ms > LATE_MS:
        yield wrong("jobs", "late", n=number, minutes=(unit.now_ms - oldest_ms) // 60_000)
    if failed:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in failed)
        yield warning("jobs", "failed", n=sum(count for _, count in failed), kinds=kinds)
    elif not number or unit.now_ms - oldest_ms <= LATE_MS:
        yield fine("jobs", n=number)


def ledger(unit: Unit, chosen: Settings) -> Iterator[Finding]:
    """Whether the ledger is the one that was signed, and takes entries in."""
    try:
        signed = keys.read_signed(chosen.keys_dir)
    except SecretFileError:
        yield wrong("ledger", "unknown")
        return
    size = tree.size(unit)
    waiting = waiting_entries(unit)
    if signed is not None and not checkpoints.stands(unit, signed):
        yield wrong("ledger", "rolled_back", signed=signed.size, n=size)
    elif waiting > WAITING_MAX:
        yield wrong("ledger", "stands_still", n=waiting)
    else:
        yield fine("ledger", n=size)


def waiting_entries(unit: Unit) -> int:
    """Return how many entries could enter the tree now; those that are held for their hour are not counted."""
    waiting = sa.and_(LedgerEntry.place.is_(None), LedgerEntry.held_hour.is_(None))
    return int(unit.connection.scalar(sa.select(sa.func.count()).where(waiting)) or 0)


def witnesses(unit: Unit, chosen: Settings) -> Iterator[Finding]:
    """Whether somebody else vouches for the ledger, and since when not."""
    policy = parse_policy(read_policy(chosen.ledger_policy))
    if not policy.witnesses:
        yield warning("witnesses", "none")
        return
    seen_s = witnessed_s(unit)
    if seen_s is None:
        yield wrong("witnesses", "never", n=len(policy.witnesses))
    elif unit.now_s - seen_s > WITNESS_LATE_S:
        yield wrong("witnesses", "late", hours=(unit.now_s - seen_s) // _HOUR_S)
    else:
        yield fine("witnesses", n=len(policy.witnesses), hours=max(0, unit.now_s - seen_s) // _HOUR_S)


def witnessed_s(unit: Unit) -> int | None:
    """Return when the newest checkpoint that enough witnesses stand behind was cosigned; None if there is none."""
    newest = sa.select(sa.func.max(LedgerCheckpoint.size)).where(LedgerCheckpoint.met).scalar_subquery()
    return unit.connection.scalar(
        sa.select(sa.func.max(LedgerCosignature.at_s)).where(LedgerCosignature.size == newest)
    )


def backup(unit: Unit, chosen: Settings) -> Iterator[Finding]:
    """How old the newest backup is."""
    last = last_backup(chosen.data_dir)
    if last is None:
        yield warning("backup", "never")
        return
    values: dict[str, Any] = {
        "hours": max(0, unit.now_ms - last.at_ms) // 3_600_000,
        "size": size_text(last.size_bytes),
    }
    is_late = unit.now_ms - last.at_ms > BACKUP_LATE_MS
    yield warning("backup", "late", **values) if is_late else fine("backup", **values)


def administrators(unit: Unit) -> Iterator[Finding]:
    """Whether somebody can let people in, and whether it hangs on one person."""
    enabled = sa.select(Account.id).where(~Account.disabled)
    number = unit.connection.scalar(
        sa.select(sa.func.count()).where(
            AccountRole.role == Role.ADMINISTRATOR.value, AccountRole.account_id.in_(enabled)
        )
    )
    if not number:
        yield warning("administrators", "none")
    elif number == 1:
        yield warning("administrators", "single")
    else:
        yield fine("administrators", n=int(number))


def _holds_right(unit: Unit) -> bool:
    """PostgreSQL shows a 64-bit advisory lock in halves (documentation, view pg_locks)."""
    held = sa.text(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND classid::bigint = :high AND objid::bigint = :low"
    )
    halves = {"high": workers.LOCK_KEY >> 32, "low": workers.LOCK_KEY & 0xFFFF_FFFF}
    return unit.connection.execute(held, halves).first() is not None
