"""What a witness remembers of one ledger, on disk before any signature leaves: so that it never signs two histories."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from portal.verify.evidence import replace_text

_FILE: Final = "state.json"
_LOCK: Final = "lock"


class StateError(Exception):
    """What was remembered can not be used; the message says why. Going on without it could sign a second history."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """``vkey`` is the ledger's key, pinned at first sight; ``note`` the newest checkpoint that was cosigned.

    ``evidence`` is the file that shows how the ledger contradicted itself; from then on nothing is cosigned.
    """

    portal: str
    vkey: str
    note: str | None = None
    cosigned_s: int = 0
    evidence: str | None = None
    trouble: str | None = None


class StateFolder:
    """The folder of one witness for one ledger, held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def file(self) -> Path:
        """Where the state lies; evidence is kept beside it."""
        return self.folder / _FILE

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder; StateError if another witness does, or it can not be made."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.folder / _LOCK).open("w")
        except OSError as error:
            msg = f"can not use {self.folder}: {error.strerror}"
            raise StateError(msg) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                msg = f"another witness runs on {self.folder}"
                raise StateError(msg) from error
            yield

    def read(self) -> Remembered | None:
        """Return what is remembered, None at the very first; StateError if it is damaged."""
        try:
            return Remembered(**json.loads(self.file.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            msg = f"{self.file} is damaged ({error}); bring it back from a copy"
            raise StateError(msg) from error

    def write(self, remembered: Remembered) -> None:
        """Remember, on disk before this returns."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_text(self.file, json.dumps(asdict(remembered), ensure_ascii=False, indent=1) + "\n")

    def troubled(self, remembered: Remembered, trouble: str | None) -> Remembered:
        """Remember what keeps the witness from signing, for ``status``; written only when it changes."""
        if remembered.trouble == trouble:
            return remembered
        changed = replace(remembered, trouble=trouble)
        self.write(changed)
        return changed
