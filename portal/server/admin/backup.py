"""``portal admin backup``: a copy of the installation while it runs, sealed to a public key.

| order                         | why                                                                                |
|-------------------------------|------------------------------------------------------------------------------------|
| 1. keys                       | what the ledger signed last is then not more than the database of 2 holds          |
| 2. database, one moment of it | rows of all tables fit together, whoever writes meanwhile                          |
| 3. files of rooms             | each that 2 knows is there and never changes, unless somebody deleted it meanwhile |
"""

import argparse
import fcntl
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import sqlalchemy as sa

from portal import __version__
from portal.config import Settings
from portal.server.accounts.models import SignedInSession, SocketTicket
from portal.server.admin import archive, copying, sealing
from portal.server.admin.archive import PIECE_BYTES, Writing
from portal.server.admin.asked import AdministrationError, add_installation, answered, settings_of
from portal.server.admin.checking import Folder, check, shown
from portal.server.admin.copying import Shape, Sum
from portal.server.admin.progress import Progress
from portal.server.core import migrations
from portal.server.core.db import Database, Unit
from portal.server.core.secret_files import write_whole
from portal.server.ledger import keys, service
from portal.server.rooms.models import Blob
from portal.server.upkeep.backups import NOTE_FILE
from portal.tlog.signers import NoteSigner
from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint
from portal.wire.ledger.note import parse_note

SUMS_AT_ONCE: Final = 1000
LEFT_OUT: Final = frozenset({SignedInSession.__tablename__, SocketTicket.__tablename__})
"""Tables whose rows stay: a restore signs everybody out, and who opens a backup shall be nobody who is signed in."""
EXIT_INCOMPLETE: Final = 1


@dataclass
class Made:
    """What a backup holds."""

    at_ms: int
    rows: int = 0
    files: int = 0
    file_bytes: int = 0
    missing: list[str] = field(default_factory=list)
    """Files that rooms refer to, and that the disk lacks or has in another size."""
    deleted: list[str] = field(default_factory=list)
    """Files that somebody deleted while the backup was made."""
    faults: list[str] = field(default_factory=list)
    """What of the installation does not fit together."""


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin backup``; 1 also if the backup is made, and something was missing or wrong already."""
    options = _parser().parse_args(arguments)
    return answered(lambda: _back_up(options))


def _parser() -> argparse.ArgumentParser:
    words = "Copy everything that an installation knows into one file that only the holder of a key can open."
    parser = argparse.ArgumentParser(prog="portal admin backup", description=f"{words} The portal may run meanwhile.")
    parser.add_argument("file", help="new file, such as portal-2026-11-22.age; - for standard output")
    parser.add_argument("--to", action="append", required=True, metavar="KEY", help="public key (age1…), or a file")
    add_installation(parser)
    return parser


def _back_up(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    to = sealing.recipients(options.to)
    database = Database(settings.database_url)
    try:
        backup = Backup(settings, database)
        if options.file == "-":
            written = _Counting(sys.stdout.buffer)
            sealing.seal(backup.pieces(), written, to)  # type: ignore[arg-type]  # it is written to, and no more
            size = written.size
        else:
            size = _to_file(backup, Path(options.file), to)
    finally:
        database.close()
    made = backup.made
    wrong = len(made.missing) + len(made.faults)
    note = {"at_ms": made.at_ms, "bytes": size, "recipient": str(to[0])[:12], "wrong": wrong}
    write_whole(settings.data_dir / NOTE_FILE, json.dumps(note).encode())
    return _told(made, size, str(options.file))


def _told(made: Made, size: int, name: str) -> int:
    at = datetime.fromtimestamp(made.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    say = f"{name}: {made.rows:,} rows and {made.files:,} files as of {at}, {size:,} bytes."
    print(say, file=sys.stderr)
    if made.deleted:
        print(f"{len(made.deleted)} files were deleted meanwhile; their rows go at a restore.", file=sys.stderr)
    for lost in made.missing:
        print(
            f"MISSING: the file {lost} of a room is not on the disk as it was; look for an older backup of it.",
            file=sys.stderr,
        )
    for fault in shown(made.faults):
        print(f"WRONG: {fault}", file=sys.stderr)
    if made.faults:
        print("That is in the backup as it is: mend it now, or restore --with-faults.", file=sys.stderr)
    return EXIT_INCOMPLETE if made.missing or made.faults else 0


def _to_file(backup: "Backup", path: Path, to: Sequence[Any]) -> int:
    """Write a backup whole or not at all; returns its size in bytes."""
    if path.exists():
        msg = f"{path} exists already; a backup never takes the place of another"
        raise AdministrationError(msg)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        msg = f"can not write into {path.parent}: {error.strerror}"
        raise AdministrationError(msg) from error
    try:
        with os.fdopen(handle, "wb") as file:
            sealing.seal(backup.pieces(), file, to)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        Path(temporary).rename(path)
    except OSError as error:
        msg = f"the backup can not be written: {error.strerror or error}"
        raise AdministrationError(msg) from error
    finally:
        Path(temporary).unlink(missing_ok=True)
    return size


class _Counting:
    """Passes on what is written, and counts it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.size = 0

    def write(self, piece: bytes) -> int:
        self.size += len(piece)
        return self._out.write(piece)

    def flush(self) -> None:
        self._out.flush()


class Backup:
    """One backup of an installation; ``made`` says what it holds once its pieces were taken."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._signer = _signer(settings, database)
        self.made = Made(database.clock_ms())
        self._writing = Writing(self.made.at_ms // 1000)

    def pieces(self) -> Iterator[bytes]:
        """Yield the archive.

        Raises:
            AdministrationError: the database is of another version than this program.
        """
        schema = _checked_schema(self._database)
        secrets = _secrets(self._settings)
        signed = keys.read_signed(self._settings.keys_dir)
        with copying.snapshot(self._database) as connection:
            self.made.at_ms = self._database.clock_ms()
            yield from self._header(schema)
            for name, content in secrets:
                yield from self._writing.small(name, content)
            shapes = copying.shapes()
            yield from self._tables(connection, shapes)
            files = _files(connection)
            self._look(connection, signed)
        yield from self._files(files)
        yield from self._end(len(shapes))

    def _header(self, schema: str) -> Iterator[bytes]:
        header = {
            "format": archive.FORMAT,
            "at_ms": self.made.at_ms,
            "software": __version__,
            "schema": schema,
            "ledger": self._signer.key.to_text(),
            "public_url": self._public_url,
            "running": is_running(self._settings),
        }
        yield from self._writing.small(archive.HEADER, _json(header))

    @property
    def _public_url(self) -> str:
        """The portal's address; the ledger knows its own name, whatever settings this command was started with."""
        host = self._signer.name.removesuffix("/ledger")
        return self._settings.public_url if self._settings.ledger_origin == self._signer.name else f"https://{host}"

    def _look(self, connection: sa.Connection, signed: Checkpoint | None) -> None:
        """See what would not fit together at a restore, while it can be mended. Files are looked at as they come."""
        unit = Unit(connection, self.made.at_ms)
        found = check(unit, Folder(self._settings.data_dir), self._signer.key, signed, lambda _name: True)
        self.made.faults = found.problems

    def _tables(self, connection: sa.Connection, shapes: Sequence[Shape]) -> Iterator[bytes]:
        progress = Progress("rows", sum(copying.count(connection, shape) for shape in shapes))
        for shape in shapes:
            folder, found = f"tables/{shape.name}", Sum()
            yield from self._writing.small(f"{folder}/shape.json", _json(shape.to_json()))
            rows = () if shape.name in LEFT_OUT else copying.lines(connection, shape)
            for number, lines in enumerate(_gathered(rows), 1):
                for line in lines:
                    found.add(line)
                progress.add(len(lines))
                yield from self._writing.small(f"{folder}/rows-{number:06d}", b"".join(lines))
            counted = copying.counted_to(connection, shape)
            summed = {"rows": found.rows, "sum": found.to_text(), "counter": counted}
            yield from self._writing.small(f"{folder}/sum.json", _json(summed))
            self.made.rows += found.rows
        progress.finish()

    def _files(self, files: Sequence[tuple[str, int]]) -> Iterator[bytes]:
        progress = Progress("files", sum(size for _, size in files))
        sums: list[str] = []
        for number, (name, size) in enumerate(files, 1):
            path = f"blobs/{name[:2]}/{name}"
            hashed = hashlib.sha256()
            file = _opened(self._settings.data_dir / path, size)
            if file is None:
                (self.made.missing if is_known(self._database, name) else self.made.deleted).append(name)
                continue
            with file:
                yield from self._writing.entry(path, size, _read(file, hashed, progress))
            sums.append(f"{hashed.hexdigest()}  {path}\n")
            self.made.files += 1
            self.made.file_bytes += size
            if len(sums) == SUMS_AT_ONCE:
                yield from self._sums(number, sums)
        if sums:
            yield from self._sums(len(files), sums)
        progress.finish()

    def _sums(self, number: int, sums: list[str]) -> Iterator[bytes]:
        yield from self._writing.small(f"sums/{number:09d}", "".join(sums).encode())
        sums.clear()

    def _end(self, tables: int) -> Iterator[bytes]:
        made = self.made
        end = {"tables": tables, "files": made.files, "missing": made.missing, "deleted": made.deleted}
        yield from self._writing.small(archive.END, _json(end))
        text = f"{archive.SIGNED_LABEL}\n{self._writing.digest.hex()}\n"
        yield from self._writing.small(archive.SIGNATURE, self._signer.sign(text).to_text().encode())
        yield self._writing.end()


def is_known(database: Database, blob: str) -> bool:
    """Tell whether the database knows a file now: one that is gone may have been deleted since it was looked at."""
    asked = sa.select(sa.func.count()).where(Blob.id == blob)
    return bool(database.read(lambda unit: unit.connection.scalar(asked)))


def is_running(settings: Settings) -> bool:
    """Tell whether a server holds the data folder."""
    try:
        with (settings.data_dir / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _signer(settings: Settings, database: Database) -> NoteSigner:
    """The ledger's key, under the name that it signs with."""
    if not (settings.keys_dir / keys.KEY_FILE).exists():
        msg = f"there is no portal in {settings.data_dir} (no {keys.KEY_FILE} in keys); which folder is it? --data DIR"
        raise AdministrationError(msg)
    newest = database.read(service.newest_checkpoint)
    origin = settings.ledger_origin if newest is None else parse_checkpoint(parse_note(newest.note).text).origin
    return keys.open_signer(settings.keys_dir, origin)


def _checked_schema(database: Database) -> str:
    found, newest = migrations.current(database), migrations.newest()
    if found is None or found != newest:
        msg = (
            f"the database is at version {found}, this program at {newest}: portal admin upgrade, or the right program"
        )
        raise AdministrationError(msg)
    return found


def _secrets(settings: Settings) -> list[tuple[str, bytes]]:
    """The server's keys by their names in the archive."""
    found = [("opaque-setup", settings.opaque_setup_path)]
    found += [(f"keys/{path.name}", path) for path in sorted(settings.keys_dir.iterdir()) if path.is_file()]
    usable = [(name, path) for name, path in found if path.exists() and not path.name.startswith(".")]
    return [(name, path.read_bytes()) for name, path in usable]


def _files(connection: sa.Connection) -> list[tuple[str, int]]:
    """The finished files that the database knows, with their sizes; unfinished ones are uploaded anew."""
    asked = sa.select(Blob.id, Blob.size_bytes).where(Blob.complete).order_by(Blob.id)
    return [(name, size) for name, size in connection.execute(asked)]


def _gathered(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Lines in pieces of about PIECE_BYTES."""
    piece, size = [], 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= PIECE_BYTES:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _opened(path: Path, size: int) -> BinaryIO | None:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    if os.fstat(file.fileno()).st_size == size:
        return file
    file.close()
    return None


def _read(file: BinaryIO, hashed: "hashlib._Hash", progress: Progress) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        hashed.update(piece)
        progress.add(len(piece))
        yield piece


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"
