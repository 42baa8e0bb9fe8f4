"""Verifying an exported record (docs/protocol.md §8) without any server and without being a member.

| code     | what is wrong                                                                    |
|----------|----------------------------------------------------------------------------------|
| line     | a line that is not one of a bundle's, or stands where it may not                 |
| end      | the last line is missing, names another end, or is not signed by the exporter    |
| list     | an account's device list breaks a rule, or an account or device is on two lists  |
| envelope | not an item of this room                                                         |
| number   | a number is missing or comes twice                                               |
| forged   | not signed by the device that it names, or that device is on no list             |
| outsider | its device was not in the room at this place (told only for whole records)       |
| sequence | a device's own count has a gap or a repeat                                       |
| history  | the sender had seen another history than this one                                |
| content  | the ciphertext does not open to the text that is written beside it               |
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from portal.member.e2ee.bundle import BUNDLE_KIND, LoggedRoot, bundle_signed_bytes, content_of
from portal.member.e2ee.devices import statement_from_json, verify_device_list
from portal.member.e2ee.identity import Credential
from portal.member.e2ee.inspect import inspect_commit
from portal.member.e2ee.membership import Membership, after_commit
from portal.member.e2ee.record import RecordKey, is_signed
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ring import Base
from portal.member.e2ee.signing import SIGNATURE_BYTES, verify
from portal.wire.canonical import MAX_SAFE_INTEGER
from portal.wire.device_list import ListedDevice
from portal.wire.envelope import HASH_BYTES, Envelope, ItemKind, decode_envelope, first_head, next_head
from portal.wire.ids import AccountId, DeviceId, RoomId, b64, is_id, unb64
from portal.wire.ledger.entries import NONCE_BYTES, TAG_BYTES

ProblemCode: TypeAlias = Literal[
    "line", "end", "list", "envelope", "number", "forged", "outsider", "sequence", "history", "content"
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold; ``number`` is the item that it is about, None if it is about the whole."""

    code: ProblemCode
    number: int | None


@dataclass(frozen=True, slots=True)
class VerifiedItem:
    """An item as found: ``account`` is None if no list has its device, ``content`` is None if it did not open."""

    number: int
    at_ms: int
    kind: ItemKind
    account: AccountId | None
    device: DeviceId
    content: str | None


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What verification found.

    Only with no problems is every item by whom it says, in this order, with nothing left out.
    ``first`` and ``last`` are item numbers; ``head`` is the last item's, the same for all who have the same record;
    ``whole`` tells whether the record is there from its founding, so that membership could be checked.
    """

    problems: tuple[Problem, ...]
    room: RoomId | None
    exporter: tuple[AccountId, DeviceId] | None
    first: int
    last: int
    head: bytes | None
    whole: bool
    items: tuple[VerifiedItem, ...]
    roots: tuple[tuple[LoggedRoot, bytes], ...] = ()
    """What the bundle says to stand in the ledger, each with the head (32 bytes) found here. Proofs: portal verify."""

    @property
    def sound(self) -> bool:
        """Whether there is no problem."""
        return not self.problems


def verify_bundle(lines: Iterable[str]) -> BundleReport:
    """Verify a bundle, line by line; never raises for what the bundle says."""
    reading = _Reading()
    for line in lines:
        reading.read(line if line.endswith("\n") else f"{line}\n")
    return reading.report()


@dataclass(frozen=True, slots=True)
class _Owner:
    account: AccountId
    listed: ListedDevice


_INTEGER: Final = "integer"
_SHAPES: Final[tuple[dict[str, tuple[str, ...]], ...]] = (
    {
        "bundle": ("str",),
        "v": (_INTEGER,),
        "room": ("str",),
        "base": ("dict",),
        "exported_s": (_INTEGER,),
        "exporter": ("dict",),
    },
    {"account": ("str",), "statements": ("list",)},
    {"epoch": (_INTEGER,), "bucket": (_INTEGER,), "key": ("str",)},
    {"number": (_INTEGER,), "at_ms": (_INTEGER,), "envelope": ("str",), "content": ("str", "NoneType")},
    {"root": (_INTEGER,), "nonce": ("str",), "tag": ("str",), "vkey": ("str",), "proof": ("str",)},
    {"end": (_INTEGER,), "head": ("str",), "sig": ("str",)},
)


class _Reading:
    """The state of one verification, line by line."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._problems: list[Problem] = []
        self._items: list[VerifiedItem] = []
        self._owners: dict[DeviceId, _Owner] = {}
        self._listed: set[AccountId] = set()
        self._keys: dict[int, RecordKey] = {}
        self._sequences: dict[DeviceId, int] = {}
        self._heads: dict[int, bytes] = {}
        self._membership: Membership | None = None
        """From the founding on; None for a record that begins later."""
        self._room: RoomId | None = None
        self._base_number = 0
        self._exporter: tuple[AccountId, DeviceId] | None = None
        self._roots: list[tuple[LoggedRoot, bytes]] = []
        self._number = 0
        self._ended = False

    def read(self, line: str) -> None:
        fields = None if self._ended else _parse(line)
        if fields is None:
            self._note("line")
        elif "end" in fields:
            self._end(fields)
        else:
            self._hash.update(line.encode("utf-8", "surrogatepass"))
            self._take(fields)

    def _take(self, fields: dict[str, Any]) -> None:
        if "bundle" in fields:
            self._begin(fields)
        elif self._room is None:
            self._note("line")
        elif "statements" in fields:
            self._list(fields)
        elif "key" in fields:
            self._key(fields, self._room)
        elif "root" in fields:
            self._root(fields)
        else:
            self._item(fields, self._room)

    def report(self) -> BundleReport:
        if not self._ended:
            self._note("end")
        return BundleReport(
            problems=tuple(self._problems),
            room=self._room,
            exporter=self._exporter,
            first=self._base_number + 1,
            last=self._number,
            head=self._heads.get(self._number),
            whole=self._membership is not None,
            items=tuple(self._items),
            roots=tuple(self._roots),
        )

    def _note(self, code: ProblemCode, number: int | None = None) -> None:
        self._problems.append(Problem(code, number))

    def _begin(self, fields: dict[str, Any]) -> None:
        base, exporter = fields["base"], fields["exporter"]
        number, head = base.get("number"), _bytes(base.get("head"), HASH_BYTES)
        known = fields["bundle"] == BUNDLE_KIND and fields["v"] == 1 and is_id(fields["room"])
        if self._room is not None or not known or head is None or _kind(number) != _INTEGER:
            return self._note("line")
        self._room = RoomId(fields["room"])
        self._number = self._base_number = number
        self._heads[number] = head
        if is_id(exporter.get("account")) and is_id(exporter.get("device")):
            self._exporter = (exporter["account"], exporter["device"])
        if number == 0 and head == first_head(self._room):
            self._membership = Membership((), {})
        elif number == 0:
            self._note("history", 0)
        return None

    def _list(self, fields: dict[str, Any]) -> None:
        account = AccountId(fields["account"])
        try:
            devices = verify_device_list(account, [statement_from_json(one) for one in fields["statements"]])
        except Refusal:
            return self._note("list")
        # A second list would let devices of somebody else's making pass for the account's.
        if account in self._listed:
            return self._note("list")
        self._listed.add(account)
        for device, listed in devices.devices.items():
            if device in self._owners:
                self._note("list")
            else:
                self._owners[device] = _Owner(account, listed)
        return None

    def _key(self, fields: dict[str, Any], room: RoomId) -> None:
        value, epoch = _bytes(fields["key"], HASH_BYTES), fields["epoch"]
        if value is None or epoch in self._keys:
            return self._note("line")
        self._keys[epoch] = RecordKey(room, epoch, fields["bucket"], value)
        return None

    def _root(self, fields: dict[str, Any]) -> None:
        number, head = fields["root"], self._heads.get(fields["root"])
        nonce, tag = _bytes(fields["nonce"], NONCE_BYTES), _bytes(fields["tag"], TAG_BYTES)
        if head is None or nonce is None or tag is None:
            return self._note("line", number)
        self._roots.append((LoggedRoot(number, nonce, tag, fields["vkey"], fields["proof"]), head))
        return None

    def _item(self, fields: dict[str, Any], room: RoomId) -> None:
        number, at_ms = fields["number"], fields["at_ms"]
        envelope = _envelope(fields["envelope"])
        if envelope is None or envelope.room != room:
            return self._note("envelope", number)
        if number != self._number + 1:
            self._note("number", number)
        owner = self._owners.get(envelope.device)
        if owner is None or not is_signed(envelope, owner.listed.key):
            self._note("forged", number)
        self._check_place(envelope, number)
        content = content_of(envelope, self._keys.get(envelope.epoch))
        if content != fields["content"]:
            self._note("content", number)
        account = None if owner is None else owner.account
        self._check_membership(envelope, number, owner)
        self._number = number
        self._items.append(VerifiedItem(number, at_ms, envelope.kind, account, envelope.device, content))
        return None

    def _check_place(self, envelope: Envelope, number: int) -> None:
        """The device's own count, and that it saw this history; then the head that this item makes."""
        unknown = 0 if self._base_number == 0 else envelope.sequence - 1
        if envelope.sequence != self._sequences.get(envelope.device, unknown) + 1:
            self._note("sequence", number)
        self._sequences[envelope.device] = envelope.sequence
        seen = self._heads.get(envelope.seen_number)
        outside = seen is None and envelope.seen_number >= min(number, self._base_number)
        if outside or (seen is not None and seen != envelope.seen_head):
            self._note("history", number)
        head = self._heads.get(self._number)
        if head is not None:
            self._heads[number] = next_head(head, number, envelope.item_hash)

    def _check_membership(self, envelope: Envelope, number: int, owner: _Owner | None) -> None:
        """Who is in the room: the founder, and whom commits add and remove, at the leaves where RFC 9420 puts them."""
        inside = self._membership
        if inside is None:
            return
        if number == 1 and envelope.kind is ItemKind.FOUNDING and owner is not None:
            founder = Credential(owner.account, envelope.device, owner.listed.kind)
            inside = self._membership = Membership((founder,), {owner.account: None})
        # A device set up from the recovery key writes before anybody has let it in; its account is in the room, though.
        recovered = envelope.kind is ItemKind.CONTENT and owner is not None and owner.account in inside.accounts
        if inside.seat_of(envelope.device) is None and not recovered:
            self._note("outsider", number)
        if envelope.kind is not ItemKind.COMMIT:
            return
        try:
            base = Base(envelope.seen_number, envelope.seen_head)
            self._membership = after_commit(inside, inspect_commit(envelope), base).membership
        except Refusal:
            self._note("envelope", number)

    def _end(self, fields: dict[str, Any]) -> None:
        self._ended = True
        head = self._heads.get(self._number)
        account, device = self._exporter or (None, None)
        owner = None if device is None else self._owners.get(device)
        if head is None or owner is None or owner.account != account:
            return self._note("end")
        signature = _bytes(fields["sig"], SIGNATURE_BYTES) or b""
        signed = bundle_signed_bytes(self._hash.digest(), self._number, head)
        same = fields["end"] == self._number and fields["head"] == b64(head)
        if not same or not verify(owner.listed.key, signed, signature):
            self._note("end")
        return None


def _parse(line: str) -> dict[str, Any] | None:
    """Return a line of one of the six shapes; what is inside of objects and arrays is judged where it is used."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    kinds = {name: _kind(value) for name, value in fields.items()}
    fits = any(
        kinds.keys() == shape.keys() and all(kind in shape[name] for name, kind in kinds.items()) for shape in _SHAPES
    )
    return fields if fits else None


def _kind(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return _INTEGER if 0 <= value <= MAX_SAFE_INTEGER else "other"
    return type(value).__name__


def _bytes(text: object, length_bytes: int) -> bytes | None:
    try:
        return unb64(text, length_bytes) if isinstance(text, str) else None
    except ValueError:
        return None


def _envelope(text: str) -> Envelope | None:
    try:
        return decode_envelope(unb64(text))
    except ValueError:
        return None
