"""MLS messages for tests, right wherever the server can look; what only members could check is random bytes.

So nobody here needs the secrets of a group: a commit is made from its public half alone.
"""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from nacl.signing import SigningKey

from portal.mls.codec import decode
from portal.mls.commits import HpkeCiphertext, UpdatePathNode
from portal.mls.errors import MlsError
from portal.mls.group import create_group
from portal.mls.key_material import Author
from portal.mls.key_packages import KeyPackage
from portal.mls.leaf import Extension, Lifetime, basic
from portal.mls.paths import new_parents, sealed_to
from portal.mls.public import PublicGroup
from portal.mls.ratchet_tree import PathStep, RatchetTree
from portal.mls.sealing import generate_key_pair
from portal.mls.suites import XWING_AES256
from portal.server.rooms.commit_check import COMMIT_LABEL
from portal.server.rooms.mls_format import sign_content, vector
from portal.wire.canonical import canonical_json

DAY_S = 86_400
BOX_BYTES = 1216
ENC_BYTES = 1120
HISTORY = 0xF0A1


def u16(number: int) -> bytes:
    """Two bytes."""
    return number.to_bytes(2, "big")


def u32(number: int) -> bytes:
    """Four bytes."""
    return number.to_bytes(4, "big")


def box_key(size_bytes: int = BOX_BYTES) -> bytes:
    """A fresh X-Wing public key, or random bytes of another length."""
    return generate_key_pair(XWING_AES256).public if size_bytes == BOX_BYTES else secrets.token_bytes(size_bytes)


def group_info(
    account: str, device: str, key: SigningKey, room: bytes, history: str, *, able: Iterable[int] = ()
) -> bytes:
    """The MLSMessage that tells a new group of one device."""
    identity = canonical_json({"account": account, "device": device, "kind": "browser", "v": 1})
    author, lifetime = Author(XWING_AES256, basic(identity), (HISTORY, *able)), Lifetime(0, 1)
    return create_group(author, room, bytes(key), lifetime, [Extension(HISTORY, history.encode())]).group_info()


CAPABILITIES = (u16(1), u16(83), u16(HISTORY), b"", u16(1))
"""Versions, suites, extensions, proposals and credentials that a leaf names."""


@dataclass
class Package:
    """What a key package is made of, to be spoilt one by one."""

    account: str
    device: str
    key: SigningKey
    by: SigningKey | None = None
    suite: int = 83
    wire_format: int = 5
    box_bytes: int = BOX_BYTES
    kind: str = "browser"
    days: float = 90
    from_s: int = -3600
    same_keys: bool = False
    capabilities: tuple[bytes, ...] = CAPABILITIES
    leaf_extensions: bytes = b""
    extensions: bytes = b""
    tail: bytes = b""

    def message(self) -> bytes:
        """The MLSMessage that holds it."""
        return u16(1) + u16(self.wire_format) + self.encode() + self.tail

    def encode(self) -> bytes:
        """The key package alone."""
        signer = self.by or self.key
        init = box_key(self.box_bytes)
        begins_s = int(time.time()) + self.from_s
        ends_s = begins_s + int(self.days * DAY_S)
        leaf = leaf_head(self, init if self.same_keys else None)
        leaf += b"\1" + begins_s.to_bytes(8, "big") + ends_s.to_bytes(8, "big") + vector(self.leaf_extensions)
        leaf += vector(signer.sign(sign_content(b"LeafNodeTBS", leaf)).signature)
        content = u16(1) + u16(self.suite) + vector(init) + leaf + vector(self.extensions)
        return content + vector(signer.sign(sign_content(b"KeyPackageTBS", content)).signature)


def leaf_head(of: Package, box: bytes | None = None) -> bytes:
    """A leaf node up to its source."""
    identity = canonical_json({"account": of.account, "device": of.device, "kind": of.kind, "v": 1})
    head = vector(box or box_key()) + vector(bytes(of.key.verify_key)) + u16(1) + vector(identity)
    return head + b"".join(map(vector, of.capabilities))


@dataclass
class Commit:
    """What a public commit is made of, to be spoilt one by one. ``public`` is the group that it is made in."""

    public: PublicGroup
    group: bytes
    epoch: int
    sender: int
    seen_number: int
    seen_head: bytes
    bucket: int
    committer: Package
    added: list[Package] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    going: Iterable[bytes] = ()
    history: str | None = None
    wire_format: int = 1
    path: bool = True
    more: bytes = b""
    tail: bytes = b""

    def message(self) -> bytes:
        """The MLSMessage that holds it as a PublicMessage."""
        seen = self.seen_number.to_bytes(8, "big") + self.seen_head + u32(self.bucket)
        data = COMMIT_LABEL + seen + b"".join(self.going)
        packages = [package.encode() for package in self.added]
        content = vector(self.group) + self.epoch.to_bytes(8, "big") + b"\1" + u32(self.sender) + vector(data)
        content += b"\3" + vector(self._proposals(packages))
        content += b"\1" + self._path(packages) if self.path else b"\0"
        signed = sign_content(
            b"FramedContentTBS", u16(1) + u16(self.wire_format) + content + self.public.context.encode()
        )
        signature = (self.committer.by or self.committer.key).sign(signed).signature
        tags = vector(secrets.token_bytes(64)) * 2
        return u16(1) + u16(self.wire_format) + content + vector(signature) + tags + self.tail

    def _proposals(self, packages: list[bytes]) -> bytes:
        removes = b"".join(b"\1" + u16(3) + u32(leaf) for leaf in self.removed)
        adds = b"".join(b"\1" + u16(1) + package for package in packages)
        history = b""
        if self.history is not None:
            history = b"\1" + u16(7) + vector(u16(HISTORY) + vector(self.history.encode()))
        return removes + adds + history + self.more

    def _path(self, packages: list[bytes]) -> bytes:
        tree, joiners = self._tree(packages)
        steps: list[PathStep] = [] if tree is None else tree.filtered_direct_path(self.sender)
        keys = [box_key() for _ in steps]
        above = b"" if tree is None else new_parents(tree, XWING_AES256, steps, keys).leaf_parent_hash
        leaf = leaf_head(self.committer) + b"\3" + vector(above) + vector(self.committer.leaf_extensions)
        place = vector(self.group) + u32(self.sender)
        signer = self.committer.by or self.committer.key
        leaf += vector(signer.sign(sign_content(b"LeafNodeTBS", leaf + place)).signature)
        nodes = (
            UpdatePathNode(key, tuple(map(_sealed, sealed_to(step, joiners))))
            for step, key in zip(steps, keys, strict=True)
        )
        return leaf + vector(b"".join(node.encode() for node in nodes))

    def _tree(self, packages: list[bytes]) -> tuple[RatchetTree | None, list[int]]:
        """The group's tree after the proposals, and who joins; None where these can not be."""
        tree, joiners = self.public.tree, []
        try:
            tree.member(self.sender)
            for leaf in self.removed:
                tree = tree.with_leaf_removed(leaf)
            for package in packages:
                tree, joiner = tree.with_leaf_added(decode(KeyPackage, package).leaf)
                joiners.append(joiner)
            tree.member(self.sender)
        except MlsError:
            return None, []
        return tree, joiners


def _sealed(_place: int) -> HpkeCiphertext:
    return HpkeCiphertext(secrets.token_bytes(ENC_BYTES), secrets.token_bytes(64 + 16))
