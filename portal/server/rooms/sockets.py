"""Rooms over sockets: docs/protocol.md §7. ``item.submit`` is the hot path: it touches neither Flask nor a database."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from portal.server.accounts.models import Account
from portal.server.accounts.sessions import device_of
from portal.server.core import outbox
from portal.server.core.connection import Connection
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.core.passing import Passing
from portal.server.core.work import run_in_thread
from portal.server.rooms import policy, reading
from portal.server.rooms.company import Company
from portal.server.rooms.feature import Rooms
from portal.server.rooms.models import RecordItem, RoomMember
from portal.server.rooms.presence import presence_of
from portal.server.rooms.requests import AppendContent, Receipt, Sender
from portal.wire import events
from portal.wire.envelope import CONTENT_BODY_MAX_BYTES, PREFIX_BYTES
from portal.wire.errors import PeerError, PortalError, UserError
from portal.wire.ids import AccountId, Id, RoomId, b64, is_id, unb64

T = TypeVar("T")
_ID_CHARS: Final = 22
# Few rooms are spoken to again and again. Only what is as long as an id may come here: it is kept.
_is_id = lru_cache(4096)(is_id)
REPLAY_MAX: Final = 200
NUMBER_MAX: Final = 2**53 - 1
ASIDE_MAX_BYTES: Final = 48 * 1024
_ITEM_MAX_CHARS: Final = ((PREFIX_BYTES + CONTENT_BODY_MAX_BYTES) * 4 + 2) // 3


@dataclass(frozen=True, slots=True)
class _Opening:
    """What a socket that opens a room is told: where its record stands, what it missed, who is there."""

    number: int
    head: bytes
    missed: list[reading.PlacedItem]
    members: list[str]


class RoomEvents:
    """The handlers of one portal's sockets."""

    def __init__(self, portal: Portal, rooms: Rooms) -> None:
        self._database = portal.database
        self._realtime = portal.realtime
        self._writer = rooms.writer
        self._passing = portal.get(Passing)
        self._company = portal.get(Company)

    def install(self) -> None:
        """Answer the events of rooms from now on."""
        self._realtime.on_nowait(events.ITEM_SUBMIT, self.submit)
        self._realtime.on(events.ROOM_OPEN, self.open)
        self._realtime.on(events.ROOM_CLOSE, self.close)
        self._realtime.on(events.TYPING, self.typing)
        self._realtime.on(events.PRESENCE, self.presence)
        self._realtime.on(events.ASIDE, self.aside)

    def submit(self, connection: Connection, answer: Callable[[Any], None], room: Any, text: Any) -> None:
        """Append one content item; answered once it is committed and on its way to the others."""
        name = _room(room)
        if not isinstance(text, str):
            raise PeerError("item.malformed", reason="text")
        if len(text) > _ITEM_MAX_CHARS:
            raise PeerError("item.too_large", limit_bytes=PREFIX_BYTES + CONTENT_BODY_MAX_BYTES)
        try:
            raw = unb64(text)
        except ValueError:
            raise PeerError("item.malformed", reason="base64url") from None
        actor = connection.actor
        request = AppendContent(Sender(actor.account, device_of(actor)), raw, name, text)
        self._writer.append_nowait(request, partial(_acknowledge, answer))

    def open(self, connection: Connection, room: Any, after: Any) -> dict[str, Any]:
        """Send the room's new items to this socket, and the missed ones if they are at most 200."""
        name, number = _room(room), _number(after)
        account = connection.actor.account
        self._read(lambda unit: policy.get_room_for(unit, account, name))
        # Joined before the record is read, so that nothing falls in between; read under the gate once more, so that an
        # account removed meanwhile does not stay.
        self._realtime.join(connection, outbox.open_room(name))
        try:
            opening = self._read(lambda unit: _opening(unit, account, name, number))
        except PortalError:
            self._realtime.leave(connection, outbox.open_room(name))
            raise
        connection.later(partial(self._catch_up, connection, name, opening))
        replay = (opening.missed[-1].number if opening.missed else number) >= opening.number
        return {"number": opening.number, "head": b64(opening.head), "replay": replay}

    def close(self, connection: Connection, room: Any) -> None:
        """Send the room's items to this socket no more."""
        self._realtime.leave(connection, outbox.open_room(_room(room)))

    def typing(self, connection: Connection, room: Any, on: Any) -> None:
        """Tell the others who have the room open, unless the account shows no typing."""
        audience = outbox.open_room(_room(room))
        if not isinstance(on, bool):
            raise PeerError("request.malformed", field="typing")
        if audience.name not in connection.audiences:
            raise UserError("room.not_found")
        account = connection.actor.account
        shown = self._read(lambda unit: _may_show_typing(unit, account, _room(room)))
        if shown and audience.name in connection.audiences:
            self._passing.emit(events.TYPING, room, account, on, to=audience, skip=connection)

    def presence(self, connection: Connection, word: Any) -> None:
        """Tell everyone who shares a room how present the account is, unless it shows no presence."""
        state = presence_of(word)
        if state is None:
            raise PeerError("request.malformed", field="presence")
        account = connection.actor.account
        row = self._read(lambda unit: unit.session.get_one(Account, account))
        self._company.say(connection, state if row.show_presence else "off")

    def aside(self, connection: Connection, room: Any, account: Any, sealed: Any) -> None:
        """Pass what is sealed for one member to all of its sockets, and keep nothing.

        Raises:
            PeerError: request.too_large, request.malformed.
            UserError: room.not_found, room.archived; aside.absent, also if the account's sockets are all gone.
        """
        name, to = _room(room), _account(account)
        check_sealed(sealed, "aside", ASIDE_MAX_BYTES)
        sender = connection.actor.account
        self._read(lambda unit: policy.check_may_say_aside(unit, sender, name, to))
        audience = outbox.account(to)
        if not (self._realtime.connections(audience) or self._company.is_elsewhere(to)):
            raise UserError("aside.absent")
        self._passing.emit(events.ASIDE, name, sender, sealed, to=audience)

    def _catch_up(self, connection: Connection, room: RoomId, opening: _Opening) -> None:
        if outbox.open_room(room).name not in connection.audiences:
            return
        for item in opening.missed:
            connection.emit(events.ITEM, room, item.number, item.at_ms, b64(item.envelope))
        for account in opening.members:
            state = self._company.presences.state(account)
            if state != "off":
                connection.emit(events.PRESENCE, account, state)

    def _read(self, work: Callable[[Unit], T]) -> T:
        return run_in_thread(lambda: self._database.read(work))


def _acknowledge(answer: Callable[[Any], None], outcome: Receipt | PortalError) -> None:
    answer(outcome.to_text() if isinstance(outcome, Receipt) else outcome)


def _room(text: Any) -> RoomId:
    if not isinstance(text, str) or len(text) != _ID_CHARS or not _is_id(text):
        raise UserError("room.not_found")
    return RoomId(Id(text))


def _account(text: Any) -> AccountId:
    if not isinstance(text, str) or len(text) != _ID_CHARS or not is_id(text):
        raise UserError("aside.absent")
    return AccountId(Id(text))


def check_sealed(text: Any, field: str, limit_bytes: int) -> None:
    """Check what is passed on sealed, in base64url; the size first: what is too large is not even looked at.

    Raises:
        PeerError: request.too_large, request.malformed with the ``field``.
    """
    if not isinstance(text, str):
        raise PeerError("request.malformed", field=field)
    if len(text) > (limit_bytes * 4 + 2) // 3:
        raise PeerError("request.too_large", limit_bytes=limit_bytes)
    try:
        unb64(text)
    except ValueError:
        raise PeerError("request.malformed", field=field) from None


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= NUMBER_MAX:
        raise PeerError("request.malformed", field="after")
    return value


def _opening(unit: Unit, account: AccountId, room: RoomId, after: int) -> _Opening:
    policy.get_room_for(unit, account, room)
    newest = unit.session.execute(
        sa.select(RecordItem.number, RecordItem.head)
        .where(RecordItem.room_id == room)
        .order_by(RecordItem.number.desc())
        .limit(1)
    ).one()
    members = unit.session.scalars(sa.select(RoomMember.account_id).where(RoomMember.room_id == room))
    missed = reading.read_page(unit, account, room, after, REPLAY_MAX) if newest.number - after <= REPLAY_MAX else []
    # PostgreSQL may show newer ones already, which come by themselves: told here, they would come twice.
    missed = [item for item in missed if item.number <= newest.number]
    return _Opening(newest.number, newest.head, missed, list(members))


def _may_show_typing(unit: Unit, account: AccountId, room: RoomId) -> bool:
    _, member = policy.get_room_for(unit, account, room)
    return member.role != "observer" and unit.session.get_one(Account, account).show_typing
