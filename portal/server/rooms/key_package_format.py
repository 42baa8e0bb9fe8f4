"""Reading an MLS key package (RFC 9420 §6, §7.2, §10) as far as a server can check one.

That is its shape, whose it is, how long it is good, and both signatures.
"""

from dataclasses import dataclass
from typing import Final

from portal.server.rooms.mls_format import BASIC_CREDENTIAL, BOX_KEY_BYTES, MLS10, Reader, refuse, verify
from portal.wire.founding import HISTORY_EXTENSION, SUITE

WIRE_FORMAT_KEY_PACKAGE: Final = 5
SOURCE_KEY_PACKAGE: Final = 1
SOURCE_COMMIT: Final = 3
_CAPABILITIES: Final = tuple(
    b"".join(number.to_bytes(2, "big") for number in numbers)
    for numbers in ((MLS10,), (SUITE,), (HISTORY_EXTENSION,), (), (BASIC_CREDENTIAL,))
)
"""Versions, suites, extensions, proposals and credentials: what every leaf says that it can do, and nothing more."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Whose a leaf is: its Ed25519 key (32 bytes), its credential's identity, and its X-Wing key (1,216 bytes)."""

    key: bytes
    identity: bytes
    box_key: bytes


@dataclass(frozen=True, slots=True)
class KeyPackageClaims:
    """What a key package says of itself: whose leaf it brings, and from when until when it is good."""

    leaf: Leaf
    not_before_s: int
    not_after_s: int


def read_key_package(raw: bytes) -> KeyPackageClaims:
    """Parse ``raw``, an MLSMessage that holds a key package, and verify both signatures by the leaf's own key.

    Raises:
        MalformedMlsError: anything else.
    """
    reader = Reader(raw)
    reader.expect(2, MLS10, "MLS version")
    reader.expect(2, WIRE_FORMAT_KEY_PACKAGE, "wire format")
    claims = take_key_package(reader)
    reader.end()
    return claims


def take_key_package(reader: Reader) -> KeyPackageClaims:
    """Take a key package and verify both signatures; MalformedMlsError if it is none."""
    package_at = reader.at
    reader.expect(2, MLS10, "protocol version")
    reader.expect(2, SUITE, "cipher suite")
    init_key = reader.vector(BOX_KEY_BYTES)
    leaf_at = reader.at
    leaf = take_leaf_head(reader)
    reader.expect(1, SOURCE_KEY_PACKAGE, "leaf node source")
    claims = KeyPackageClaims(leaf, reader.number(8), reader.number(8))
    reader.vector(0)  # the leaf's extensions
    verify(leaf.key, b"LeafNodeTBS", reader.since(leaf_at), reader.vector(64))
    reader.vector(0)  # the package's extensions
    verify(leaf.key, b"KeyPackageTBS", reader.since(package_at), reader.vector(64))
    if init_key == leaf.box_key:
        refuse("init key and leaf key are the same")
    return claims


def take_leaf_head(reader: Reader) -> Leaf:
    """Take a leaf node up to where it says what it comes from (RFC 9420 §7.2)."""
    box_key, key = reader.vector(BOX_KEY_BYTES), reader.vector(32)
    reader.expect(2, BASIC_CREDENTIAL, "credential type")
    leaf = Leaf(key, reader.vector(), box_key)
    for due in _CAPABILITIES:
        if reader.vector() != due:
            refuse("capabilities")
    return leaf
