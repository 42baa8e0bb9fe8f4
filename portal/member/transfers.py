"""Files of a room: sealed and sent, fetched and opened, chunk by chunk (docs/protocol.md §5, "Files").

Every upload has a key of its own, which is in no store until its message is: one that was interrupted is begun anew
with another key, so that no key ever seals two contents.
"""

from dataclasses import dataclass
from typing import Final

from portal.member.content import File
from portal.member.e2ee.files import FileOpener, FileSource, hash_file, new_file_key, seal_chunk
from portal.member.e2ee.refusal import Refusal
from portal.member.work import Work, get_bytes, post, put
from portal.wire.ids import BlobId, RoomId, b64, new_id, unb64
from portal.wire.padding import CHUNK_BYTES, stream_shape

_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file here that is to be sent: how to read it, and what the message says of it. ``type`` is a media type."""

    source: FileSource
    size_bytes: int
    name: str
    type: str = "application/octet-stream"


def upload(room: RoomId, local: LocalFile) -> Work[File]:
    """Send a file; returns what a message says of it. Refusal file.size if it got shorter meanwhile."""
    blob, key = BlobId(new_id()), new_file_key()
    sha256 = hash_file(local.source, local.size_bytes)
    shape = stream_shape(local.size_bytes)
    yield from post(f"/api/rooms/{room}/blobs", {"blob": blob, "size_bytes": shape.sealed_bytes}, repeatable=True)
    for index in range(shape.chunks):
        sealed = seal_chunk(key, blob, local.source, local.size_bytes, index)
        yield from put(f"/api/blobs/{blob}/chunks/{index}", sealed)
    yield from post(f"/api/blobs/{blob}/complete", repeatable=True)
    # Read once more: what was sealed must be what was hashed.
    if hash_file(local.source, local.size_bytes) != sha256:
        raise Refusal("file.hash")
    return File(blob, b64(key), local.name, local.type, local.size_bytes, CHUNK_BYTES, b64(sha256))


class Download:
    """A file on its way here. What ``next`` gives is authentic; that it is the whole file is known after the last."""

    def __init__(self, file: File) -> None:
        try:
            key, sha256 = unb64(file.key, _KEY_BYTES), unb64(file.sha256, 32)
        except ValueError as error:
            raise Refusal("file.chunk") from error
        self._blob = file.blob
        self._opener = FileOpener(key, file.blob, file.size_bytes, sha256)

    def next(self) -> Work[bytes | None]:
        """Return the file's next bytes, or None after the last; Refusal file.* if it is not the promised file."""
        index = self._opener.next_chunk
        if index == self._opener.chunks:
            self._opener.finish()
            return None
        return self._opener.push((yield from get_bytes(f"/api/blobs/{self._blob}/chunks/{index}")))
