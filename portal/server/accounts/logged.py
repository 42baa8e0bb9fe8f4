"""What the ledger holds about accounts: keys, every statement of a device list, who answers for interpreters.

| kind | once for each | statement |
|---|---|---|
| account_key | account | its id and sign key |
| device_list | statement of a device list | account, seq, and the list's head after it |
| vouching | interpreter | its account, its owner's, and the hash of what the owner signed |
"""

import hashlib
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from portal.server.accounts.models import Account, DeviceStatement, Interpreter
from portal.server.core.db import Unit
from portal.server.ledger import service
from portal.server.ledger.models import LedgerOpening
from portal.wire.device_list import SignedStatement
from portal.wire.ids import b64
from portal.wire.ledger.entries import Kind, device_list_tag
from portal.wire.vouching import vouching_signed_bytes


def account_made(unit: Unit, row: Account) -> None:
    """Record the key of a new account."""
    statement = {"account": row.id, "key": b64(row.sign_key)}
    service.record_opened(unit, Kind.ACCOUNT_KEY, statement, subject=row.id)


def statement_appended(unit: Unit, account: str, seq: int, signed: SignedStatement) -> None:
    """Record the head of a device list after its statement ``seq``."""
    statement = {"account": account, "version": seq, "list": b64(signed.sha256)}
    tag = device_list_tag(account)
    service.record_opened(unit, Kind.DEVICE_LIST, statement, subject=account, number=seq, tag=tag)


def vouched(unit: Unit, row: Interpreter) -> None:
    """Record who answers for a new interpreter."""
    signed = hashlib.sha256(vouching_signed_bytes(row.body)).digest()
    statement = {"interpreter": row.account_id, "owner": row.owner_id, "statement": b64(signed)}
    service.record_opened(unit, Kind.VOUCHING, statement, subject=row.account_id)


def device_list_openings(unit: Unit, accounts: Collection[str]) -> dict[tuple[str, int], service.Opening]:
    """Return where each statement of the device lists of ``accounts`` stands in the ledger, by account and seq."""
    found = service.opened(unit, Kind.DEVICE_LIST, accounts)
    return {(one.subject, one.number): one for one in found}


def record_missing(unit: Unit) -> None:
    """Record what was there before the ledger was; at every start, which finds nothing but the first time."""
    for account in unit.session.scalars(sa.select(Account).where(_unrecorded(Kind.ACCOUNT_KEY, Account.id))).unique():
        account_made(unit, account)
    lists = _unrecorded(Kind.DEVICE_LIST, DeviceStatement.account_id, DeviceStatement.seq)
    order = (DeviceStatement.account_id, DeviceStatement.seq)
    for row in unit.session.scalars(sa.select(DeviceStatement).where(lists).order_by(*order)).all():
        statement_appended(unit, row.account_id, row.seq, SignedStatement(row.body, row.signature))
    for interpreter in unit.session.scalars(
        sa.select(Interpreter).where(_unrecorded(Kind.VOUCHING, Interpreter.account_id))
    ).all():
        vouched(unit, interpreter)


def _unrecorded(
    kind: Kind, subject: InstrumentedAttribute[str], number: InstrumentedAttribute[int] | None = None
) -> sa.ColumnElement[bool]:
    recorded = sa.select(LedgerOpening.entry_id).where(
        LedgerOpening.kind == kind,
        LedgerOpening.subject == subject,
        LedgerOpening.number == (0 if number is None else number),
    )
    return ~recorded.exists()
