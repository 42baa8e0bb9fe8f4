"""The record's writer: what core's GroupCommitWriter does with a batch of requests, in its one thread.

Each request is checked against the room as it stands in memory after the requests before it, and either changes memory,
the batch's rows and the outbox, or raises and changes nothing. Items are written by one statement at the batch's end.
"""

import threading
from collections.abc import Sequence
from typing import Final

from portal.server.core.db import Unit
from portal.server.rooms import policy, rules
from portal.server.rooms.batch import Batch
from portal.server.rooms.commits import append_commit
from portal.server.rooms.founding import found_room
from portal.server.rooms.further import FurtherBatch, FurtherHandler, NothingFurther
from portal.server.rooms.holding import Patience, hold
from portal.server.rooms.membership import leave_room, set_role, set_state
from portal.server.rooms.memory import Memory
from portal.server.rooms.requests import (
    AppendCommit,
    AppendContent,
    FoundRoom,
    FurtherRequest,
    LeaveRoom,
    Receipt,
    RecordRequest,
    SetRole,
    SetState,
)
from portal.wire.envelope import ItemKind
from portal.wire.errors import OwnFault, PortalError
from portal.wire.ids import AccountId

_OwnRequest = AppendContent | FoundRoom | AppendCommit | LeaveRoom | SetState | SetRole
_OWN: Final = (AppendContent, FoundRoom, AppendCommit, LeaveRoom, SetState, SetRole)


class RecordHandler:
    """A ``BatchHandler`` for core's GroupCommitWriter; one for each process, used by the writer's thread alone.

    ``several``: other processes append to the same rooms.
    """

    def __init__(self, *, several: bool = False) -> None:
        self.several = several
        self._patience = Patience()
        self._memory = Memory()
        self._stale: set[str] = set()
        self._all_stale = False
        self._stale_lock = threading.Lock()
        self._further: FurtherHandler = NothingFurther()

    def serve_further(self, handler: FurtherHandler) -> None:
        """Have ``handler`` apply the requests of other kinds than the rooms' own, from now on."""
        self._further = handler

    def apply(self, unit: Unit, batch: Sequence[RecordRequest]) -> Sequence[Receipt | PortalError]:
        """Append what is acceptable of ``batch``; a request that is refused leaves nothing."""
        self._forget_stale()
        held, busy = hold(unit, self._memory, batch, self._patience) if self.several else (None, frozenset[str]())
        work = Batch(unit, self._memory, held)
        work.look_up(batch)
        further = self._further.begin(work, [request for request in batch if not isinstance(request, _OWN)])
        work.on_expelled = further.expelled
        outcomes = [
            OwnFault("server.busy") if request.room in busy else _one_outcome(work, further, request)
            for request in batch
        ]
        work.flush()
        further.flush()
        return outcomes

    def rolled_back(self) -> None:
        """Forget all rooms; they are read anew when they are needed."""
        self._memory.forget()
        self._further.rolled_back()

    def account_changed(self, account: AccountId) -> None:
        """Note, from any thread, that devices or standing of ``account`` changed: its rooms are read anew."""
        with self._stale_lock:
            self._stale.add(account)

    def anything_changed(self) -> None:
        """Note, from any thread, that whatever is remembered may be wrong: all is read anew."""
        self._all_stale = True

    def _forget_stale(self) -> None:
        if self._all_stale:
            self._all_stale = False
            self.rolled_back()
        if not self._stale:
            return
        with self._stale_lock:
            stale, self._stale = self._stale, set()
        for account in stale:
            self._memory.forget_account(account)


def _one_outcome(work: Batch, further: FurtherBatch, request: RecordRequest) -> Receipt | PortalError:
    return _outcome(work, request) if isinstance(request, _OWN) else _further_outcome(further, request)


def _further_outcome(work: FurtherBatch, request: FurtherRequest) -> Receipt | PortalError:
    try:
        return work.apply(request)
    except PortalError as refusal:
        if not work.forget_if_behind(request):
            return refusal
    try:
        return work.apply(request)
    except PortalError as refusal:
        return refusal


def _outcome(work: Batch, request: _OwnRequest) -> Receipt | PortalError:
    try:
        return _apply(work, request)
    except PortalError as refusal:
        # Before anybody is told of a fork: is it our memory that is behind?
        if not work.forget_if_behind(request.room):
            return refusal
    try:
        return _apply(work, request)
    except PortalError as refusal:
        return refusal


def _apply(work: Batch, request: _OwnRequest) -> Receipt:
    match request:
        case AppendContent():
            return _append_content(work, request)
        case AppendCommit():
            return append_commit(work, request)
        case FoundRoom():
            return found_room(work, request)
        case LeaveRoom():
            return leave_room(work, request)
        case SetState():
            return set_state(work, request)
        case SetRole():
            return set_role(work, request)


def _append_content(work: Batch, request: AppendContent) -> Receipt:
    item = rules.open_item(request.raw, ItemKind.CONTENT, request.room)
    stored = work.stored_receipt(item, request.sender)
    if stored is not None:
        return stored
    room, member = rules.check_member(work.room(item.envelope.room), request.sender)
    device = rules.check_device(work.unit, room, item, request.sender)
    work.check_unused(item)
    policy.check_may_write(member.role)
    rules.check_active(room)
    rules.check_place(work.unit, room, device, item.envelope)
    rules.check_content_epoch(room, item.envelope.epoch, item.envelope.bucket)
    return work.append(room, device, item, request.text)
