"""The device list of an account: a chain of signed statements (docs/protocol.md §1).

Rules, all checked by ``DeviceList.append``; who checks signatures passes a function in, so that this module stays free
of cryptographic libraries:

| statement | in its place | rules |
|---|---|---|
| found | seq 0 only | ``prev`` is empty |
| add | seq ≥ 1 | the device id and key were never used in this list, nor is it the sign key; ``vault`` never falls |
| revoke | seq ≥ 1 | the device is listed and unrevoked; the box key was never used in this list |
| all | | canonical JSON; this account; ``seq`` without gaps; ``prev`` = hash of the one before; signed by ``sign`` |
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from portal.wire.box_key import BOX_KEY_BYTES, is_box_key
from portal.wire.canonical import MAX_SAFE_INTEGER, parse_canonical
from portal.wire.ids import AccountId, DeviceId, Id, is_id, unb64
from portal.wire.signature_key import SIGNATURE_KEY_BYTES, is_signature_key

LABEL: Final = b"portal device list v1\0"
VERSION: Final = 1
SIGN_KEY_BYTES: Final = SIGNATURE_KEY_BYTES
DEVICE_KEY_BYTES: Final = SIGNATURE_KEY_BYTES
SIGNATURE_BYTES: Final = 64
HASH_BYTES: Final = 32
BODY_MAX_BYTES: Final = 4096

DeviceKind = Literal["browser", "interpreter", "archive"]
VerifySignature: TypeAlias = Callable[[bytes, bytes, bytes], bool]
"""(public key 32 bytes, message, signature 64 bytes) → whether Ed25519 accepts."""


class DeviceListError(ValueError):
    """A statement that breaks a rule of the list; the message says which."""


class MovedDeviceListError(DeviceListError):
    """A statement made for an earlier state of the list: its maker has not seen the newest statements."""


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement as it travels: canonical body, 64-byte signature."""

    body: bytes
    signature: bytes

    @property
    def signed_bytes(self) -> bytes:
        """What the sign key signs, and whose SHA-256 is the next statement's ``prev``."""
        return LABEL + self.body

    @property
    def sha256(self) -> bytes:
        """The hash that the next statement names, 32 bytes."""
        return hashlib.sha256(self.signed_bytes).digest()


@dataclass(frozen=True, slots=True)
class Found:
    """The first statement: the account's sign key (32 bytes) and first box key (1,216 bytes)."""

    sign: bytes
    box: bytes


@dataclass(frozen=True, slots=True)
class Add:
    """A new device and its key (32 bytes); ``vault`` is the version of the vault that its maker had opened."""

    device: DeviceId
    key: bytes
    kind: DeviceKind
    vault: int


@dataclass(frozen=True, slots=True)
class Revoke:
    """A device's end, and the box key (1,216 bytes) that counts from now on."""

    device: DeviceId
    box: bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """What a body says. ``at_s`` is its maker's clock; ``prev`` 32 bytes, or empty in the first statement."""

    account: AccountId
    at_s: int
    seq: int
    prev: bytes
    what: Found | Add | Revoke


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device of the list; a revoked one stays listed for ever."""

    key: bytes
    kind: DeviceKind
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class DeviceList:
    """The state after a verified chain: immutable, ``append`` returns the next one.

    ``sign`` is the account's key, ``boxes`` all its box keys, oldest first, ``head`` the newest statement's hash.
    """

    account: AccountId
    sign: bytes
    boxes: tuple[bytes, ...]
    devices: Mapping[DeviceId, ListedDevice]
    vault: int
    seq: int
    head: bytes

    @property
    def box(self) -> bytes:
        """The box key that counts now, 1,216 bytes."""
        return self.boxes[-1]

    def append(self, signed: SignedStatement, verify: VerifySignature) -> "DeviceList":
        """Return the list with ``signed`` at its end.

        Raises:
            MovedDeviceListError: the statement is for an earlier place of the chain.
            DeviceListError: any other broken rule.
        """
        statement = parse_statement(signed.body)
        _require(statement.account == self.account, "the statement is for another account")
        if statement.seq <= self.seq:
            msg = f"statement {statement.seq} is already there; the next is {self.seq + 1}"
            raise MovedDeviceListError(msg)
        _require(statement.seq == self.seq + 1, f"statement {statement.seq} does not follow {self.seq}")
        _require(statement.prev == self.head, "the statement names another predecessor")
        _require(verify(self.sign, signed.signed_bytes, signed.signature), "the signature is not the account's")
        after = self._with(statement.what)
        return replace(after, seq=statement.seq, head=signed.sha256)

    def _with(self, what: Found | Add | Revoke) -> "DeviceList":
        match what:
            case Found():
                msg = "a list is founded once"
                raise DeviceListError(msg)
            case Add():
                return self._with_device(what)
            case Revoke():
                return self._without_device(what)

    def _with_device(self, add: Add) -> "DeviceList":
        _require(add.device not in self.devices, "this device id was used before")
        used_keys = {self.sign, *(device.key for device in self.devices.values())}
        _require(add.key not in used_keys, "this key was used before")
        _require(add.vault >= self.vault, "a later device can not know an older vault")
        devices = {**self.devices, add.device: ListedDevice(add.key, add.kind)}
        return replace(self, devices=MappingProxyType(devices), vault=add.vault)

    def _without_device(self, revoke: Revoke) -> "DeviceList":
        listed = self.devices.get(revoke.device)
        if listed is None or listed.revoked:
            msg = "there is no such device to revoke"
            raise DeviceListError(msg)
        _require(revoke.box not in self.boxes, "a revocation needs a box key that was not used before")
        devices = {**self.devices, revoke.device: replace(listed, revoked=True)}
        return replace(self, devices=MappingProxyType(devices), boxes=(*self.boxes, revoke.box))


def found_device_list(signed: SignedStatement, verify: VerifySignature) -> DeviceList:
    """Return the list that ``signed``, its first statement, founds; it must be signed by the key that it names."""
    statement = parse_statement(signed.body)
    what = statement.what
    if not isinstance(what, Found):
        msg = "a list begins with its founding"
        raise DeviceListError(msg)
    _require(verify(what.sign, signed.signed_bytes, signed.signature), "the signature is not by the key that it names")
    return DeviceList(statement.account, what.sign, (what.box,), MappingProxyType({}), 0, 0, signed.sha256)


def read_device_list(chain: Iterable[SignedStatement], verify: VerifySignature) -> DeviceList:
    """Verify a whole chain from its founding and return its end state; DeviceListError if any rule is broken."""
    statements = iter(chain)
    first = next(statements, None)
    if first is None:
        msg = "a list has at least its founding"
        raise DeviceListError(msg)
    devices = found_device_list(first, verify)
    for signed in statements:
        devices = devices.append(signed, verify)
    return devices


def parse_statement(body: bytes) -> Statement:
    """Read one body: shape, lengths and canonical form; place and signature are ``DeviceList.append``'s to judge."""
    _require(len(body) <= BODY_MAX_BYTES, f"a statement has at most {BODY_MAX_BYTES} bytes")
    try:
        fields = parse_canonical(body)
    except (ValueError, RecursionError) as error:
        raise DeviceListError(str(error)) from error
    if not isinstance(fields, dict):
        msg = "a statement is an object"
        raise DeviceListError(msg)
    return _statement(fields)


def _statement(fields: dict[str, Any]) -> Statement:
    op = fields.get("op")
    parse = _PARSERS.get(op) if isinstance(op, str) else None
    if parse is None:
        msg = "a statement founds, adds or revokes"
        raise DeviceListError(msg)
    what, own_fields = parse(fields)
    _require(fields.keys() == _COMMON_FIELDS | own_fields, "a statement with missing or unknown fields")
    _require(_number(fields, "v") == VERSION, f"a statement of another version than {VERSION}")
    seq = _number(fields, "seq")
    founds = isinstance(what, Found)
    _require(founds == (seq == 0), "statement 0, and only that, founds")
    return Statement(
        account=AccountId(_id(fields, "account")),
        at_s=_number(fields, "at"),
        seq=seq,
        prev=_bytes(fields, "prev", 0 if founds else HASH_BYTES),
        what=what,
    )


def _found(fields: dict[str, Any]) -> tuple[Found, set[str]]:
    return Found(_signature_key(fields, "sign"), _box_key(fields)), {"sign", "box"}


def _add(fields: dict[str, Any]) -> tuple[Add, set[str]]:
    kind = fields.get("kind")
    _require(kind in get_args(DeviceKind), "a device of an unknown kind")
    add = Add(
        device=DeviceId(_id(fields, "device")),
        key=_signature_key(fields, "key"),
        kind=cast("DeviceKind", kind),
        vault=_number(fields, "vault"),
    )
    return add, {"device", "key", "kind", "vault"}


def _revoke(fields: dict[str, Any]) -> tuple[Revoke, set[str]]:
    return Revoke(DeviceId(_id(fields, "device")), _box_key(fields)), {"device", "box"}


_COMMON_FIELDS: Final = frozenset({"account", "at", "op", "prev", "seq", "v"})
_PARSERS: Final[Mapping[str, Callable[[dict[str, Any]], tuple[Found | Add | Revoke, set[str]]]]] = MappingProxyType(
    {"found": _found, "add": _add, "revoke": _revoke}
)


def _id(fields: dict[str, Any], name: str) -> Id:
    value = fields.get(name)
    _require(is_id(value), f"{name} is no id")
    return Id(cast("str", value))


def _bytes(fields: dict[str, Any], name: str, length_bytes: int) -> bytes:
    value = fields.get(name)
    if not isinstance(value, str):
        msg = f"{name} is no text"
        raise DeviceListError(msg)
    try:
        return unb64(value, length_bytes)
    except ValueError as error:
        msg = f"{name}: {error}"
        raise DeviceListError(msg) from error


def _signature_key(fields: dict[str, Any], name: str) -> bytes:
    raw = _bytes(fields, name, SIGNATURE_KEY_BYTES)
    _require(is_signature_key(raw), f"{name} is no key that signatures can be verified with")
    return raw


def _box_key(fields: dict[str, Any]) -> bytes:
    raw = _bytes(fields, "box", BOX_KEY_BYTES)
    _require(is_box_key(raw), "box is no key that can be sealed to")
    return raw


def _number(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SAFE_INTEGER:
        msg = f"{name} is no number"
        raise DeviceListError(msg)
    return value


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion reads best this way
    if not condition:
        raise DeviceListError(otherwise)
