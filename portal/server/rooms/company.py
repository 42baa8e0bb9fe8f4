"""Who is there, kept the same in all processes: each tells the others of its sockets, and its own people of everybody.

Wake-ups may be lost, so every process says each BEAT_S how many changes it has told of; who knows of fewer asks for the
whole table. What a process has told is forgotten GONE_S after its last word: by then its people are back elsewhere.
All methods are for the hub's thread.
"""

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import gevent
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from portal.server.core import outbox
from portal.server.core.connection import Connection
from portal.server.core.db import Database, Unit
from portal.server.core.realtime import Realtime
from portal.server.core.wake import LocalWake, Wake
from portal.server.core.work import Hub, run_in_thread
from portal.server.rooms.models import RoomMember
from portal.server.rooms.presence import Presence, Presences
from portal.server.rooms.presence_words import EVERYONE, PROCESS_BYTES, Kind, Word, read_word, whole
from portal.wire import events
from portal.wire.errors import PortalError
from portal.wire.ids import AccountId, Id

TOPIC: Final = "presence"
BEAT_S: Final = 2.0
GONE_S: Final = 7.0
GATHERED_S: Final = 0.05
"""How long changes are gathered for one message."""
ASK_AGAIN_S: Final = 1.0
_AT_ONCE: Final = 200
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Other:
    """What is known of another process. ``changes``: how many of its changes are known; None: not all that it has."""

    heard_s: float
    changes: int | None = None
    asked_s: float = float("-inf")
    coming: dict[str, Presence] = field(default_factory=dict)
    """Of a whole table that is coming in."""


class Company:
    """The presences of one portal: what its sockets say, and what other processes say of theirs."""

    def __init__(self, database: Database, realtime: Realtime, wake: Wake) -> None:
        self.presences = Presences()
        self._database = database
        self._realtime = realtime
        self._wake = wake
        self._process = secrets.token_bytes(PROCESS_BYTES)
        self._changes = 0
        self._gathered: dict[str, None] = {}
        self._others: dict[bytes, _Other] = {}
        self._hub: Hub | None = None
        self._beating: gevent.Greenlet | None = None
        realtime.on_signed_in(self.came)
        realtime.on_closed(self.gone)
        wake.listen(TOPIC, self._heard)

    def start(self, hub: Hub) -> None:
        """Begin to tell other processes, where there may be some."""
        self._hub = hub
        if not isinstance(self._wake, LocalWake):
            self._beating = gevent.spawn(self._beat)

    def stop(self) -> None:
        """End that; the others forget this process by themselves."""
        self._hub = None
        if self._beating is not None:
            self._beating.kill()

    def came(self, connection: Connection) -> None:
        """Note that a socket signed in; it shows nothing yet."""
        self.say(connection, "off")

    def gone(self, connection: Connection) -> None:
        """Note that a socket is closed."""
        account = connection.actor.account
        self._change(lambda: self.presences.leave(account, connection.sid), (account,))

    def say(self, connection: Connection, state: Presence) -> None:
        """Note how present a socket says that its account is."""
        account = connection.actor.account
        if not connection.closed:
            self._change(lambda: self.presences.note(account, connection.sid, state), (account,))

    def is_elsewhere(self, account: AccountId) -> bool:
        """Tell whether ``account`` has a socket of another process, as far as those told."""
        return self.presences.is_elsewhere(account)

    def _change(self, change: Callable[[], None], accounts: Sequence[str]) -> None:
        """Make a change of this process's own, and tell of it whoever sees another presence or is another process."""
        before = [self.presences.state_here(account) for account in accounts]
        self._settle(change, accounts)
        after = [self.presences.state_here(account) for account in accounts]
        if self._hub is None or isinstance(self._wake, LocalWake):
            return
        for account, was, now in zip(accounts, before, after, strict=True):
            if was != now:
                if not self._gathered:
                    gevent.spawn_later(GATHERED_S, self._tell_others)
                self._gathered[account] = None

    def _settle(self, change: Callable[[], None], accounts: Collection[str]) -> None:
        """Make a change, and have the people here hear of each account that is another presence by it."""
        before = {account: self.presences.state(account) for account in accounts}
        change()
        changed = [account for account, state in before.items() if self.presences.state(account) != state]
        if changed:
            gevent.spawn(self._tell_companions, changed)

    def _tell_companions(self, accounts: Sequence[str]) -> None:
        for begin in range(0, len(accounts), _AT_ONCE):
            some = accounts[begin : begin + _AT_ONCE]
            try:
                pairs = run_in_thread(partial(self._database.read, partial(_companions, accounts=some)))
            except (SQLAlchemyError, PortalError) as error:
                _log.error("presence.untold", kind=type(error).__name__)
                continue
            for account, other in pairs:
                to = outbox.account(AccountId(Id(other)))
                self._realtime.emit(events.PRESENCE, account, self.presences.state(account), to=to)

    def _tell_others(self) -> None:
        gathered, self._gathered = self._gathered, {}
        self._changes += 1
        states = {account: self.presences.state_here(account) for account in gathered}
        self._send(Word(Kind.CHANGE, self._process, self._changes, states))

    def _tell_whole(self) -> None:
        for word in whole(self._process, self._changes, self.presences.table_here()):
            self._send(word)

    def _send(self, word: Word) -> None:
        self._wake.wake(TOPIC, word.to_bytes())

    def _beat(self) -> None:
        self._send(Word(Kind.ASK, self._process, self._changes, asked=EVERYONE))
        while True:
            self._send(Word(Kind.BEAT, self._process, self._changes))
            gevent.sleep(BEAT_S)
            late_s = time.monotonic() - GONE_S
            for process in [process for process, other in self._others.items() if other.heard_s < late_s]:
                del self._others[process]
                self._replace(process, {})

    def _heard(self, raw: bytes) -> None:
        """In the thread of wake-ups."""
        hub = self._hub
        if hub is None:
            return
        try:
            word = read_word(raw)
        except ValueError:
            _log.warning("presence.unknown", bytes=len(raw))  # of another version of this program
            return
        hub.post(lambda: self._take(word))

    def _take(self, word: Word) -> None:
        other = self._others.setdefault(word.process, _Other(time.monotonic()))
        other.heard_s = time.monotonic()
        if word.kind == Kind.ASK:
            if word.asked in {EVERYONE, self._process}:
                self._tell_whole()
        elif word.kind == Kind.WHOLE:
            self._take_whole(other, word)
        elif word.kind == Kind.CHANGE and other.changes is not None and word.changes == other.changes + 1:
            other.changes = word.changes
            self._settle(lambda: self.presences.note_elsewhere(word.process, word.states), word.states.keys())
        elif other.changes is None or word.changes > other.changes:
            self._ask(other, word.process)

    def _take_whole(self, other: _Other, word: Word) -> None:
        if word.begins:
            other.coming = {}
        other.coming |= {account: state for account, state in word.states.items() if state is not None}
        if len(other.coming) == word.total:
            other.changes = word.changes
            table, other.coming = other.coming, {}
            self._replace(word.process, table)

    def _replace(self, process: bytes, table: Mapping[str, Presence]) -> None:
        accounts = {*self.presences.accounts_of(process), *table}
        self._settle(lambda: self.presences.replace_elsewhere(process, table), accounts)

    def _ask(self, other: _Other, process: bytes) -> None:
        if other.heard_s - other.asked_s >= ASK_AGAIN_S:
            other.asked_s = other.heard_s
            other.changes = None
            self._send(Word(Kind.ASK, self._process, self._changes, asked=process))


def _companions(unit: Unit, accounts: Collection[str]) -> list[tuple[str, str]]:
    """Return who shares a room with each of ``accounts``: (account, other)."""
    own, shared = aliased(RoomMember), aliased(RoomMember)
    rows = unit.connection.execute(
        sa.select(own.account_id, shared.account_id)
        .join(shared, sa.and_(shared.room_id == own.room_id, shared.account_id != own.account_id))
        .where(own.account_id.in_(accounts))
        .distinct()
        .order_by(own.account_id, shared.account_id)
    )
    return [(account, other) for account, other in rows]
