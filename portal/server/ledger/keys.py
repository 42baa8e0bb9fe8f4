"""The log's files beside the database: its key, and what it has signed last.

The second one is written before anybody sees the signature. A database that was put back from an older copy then shows
at start, before the log contradicts itself.
"""

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from portal.tlog.signers import NoteSigner
from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint

SEED_BYTES: Final = 32
KEY_FILE: Final = "ledger"
SIGNED_FILE: Final = "ledger-signed"


class LedgerFileError(RuntimeError):
    """A file of the ledger can not be used; the message says what to do."""


def open_signer(folder: Path, origin: str) -> NoteSigner:
    """Return the signer of the log ``origin`` with the key in ``folder``, which is made the first time (mode 600).

    Raises:
        LedgerFileError: the file is damaged, or others than its owner may read it.
    """
    path = folder / KEY_FILE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _write(path, secrets.token_bytes(SEED_BYTES), once=True)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        msg = f"{path} holds a secret but has mode {mode:o}; run: chmod 600 {path}"
        raise LedgerFileError(msg)
    seed = path.read_bytes()
    if len(seed) != SEED_BYTES:
        msg = (
            f"{path} is no key of {SEED_BYTES} bytes; restore it from the backup (a new key is another log to everyone)"
        )
        raise LedgerFileError(msg)
    return NoteSigner.from_seed(origin, seed)


def read_signed(folder: Path) -> Checkpoint | None:
    """Return what the log has signed last by the file in ``folder``; None before the first time.

    Raises:
        LedgerFileError: the file is damaged.
    """
    path = folder / SIGNED_FILE
    if not path.exists():
        return None
    try:
        return parse_checkpoint(path.read_text(encoding="utf-8"))
    except ValueError as error:
        msg = f"{path} does not say what the ledger has signed; restore it from the backup"
        raise LedgerFileError(msg) from error


def write_signed(folder: Path, checkpoint: Checkpoint) -> None:
    """Keep ``checkpoint`` as what the log has signed last; it is on disk when this returns."""
    _write(folder / SIGNED_FILE, checkpoint.to_text().encode())


def _write(path: Path, content: bytes, *, once: bool = False) -> None:
    """Put a file in place as a whole, readable by its owner alone; ``once``: leave one that another process made."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if once:
        with suppress(FileExistsError):
            path.hardlink_to(temporary)
        Path(temporary).unlink()
    else:
        Path(temporary).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
