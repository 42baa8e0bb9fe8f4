"""The server's secrets that lie in files beside the database: made once, whole or not at all, for their owner alone."""

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


class SecretFileError(RuntimeError):
    """A file of the server's secrets can not be used; the message says what to do."""


def open_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what ``path`` holds; the first time, what ``make`` gives is put there (mode 600).

    Of two processes that start at once, both use what the first one made.

    Raises:
        SecretFileError: others than its owner may read it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        write_whole(path, make(), once=True)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        msg = f"{path} holds a secret but has mode {mode:o}; run: chmod 600 {path}"
        raise SecretFileError(msg)
    return path.read_bytes()


def write_whole(path: Path, content: bytes, *, once: bool = False) -> None:
    """Put a file in place as a whole, readable by its owner alone; it is on disk when this returns.

    ``once``: leave one that another process made meanwhile.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # of mode 600
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
    # Its name, too: a key that is gone after the power failed would take all that was sealed with it.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
