"""The export of a record as JSON lines that a third party can verify (docs/protocol.md §8). verify.py reads it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from portal.member.e2ee.devices import statement_to_json
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.record import RecordKey, open_content
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ring import Base
from portal.wire.device_list import SignedStatement
from portal.wire.envelope import Envelope, ItemKind, next_head
from portal.wire.ids import AccountId, RoomId, b64

BUNDLE_KIND: Final = "portal record bundle"
BUNDLE_LABEL: Final = b"portal record bundle v1\0"


@dataclass(frozen=True, slots=True)
class BundleItem:
    """One item of the record as this device has it; ``at_ms`` is the server's clock, which nobody signs."""

    number: int
    at_ms: int
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class LoggedRoot:
    """That the head of item ``number`` stands in the ledger with the key ``vkey``.

    ``nonce`` (32 bytes) and ``tag`` (16 bytes) open the entry; ``proof`` is a c2sp.org/tlog-proof text.
    """

    number: int
    nonce: bytes
    tag: bytes
    vkey: str
    proof: str


@dataclass(frozen=True, slots=True)
class BundleInput:
    """What goes into a bundle.

    ``base`` is the place before the first item; ``lists`` the whole device lists of all who wrote, and the exporter's;
    ``keys`` those of the epochs that the exporter can read. Who has the bundle can read these epochs whole.
    """

    room: RoomId
    base: Base
    exported_s: int
    exporter: DeviceIdentity
    lists: Mapping[AccountId, Sequence[SignedStatement]]
    keys: Sequence[RecordKey]
    items: Iterable[BundleItem]
    roots: Sequence[LoggedRoot] = ()
    """Of items in this bundle, or of the base."""


def write_bundle(bundle: BundleInput) -> Iterator[str]:
    """Yield the bundle's lines, each with its line feed; the last one is signed over the SHA-256 of all before it."""
    digest = hashlib.sha256()
    number, head = bundle.base.number, bundle.base.head
    for line in _opening_lines(bundle):
        digest.update(line.encode())
        yield line
    keys = {key.epoch: key for key in bundle.keys}
    for item in bundle.items:
        if item.number != number + 1:
            msg = f"item {item.number} does not follow {number}"
            raise ValueError(msg)
        number, head = item.number, next_head(head, item.number, item.envelope.item_hash)
        line = _line(_item_fields(item, keys.get(item.envelope.epoch)))
        digest.update(line.encode())
        yield line
    for root in bundle.roots:
        line = _line(_root_fields(root))
        digest.update(line.encode())
        yield line
    signature = bundle.exporter.key.sign(bundle_signed_bytes(digest.digest(), number, head))
    yield _line({"end": number, "head": b64(head), "sig": b64(signature)})


def bundle_signed_bytes(lines_sha256: bytes, number: int, head: bytes) -> bytes:
    """Return what the exporter signs: the hash of all lines before (32 bytes), the last number and its head."""
    return BUNDLE_LABEL + lines_sha256 + f"{number}\0".encode() + head


def content_of(envelope: Envelope, key: RecordKey | None) -> str | None:
    """Return the plaintext as text, or None for what is no content or does not open: the verifier finds the same."""
    if envelope.kind is not ItemKind.CONTENT or key is None:
        return None
    try:
        return open_content(key, envelope).decode("utf-8")
    except (Refusal, UnicodeDecodeError):
        return None


def _opening_lines(bundle: BundleInput) -> Iterator[str]:
    yield _line(
        {
            "bundle": BUNDLE_KIND,
            "v": 1,
            "room": bundle.room,
            "base": {"number": bundle.base.number, "head": b64(bundle.base.head)},
            "exported_s": bundle.exported_s,
            "exporter": {"account": bundle.exporter.account, "device": bundle.exporter.device},
        }
    )
    for account, statements in bundle.lists.items():
        yield _line({"account": account, "statements": list(map(statement_to_json, statements))})
    for key in bundle.keys:
        yield _line({"epoch": key.epoch, "bucket": key.bucket, "key": b64(key.value)})


def _item_fields(item: BundleItem, key: RecordKey | None) -> dict[str, Any]:
    raw = b64(item.envelope.encode())
    content = content_of(item.envelope, key)
    return {"number": item.number, "at_ms": item.at_ms, "envelope": raw, "content": content}


def _root_fields(root: LoggedRoot) -> dict[str, Any]:
    opening = {"nonce": b64(root.nonce), "tag": b64(root.tag)}
    return {"root": root.number, **opening, "vkey": root.vkey, "proof": root.proof}


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n"
