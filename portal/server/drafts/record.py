"""Drafts in the record's writer: each request against the draft and its room as the requests before left them."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from portal.server.drafts import policy, rules, snapshots
from portal.server.drafts.memory import DraftMemory, Memory, Pot
from portal.server.drafts.models import Draft
from portal.server.drafts.receipts import Sign
from portal.server.drafts.requests import AppendDraftItem, FoundDraft
from portal.server.drafts.rights import author_in
from portal.server.drafts.rules import DraftPlace
from portal.server.drafts.stream import DraftBatch
from portal.server.rooms import rules as rooms_rules
from portal.server.rooms.batch import Batch
from portal.server.rooms.memory import RoomMemory
from portal.server.rooms.requests import FurtherRequest, Receipt
from portal.wire.drafts.envelope import first_draft_head
from portal.wire.drafts.rights import MalformedRightsError, RightsTable, parse_rights
from portal.wire.drafts.streams import ACTS, DraftItemKind
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import RoomId

DRAFTS_OF_ROOM_MAX: Final = 200
DRAFT_MAX_BYTES: Final = 512 << 20
"""Of all envelopes of one draft that are stored at a time, but its acts."""
ACCOUNT_MAX_BYTES: Final = 64 << 20
"""Of one account's envelopes in a draft: of its acts, and of all others."""
_UNSEEN: Final = {DraftItemKind.COUNTERSIGN, *snapshots.STATE_KINDS}


class DraftHandler:
    """What drafts do in the writer's thread (rooms.further.FurtherHandler); one for each database."""

    def __init__(self, sign: Sign) -> None:
        self._memory = Memory()
        self._sign = sign

    def begin(self, work: Batch, requests: Sequence[FurtherRequest]) -> "DraftWork":
        """Begin a transaction."""
        batch = DraftBatch(work, self._memory, self._sign)
        batch.look_up(request for request in requests if isinstance(request, FoundDraft | AppendDraftItem))
        return DraftWork(batch)

    def rolled_back(self) -> None:
        """Forget all drafts; they are read anew when they are needed."""
        self._memory.forget()


class DraftWork:
    """One transaction's requests (rooms.further.FurtherBatch)."""

    def __init__(self, batch: DraftBatch) -> None:
        self._batch = batch

    def apply(self, request: FurtherRequest) -> Receipt:
        """Do what ``request`` asks, or raise a PortalError and change nothing."""
        match request:
            case FoundDraft():
                return found_draft(self._batch, request)
            case AppendDraftItem():
                return append_item(self._batch, request)
            case _:
                msg = f"drafts do not serve {type(request).__name__}"
                raise TypeError(msg)

    def forget_if_behind(self, request: FurtherRequest) -> bool:
        """Forget a draft of which the database knows more than memory does, and tell whether that was so."""
        if not isinstance(request, FoundDraft | AppendDraftItem):
            return False
        try:
            envelope = rules.open_item(request.raw, request.room).envelope
        except PeerError:
            return False
        return self._batch.forget_if_behind(envelope.draft, envelope.stream)

    def expelled(self, room: RoomId, account: str) -> None:
        """Take ``account``'s sockets out of those who listen to the room's drafts."""
        self._batch.expelled(room, account)

    def flush(self) -> None:
        """Write the items."""
        self._batch.flush()


def found_draft(work: DraftBatch, request: FoundDraft) -> Receipt:
    """Open a draft for its founder, whom its first table lists as chair.

    Raises:
        UserError: room.not_found, room.archived, room.role_required, session.device_required, draft.exists,
            item.stale_epoch, storage.full.
        PeerError: item.malformed, item.forged, item.sequence, record.fork, draft.malformed.
    """
    place = rules.open_item(request.raw, request.room)
    envelope = place.envelope
    if envelope.kind is not DraftItemKind.FOUNDING:
        raise PeerError("item.malformed", reason="kind")
    stored = work.stored_receipt(place, request.sender)
    if stored is not None:
        return stored
    room, member = rooms_rules.check_member(work.room(request.room), request.sender)
    rules.check_device(work.unit, room, place, request.sender)
    policy.check_may_found(member)
    rooms_rules.check_active(room)
    if work.draft(envelope.draft) is not None:
        raise UserError("draft.exists")
    if envelope.sequence != 1:
        raise PeerError("item.sequence", expected=1)
    if envelope.seen_number != 0 or envelope.seen_head != first_draft_head(envelope.draft, ACTS):
        raise PeerError("record.fork", seen=envelope.seen_number, number=0)
    rooms_rules.check_content_epoch(room, envelope.epoch, envelope.bucket)
    table = _table(place)
    if not any(one["account"] == request.sender.account and one["right"] == "chair" for one in table["members"]):
        raise PeerError("draft.malformed", reason="the founder is no chair")
    draft = _insert(work, request, place, table)
    receipt = work.append(draft, place, request.sender.account)
    work.announce(room)
    return receipt


def append_item(work: DraftBatch, request: AppendDraftItem) -> Receipt:
    """Append one item to one of the draft's streams.

    Raises:
        UserError: room.not_found, draft.not_found, room.archived, session.device_required, draft.right_required,
            item.sequence, draft.behind, record.fork, item.stale_epoch, draft.snapshot_taken, draft.countersign,
            storage.full.
        PeerError: item.malformed, item.too_large, item.forged, item.conflict, draft.malformed.
    """
    place = rules.open_item(request.raw, request.room)
    envelope = place.envelope
    if envelope.draft != request.draft or envelope.kind is DraftItemKind.FOUNDING:
        raise PeerError("item.malformed", reason="draft" if envelope.draft != request.draft else "kind")
    stored = work.stored_receipt(place, request.sender)
    if stored is not None:
        return stored
    room, _ = rooms_rules.check_member(work.room(request.room), request.sender)
    draft = work.draft(envelope.draft)
    if draft is None or draft.room != room.room:
        raise UserError("draft.not_found")
    rules.check_device(work.unit, room, place, request.sender)
    work.check_unused(place)
    author = author_in(work.unit, draft, room, request.sender.account)
    policy.check_may_write(author, envelope.stream, envelope.kind)
    rooms_rules.check_active(room)
    rules.check_place(work.unit, draft, envelope)
    rooms_rules.check_content_epoch(room, envelope.epoch, envelope.bucket)
    _check_room_left(draft, place, request.sender.account)
    receipt = _append(work, draft, room, place, request)
    if envelope.stream == ACTS and envelope.kind not in _UNSEEN:
        work.announce(room)
    return receipt


def _check_room_left(draft: DraftMemory, place: DraftPlace, account: str) -> None:
    """Raise UserError storage.full where the account's own pot is full, or that of all: but that never for an act.

    Else whoever may write comments could fill the draft, and so keep an objection out until silence has adopted it.
    """
    is_act = place.envelope.stream == ACTS
    if draft.stored[Pot(is_act, account)] + len(place.raw) > ACCOUNT_MAX_BYTES:
        raise UserError("storage.full", limit_bytes=ACCOUNT_MAX_BYTES)
    if not is_act and draft.shared_bytes + len(place.raw) > DRAFT_MAX_BYTES:
        raise UserError("storage.full", limit_bytes=DRAFT_MAX_BYTES)


def _append(
    work: DraftBatch, draft: DraftMemory, room: RoomMemory, place: DraftPlace, request: AppendDraftItem
) -> Receipt:
    """Append an item that all rules admit but those of its own kind."""
    envelope, account = place.envelope, request.sender.account
    stream = draft.stream(envelope.stream)
    if envelope.kind in snapshots.STATE_KINDS:
        snapshots.check_state(stream, envelope)
        work.flush()  # an earlier one may have come in this very batch
        snapshots.check_patience(work.unit, draft, room, stream, account)
        receipt = work.append(draft, place, account, request.text)
        snapshots.note_state(stream, envelope, account)
        return receipt
    if envelope.kind is DraftItemKind.COUNTERSIGN:
        state = snapshots.check_countersign(work.unit, draft, room, envelope, account)
        receipt = work.append(draft, place, account, request.text)
        work.flush()  # what goes may have come in this very batch
        snapshots.confirm(work.unit, draft, stream, state)
        return receipt
    if envelope.kind is DraftItemKind.RIGHTS:
        table = _table(place)
        receipt = work.append(draft, place, account, request.text)
        draft.set_table(table)
        _put_in_force(work, draft, receipt.number)
        return receipt
    return work.append(draft, place, account, request.text)


def _insert(work: DraftBatch, request: FoundDraft, place: DraftPlace, table: RightsTable) -> DraftMemory:
    unit, envelope = work.unit, place.envelope
    present = unit.session.scalar(sa.select(sa.func.count()).where(Draft.room_id == request.room)) or 0
    if present >= DRAFTS_OF_ROOM_MAX:
        raise UserError("storage.full", limit=DRAFTS_OF_ROOM_MAX)
    unit.session.execute(
        sa.insert(Draft).values(
            id=envelope.draft,
            room_id=request.room,
            founder=request.sender.account,
            rights_number=1,
            created_ms=unit.now_ms,
        )
    )
    draft = DraftMemory(envelope.draft, request.room, table, at_ms=0)
    draft.set_table(table)
    work.keep(draft)
    return draft


def _put_in_force(work: DraftBatch, draft: DraftMemory, number: int) -> None:
    work.unit.session.execute(sa.update(Draft).where(Draft.id == draft.draft).values(rights_number=number))


def _table(place: DraftPlace) -> RightsTable:
    envelope = place.envelope
    try:
        return parse_rights(envelope.body, envelope.draft, envelope.room)
    except MalformedRightsError as error:
        raise PeerError("draft.malformed", reason=str(error)) from None
