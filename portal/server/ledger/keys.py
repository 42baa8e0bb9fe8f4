"""The log's files beside the database: its key, and what it has signed last.

The second one is written before anybody sees the signature. A database that was put back from an older copy then shows
at start, before the log contradicts itself.
"""

import secrets
from pathlib import Path
from typing import Final

from portal.server.core.secret_files import SecretFileError, open_secret, write_whole
from portal.tlog.signers import NoteSigner
from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint

SEED_BYTES: Final = 32
KEY_FILE: Final = "ledger"
SIGNED_FILE: Final = "ledger-signed"


def open_signer(folder: Path, origin: str) -> NoteSigner:
    """Return the signer of the log ``origin`` with the key in ``folder``, which is made the first time (mode 600).

    Raises:
        SecretFileError: the file is damaged, or others than its owner may read it.
    """
    path = folder / KEY_FILE
    seed = open_secret(path, lambda: secrets.token_bytes(SEED_BYTES))
    if len(seed) != SEED_BYTES:
        msg = (
            f"{path} is no key of {SEED_BYTES} bytes; restore it from the backup (a new key is another log to everyone)"
        )
        raise SecretFileError(msg)
    return NoteSigner.from_seed(origin, seed)


def read_signed(folder: Path) -> Checkpoint | None:
    """Return what the log has signed last by the file in ``folder``; None before the first time.

    Raises:
        SecretFileError: the file is damaged.
    """
    path = folder / SIGNED_FILE
    if not path.exists():
        return None
    try:
        return parse_checkpoint(path.read_text(encoding="utf-8"))
    except ValueError as error:
        msg = f"{path} does not say what the ledger has signed; restore it from the backup"
        raise SecretFileError(msg) from error


def write_signed(folder: Path, checkpoint: Checkpoint) -> None:
    """Keep ``checkpoint`` as what the log has signed last; it is on disk when this returns."""
    write_whole(folder / SIGNED_FILE, checkpoint.to_text().encode())
