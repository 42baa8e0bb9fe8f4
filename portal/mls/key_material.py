"""Making key packages and leaves, with their private keys (RFC 9420 §7.2, §10)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.mls.codec import Reader, opaque
from portal.mls.errors import MisuseError
from portal.mls.key_packages import KeyPackage
from portal.mls.leaf import MLS10, Capabilities, Credential, LeafNode, LeafSource, Lifetime
from portal.mls.sealing import KeyPair, generate_key_pair, key_pair
from portal.mls.signing import public_signature_key, sign_with_label
from portal.mls.suites import Suite
from portal.mls.wire_format import WireFormat, write_message


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a key package or a group: a suite, a credential, and what else the leaf says.

    ``extensions`` are the kinds of extension that the member can read beside those of RFC 9420.
    """

    suite: Suite
    credential: Credential
    extensions: Sequence[int] = ()

    def leaf(self, signature_key: bytes, lifetime: Lifetime) -> tuple[LeafNode, KeyPair]:
        """Return a leaf without signature, and its encryption key."""
        pair = generate_key_pair(self.suite)
        able = Capabilities((MLS10,), (self.suite.number,), tuple(self.extensions), (), (int(self.credential.kind),))
        source = LeafSource.KEY_PACKAGE
        return LeafNode(pair.public, signature_key, self.credential, able, source, lifetime), pair


@dataclass(frozen=True, slots=True, repr=False)
class KeyPackagePair:
    """A key package with its private keys, for one use (or, as a last resort, for several).

    ``public`` is the MLSMessage to be handed out, ``private`` the bytes to be kept, ``ref`` the hash by which a Welcome
    names it.
    """

    ref: bytes
    public: bytes
    private: bytes
    package: KeyPackage


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKeys:
    """The two private keys of a key package, 32 bytes each."""

    init: KeyPair
    encryption: KeyPair

    def encode(self) -> bytes:
        """Return the bytes to store."""
        return opaque(self.init.private) + opaque(self.encryption.private)


def make_key_package(author: Author, seed: bytes, lifetime: Lifetime) -> KeyPackagePair:
    """Make a fresh key package, signed by the Ed25519 key of ``seed`` (32 bytes).

    Raises:
        MisuseError: use.key.
    """
    init = generate_key_pair(author.suite)
    leaf, encryption = author.leaf(public_signature_key(seed), lifetime)
    leaf = leaf.with_signature(sign_with_label(seed, "LeafNodeTBS", leaf.signed_bytes(b"", 0)))
    package = KeyPackage(author.suite.number, init.public, leaf)
    package = replace(package, signature=sign_with_label(seed, "KeyPackageTBS", package.signed_bytes()))
    public = write_message(WireFormat.KEY_PACKAGE, package.encode())
    return KeyPackagePair(package.ref, public, PrivateKeys(init, encryption).encode(), package)


def read_private_keys(package: KeyPackage, private: bytes, suite: Suite) -> PrivateKeys:
    """Read what was kept of a key package.

    Raises:
        MlsError: MalformedError, or MisuseError use.key if the keys are not those of ``package``.
    """
    reader = Reader(private)
    keys = PrivateKeys(key_pair(suite, reader.opaque()), key_pair(suite, reader.opaque()))
    reader.end()
    if keys.init.public != package.init_key or keys.encryption.public != package.leaf.encryption_key:
        raise MisuseError("use.key", "not of this key package")
    return keys
