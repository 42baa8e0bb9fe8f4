"""The record's writer: what core's GroupCommitWriter does with a batch of requests, in its one thread.

Each request is checked against the room as it stands in memory after the requests before it, and either changes memory,
the batch's rows and the outbox, or raises and changes nothing. Items are written by one statement at the batch's end.
"""

import threading
from collections.abc import Sequence

from portal.server.core.db import Unit
from portal.server.rooms import policy, rules
from portal.server.rooms.batch import Batch
from portal.server.rooms.commits import append_commit
from portal.server.rooms.founding import found_room
from portal.server.rooms.membership import leave_room, set_role, set_state
from portal.server.rooms.memory import Memory
from portal.server.rooms.requests import (
    AppendCommit,
    AppendContent,
    FoundRoom,
    LeaveRoom,
    Receipt,
    RecordRequest,
    SetRole,
    SetState,
)
from portal.wire.envelope import ItemKind
from portal.wire.errors import PortalError
from portal.wire.ids import AccountId


class RecordHandler:
    """A ``BatchHandler`` for core's GroupCommitWriter; one for each database, used by the writer's thread alone."""

    def __init__(self) -> None:
        self._memory = Memory()
        self._stale: set[str] = set()
        self._stale_lock = threading.Lock()

    def apply(self, unit: Unit, batch: Sequence[RecordRequest]) -> Sequence[Receipt | PortalError]:
        """Append what is acceptable of ``batch``; a request that is refused leaves nothing."""
        self._forget_stale()
        work = Batch(unit, self._memory)
        work.look_up(batch)
        outcomes = [_outcome(work, request) for request in batch]
        work.flush()
        return outcomes

    def rolled_back(self) -> None:
        """Forget all rooms; they are read anew when they are needed."""
        self._memory.forget()

    def account_changed(self, account: AccountId) -> None:
        """Note, from any thread, that devices or standing of ``account`` changed: its rooms are read anew."""
        with self._stale_lock:
            self._stale.add(account)

    def _forget_stale(self) -> None:
        if not self._stale:
            return
        with self._stale_lock:
            stale, self._stale = self._stale, set()
        for account in stale:
            self._memory.forget_account(account)


def _outcome(work: Batch, request: RecordRequest) -> Receipt | PortalError:
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


def _apply(work: Batch, request: RecordRequest) -> Receipt:
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
    rules.check_content_epoch(room, item.envelope)
    return work.append(room, device, item, request.text)
