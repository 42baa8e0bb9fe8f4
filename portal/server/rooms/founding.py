"""Opening a room: its founding item, its first member and device, its first grant and share, in one transaction."""

import sqlalchemy as sa
from nacl.signing import VerifyKey

from portal.server.accounts.models import Device
from portal.server.rooms import policy, rules
from portal.server.rooms.batch import Batch
from portal.server.rooms.changes import add_device, add_member, make_share, store_grants
from portal.server.rooms.commits import check_grants
from portal.server.rooms.founding_format import history_of
from portal.server.rooms.group_follow import begin_following, group_of_founding
from portal.server.rooms.memory import RoomMemory
from portal.server.rooms.models import Room
from portal.server.rooms.requests import FoundRoom, Receipt
from portal.wire.envelope import Envelope, ItemKind, first_head
from portal.wire.errors import PeerError, UserError


def found_room(work: Batch, request: FoundRoom) -> Receipt:
    """Open a room for its founder, who is its first chair.

    Raises:
        UserError: role.required, room.exists, session.device_required, item.clock.
        PeerError: item.malformed, item.forged, record.fork, item.sequence; commit.refused for its grants.
    """
    item = rules.open_item(request.raw, ItemKind.FOUNDING, request.room)
    stored = work.stored_receipt(item, request.sender)
    if stored is not None:
        return stored
    policy.check_may_found(request.founder, request.kind)
    device = work.unit.session.get(Device, request.sender.device, populate_existing=True)
    if device is None or device.revoked_s is not None or device.account_id != request.sender.account:
        raise UserError("session.device_required")
    rules.check_signature(item, request.sender, VerifyKey(device.key))
    history = _check_founding(work, item.envelope)
    if work.room(request.room) is not None:
        raise UserError("room.exists")
    founder: set[str] = {request.sender.account}
    check_grants(request.grants, 0, request.sender.device, required=founder, allowed=founder)
    group = group_of_founding(request.group_info, request.room, history, device)
    room = _insert(work, request, item.envelope.bucket, history)
    add_device(work.unit, room, request.sender.device, None)
    begin_following(work.unit, room.room, group)
    receipt = work.append(room, room.devices[request.sender.device], item)
    add_member(work.unit, room, request.sender.account, "chair", 1)
    store_grants(work.unit, room.room, request.grants)
    work.announce(room, came=room.members)
    return receipt


def _check_founding(work: Batch, envelope: Envelope) -> str:
    """Check that ``envelope`` can be a record's first item, and return the history policy that it fixes."""
    rules.check_clock(work.unit, envelope.bucket)
    if envelope.epoch != 0:
        raise PeerError("item.malformed", reason="epoch")
    if envelope.sequence != 1:
        raise PeerError("item.sequence", expected=1)
    if envelope.seen_number != 0 or envelope.seen_head != first_head(envelope.room):
        raise PeerError("record.fork", seen=envelope.seen_number, number=0)
    return history_of(envelope.body, envelope.room)


def _insert(work: Batch, request: FoundRoom, bucket: int, history: str) -> RoomMemory:
    work.unit.session.execute(
        sa.insert(Room).values(
            id=request.room,
            kind=request.kind,
            state="active",
            history=history,
            epoch=0,
            bucket=bucket,
            previous_bucket=bucket,
            created_ms=work.unit.now_ms,
        )
    )
    make_share(work.unit, request.room, bucket)
    room = RoomMemory(
        room=request.room,
        kind=request.kind,
        state="active",
        history=history,
        epoch=0,
        bucket=bucket,
        previous_bucket=bucket,
        began=1,
        number=0,
        head=first_head(request.room),
        at_ms=0,
    )
    work.keep(room)
    return room
