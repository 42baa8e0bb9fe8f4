"""Files that must survive a crash whole: what was seen last, and evidence of a ledger that contradicts itself."""

import hashlib
import os
from pathlib import Path

_HEADER = "Two states of one ledger, both signed by it, of which one does not go on from the other."


def replace_text(file: Path, text: str) -> None:
    """Put ``text`` in the place of what the file held: all of it or nothing, and on disk before this returns."""
    replace_bytes(file, text.encode())


def replace_bytes(file: Path, raw: bytes) -> None:
    """As ``replace_text``, for bytes; readable by the owner alone."""
    fresh = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(raw)
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def contradicted(beside: Path, before: str, now: str) -> Path:
    """Keep both signed notes in a file of their own beside ``beside``; gives its path."""
    name = hashlib.sha256(f"{before}{now}".encode()).hexdigest()[:16]
    file = beside.with_name(f"{beside.name}.evidence-{name}.txt")
    if not file.exists():
        replace_text(file, f"{_HEADER}\n\n===== seen before =====\n{before}\n===== seen now =====\n{now}")
    return file
