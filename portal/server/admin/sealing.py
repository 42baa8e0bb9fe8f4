"""Backups on their way to the disk: sealed to public keys in the age format (age-encryption.org/v1), in bounded memory.

The format is read by other programs as well (``age``, ``rage``), so that a backup can be opened without this one. Each
64 KiB are authenticated, and so is the end: what was changed or cut off is refused, never half believed.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyrage
from pyrage import x25519

from portal.server.admin.asked import AdministrationError
from portal.server.core.secret_files import write_whole

_SECRET_HALF: Final = "AGE-SECRET-KEY-"  # noqa: S105 - how such keys begin


class BackupFileError(AdministrationError):
    """A backup can not be read; the message says why."""


class _Pieces:
    """What ``pieces`` give, as a file that is read from: age pulls what it seals."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = memoryview(b"")
        self.failed: BaseException | None = None

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes; none at the end."""
        try:
            while not self._left:
                self._left = memoryview(next(self._pieces))
        except StopIteration:
            return b""
        except BaseException as error:
            self.failed = error  # the library passes on no more than its text
            raise
        taken, self._left = self._left[:size], self._left[size:]
        return bytes(taken)


def new_key(path: Path) -> str:
    """Make a key pair, put the secret half into the new file ``path`` (mode 600), and return the public half, age1….

    Raises:
        AdministrationError: there is such a file.
    """
    if path.exists():
        msg = f"{path} exists; a key that opens backups is never overwritten. Choose another name"
        raise AdministrationError(msg)
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    write_whole(path, f"# public key: {public}\n{identity}\n".encode(), once=True)
    return public


def recipients(keys: Sequence[str]) -> list[Any]:
    """Return the public keys that ``keys`` are: age1… each, or a file that holds one a line.

    Raises:
        AdministrationError: one is no public key.
    """
    found = []
    for key in keys:
        for line in _lines(Path(key)) if not key.startswith("age1") else [key]:
            try:
                found.append(x25519.Recipient.from_str(line))
            except pyrage.RecipientError as error:
                msg = f"{key} is no public key of backups; it looks like age1…, as `portal admin backup-key` prints it"
                raise AdministrationError(msg) from error
    return found


def identities(path: Path) -> list[Any]:
    """Return the secret keys in the file ``path``.

    Raises:
        AdministrationError: there is none.
    """
    try:
        found = [x25519.Identity.from_str(line) for line in _lines(path) if line.startswith(_SECRET_HALF)]
    except pyrage.IdentityError as error:
        msg = f"{path} holds a damaged key"
        raise AdministrationError(msg) from error
    if not found:
        msg = f"{path} holds no key that opens backups (a line that begins with {_SECRET_HALF})"
        raise AdministrationError(msg)
    return found


def seal(pieces: Iterable[bytes], out: BinaryIO, to: Sequence[Any]) -> None:
    """Write ``pieces``, sealed, to ``out``. What ``pieces`` raise is raised."""
    source = _Pieces(pieces)
    try:
        pyrage.encrypt_io(source, out, to)
    except pyrage.EncryptError:
        if source.failed is not None:
            raise source.failed from None
        raise


@contextmanager
def opened(file: BinaryIO, keys: Sequence[Any]) -> Iterator[BinaryIO]:
    """Give what was sealed in ``file`` as a file to read from. Who has not read to its end has not verified it.

    Raises:
        BackupFileError: the keys do not open it, or it was changed or cut off.
    """
    reading, writing = os.pipe()
    opening = _Opening(file, writing, keys)
    opening.start()
    try:
        with os.fdopen(reading, "rb", buffering=1 << 20) as plain:
            yield _Whole(plain, opening)  # type: ignore[misc]  # of a file it has what is asked for here
    finally:
        opening.join()  # its writes fail once the reading end is closed


class _Whole:
    """Reads from the pipe; at its end it says what ended it."""

    def __init__(self, plain: BinaryIO, opening: "_Opening") -> None:
        self._plain = plain
        self._opening = opening

    def read(self, size: int) -> bytes:
        got = self._plain.read(size)
        if len(got) < size:
            self._opening.join()
            self._opening.check()
        return got


class _Opening(threading.Thread):
    """Opens a file into a pipe: age pushes what it opened."""

    def __init__(self, file: BinaryIO, writing: int, keys: Sequence[Any]) -> None:
        super().__init__(name="portal-backup-opening", daemon=True)
        self._file, self._writing, self._keys = file, writing, keys
        self._failed: Exception | None = None

    def run(self) -> None:
        with suppress(BrokenPipeError), os.fdopen(self._writing, "wb", buffering=1 << 16) as out:
            try:
                pyrage.decrypt_io(self._file, out, self._keys)
            except (OSError, pyrage.DecryptError) as error:
                self._failed = error

    def check(self) -> None:
        """Raise BackupFileError if the file was not opened to its end."""
        if isinstance(self._failed, pyrage.DecryptError):
            known = "No matching keys" in str(self._failed)
            reason = "this key does not open it: it was made for another" if known else "it is no backup, or cut off"
            msg = f"the backup can not be opened: {reason}"
            raise BackupFileError(msg) from self._failed
        if self._failed is not None:
            msg = "the backup was changed, or its end is missing; nothing was taken from it. Fetch it again"
            raise BackupFileError(msg) from self._failed


def _lines(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        msg = f"can not read {path}: {getattr(error, 'strerror', None) or 'it is no text'}"
        raise AdministrationError(msg) from error
    return [line for line in lines if line and not line.startswith("#")]
