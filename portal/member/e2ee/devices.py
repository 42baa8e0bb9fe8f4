"""Device lists: verifying them with libsodium, and making their statements. The rules are portal.wire.device_list's."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.signing import SigningKey, verify
from portal.wire.canonical import canonical_json
from portal.wire.device_list import (
    LABEL,
    SIGNATURE_BYTES,
    DeviceKind,
    DeviceList,
    DeviceListError,
    ListedDevice,
    SignedStatement,
    found_device_list,
)
from portal.wire.ids import AccountId, DeviceId, b64, unb64

_VERSION: Final = 1


class Directory(Protocol):
    """Where group and record code asks whether a device is its account's."""

    def device(self, account: AccountId, device: DeviceId) -> ListedDevice | None:
        """Return the device as ``account``'s verified list has it, or None."""


def found(account: AccountId, sign: SigningKey, box: bytes, at_s: int) -> SignedStatement:
    """Return the first statement of a new account; ``box`` is its first box key, 1,216 bytes."""
    body: dict[str, str | int] = {"account": account, "at": at_s, "op": "found", "prev": "", "seq": 0, "v": _VERSION}
    body |= {"sign": b64(sign.public), "box": b64(box)}
    return _signed(body, sign)


def add_device(
    devices: DeviceList, sign: SigningKey, at_s: int, added: tuple[DeviceId, bytes, DeviceKind], vault: int
) -> SignedStatement:
    """Return the statement that adds a device (id, key of 32 bytes, kind); ``vault`` is the version opened here."""
    device, key, kind = added
    own: dict[str, str | int] = {"op": "add", "device": device, "key": b64(key), "kind": kind, "vault": vault}
    return _signed(_following(devices, at_s) | own, sign)


def revoke_device(devices: DeviceList, sign: SigningKey, at_s: int, device: DeviceId, box: bytes) -> SignedStatement:
    """Return the statement that revokes a device and brings the account's next box key (1,216 bytes)."""
    own: dict[str, str | int] = {"op": "revoke", "device": device, "box": b64(box)}
    return _signed(_following(devices, at_s) | own, sign)


def verify_device_list(
    account: AccountId, statements: Sequence[SignedStatement], known: DeviceList | None = None
) -> DeviceList:
    """Verify a whole chain from its founding.

    ``known`` is the same account's list as it was seen before, under the same sign key.

    Raises:
        Refusal: device_list.malformed for any broken rule; device_list.forked if there is another statement at
            ``known``'s end; device_list.rolled_back if the chain ends before it.
    """
    devices: DeviceList | None = None
    try:
        for signed in statements:
            devices = found_device_list(signed, verify) if devices is None else devices.append(signed, verify)
            if known is not None and devices.seq == known.seq and devices.head != known.head:
                raise Refusal("device_list.forked", account=account, seq=devices.seq)
    except DeviceListError as error:
        raise Refusal("device_list.malformed", account=account, reason=str(error)) from error
    if devices is None or devices.account != account:
        raise Refusal("device_list.malformed", account=account)
    if known is not None and devices.seq < known.seq:
        raise Refusal("device_list.rolled_back", account=account, seq=devices.seq, known=known.seq)
    return devices


def statement_to_json(statement: SignedStatement) -> dict[str, str]:
    """Return a statement as it travels."""
    return {"body": b64(statement.body), "sig": b64(statement.signature)}


def statement_from_json(json: Any) -> SignedStatement:
    """Read a statement as it travels; Refusal device_list.malformed."""
    try:
        return SignedStatement(unb64(json["body"]), unb64(json["sig"], SIGNATURE_BYTES))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal("device_list.malformed") from error


def _following(devices: DeviceList, at_s: int) -> dict[str, str | int]:
    return {
        "account": devices.account,
        "at": at_s,
        "prev": b64(devices.head),
        "seq": devices.seq + 1,
        "v": _VERSION,
    }


def _signed(fields: dict[str, str | int], key: SigningKey) -> SignedStatement:
    body = canonical_json(fields)
    return SignedStatement(body, key.sign(LABEL + body))
