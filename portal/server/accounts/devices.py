"""Devices of an account: letting one in, revoking one, showing them."""

from typing import Final

import sqlalchemy as sa

from portal.server.accounts import device_lists, schemas, sessions
from portal.server.accounts.feature import Accounts
from portal.server.accounts.models import Device, DeviceStatement
from portal.server.accounts.policy import own_account
from portal.server.accounts.vaults import present_version, write_vault
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.wire.device_list import Add, DeviceList, Revoke, SignedStatement
from portal.wire.errors import PeerError
from portal.wire.ids import AccountId, DeviceId, Id

REVOKED_OFF_MAX_S: Final = 3900
"""How far a revocation's date may be from now: clients correct a clock that is off by an hour.

They take what a device wrote more than two hours after its revocation for forged; dated long ago, it would spoil all.
"""


def add_device(unit: Unit, accounts: Accounts, actor: Actor, text: schemas.StatementText) -> DeviceId:
    """Append a statement that adds a device, and bind the actor's session to it.

    The statement by which a present device was added may come again: a browser that signs in anew keeps its device.

    Raises:
        UserError: device.list_moved, if the list grew meanwhile.
        PeerError: device.refused, with the broken rule.
    """
    signed = device_lists.signed_statement(text)
    add = device_lists.parsed(signed).what
    if not isinstance(add, Add):
        raise PeerError("device.refused", reason="the statement adds no device")
    own_account(unit, actor, lock=True)
    if not _is_kept(unit, actor, signed):
        _require_known_vault(unit, actor.account, add)
        devices = device_lists.append(device_lists.device_list(unit, actor.account), signed)
        device_lists.keep(unit, devices, signed)
        accounts.standing_changed(unit, actor.account)
    _bind(unit, actor, add.device)
    return add.device


def revoke_device(unit: Unit, accounts: Accounts, actor: Actor, request: schemas.DeviceRevoke) -> None:
    """Append a statement that revokes a device, keep the vault with the new box key, end the device's sessions.

    Raises:
        UserError: device.list_moved, vault.version.
        PeerError: device.refused, vault.refused.
    """
    signed = device_lists.signed_statement(request.statement)
    statement = device_lists.parsed(signed)
    revoke = statement.what
    if not isinstance(revoke, Revoke):
        raise PeerError("device.refused", reason="the statement revokes no device")
    if abs(statement.at_s - unit.now_s) > REVOKED_OFF_MAX_S:
        raise PeerError("device.refused", reason="the revocation is not dated now")
    account = own_account(unit, actor, lock=True)
    devices = device_lists.append(device_lists.device_list(unit, actor.account), signed)
    device_lists.keep(unit, devices, signed)
    write_vault(unit, account, request.vault)
    unit.session.get_one(Device, revoke.device).revoked_s = unit.now_s
    sessions.end_sessions_of_device(unit, revoke.device)
    accounts.standing_changed(unit, actor.account)


def own_devices(unit: Unit, actor: Actor) -> list[schemas.DeviceView]:
    """Return the actor's devices in the order in which they came, revoked ones too."""
    rows = unit.session.scalars(
        sa.select(Device).where(Device.account_id == actor.account).order_by(Device.created_s, Device.id)
    )
    return [
        schemas.DeviceView(
            device=row.id,
            kind=row.kind,
            created_s=row.created_s,
            last_seen_day=row.last_seen_day,
            current=row.id == actor.device,
            revoked=row.revoked_s is not None,
        )
        for row in rows
    ]


def enrol_first_device(unit: Unit, devices: DeviceList, founding: SignedStatement, adding: SignedStatement) -> DeviceId:
    """Keep the two statements of a new account whose row and vault exist: its founding and its first device.

    Raises:
        PeerError: device.refused.
    """
    add = device_lists.parsed(adding).what
    if not isinstance(add, Add):
        raise PeerError("device.refused", reason="the second statement adds the first device")
    _require_known_vault(unit, devices.account, add)
    with_device = device_lists.append(devices, adding)
    device_lists.keep(unit, devices, founding)
    device_lists.keep(unit, with_device, adding)
    return add.device


def _require_known_vault(unit: Unit, account: AccountId, add: Add) -> None:
    """A device that claims a vault newer than the server's would make every honest later device look rolled back."""
    version = present_version(unit, account)
    if add.vault > version:
        raise PeerError("device.refused", reason=f"the newest vault is {version}")


def _is_kept(unit: Unit, actor: Actor, signed: SignedStatement) -> bool:
    """Tell whether exactly this statement is in the list and the device that it added is not revoked."""
    statement = device_lists.parsed(signed)
    row = unit.session.get(DeviceStatement, (actor.account, statement.seq))
    if row is None or (row.body, row.signature) != (signed.body, signed.signature):
        return False
    if not isinstance(statement.what, Add):
        return False
    device = unit.session.get_one(Device, statement.what.device)
    if device.revoked_s is not None:
        raise PeerError("device.refused", reason="this device was revoked")
    return True


def _bind(unit: Unit, actor: Actor, device: DeviceId) -> None:
    if actor.device is not None and actor.device != device:
        # Its sockets act for the device that this session had before.
        unit.outbox.close_device(DeviceId(Id(actor.device)))
    sessions.bind_device(unit, actor, device)
