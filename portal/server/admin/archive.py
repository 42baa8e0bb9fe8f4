"""What is inside of a backup: a tar archive that is written and read once, from front to back.

| entry                                  | holds                                                                     |
|----------------------------------------|---------------------------------------------------------------------------|
| portal-backup.json                     | when and of what: format, time, software, schema, the ledger's key        |
| opaque-setup, keys/NAME                | the server's secrets                                                      |
| tables/NAME/shape.json                 | columns and their kinds (``copying.Shape``)                               |
| tables/NAME/rows-000001 …              | rows as lines of JSON, about a mebibyte each                              |
| tables/NAME/sum.json                   | how many rows, their sum, where the table's counter stands                |
| blobs/xx/ID                            | sealed files of rooms                                                     |
| sums/000001 …                          | SHA-256 of the files since the last such entry, as sha256sum writes them  |
| end.json                               | how many tables and files there are, and which files were missing         |
| signature                              | a note by the ledger's key over the SHA-256 of every byte before          |

Keys come first and were read first: what the ledger had signed last (``keys/ledger-signed``) is then never more than
the database holds, which is read after it.
"""

import hashlib
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from portal.server.admin.sealing import BackupFileError

HEADER: Final = "portal-backup.json"
END: Final = "end.json"
SIGNATURE: Final = "signature"
FORMAT: Final = 1
SIGNED_LABEL: Final = "portal backup v1"
"""First line of the signed note. No checkpoint begins so: an origin has no spaces."""
BLOCK: Final = 512
PIECE_BYTES: Final = 1 << 20
SMALL_MAX_BYTES: Final = 16 << 20
"""Of entries that are read as a whole: rows come in pieces of about a mebibyte, but one row can be larger."""
NAME: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[a-z]+)?(?:/[A-Za-z0-9_-]+(?:[.-][A-Za-z0-9_-]+)*){0,2}")


class Writing:
    """Makes the bytes of an archive, and their hash."""

    def __init__(self, at_s: int) -> None:
        self._at_s = at_s
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> bytes:
        """The SHA-256 of all bytes so far."""
        return self._hash.digest()

    def small(self, name: str, content: bytes) -> Iterator[bytes]:
        """Yield an entry that is in memory."""
        yield from self.entry(name, len(content), [content])

    def entry(self, name: str, size: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield an entry of exactly ``size`` bytes."""
        header = tarfile.TarInfo(name)
        header.size, header.mode, header.mtime = size, 0o600, self._at_s
        yield self._counted(header.tobuf(tarfile.GNU_FORMAT))
        left = size
        for piece in pieces:
            left -= len(piece)
            yield self._counted(piece)
        if left:
            msg = f"{name} changed its size while it was read"
            raise BackupFileError(msg)
        yield self._counted(bytes(-size % BLOCK))

    def end(self) -> bytes:
        """Return what ends an archive."""
        return bytes(2 * BLOCK)

    def _counted(self, piece: bytes) -> bytes:
        self._hash.update(piece)
        return piece


@dataclass
class Entry:
    """One entry while it is read: its bytes come once."""

    name: str
    size: int
    reading: "Reading"
    left: int

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes that are left."""
        while self.left:
            piece = self.reading.take(min(self.left, PIECE_BYTES))
            self.left -= len(piece)
            yield piece

    def whole(self) -> bytes:
        """Return all bytes; BackupFileError if it is larger than such entries are."""
        if self.size > SMALL_MAX_BYTES:
            msg = f"the backup holds {self.name} in a size that it can not have"
            raise BackupFileError(msg)
        return b"".join(self.pieces())


class Reading:
    """Reads an archive of ``Writing`` from front to back."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self.digest_before = b""
        """The SHA-256 of all bytes before the entry that is read now."""

    def entries(self) -> Iterator[Entry]:
        """Yield each entry; what of it was not read is passed over. At the end of the archive the file must end, too.

        Raises:
            BackupFileError: it is no such archive, or was changed, or is cut off.
        """
        while True:
            self.digest_before = self._hash.digest()
            header = self.take(BLOCK)
            if header == bytes(BLOCK):
                self._check_end()
                return
            try:
                found = tarfile.TarInfo.frombuf(header, "ascii", "strict")
            except (tarfile.HeaderError, UnicodeDecodeError) as error:
                raise _damaged() from error
            if not found.isreg() or not NAME.fullmatch(found.name) or found.size < 0:
                raise _damaged()
            entry = Entry(found.name, found.size, self, found.size)
            yield entry
            for _ in entry.pieces():
                pass
            if self.take(-found.size % BLOCK).strip(b"\0"):
                raise _damaged()

    def take(self, size: int) -> bytes:
        """Return exactly ``size`` bytes. Raises BackupFileError."""
        got = self._source.read(size)
        if len(got) < size:
            msg = "the backup ends before its end"
            raise BackupFileError(msg)
        self._hash.update(got)
        return got

    def _check_end(self) -> None:
        if self.take(BLOCK) != bytes(BLOCK) or self._source.read(1):
            raise _damaged()


def _damaged() -> BackupFileError:
    return BackupFileError("what is sealed in this file is no backup of a portal, or is damaged")
