"""``portal admin restore``: a backup into an empty place, and nothing of it unless all of it is what it was.

Everything happens in a folder of its own, and in one transaction of the database; then the files get their names, then
the transaction is committed. So there is an installation in the end, whole and verified, or there is none.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from portal.config import Settings
from portal.server.admin import aftermath, choosing, loading, placing, sealing, taking
from portal.server.admin.aftermath import Ended
from portal.server.admin.archive import Reading
from portal.server.admin.asked import AdministrationError, answered
from portal.server.admin.checking import Checked, Folder, check, shown
from portal.server.admin.progress import Progress
from portal.server.admin.sealing import BackupFileError
from portal.server.admin.taking import Header, Taken, Taking
from portal.server.core import migrations
from portal.server.core.db import Database, Unit
from portal.server.ledger import keys, tree
from portal.tlog.verifiers import verify_checkpoint
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.note import NoteError

EXIT_INCOMPLETE: Final = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is restored, and where to."""

    file: Path
    keys: Sequence[Any]
    folder: Path
    database_url: str
    new_ledger: bool
    log_key: str | None = None
    checkpoint: str | None = None
    with_faults: bool = False


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back."""

    header: Header
    taken: Taken
    checked: Checked
    ended: Ended
    seen: Checkpoint | None


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin restore``; 1 also if it is restored, and files of rooms are missing."""
    options = _parser().parse_args(arguments)
    return answered(lambda: _restore(options))


def _parser() -> argparse.ArgumentParser:
    words = "Put a backup into an empty place, verify all of it, and say what was verified."
    parser = argparse.ArgumentParser(prog="portal admin restore", description=words)
    parser.add_argument("file", type=Path, help="a backup, or a folder of backups")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="secret half of `backup-key`")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder to make")
    parser.add_argument("--database", default="", metavar="URL", help="empty database (default: SQLite in the folder)")
    words = "of a folder, the newest backup not younger than this, such as 2026-11-22T17:30 (UTC, or with +09:00)"
    parser.add_argument("--until", type=choosing.moment, metavar="TIME", help=words)
    parser.add_argument("--list", action="store_true", help="only say which backups there are")
    words = "begin a new ledger: for when the portal went on after this backup was made"
    parser.add_argument("--new-ledger", action="store_true", help=words)
    words = "a checkpoint of the ledger that somebody has seen: compare with it"
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help=words)
    words = "put back also what does not fit together: when there is no better backup"
    parser.add_argument("--with-faults", action="store_true", help=words)
    words = "the ledger's key as you know it: refuse a backup of another installation"
    parser.add_argument("--log-key", metavar="VKEY", help=words)
    return parser


def _restore(options: argparse.Namespace) -> int:
    keys = sealing.identities(options.key)
    found = choosing.found(options.file, keys)
    chosen = choosing.chosen(found, options.until)
    if options.file.is_dir() or options.list:
        for line in choosing.told(found, chosen):
            print(line)
    if options.list:
        return 0
    if options.data is None:
        msg = "where to? --data DIR"
        raise AdministrationError(msg)
    checkpoint = None if options.checkpoint is None else _text(options.checkpoint)
    settings = Settings(data_dir=options.data, database_url=options.database)
    wanted = Wanted(
        file=chosen.path,
        keys=keys,
        folder=settings.data_dir,
        database_url=settings.database_url if options.database else "",
        new_ledger=options.new_ledger,
        log_key=options.log_key,
        checkpoint=checkpoint,
        with_faults=options.with_faults,
    )
    restored = restore(wanted)
    for line in _told(wanted, restored):
        print(line)
    return EXIT_INCOMPLETE if restored.taken.missing or restored.checked.problems else 0


def restore(wanted: Wanted) -> Restored:
    """Put a backup into its place.

    Raises:
        NotEmptyError: something is there. BackupFileError: the backup is not what it was. AdministrationError.
    """
    folder = wanted.folder
    placing.check_empty(folder)
    with placing.staged(folder) as stage:
        url = wanted.database_url or f"sqlite:///{stage / 'portal.sqlite3'}"
        database = Database(url)
        try:
            with loading.filling(database) as connection:
                restored = _fill(wanted, connection, stage)
                if wanted.database_url:
                    placing.place(stage, folder)
        except BaseException:
            if wanted.database_url:
                placing.take_back(stage, folder)  # a folder without its database would begin anew, with other keys
            raise
        finally:
            database.close()
        if not wanted.database_url:
            placing.place(stage, folder)
    return restored


def _fill(wanted: Wanted, connection: sa.Connection, stage: Path) -> Restored:
    progress = Progress("restore", wanted.file.stat().st_size)
    with wanted.file.open("rb") as file, sealing.opened(file, wanted.keys) as plain:
        reading = Reading(plain)
        header, entries = taking.read_header(reading)
        if wanted.log_key is not None and header.log.to_text() != wanted.log_key.strip():
            msg = f"the backup is of the installation whose ledger has the key {header.log.to_text()}"
            raise BackupFileError(msg)
        taking.prepare(connection, header.schema)
        aside = loading.put_aside(connection)
        taken = Taking(reading, entries, header.log).all(connection, stage, progress.add)
    loading.put_back(connection, aside)
    progress.finish()
    progress = Progress("verify", taken.rows)
    taking.compare_tables(connection, taken, progress.add)
    progress.finish()
    migrations.bring(connection, "head")
    unit = Unit(connection, time.time_ns() // 1_000_000)
    for name in ("keys", "blobs"):
        (stage / name).mkdir(mode=0o700, exist_ok=True)
    absent, signed = {*taken.missing, *taken.deleted}, keys.read_signed(stage / "keys")
    checked = check(unit, Folder(stage), header.log, signed, absent.__contains__)
    if checked.problems and not wanted.with_faults:
        raise BackupFileError(
            "\n".join(["what the backup holds does not fit together (--with-faults):", *shown(checked.problems)])
        )
    seen = _compare_seen(unit, wanted, header)
    ended = aftermath.end(unit, taken.deleted)
    if wanted.new_ledger:
        aftermath.begin_new_ledger(unit, stage / "keys")
    return Restored(header, taken, checked, ended, seen)


def _compare_seen(unit: Unit, wanted: Wanted, header: Header) -> Checkpoint | None:
    """Hold what somebody has seen of the ledger against what comes back. Raises BackupFileError."""
    if wanted.checkpoint is None:
        return None
    try:
        seen = verify_checkpoint(wanted.checkpoint, header.log)
    except NoteError as error:
        msg = f"the checkpoint is not one of this installation's ledger: {error}"
        raise BackupFileError(msg) from error
    size = tree.size(unit)
    if wanted.new_ledger:
        return seen
    if seen.size > size:
        msg = (
            f"{seen.size - size} entries of the ledger are younger than this backup: the old ledger can not go on. "
            f"Restore a newer backup, or begin a new ledger: --new-ledger"
        )
        raise BackupFileError(msg)
    if tree.tree(unit).root(seen.size) != seen.root:
        msg = "the ledger in this backup is not the one whose checkpoint you gave. Begin a new one: --new-ledger"
        raise BackupFileError(msg)
    return seen


def _told(wanted: Wanted, restored: Restored) -> Iterator[str]:
    header, taken = restored.header, restored.taken
    at = datetime.fromtimestamp(header.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    yield f"Restored into {wanted.folder}: the portal of {header.public_url} as it was at {at}."
    yield "Verified:"
    yield f"  backup: not cut off, not changed, signed by the ledger's key {header.log.to_text()}"
    yield f"  rows: {taken.rows:,} in {len(taken.tables)} tables, read back and the same"
    yield f"  files: {taken.files:,}, read back, with the SHA-256 that they had"
    yield from (f"  {line}" for line in restored.checked.told())
    yield from (f"WRONG: {problem}" for problem in shown(restored.checked.problems))
    for name in taken.missing:
        yield f"MISSING: the file {name} of a room was not there any more when the backup was made."
    yield f"Ended: {restored.ended.told()}."
    yield from _ledger_told(wanted, restored)
    where = f" --data {wanted.folder}" + (" and the same database_url" if wanted.database_url else "")
    yield "Language packages and models are not in a backup: install them again (portal languages)."
    yield f"Start it with the settings that it had (public_url = {header.public_url}):{where}"


def _ledger_told(wanted: Wanted, restored: Restored) -> Iterator[str]:
    if wanted.new_ledger:
        yield "Ledger: a new one begins, with a new key. Everybody's program asks its person about it: tell them why."
        return
    if restored.seen is not None:
        yield f"Ledger: it holds all {restored.seen.size} entries of the checkpoint that you gave; it goes on."
        return
    yield f"Ledger: it goes on after its {restored.checked.entries} entries."
    if restored.header.running:
        yield "  The portal ran when this backup was made. If anything was done in it afterwards, people and witnesses"
        yield "  have seen a longer ledger, and would see two histories now: then restore with --new-ledger instead."


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"can not read {path}"
        raise AdministrationError(msg) from error
