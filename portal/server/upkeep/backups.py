"""When the installation was last copied: a note beside the database, put there by ``portal admin backup``."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NOTE_FILE: Final = "last-backup.json"


@dataclass(frozen=True, slots=True)
class LastBackup:
    """A backup that was made whole: when (milliseconds since 1970), and its size in bytes."""

    at_ms: int
    size_bytes: int


def last_backup(folder: Path) -> LastBackup | None:
    """Return the newest backup of the data folder ``folder``; None if none is known of."""
    try:
        note = json.loads((folder / NOTE_FILE).read_text(encoding="utf-8"))
        return LastBackup(int(note["at_ms"]), int(note["bytes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
