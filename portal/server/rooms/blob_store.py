"""Sealed files on disk, in chunks that may come in any order, in parallel, and again after a crash.

While a file comes in there are two: ``<id>.part``, its final size reserved from the start, and ``<id>.map``, one byte a
chunk. A chunk is on disk before its byte in the map is, and that before it is acknowledged; so what was acknowledged
survives the process and the machine. The last step renames ``<id>.part`` to ``<id>``.
"""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from portal.wire.errors import OwnFault, PeerError, UserError

TAG_BYTES: Final = 16
CHUNK_BYTES: Final = (1 << 20) + TAG_BYTES
"""A sealed chunk; the last one of a file may be shorter."""
STREAM_HEADER_BYTES: Final = 8
SIZE_CLASS_MIN_BYTES: Final = 4096
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PART: Final = ".part"
_MAP: Final = ".map"


def chunk_count(size_bytes: int) -> int:
    """Return how many chunks a ciphertext of ``size_bytes`` has."""
    return -(-size_bytes // CHUNK_BYTES)


def chunk_size(size_bytes: int, index: int) -> int:
    """Return the length in bytes of chunk ``index``; 0 for one that the file does not have."""
    return max(0, min(CHUNK_BYTES, size_bytes - index * CHUNK_BYTES)) if index >= 0 else 0


def sealed_size(file_bytes: int) -> int:
    """Return the ciphertext's length of a file of ``file_bytes``, padded to its class (docs/protocol.md §5, Files)."""
    stream_bytes = file_bytes + STREAM_HEADER_BYTES
    power = 1 << (stream_bytes - 1).bit_length()
    step = max(power // 16, SIZE_CLASS_MIN_BYTES)
    padded_bytes = -(-stream_bytes // step) * step
    return padded_bytes + TAG_BYTES * -(-padded_bytes // (CHUNK_BYTES - TAG_BYTES))


class BlobStore:
    """A folder of sealed files. Its methods block: call them in native threads. Any thread, any number at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def reserve(self, blob: str, size_bytes: int) -> None:
        """Make room on the disk for a file that is about to come.

        Raises:
            UserError: storage.full; nothing is left then.
        """
        part = self._path(blob, _PART)
        part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with _storage(), _opened(part, os.O_WRONLY | os.O_CREAT) as file:
                _allocate(file, size_bytes)
            with _storage(), _opened(self._path(blob, _MAP), os.O_WRONLY | os.O_CREAT) as file:
                os.ftruncate(file, chunk_count(size_bytes))
                os.fsync(file)
            _sync_folder(part.parent)
        except UserError:
            self.delete(blob)
            raise

    def write_chunk(self, blob: str, size_bytes: int, index: int, chunk: bytes) -> None:
        """Store one chunk of an unfinished file; when this returns, it is there for good.

        Raises:
            PeerError: blob.chunk, if there is no such chunk or it has another length.
            UserError: blob.not_found, if the file is finished or deleted; storage.full.
        """
        expected = chunk_size(size_bytes, index)
        if expected == 0 or len(chunk) != expected:
            raise PeerError("blob.chunk", index=index, expected_bytes=expected)
        with _storage():
            with _opened(self._path(blob, _PART), os.O_WRONLY) as file:
                _write_at(file, chunk, index * CHUNK_BYTES)
                _sync(file)
            with _opened(self._path(blob, _MAP), os.O_WRONLY) as file:
                _write_at(file, b"\1", index)
                _sync(file)

    def received(self, blob: str, size_bytes: int) -> list[tuple[int, int]]:
        """Return the ranges of chunks that a file has, as (first, last) pairs.

        Raises:
            UserError: blob.not_found.
        """
        if self._path(blob).exists():
            return [(0, chunk_count(size_bytes) - 1)]
        with _storage():
            marks = self._path(blob, _MAP).read_bytes()
        ranges: list[tuple[int, int]] = []
        for index, mark in enumerate(marks):
            if mark and ranges and ranges[-1][1] == index - 1:
                ranges[-1] = (ranges[-1][0], index)
            elif mark:
                ranges.append((index, index))
        return ranges

    def finish(self, blob: str, size_bytes: int) -> None:
        """Give a file that is whole its final name; doing so again changes nothing.

        Raises:
            UserError: blob.incomplete with the first ``missing`` chunk; blob.not_found.
        """
        final = self._path(blob)
        if not final.exists():
            ranges = self.received(blob, size_bytes)
            first = ranges[0] if ranges else (0, -1)
            if first != (0, chunk_count(size_bytes) - 1):
                raise UserError("blob.incomplete", missing=first[1] + 1 if first[0] == 0 else 0)
            with _storage():
                self._path(blob, _PART).rename(final)
                _sync_folder(final.parent)
        self._path(blob, _MAP).unlink(missing_ok=True)

    def read_chunk(self, blob: str, size_bytes: int, index: int) -> bytes:
        """Return one chunk of a finished file.

        Raises:
            UserError: blob.not_found, also if there is no such chunk.
        """
        expected = chunk_size(size_bytes, index)
        if expected == 0:
            raise UserError("blob.not_found")
        with _storage(), _opened(self._path(blob), os.O_RDONLY) as file:
            chunk = os.pread(file, expected, index * CHUNK_BYTES)
        if len(chunk) != expected:
            raise OwnFault("server.fault", blob=blob, index=index)
        return chunk

    def delete(self, blob: str) -> None:
        """Delete whatever there is of a file."""
        for suffix in ("", _PART, _MAP):
            self._path(blob, suffix).unlink(missing_ok=True)

    def older_than(self, age_s: float) -> Iterator[str]:
        """Yield the ids of files, whole or not, that nobody wrote to for ``age_s`` seconds."""
        if not self._folder.is_dir():
            return
        before_s = time.time() - age_s
        seen: set[str] = set()
        for path in self._folder.glob("*/*"):
            blob = path.name.removesuffix(_PART).removesuffix(_MAP)
            with suppress(FileNotFoundError):
                if blob not in seen and path.stat().st_mtime < before_s:
                    seen.add(blob)
                    yield blob

    def _path(self, blob: str, suffix: str = "") -> Path:
        return self._folder / blob[:2] / (blob + suffix)


@contextmanager
def _storage() -> Iterator[None]:
    """Turn what the disk says into our codes."""
    try:
        yield
    except FileNotFoundError:
        raise UserError("blob.not_found") from None
    except OSError as error:
        if error.errno in _FULL:
            raise UserError("storage.full") from None
        raise


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    file = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _allocate(file: int, size_bytes: int) -> None:
    if sys.platform == "darwin":  # which can only promise
        os.ftruncate(file, size_bytes)
    else:
        os.posix_fallocate(file, 0, size_bytes)


def _sync(file: int) -> None:
    if sys.platform == "darwin":
        os.fsync(file)
    else:
        os.fdatasync(file)


def _write_at(file: int, content: bytes, offset: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(file, view, offset)
        view = view[written:]
        offset += written


def _sync_folder(folder: Path) -> None:
    with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as file:
        os.fsync(file)
