"""Key packages: by what somebody can be added while away (RFC 9420 §10). The public half."""

import hmac
from dataclasses import dataclass
from typing import Self

from portal.mls.codec import Reader, opaque, u16, vector
from portal.mls.errors import MalformedError, RefusedError
from portal.mls.leaf import MLS10, Extension, LeafNode, LeafSource, Lifetime, read_extensions
from portal.mls.suites import Suite, ref_hash, suite_of, verify_with_label
from portal.mls.wire_format import WireFormat, read_message


@dataclass(frozen=True, slots=True)
class KeyPackage:
    """A leaf, and the key to which its Welcome is sealed."""

    suite: int
    init_key: bytes
    leaf: LeafNode
    extensions: tuple[Extension, ...] = ()
    signature: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes."""
        return self.signed_bytes() + opaque(self.signature)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        if reader.number(2) != MLS10:
            raise MalformedError("malformed.value", "version")
        suite, init_key = reader.number(2), reader.opaque()
        return cls(suite, init_key, LeafNode.read(reader), read_extensions(reader), reader.opaque())

    def signed_bytes(self) -> bytes:
        """Return what is signed (§10, KeyPackageTBS)."""
        return u16(MLS10) + u16(self.suite) + opaque(self.init_key) + self.leaf.encode() + vector(self.extensions)

    @property
    def lifetime(self) -> Lifetime:
        """When it may be used; RefusedError leaf.source for a leaf that is not of a key package."""
        if self.leaf.lifetime is None:
            raise RefusedError("leaf.source")
        return self.leaf.lifetime

    @property
    def ref(self) -> bytes:
        """The hash by which a Welcome names it (§5.2)."""
        return ref_hash(suite_of(self.suite), "MLS 1.0 KeyPackage Reference", self.encode())

    def check(self, suite: Suite) -> None:
        """Check all that needs neither a group nor a clock (§10.1).

        Raises:
            MlsError: suite.other, leaf.source, leaf.key, key_package.key, signature.leaf, signature.key_package.
        """
        if self.suite != suite.number:
            raise RefusedError("suite.other", f"suite {self.suite}")
        if self.leaf.source is not LeafSource.KEY_PACKAGE:
            raise RefusedError("leaf.source")
        if not suite.is_public_key(self.leaf.encryption_key):
            raise RefusedError("leaf.key")
        if not suite.is_public_key(self.init_key) or hmac.compare_digest(self.init_key, self.leaf.encryption_key):
            raise RefusedError("key_package.key")
        self.leaf.verify(b"", 0)
        signed = self.signed_bytes()
        verify_with_label(self.leaf.signature_key, "KeyPackageTBS", signed, self.signature, "signature.key_package")


def read_key_package(raw: bytes, suite: Suite) -> KeyPackage:
    """Read an MLSMessage that holds a key package of ``suite``, and check it as far as that needs no clock.

    Raises:
        MlsError: MalformedError, message.kind, or what ``KeyPackage.check`` raises.
    """
    package = read_message(KeyPackage, WireFormat.KEY_PACKAGE, raw)
    package.check(suite)
    return package
