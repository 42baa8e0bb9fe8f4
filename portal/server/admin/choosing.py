"""Which backup: a file, or among a folder of them the newest that is not younger than a moment."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.server.admin import sealing, taking
from portal.server.admin.archive import Reading
from portal.server.admin.asked import AdministrationError
from portal.server.admin.sealing import BackupFileError
from portal.server.admin.taking import Header


@dataclass(frozen=True, slots=True)
class Found:
    """A backup that a key opens. Of its content only the header was read."""

    path: Path
    header: Header

    @property
    def at(self) -> datetime:
        """The moment whose state it holds."""
        return datetime.fromtimestamp(self.header.at_ms / 1000, UTC)


def moment(text: str) -> datetime:
    """Return the time that ``text`` says, ISO 8601; UTC where it names no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is no time such as 2026-11-22T17:30 or 2026-11-22T17:30+09:00"
        raise argparse.ArgumentTypeError(msg) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def found(path: Path, keys: Sequence[Any]) -> list[Found]:
    """Return the backup ``path``, or those in the folder ``path`` that the keys open: oldest first.

    Raises:
        AdministrationError: there is none. BackupFileError: ``path`` is a file, and none.
    """
    if not path.is_dir():
        return [_peeked(path, keys)]
    backups = []
    for file in sorted(path.iterdir()):
        if file.is_file() and not file.name.startswith("."):
            try:
                backups.append(_peeked(file, keys))
            except BackupFileError:
                continue  # another key's, or something else that lies there
    if not backups:
        msg = f"the key opens no backup in {path}"
        raise AdministrationError(msg)
    return sorted(backups, key=lambda one: one.header.at_ms)


def chosen(backups: Sequence[Found], until: datetime | None) -> Found:
    """Return the newest backup not younger than ``until``. Raises AdministrationError if all are younger."""
    usable = [one for one in backups if until is None or one.at <= until]
    if not usable:
        msg = f"every backup is younger than {until}; the oldest is of {backups[0].at:%Y-%m-%d %H:%M:%S UTC}"
        raise AdministrationError(msg)
    return usable[-1]


def told(backups: Sequence[Found], choice: Found) -> Iterator[str]:
    """Yield a line for each backup."""
    for one in backups:
        word = "this one" if one is choice else "newer" if one.header.at_ms > choice.header.at_ms else "older"
        yield f"{one.at:%Y-%m-%d %H:%M:%S UTC}  {one.path.name}  {one.path.stat().st_size:,} bytes  ({word})"


def _peeked(path: Path, keys: Sequence[Any]) -> Found:
    try:
        with path.open("rb") as file, sealing.opened(file, keys) as plain:
            header, _ = taking.read_header(Reading(plain))
    except OSError as error:
        msg = f"can not read {path}: {error.strerror}"
        raise AdministrationError(msg) from error
    return Found(path, header)
