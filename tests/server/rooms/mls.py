"""MLS messages for tests, right in shape and signature wherever the server can look; the rest is random bytes."""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from nacl.signing import SigningKey

from portal.server.rooms.commit_check import COMMIT_LABEL
from portal.server.rooms.mls_format import sign_content, vector
from portal.wire.canonical import canonical_json

DAY_S = 86_400
BOX_BYTES = 1216


def u16(number: int) -> bytes:
    """Two bytes."""
    return number.to_bytes(2, "big")


def u32(number: int) -> bytes:
    """Four bytes."""
    return number.to_bytes(4, "big")


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
    tail: bytes = b""

    def message(self) -> bytes:
        """The MLSMessage that holds it."""
        return u16(1) + u16(self.wire_format) + self.encode() + self.tail

    def encode(self) -> bytes:
        """The key package alone."""
        signer = self.by or self.key
        init = secrets.token_bytes(self.box_bytes)
        begins_s = int(time.time()) + self.from_s
        ends_s = begins_s + int(self.days * DAY_S)
        leaf = leaf_head(self, init if self.same_keys else None)
        leaf += b"\1" + begins_s.to_bytes(8, "big") + ends_s.to_bytes(8, "big") + vector(b"")
        leaf += vector(signer.sign(sign_content(b"LeafNodeTBS", leaf)).signature)
        content = u16(1) + u16(self.suite) + vector(init) + leaf + vector(b"")
        return content + vector(signer.sign(sign_content(b"KeyPackageTBS", content)).signature)


def leaf_head(of: Package, box: bytes | None = None) -> bytes:
    """A leaf node up to its source."""
    identity = canonical_json({"account": of.account, "device": of.device, "kind": of.kind, "v": 1})
    capabilities = (u16(1), u16(83), u16(0xF0A1), b"", u16(1))
    head = vector(box or secrets.token_bytes(BOX_BYTES)) + vector(bytes(of.key.verify_key)) + u16(1) + vector(identity)
    return head + b"".join(map(vector, capabilities))


@dataclass
class Commit:
    """What a public commit is made of, to be spoilt one by one."""

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
        content = vector(self.group) + self.epoch.to_bytes(8, "big") + b"\1" + u32(self.sender) + vector(data)
        content += b"\3" + vector(self._proposals()) + (b"\1" + self._path() if self.path else b"\0")
        tags = vector(secrets.token_bytes(64)) * 3
        return u16(1) + u16(self.wire_format) + content + tags + self.tail

    def _proposals(self) -> bytes:
        removes = b"".join(b"\1" + u16(3) + u32(leaf) for leaf in self.removed)
        adds = b"".join(b"\1" + u16(1) + package.encode() for package in self.added)
        history = b""
        if self.history is not None:
            history = b"\1" + u16(7) + vector(u16(0xF0A1) + vector(self.history.encode()))
        return removes + adds + history + self.more

    def _path(self) -> bytes:
        leaf = leaf_head(self.committer) + b"\3" + vector(secrets.token_bytes(64)) + vector(b"")
        place = vector(self.group) + u32(self.sender)
        signer = self.committer.by or self.committer.key
        leaf += vector(signer.sign(sign_content(b"LeafNodeTBS", leaf + place)).signature)
        return leaf + vector(secrets.token_bytes(300))
