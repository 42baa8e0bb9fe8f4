"""What a running interpreter does, as ``portal interpreter status`` says it. The file names no room and no text."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

_NAME: Final = "status.json"
_PRIVATE: Final = 0o600
State = Literal["starting", "connected", "offline", "ended"]


@dataclass(frozen=True, slots=True)
class Status:
    """All that is told. ``readers`` are the names of those for whom private translations are sealed."""

    portal: str
    handle: str
    owner: str
    readers: tuple[str, ...]
    private: bool
    state: State
    since_s: int
    rooms: int = 0
    off: int = 0
    """Rooms in which somebody has turned translation off."""
    blocked: int = 0
    """Rooms in which nothing can be sent."""
    changed: tuple[str, ...] = ()
    """Names of those whose key is another one than before."""
    languages: tuple[str, ...] = ()
    """Installed directions, such as "ko-en"."""
    translated: int = 0
    left: int = 0
    answered: int = 0
    failed: int = 0
    ended: str = ""
    """Why it ended, in words."""


def write_status(folder: Path, status: Status) -> None:
    """Put the file in place of the one before, whole; nobody else may read it."""
    fresh = folder / f".{_NAME}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "w", encoding="utf-8") as file:
        json.dump(asdict(status), file, ensure_ascii=False)
    fresh.replace(folder / _NAME)


def read_status(folder: Path) -> Status | None:
    """Return what was written last; None if nothing, or not by this version."""
    try:
        fields = json.loads((folder / _NAME).read_text("utf-8"))
        fields |= {name: tuple(fields[name]) for name in ("readers", "changed", "languages")}
        return Status(**fields)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def describe(status: Status, *, running: bool) -> Iterator[str]:
    """Return what a person wants to know, a line each."""
    since = datetime.fromtimestamp(status.since_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if status.state == "ended":
        yield f"It has ended: {status.ended}"
    elif not running:
        yield "It is not running. Start it: portal interpreter run"
    else:
        words = {"connected": "is connected", "offline": "can not reach the portal", "starting": "is starting"}
        yield f"It runs since {since} and {words.get(status.state, status.state)}."
    yield f"Portal: {status.portal}, as {status.handle}; {status.owner} answers for it."
    if status.private:
        yield f"Its translations are sealed for its own delegation: {', '.join(status.readers) or 'nobody yet'}."
    else:
        yield "Its translations are for everybody in the room."
    yield f"Rooms: {status.rooms}" + (f", {status.off} with translation turned off" if status.off else "") + "."
    if status.blocked:
        yield f"In {status.blocked} of them nothing can be sent now."
    for name in status.changed:
        yield f"{name} has another key than before. Nothing is sent there until it is accepted: portal interpreter keys"
    yield f"Languages: {', '.join(status.languages) or 'none. Install some: portal languages install ko en'}."
    done = f"{status.translated} translations made, {status.answered} questions answered"
    yield f"Since its start: {done}; {status.left} translations are left to make."
    if status.failed:
        yield f"Failed: {status.failed}. Readers see the original there."
