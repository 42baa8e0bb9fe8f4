"""Device lists on the server: every appended statement is verified fully before it is kept.

The server can not forge a list (it lacks the sign keys); it verifies so that no broken or forked one reaches anybody.
"""

import sqlalchemy as sa
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from portal.server.accounts import logged
from portal.server.accounts.models import Account, Device, DeviceStatement
from portal.server.accounts.schemas import StatementText
from portal.server.core.actor import Role
from portal.server.core.db import Unit
from portal.wire.device_list import (
    Add,
    DeviceList,
    DeviceListError,
    MovedDeviceListError,
    SignedStatement,
    Statement,
    found_device_list,
    parse_statement,
    read_device_list,
)
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import AccountId, unb64


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether ``signature`` (64 bytes) over ``message`` is by ``public_key`` (32 bytes), RFC 8032."""
    try:
        VerifyKey(public_key).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def signed_statement(text: StatementText) -> SignedStatement:
    """Return the statement that travelled as ``text``."""
    return SignedStatement(unb64(text.body), unb64(text.sig))


def parsed(signed: SignedStatement) -> Statement:
    """Return what ``signed`` says.

    Raises:
        PeerError: device.refused, if it is malformed.
    """
    try:
        return parse_statement(signed.body)
    except DeviceListError as error:
        raise PeerError("device.refused", reason=str(error)) from error


def device_list(unit: Unit, account: AccountId) -> DeviceList:
    """Return the verified state of ``account``'s kept list."""
    rows = unit.session.scalars(
        sa.select(DeviceStatement).where(DeviceStatement.account_id == account).order_by(DeviceStatement.seq)
    )
    return read_device_list((SignedStatement(row.body, row.signature) for row in rows), verify_ed25519)


def found(account: AccountId, founding: SignedStatement) -> DeviceList:
    """Check the first statement of a new list and return its state; ``keep`` stores it once the account exists.

    Raises:
        PeerError: device.refused, if a rule is broken or it is for another account.
    """
    try:
        devices = found_device_list(founding, verify_ed25519)
    except DeviceListError as error:
        raise PeerError("device.refused", reason=str(error)) from error
    if devices.account != account:
        raise PeerError("device.refused", reason="the statement is for another account")
    return devices


def append(devices: DeviceList, signed: SignedStatement) -> DeviceList:
    """Return ``devices`` with a verified statement at the end.

    Raises:
        UserError: device.list_moved, if it was made before the newest statement.
        PeerError: device.refused, for any other broken rule.
    """
    try:
        return devices.append(signed, verify_ed25519)
    except MovedDeviceListError as error:
        raise UserError("device.list_moved", seq=devices.seq) from error
    except DeviceListError as error:
        raise PeerError("device.refused", reason=str(error)) from error


def keep(unit: Unit, devices: DeviceList, signed: SignedStatement) -> None:
    """Store ``signed``, the statement that led to the state ``devices``, and what it changes in the account's rows.

    Raises:
        PeerError: device.refused, if the device's id or key belongs to another account, or if it is of another kind
            than the account: interpreters have interpreters' devices only, and nobody else has one.
    """
    unit.session.add(
        DeviceStatement(
            account_id=devices.account,
            seq=devices.seq,
            body=signed.body,
            signature=signed.signature,
        )
    )
    logged.statement_appended(unit, devices.account, devices.seq, signed)
    account = unit.session.get_one(Account, devices.account)
    account.box_key = devices.box
    what = parsed(signed).what
    if isinstance(what, Add):
        if (what.kind == "interpreter") != (Role.INTERPRETER in account.roles):
            raise PeerError("device.refused", reason="an interpreter's devices are of that kind, and no others")
        _keep_device(unit, devices.account, what)
    unit.session.flush()


def _keep_device(unit: Unit, account: AccountId, add: Add) -> None:
    row = Device(id=add.device, account_id=account, key=add.key, kind=add.kind, created_s=unit.now_s)
    try:
        with unit.session.begin_nested():
            unit.session.add(row)
    except sa.exc.IntegrityError as error:
        raise PeerError("device.refused", reason="this device id or key was used before") from error
