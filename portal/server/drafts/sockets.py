"""Drafts over sockets: docs/protocol.md §10. ``draft.submit`` is as hot as ``item.submit``, and as cheap."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Final, TypeVar

from portal.server.accounts.sessions import device_of
from portal.server.core import outbox
from portal.server.core.buckets import Rate, TokenBucket
from portal.server.core.connection import Connection
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.core.passing import Passing
from portal.server.core.work import run_in_thread
from portal.server.drafts import policy, service
from portal.server.drafts.requests import AppendDraftItem
from portal.server.drafts.views import SUBMIT_MAX_BYTES
from portal.server.rooms.feature import Rooms
from portal.server.rooms.requests import Receipt, Sender
from portal.server.rooms.sockets import check_sealed
from portal.wire import events
from portal.wire.errors import PeerError, PortalError, UserError
from portal.wire.ids import DraftId, Id, RoomId, is_id, unb64

T = TypeVar("T")
_ID_CHARS: Final = 22
_is_id = lru_cache(4096)(is_id)
_SUBMIT_MAX_CHARS: Final = (SUBMIT_MAX_BYTES * 4 + 2) // 3
CURSOR_MAX_BYTES: Final = 4096
CURSORS: Final = Rate(burst=10, per_s=10)


class DraftEvents:
    """The handlers of one portal's sockets."""

    def __init__(self, portal: Portal, rooms: Rooms) -> None:
        self._database = portal.database
        self._realtime = portal.realtime
        self._passing = portal.get(Passing)
        self._writer = rooms.writer
        self._cursors: dict[str, TokenBucket] = {}

    def install(self) -> None:
        """Answer the events of drafts from now on."""
        self._realtime.on_nowait(events.DRAFT_SUBMIT, self.submit)
        self._realtime.on(events.DRAFT_OPEN, self.open)
        self._realtime.on(events.DRAFT_CLOSE, self.close)
        self._realtime.on(events.DRAFT_CURSOR, self.cursor)
        self._realtime.on_closed(self.gone)

    def submit(self, connection: Connection, answer: Callable[[Any], None], room: Any, draft: Any, text: Any) -> None:
        """Append one item; answered once it is committed and on its way to the others."""
        name, which = _room(room), _draft(draft)
        if not isinstance(text, str):
            raise PeerError("item.malformed", reason="text")
        if len(text) > _SUBMIT_MAX_CHARS:
            raise PeerError("item.too_large", limit_bytes=SUBMIT_MAX_BYTES)
        try:
            raw = unb64(text)
        except ValueError:
            raise PeerError("item.malformed", reason="base64url") from None
        actor = connection.actor
        request = AppendDraftItem(Sender(actor.account, device_of(actor)), raw, name, which, text)
        self._writer.append_nowait(request, partial(_acknowledge, answer))

    def open(self, connection: Connection, room: Any, draft: Any) -> dict[str, Any]:
        """Send the draft's new items to this socket; tell where its streams stand."""
        name, which = _room(room), _draft(draft)
        account = connection.actor.account
        self._read(lambda unit: policy.get_draft_for(unit, account, name, which))
        # Joined before the streams are read, so that nothing falls in between; read under the gate once more, so that
        # an account removed meanwhile does not stay.
        self._realtime.join(connection, outbox.open_draft(which))
        try:
            streams = self._read(lambda unit: service.show_streams(unit, account, name, which))
        except PortalError:
            self._realtime.leave(connection, outbox.open_draft(which))
            raise
        return {"streams": [stream.model_dump() for stream in streams]}

    def close(self, connection: Connection, _room_name: Any, draft: Any) -> None:
        """Send the draft's items to this socket no more."""
        self._realtime.leave(connection, outbox.open_draft(_draft(draft)))

    def cursor(self, connection: Connection, room: Any, draft: Any, sealed: Any) -> None:
        """Pass a sealed cursor to the others who have the draft open, and keep nothing; what comes too fast is dropped.

        Raises:
            PeerError: request.too_large, request.malformed.
            UserError: draft.not_found, if this socket has not opened the draft.
        """
        name, which = _room(room), _draft(draft)
        check_sealed(sealed, "cursor", CURSOR_MAX_BYTES)
        audience = outbox.open_draft(which)
        if audience.name not in connection.audiences:
            raise UserError("draft.not_found")
        bucket = self._cursors.setdefault(connection.sid, TokenBucket(CURSORS))
        if bucket.wait_s == 0.0 and bucket.take():
            account = connection.actor.account
            self._passing.emit(events.DRAFT_CURSOR, name, which, account, sealed, to=audience, skip=connection)

    def gone(self, connection: Connection) -> None:
        """Forget a socket that is closed."""
        self._cursors.pop(connection.sid, None)

    def _read(self, work: Callable[[Unit], T]) -> T:
        return run_in_thread(lambda: self._database.read(work))


def _acknowledge(answer: Callable[[Any], None], outcome: Receipt | PortalError) -> None:
    answer(outcome.to_text() if isinstance(outcome, Receipt) else outcome)


def _room(text: Any) -> RoomId:
    return RoomId(_identifier(text, "room.not_found"))


def _draft(text: Any) -> DraftId:
    return DraftId(_identifier(text, "draft.not_found"))


def _identifier(text: Any, code: str) -> Id:
    if not isinstance(text, str) or len(text) != _ID_CHARS or not _is_id(text):
        raise UserError(code)
    return Id(text)
