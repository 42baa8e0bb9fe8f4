r"""Files, encrypted in chunks by the STREAM construction (docs/protocol.md §5).

By Hoang, Reyhanitabar, Rogaway and Vizár (2015). No part of a file can be dropped, moved or added unnoticed, and none
has to be held in memory whole.

    stream  = u64 size ‖ the file's bytes ‖ zeros up to the size class, cut into chunks of 1 MiB
    chunk i = AES-256-GCM(key, 7 zero bytes ‖ u32 i ‖ 1 if it is the last else 0, AAD "portal file v1\0" ‖ blob)
"""

import hashlib
import secrets
from collections.abc import Callable
from typing import Final, TypeAlias

from portal.member.e2ee import aead
from portal.member.e2ee.refusal import Refusal, require
from portal.wire.ids import BlobId, id_bytes
from portal.wire.padding import CHUNK_BYTES, SIZE_BYTES, TAG_BYTES, stream_shape

LABEL: Final = b"portal file v1\0"

FileSource: TypeAlias = Callable[[int, int], bytes]
"""Reads bytes [from, to) of the file."""


def new_file_key() -> bytes:
    """Return a fresh key for one file, 32 bytes."""
    return secrets.token_bytes(aead.KEY_BYTES)


def hash_file(source: FileSource, size_bytes: int) -> bytes:
    """Return the SHA-256 of a file, read piece by piece; Refusal file.size if it ends early."""
    digest = hashlib.sha256()
    for begin in range(0, size_bytes, CHUNK_BYTES):
        digest.update(_exactly(source, begin, min(begin + CHUNK_BYTES, size_bytes)))
    return digest.digest()


def seal_chunk(key: bytes, blob: BlobId, source: FileSource, size_bytes: int, index: int) -> bytes:
    """Return one sealed chunk.

    Go on with the same key after an interruption only once ``hash_file`` has shown that it is the same file: a second
    content under one key and chunk number would give both away.

    Raises:
        Refusal: file.size if the source ends early.
    """
    shape = stream_shape(size_bytes)
    if not 0 <= index < shape.chunks:
        msg = f"a file of {size_bytes} bytes has no chunk {index}"
        raise ValueError(msg)
    begin = index * CHUNK_BYTES
    length = min(CHUNK_BYTES, shape.padded_bytes - begin)
    head = size_bytes.to_bytes(SIZE_BYTES, "big") if index == 0 else b""
    start, end = begin + len(head) - SIZE_BYTES, min(begin + length - SIZE_BYTES, size_bytes)
    content = _exactly(source, start, end) if start < end else b""
    chunk = (head + content).ljust(length, b"\0")
    return aead.seal_with(key, _nonce(index, last=index == shape.chunks - 1), chunk, LABEL + id_bytes(blob))


class FileOpener:
    """Opens the chunks of one file in order.

    What ``push`` returns is authentic, but only after ``finish`` is it known to be the whole file that the message
    promised: ``size_bytes`` and ``sha256`` (32 bytes) of its plaintext.
    """

    def __init__(self, key: bytes, blob: BlobId, size_bytes: int, sha256: bytes) -> None:
        self._key = key
        self._blob = blob
        self._size_bytes = size_bytes
        self._sha256 = sha256
        self._shape = stream_shape(size_bytes)
        self._hash = hashlib.sha256()
        self.next_chunk = 0

    @property
    def chunks(self) -> int:
        """How many chunks the file has."""
        return self._shape.chunks

    def push(self, sealed: bytes) -> bytes:
        """Return the file's bytes in the next chunk.

        Raises:
            Refusal: file.extended (no chunk is due), file.chunk (damaged, out of order, of another file or length),
                file.size or file.padding.
        """
        index = self.next_chunk
        require(index < self.chunks, "file.extended", chunks=self.chunks)
        begin = index * CHUNK_BYTES
        length = min(CHUNK_BYTES, self._shape.padded_bytes - begin)
        require(len(sealed) == length + TAG_BYTES, "file.chunk", index=index)
        nonce = _nonce(index, last=index == self.chunks - 1)
        chunk = aead.open_with(self._key, nonce, sealed, LABEL + id_bytes(self._blob))
        if chunk is None:
            raise Refusal("file.chunk", index=index)
        content = self._content(chunk, begin)
        self._hash.update(content)
        self.next_chunk += 1
        return content

    def finish(self) -> None:
        """Check that all chunks were there and are the promised file; Refusal file.truncated or file.hash."""
        require(self.next_chunk == self.chunks, "file.truncated", chunk=self.next_chunk, chunks=self.chunks)
        require(self._hash.digest() == self._sha256, "file.hash")

    def _content(self, chunk: bytes, begin: int) -> bytes:
        head = 0 if begin else SIZE_BYTES
        require(begin > 0 or int.from_bytes(chunk[:SIZE_BYTES], "big") == self._size_bytes, "file.size")
        end = max(head, min(len(chunk), SIZE_BYTES + self._size_bytes - begin))
        require(not chunk[end:].strip(b"\0"), "file.padding")
        return chunk[head:end]


def _nonce(index: int, *, last: bool) -> bytes:
    return bytes(7) + index.to_bytes(4, "big") + bytes([last])


def _exactly(source: FileSource, start: int, end: int) -> bytes:
    read = source(start, end)
    require(len(read) == end - start, "file.size", start=start, end=end, read=len(read))
    return read
