"""Who may do what with which draft. The only gate: views, sockets and the record's writer ask here and nowhere else.

| act | who |
|---|---|
| know of a draft, read its items, receipts and roots, show a cursor in it | members of its room |
| found one | members of the room but observers and interpreters, in an active room |
| append an item | members of an active room, by the draft's own table (portal.wire.drafts.rights) |
| confirm a state | by the table, and not the delegation that made it (rights.may_countersign) |
"""

from portal.server.core.db import Unit
from portal.server.drafts.models import Draft
from portal.server.rooms import policy as rooms_policy
from portal.server.rooms.memory import MemberMemory
from portal.wire.drafts.rights import Author, may_write
from portal.wire.drafts.streams import DraftItemKind, Stream
from portal.wire.errors import UserError
from portal.wire.ids import AccountId, DraftId, RoomId


def get_draft_for(unit: Unit, account: AccountId, room: RoomId, draft: DraftId) -> Draft:
    """Return the draft.

    Raises:
        UserError: room.not_found, if ``account`` is not in the room; draft.not_found, if that has no such draft.
    """
    rooms_policy.get_room_for(unit, account, room)
    row = unit.session.get(Draft, draft)
    if row is None or row.room_id != room:
        raise UserError("draft.not_found")
    return row


def check_may_found(member: MemberMemory) -> None:
    """Raise UserError room.role_required unless this member of a room may found drafts in it."""
    rooms_policy.check_may_write(member.role)
    if member.interpreter:
        raise UserError("room.role_required", reason="interpreter")


def check_may_write(author: Author, stream: Stream, kind: DraftItemKind) -> None:
    """Raise UserError draft.right_required, with the right that ``author`` has, if it is not enough."""
    if not may_write(author, stream.kind, stream.owner, kind):
        raise UserError("draft.right_required", right=author.right)
