"""Taking a backup apart: its tables into an empty database, its files into an empty folder. Nothing is believed yet."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal.server.admin import archive, copying, loading
from portal.server.admin.archive import Entry, Reading
from portal.server.admin.copying import Shape
from portal.server.admin.sealing import BackupFileError
from portal.server.core import migrations
from portal.server.core.secret_files import write_whole
from portal.tlog.verifiers import verify_note
from portal.wire.ledger.note import NoteError, VerifierKey, parse_vkey


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup says of itself: of when (milliseconds since 1970), by which program, of which installation."""

    at_ms: int
    software: str
    schema: str
    log: VerifierKey
    public_url: str
    running: bool
    """Whether the portal ran, so that it has most likely gone on since."""


@dataclass(slots=True)
class _Table:
    shape: Shape
    rows: int
    total: str
    counter: int


@dataclass(slots=True)
class Taken:
    """What came out of a backup."""

    tables: list[_Table] = field(default_factory=list)
    files: int = 0
    missing: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables)


def read_header(reading: Reading) -> tuple[Header, Iterator[Entry]]:
    """Return a backup's header, and the entries behind it. Raises BackupFileError."""
    entries = reading.entries()
    first = next(entries, None)
    if first is None or first.name != archive.HEADER:
        msg = "what is sealed in this file is no backup of a portal"
        raise BackupFileError(msg)
    fields = _json(first)
    try:
        if fields["format"] != archive.FORMAT:
            msg = f"this backup is of format {fields['format']}, which a newer portal wrote: use that one to restore it"
            raise BackupFileError(msg)
        header = Header(
            at_ms=int(fields["at_ms"]),
            software=str(fields["software"]),
            schema=str(fields["schema"]),
            log=parse_vkey(fields["ledger"]),
            public_url=str(fields["public_url"]),
            running=bool(fields["running"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(archive.HEADER) from error
    return header, entries


class Taking:
    """Takes the entries behind a header apart."""

    def __init__(self, reading: Reading, entries: Iterator[Entry], log: VerifierKey) -> None:
        self._reading = reading
        self._entries = entries
        self._log = log
        self._hashes: dict[str, str] = {}
        self._ended: dict[str, Any] | None = None
        self._signed = False

    def all(self, connection: sa.Connection, folder: Path, each: Callable[[int], None]) -> Taken:
        """Put everything in its place; ``each`` hears of bytes read. Compares all hashes that the backup holds.

        Raises:
            BackupFileError: something is missing or was changed. CopyError.
        """
        taken = Taken()
        for entry in self._entries:
            if self._ended is not None and entry.name != archive.SIGNATURE:
                raise _damaged(entry.name)
            each(entry.size)
            kind, _, rest = entry.name.partition("/")
            if kind == "tables":
                self._table(connection, entry, rest, taken)
            elif kind == "blobs":
                self._file(folder, entry)
                taken.files += 1
            elif kind == "sums":
                self._compare(folder, entry)
            elif kind == "keys" or entry.name == "opaque-setup":
                _secret(folder / entry.name, entry)
            elif entry.name == archive.END:
                self._ended = _json(entry)
            elif entry.name == archive.SIGNATURE:
                self._check_signature(entry)
            else:
                raise _damaged(entry.name)
        self._check_end(taken)
        return taken

    def _table(self, connection: sa.Connection, entry: Entry, rest: str, taken: Taken) -> None:
        """Take a table's entries, from its shape to its sum, in one go: its rows stream into the database."""
        name, _, part = rest.partition("/")
        if part != "shape.json":
            raise _damaged(entry.name)
        shape = copying.parse_shape(name, _json(entry))
        found = copying.Sum()
        last: list[Entry] = []
        loading.load(connection, shape, self._lines(name, found, last))
        if not last:
            raise _damaged(entry.name)
        said = _json(last[0])
        if (said.get("rows"), said.get("sum")) != (found.rows, found.to_text()):
            raise _damaged(entry.name)
        table = _Table(shape, found.rows, found.to_text(), int(said.get("counter", 0)))
        copying.count_on(connection, shape, table.counter)
        taken.tables.append(table)

    def _lines(self, name: str, found: copying.Sum, last: list[Entry]) -> Iterator[bytes]:
        for entry in self._entries:
            if entry.name == f"tables/{name}/sum.json":
                last.append(entry)
                return
            if not entry.name.startswith(f"tables/{name}/rows-"):
                raise _damaged(entry.name)
            for line in entry.whole().splitlines(keepends=True):
                found.add(line)
                yield line

    def _file(self, folder: Path, entry: Entry) -> None:
        hashed = hashlib.sha256()
        path = folder / entry.name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("xb") as file:
            path.chmod(0o600)
            for piece in entry.pieces():
                hashed.update(piece)
                file.write(piece)
        self._hashes[entry.name] = hashed.hexdigest()

    def _compare(self, folder: Path, entry: Entry) -> None:
        """Compare files with the hashes that were taken when they were copied; what the disk holds now, read anew."""
        for line in entry.whole().decode().splitlines():
            said, _, name = line.partition("  ")
            if self._hashes.pop(name, None) != said or _sha256(folder / name) != said:
                raise _damaged(name)

    def _check_signature(self, entry: Entry) -> None:
        text = f"{archive.SIGNED_LABEL}\n{self._reading.digest_before.hex()}\n"
        try:
            note = verify_note(entry.whole().decode(), self._log)
        except (NoteError, UnicodeDecodeError) as error:
            raise _damaged(archive.SIGNATURE) from error
        if note.text != text:
            raise _damaged(archive.SIGNATURE)
        self._signed = True

    def _check_end(self, taken: Taken) -> None:
        end = self._ended
        counts = (len(taken.tables), taken.files)
        if end is None or not self._signed or (end.get("tables"), end.get("files")) != counts or self._hashes:
            raise _damaged(archive.END)
        taken.missing, taken.deleted = list(end["missing"]), list(end["deleted"])


def compare_tables(connection: sa.Connection, taken: Taken, each: Callable[[int], None]) -> None:
    """Read every table back from the database, and compare it with what the backup says. Raises BackupFileError."""
    for table in taken.tables:
        found = copying.summed(connection, table.shape, each)
        if (found.rows, found.to_text()) != (table.rows, table.total):
            msg = f"the database gives other rows of {table.shape.name} back than it was given"
            raise BackupFileError(msg)


def prepare(connection: sa.Connection, schema: str) -> None:
    """Make the tables as they were when the backup was made. Raises BackupFileError for a newer program's."""
    if schema not in migrations.versions():
        msg = f"this backup is of a database of version {schema}, which this portal does not know: use a newer one"
        raise BackupFileError(msg)
    migrations.bring(connection, schema)


def _secret(path: Path, entry: Entry) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, entry.whole(), once=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(entry: Entry) -> dict[str, Any]:
    try:
        found = json.loads(entry.whole())
    except ValueError as error:
        raise _damaged(entry.name) from error
    if not isinstance(found, dict):
        raise _damaged(entry.name)
    return found


def _damaged(name: str) -> BackupFileError:
    return BackupFileError(f"the backup is damaged, or not whole: {name} is not what it should be")
