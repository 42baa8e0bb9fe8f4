"""Key packages: what lets a device be added to a group while it is away. Each is handed out once (RFC 9420 §16.8).

A device leaves a stock of them, and one of last resort that is handed out when the stock is empty.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from portal.server.accounts.models import Account, Device
from portal.server.accounts.sessions import device_of
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.rooms.key_package_format import KeyPackageClaims, read_key_package
from portal.server.rooms.mls_format import MalformedMlsError
from portal.server.rooms.models import KeyPackage
from portal.wire.canonical import canonical_json
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import AccountId, DeviceId

DAY_S: Final = 86_400
STOCK_MAX: Final = 100
LIFETIME_DAYS: Final = 90
LAST_RESORT_DAYS: Final = 365
SLACK_DAYS: Final = 2
"""For clocks that differ, and packages dated back a little so that they are good at once."""


@dataclass(frozen=True, slots=True)
class Stock:
    """How many packages of a device are left, and whether there is one of last resort."""

    left: int
    last_resort: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """One package for each device that has any; ``missing`` are the others."""

    packages: dict[DeviceId, bytes]
    missing: list[DeviceId]


def deposit(unit: Unit, actor: Actor, packages: list[bytes], last_resort: bytes | None) -> Stock:
    """Add to the stock of the actor's device; depositing the same bytes again changes nothing.

    Raises:
        UserError: session.device_required; key_package.refused, if the stock is full.
        PeerError: key_package.refused with a ``reason``: malformed, owner, lifetime, or used.
    """
    device = unit.session.get_one(Device, device_of(actor))
    unit.session.execute(
        sa.delete(KeyPackage).where(KeyPackage.device_id == device.id, KeyPackage.not_after_s < unit.now_s)
    )
    if last_resort is not None:
        unit.session.execute(
            sa.delete(KeyPackage).where(
                KeyPackage.device_id == device.id, KeyPackage.last_resort, KeyPackage.package != last_resort
            )
        )
        _add(unit, device, last_resort, last_resort=True)
    for package in packages:
        _add(unit, device, package, last_resort=False)
    unit.session.flush()
    stock = stock_of(unit, actor)
    if stock.left > STOCK_MAX:
        raise UserError("key_package.refused", reason="stock", limit=STOCK_MAX)
    return stock


def stock_of(unit: Unit, actor: Actor) -> Stock:
    """Return what is left of the stock of the actor's device.

    Raises:
        UserError: session.device_required.
    """
    kinds = unit.session.scalars(
        sa.select(KeyPackage.last_resort).where(
            KeyPackage.device_id == device_of(actor),
            KeyPackage.package.is_not(None),
            KeyPackage.not_after_s > unit.now_s,
        )
    ).all()
    return Stock(left=sum(not last for last in kinds), last_resort=any(kinds))


def claim(unit: Unit, devices: list[DeviceId]) -> Claimed:
    """Hand out one package for each of ``devices`` that is unrevoked and of an account that is not suspended."""
    standing = set(
        unit.session.scalars(
            sa.select(Device.id)
            .join(Account, Account.id == Device.account_id)
            .where(Device.id.in_(devices), Device.revoked_s.is_(None), sa.not_(Account.disabled))
        )
    )
    packages: dict[DeviceId, bytes] = {}
    for device in sorted(set(devices) & standing):
        package = _take(unit, device)
        if package is not None:
            packages[device] = package
    return Claimed(packages, [device for device in dict.fromkeys(devices) if device not in packages])


def drop_of_revoked(unit: Unit, account: AccountId) -> None:
    """Delete the packages of ``account``'s revoked devices."""
    revoked = sa.select(Device.id).where(Device.account_id == account, Device.revoked_s.is_not(None))
    unit.session.execute(
        sa.delete(KeyPackage).where(KeyPackage.device_id.in_(revoked)),
        execution_options={"synchronize_session": False},
    )


def _add(unit: Unit, device: Device, package: bytes, *, last_resort: bool) -> None:
    claims = _checked(unit, device, package, LAST_RESORT_DAYS if last_resort else LIFETIME_DAYS)
    digest = hashlib.sha256(package).digest()
    known = unit.session.get(KeyPackage, digest)
    if known is not None:
        if known.package is None or known.last_resort is not last_resort:
            raise PeerError("key_package.refused", reason="used")
        return
    unit.session.add(
        KeyPackage(
            sha256=digest,
            device_id=device.id,
            package=package,
            last_resort=last_resort,
            not_after_s=claims.not_after_s,
            created_ms=unit.now_ms,
        )
    )


def identity_of(device: Device) -> bytes:
    """Return the credential's identity of a device's leaf (docs/protocol.md §1)."""
    return canonical_json({"account": device.account_id, "device": device.id, "kind": device.kind, "v": 1})


def _checked(unit: Unit, device: Device, package: bytes, days: int) -> KeyPackageClaims:
    try:
        claims = read_key_package(package)
    except MalformedMlsError as error:
        raise PeerError("key_package.refused", reason="malformed", problem=str(error)) from None
    if claims.leaf.key != device.key or claims.leaf.identity != identity_of(device):
        raise PeerError("key_package.refused", reason="owner")
    lifetime_s = claims.not_after_s - claims.not_before_s
    good_now = claims.not_before_s <= unit.now_s + DAY_S and claims.not_after_s > unit.now_s
    if not good_now or lifetime_s > (days + SLACK_DAYS) * DAY_S:
        raise PeerError("key_package.refused", reason="lifetime", days=days)
    return claims


def _take(unit: Unit, device: DeviceId) -> bytes | None:
    rows = sa.select(KeyPackage).where(
        KeyPackage.device_id == device, KeyPackage.package.is_not(None), KeyPackage.not_after_s > unit.now_s
    )
    # Two claims at once must not get the same one: what another transaction holds is passed over.
    single = unit.session.scalar(
        rows.where(sa.not_(KeyPackage.last_resort))
        .order_by(KeyPackage.created_ms, KeyPackage.sha256)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if single is not None:
        package, single.package = single.package, None
        return package
    last = unit.session.scalar(rows.where(KeyPackage.last_resort).limit(1))
    return None if last is None else last.package
