"""What the accounts do to people in rooms, and what the rooms' sockets would hear of it."""

import flask
import sqlalchemy as sa

from portal.server.accounts.models import Account, Device
from portal.server.core.db import Unit
from portal.server.core.outbox import Event, Outbox
from portal.server.rooms.feature import Rooms
from portal.wire.ids import AccountId, Id
from tests.server.rooms.driver import Json, Peer, portal_of


def revoke(app: flask.Flask, peer: Peer) -> None:
    """What the accounts do when a device is revoked."""
    _change(app, peer.account, sa.update(Device).where(Device.id == peer.device).values(revoked_s=1))


def suspend(app: flask.Flask, peer: Peer, *, disabled: bool = True) -> None:
    """What the accounts do when an account is suspended."""
    _change(app, peer.account, sa.update(Account).where(Account.id == peer.account).values(disabled=disabled))


def _change(app: flask.Flask, account: str, statement: sa.Update) -> None:
    portal = portal_of(app)

    def work(unit: Unit) -> None:
        unit.session.execute(statement)
        portal.get(Rooms).account_changed(unit, AccountId(Id(account)))

    portal.database.write(work)


def register(app: flask.Flask, peer: Peer) -> Peer:
    """Another device of the peer's account, of which the rooms are told."""
    other = peer.another_device()
    _change(app, peer.account, sa.update(Device).where(Device.id == other.device).values(created_s=1))
    return other


def accounts(state: Json) -> list[str]:
    return [member["account"] for member in state["members"]]


def delivered_from(app: flask.Flask) -> list[Event]:
    """Every event that goes out from now on."""
    events: list[Event] = []

    def deliver(outbox: Outbox) -> None:
        events.extend(step for step in outbox.steps if isinstance(step, Event))

    portal_of(app).database.deliver = deliver
    return events


def heard_by(delivered: list[Event], peer: Peer) -> list[str]:
    return [event.name for event in delivered if event.audience.name == f"account:{peer.account}"]
