"""An exported draft as its lines say it (docs/protocol.md §10, Exported drafts); what they are worth others judge."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, cast

from portal.member.drafts.stream import SentItem
from portal.member.e2ee.devices import statement_from_json, verify_device_list
from portal.member.e2ee.draft import draft_bundle_signed_bytes
from portal.member.e2ee.record import RecordKey
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ring import Base
from portal.member.e2ee.signing import SIGNATURE_BYTES, verify
from portal.member.people import Owner
from portal.wire.canonical import MAX_SAFE_INTEGER
from portal.wire.drafts.acts import SILENCE_MIN_MS
from portal.wire.drafts.streams import Stream, parse_stream_name
from portal.wire.ids import AccountId, DeviceId, DraftId, RoomId, is_id, unb64

BUNDLE_KIND: Final = "portal draft bundle"
HASH_BYTES: Final = 32
Grade: TypeAlias = Literal["audit", "public"]
Fields: TypeAlias = dict[str, Any]


class NoBundleError(ValueError):
    """The file is no exported draft."""


@dataclass
class StreamPart:
    """One stream of a bundle: where it begins, its items, and the revisions that are kept from before."""

    stream: Stream
    base: Base
    items: list[SentItem] = field(default_factory=list)
    revisions: list[SentItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TextPart:
    """The authentic text in one language; ``leaves`` are JSON objects, each of which is a leaf of the root."""

    lang: str
    title: str
    leaves: list[Fields]


@dataclass(frozen=True, slots=True)
class SignaturePart:
    """A detached signature: ``kind`` "sign" or "initial"."""

    kind: str
    statement: str
    sig: bytes


@dataclass
class DraftBundle:
    """What a bundle says. ``damaged``: lines that are none; ``wrong_lists``: accounts whose lists are none."""

    grade: Grade
    room: RoomId
    draft: DraftId
    exporter: tuple[AccountId, DeviceId]
    silence_min_ms: int
    owners: dict[DeviceId, Owner] = field(default_factory=dict)
    delegations: dict[AccountId, str] = field(default_factory=dict)
    keys: dict[int, RecordKey] = field(default_factory=dict)
    ledger: str | None = None
    streams: list[StreamPart] = field(default_factory=list)
    texts: list[TextPart] = field(default_factory=list)
    signatures: list[SignaturePart] = field(default_factory=list)
    logged: list[Fields] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    wrong_lists: list[str] = field(default_factory=list)
    is_signed: bool = False
    """Whether it ends as its exporter has signed it."""


def read_bundle(raw: bytes) -> DraftBundle:
    """Read the bytes of a file; NoBundleError if it does not begin as a bundle."""
    lines = raw.split(b"\n")
    bundle = _begun(_object(lines[0]))
    reading: Mapping[str, Callable[[DraftBundle, Fields], None]] = {
        "statements": _list,
        "key": _key,
        "ledger": _ledger,
        "stream": _stream,
        "envelope": _item,
        "leaves": _text,
        "signature": _signature,
        "logged": _logged,
    }
    for number, line in enumerate(lines[1:-2], 2):
        fields = _object(line)
        read = next((take for name, take in reading.items() if name in fields), _unknown)
        try:
            read(bundle, fields)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            bundle.damaged.append(number)
    bundle.is_signed = len(lines) > 2 and lines[-1] == b"" and _is_end(bundle, lines)
    return bundle


def _begun(fields: Fields) -> DraftBundle:
    exporter = fields.get("exporter")
    known = fields.get("bundle") == BUNDLE_KIND and fields.get("v") == 1 and fields.get("grade") in {"audit", "public"}
    named = isinstance(exporter, dict) and is_id(exporter.get("account")) and is_id(exporter.get("device"))
    if not known or not named or not is_id(fields.get("room")) or not is_id(fields.get("draft")):
        raise NoBundleError
    silence_min_ms = fields.get("silence_min_ms", SILENCE_MIN_MS)
    if not _is_count(silence_min_ms):
        raise NoBundleError
    who = AccountId(cast("Fields", exporter)["account"]), DeviceId(cast("Fields", exporter)["device"])
    return DraftBundle(
        cast("Grade", fields["grade"]), RoomId(fields["room"]), DraftId(fields["draft"]), who, silence_min_ms
    )


def _list(bundle: DraftBundle, fields: Fields) -> None:
    account, delegation = AccountId(fields["account"]), fields["delegation"]
    _require(is_id(account) and (delegation == "" or is_id(delegation)))
    try:
        statements = [statement_from_json(one) for one in fields["statements"]]
        devices = verify_device_list(account, statements).devices
    except Refusal:
        bundle.wrong_lists.append(account)
        return
    # A second list would let devices of somebody else's making pass for the account's.
    if account in bundle.delegations or bundle.owners.keys() & devices.keys():
        bundle.wrong_lists.append(account)
        return
    bundle.delegations[account] = delegation
    bodies = [json.loads(statement.body) for statement in statements]
    revoked = {body["device"]: body["at"] for body in bodies if body["op"] == "revoke"}
    for device, listed in devices.items():
        bundle.owners[device] = Owner(account, listed, revoked.get(device), accepted=True)


def _key(bundle: DraftBundle, fields: Fields) -> None:
    epoch, bucket = fields["epoch"], fields["bucket"]
    _require(_is_count(epoch) and _is_count(bucket) and epoch not in bundle.keys)
    bundle.keys[epoch] = RecordKey(bundle.room, epoch, bucket, unb64(fields["key"], HASH_BYTES))


def _ledger(bundle: DraftBundle, fields: Fields) -> None:
    _require(bundle.ledger is None and isinstance(fields["ledger"], str))
    bundle.ledger = fields["ledger"]


def _stream(bundle: DraftBundle, fields: Fields) -> None:
    stream, number = parse_stream_name(fields["stream"]), fields["base"]["number"]
    _require(_is_count(number) and all(part.stream != stream for part in bundle.streams))
    if stream is None:
        raise ValueError(fields["stream"])
    bundle.streams.append(StreamPart(stream, Base(number, unb64(fields["base"]["head"], HASH_BYTES))))


def _item(bundle: DraftBundle, fields: Fields) -> None:
    part, retained = bundle.streams[-1], "revision" in fields
    number, at_ms = fields["revision" if retained else "number"], fields["at_ms"]
    receipt = None if retained else fields["receipt"]
    _require(_is_count(number) and _is_count(at_ms) and isinstance(receipt, str | None))
    item = SentItem(number, at_ms, unb64(fields["envelope"]), receipt)
    (part.revisions if retained else part.items).append(item)


def _text(bundle: DraftBundle, fields: Fields) -> None:
    lang, title, leaves = fields["text"], fields["title"], fields["leaves"]
    _require(isinstance(lang, str) and isinstance(title, str) and all(isinstance(leaf, dict) for leaf in leaves))
    _require(all(part.lang != lang for part in bundle.texts))
    bundle.texts.append(TextPart(lang, title, leaves))


def _signature(bundle: DraftBundle, fields: Fields) -> None:
    kind, statement = fields["signature"], fields["statement"]
    _require(kind in {"sign", "initial"} and isinstance(statement, str))
    bundle.signatures.append(SignaturePart(kind, statement, unb64(fields["sig"], SIGNATURE_BYTES)))


def _logged(bundle: DraftBundle, fields: Fields) -> None:
    bundle.logged.append(fields)


def _unknown(_bundle: DraftBundle, _fields: Fields) -> None:
    raise ValueError


def _is_end(bundle: DraftBundle, lines: list[bytes]) -> bool:
    """Whether the last line is, to the byte, the exporter's signature over all before it."""
    before, fields = b"".join(line + b"\n" for line in lines[:-2]), _object(lines[-2])
    owner = bundle.owners.get(bundle.exporter[1])
    if owner is None or owner.account != bundle.exporter[0] or fields.keys() != {"end", "sig"}:
        return False
    try:
        sig = unb64(fields["sig"], SIGNATURE_BYTES)
    except (ValueError, TypeError, AttributeError):
        return False
    exact = json.dumps(fields, separators=(",", ":")).encode() == lines[-2]
    counted = fields["end"] == len(lines) - 2 and type(fields["end"]) is int
    signed = draft_bundle_signed_bytes(hashlib.sha256(before).digest())
    return exact and counted and verify(owner.listed.key, signed, sig)


def _object(line: bytes) -> Fields:
    """Return the object of a line, empty for anything else."""
    try:
        read = json.loads(line.decode())
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_SAFE_INTEGER


def _require(condition: bool) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        raise ValueError
