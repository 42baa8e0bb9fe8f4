"""Reading an MLS key package (RFC 9420 §6, §7.2, §10) as far as a server can check one.

That is its shape, whose it is, how long it is good, and both signatures.
"""

from dataclasses import dataclass
from typing import Final, NoReturn

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

MLS10: Final = 1
WIRE_FORMAT_KEY_PACKAGE: Final = 5
SUITE: Final = 83
BASIC_CREDENTIAL: Final = 1
SOURCE_KEY_PACKAGE: Final = 1
BOX_KEY_BYTES: Final = 1216
"""An X-Wing public key."""


class MalformedKeyPackageError(ValueError):
    """Bytes that are no key package of our suite, or not what their signatures say."""


@dataclass(frozen=True, slots=True)
class KeyPackageClaims:
    """What a key package says of itself: the leaf's Ed25519 key (32 bytes), its credential, and when it is good."""

    key: bytes
    identity: bytes
    not_before_s: int
    not_after_s: int


def read_key_package(raw: bytes) -> KeyPackageClaims:
    """Parse ``raw``, an MLSMessage that holds a key package, and verify both signatures by the leaf's own key.

    Raises:
        MalformedKeyPackageError: anything else.
    """
    reader = _Reader(raw)
    reader.expect(2, MLS10, "MLS version")
    reader.expect(2, WIRE_FORMAT_KEY_PACKAGE, "wire format")
    package_at = reader.at
    reader.expect(2, MLS10, "protocol version")
    reader.expect(2, SUITE, "cipher suite")
    init_key = reader.vector(BOX_KEY_BYTES)
    leaf_at = reader.at
    encryption_key = reader.vector(BOX_KEY_BYTES)
    key = reader.vector(32)
    reader.expect(2, BASIC_CREDENTIAL, "credential type")
    identity = reader.vector()
    for _capability in range(5):
        reader.vector()
    reader.expect(1, SOURCE_KEY_PACKAGE, "leaf node source")
    claims = KeyPackageClaims(key, identity, reader.number(8), reader.number(8))
    reader.vector()  # the leaf's extensions
    _verify(key, b"LeafNodeTBS", raw[leaf_at : reader.at], reader.vector(64))
    reader.vector()  # the package's extensions
    _verify(key, b"KeyPackageTBS", raw[package_at : reader.at], reader.vector(64))
    if reader.at != len(raw):
        _refuse("bytes after the end")
    if init_key == encryption_key:
        _refuse("init key and leaf key are the same")
    return claims


def sign_content(label: bytes, content: bytes) -> bytes:
    """Return what is signed under ``label`` (RFC 9420 §5.1.2, SignContent)."""
    return vector(b"MLS 1.0 " + label) + vector(content)


def vector(content: bytes) -> bytes:
    """Return ``content`` with its length before it (RFC 9420 §2.1.2), below 2^30 bytes."""
    size = len(content)
    if size < 1 << 6:
        return size.to_bytes(1, "big") + content
    if size < 1 << 14:
        return (size | 1 << 14).to_bytes(2, "big") + content
    return (size | 2 << 30).to_bytes(4, "big") + content


def _refuse(reason: str) -> NoReturn:
    raise MalformedKeyPackageError(reason)


def _verify(key: bytes, label: bytes, content: bytes, signature: bytes) -> None:
    try:
        VerifyKey(key).verify(sign_content(label, content), signature)
    except BadSignatureError as error:
        reason = f"signature of {label.decode()}"
        raise MalformedKeyPackageError(reason) from error


class _Reader:
    """Takes fields from the front of ``raw``."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.at = 0

    def number(self, size_bytes: int) -> int:
        return int.from_bytes(self._take(size_bytes), "big")

    def expect(self, size_bytes: int, value: int, name: str) -> None:
        if self.number(size_bytes) != value:
            _refuse(f"{name} is not {value}")

    def vector(self, size_bytes: int | None = None) -> bytes:
        first = self.number(1)
        prefix = first >> 6
        if prefix == 3:
            _refuse("length of eight bytes")
        size = first & 0x3F
        for _ in range((1 << prefix) - 1):
            size = size << 8 | self.number(1)
        if prefix and size < 1 << (6 if prefix == 1 else 14):
            _refuse("length is not written in its shortest form")
        if size_bytes is not None and size != size_bytes:
            _refuse(f"{size} bytes where {size_bytes} are due")
        return self._take(size)

    def _take(self, size_bytes: int) -> bytes:
        end = self.at + size_bytes
        if end > len(self._raw):
            _refuse("ends too early")
        taken = self._raw[self.at : end]
        self.at = end
        return taken
