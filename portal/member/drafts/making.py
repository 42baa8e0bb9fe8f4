"""Opening a draft: its founding, which says who may do what, and the text that it begins with."""

from collections.abc import Iterable

from portal.member.answers import PLACE, checked
from portal.member.drafts.draft import Draft
from portal.member.drafts.drafts import DraftEntry, Drafts
from portal.member.e2ee.draft import DraftPlace, sign_draft_item
from portal.member.work import Ask, MemberError, Work
from portal.wire.drafts.envelope import first_draft_head
from portal.wire.drafts.rights import DraftRight, Right, rights_body
from portal.wire.drafts.streams import ACTS, TEXT, DraftItemKind
from portal.wire.ids import DraftId, ItemId, RoomId, new_id


def found_draft(
    drafts: Drafts, room: RoomId, update: bytes, members: Iterable[DraftRight], default: Right = "read"
) -> Work[DraftEntry]:
    """Open a draft in a room with a whole text (a Yjs update); this account is its chair.

    ``members`` are the others whom its table lists; ``default`` is the right of everybody else.

    Raises:
        MemberError: room.*, or what the server says.
    """
    place, device = drafts.member.entry(room), drafts.member.keyholder.device
    gate = place.room.gate(by_draft=True)
    key = place.room.ring.key(place.room.data.epoch)
    if gate is not None or key is None:
        raise MemberError("room.no_key" if gate is None else gate.code)
    draft = DraftId(new_id())
    yield from place.room.people.fetch_all()
    person = place.room.people.person(device.account)
    yield from drafts.learn()
    delegation = "" if person is None else drafts.delegations.get(person.delegation, "")
    own: DraftRight = {"account": device.account, "delegation": delegation, "right": "chair"}
    table = sorted([own, *members], key=lambda one: one["account"])
    body = rights_body({"default": default, "draft": draft, "members": table, "room": room, "v": 1})
    where = DraftPlace(draft, ACTS, device.device, 1, ItemId(new_id()), 0, first_draft_head(draft, ACTS))
    raw = sign_draft_item(key, DraftItemKind.FOUNDING, where, body, device.key).encode()
    checked((yield Ask("POST", f"/api/rooms/{room}/drafts", raw)), PLACE)
    entry = yield from drafts.sync_one(room, draft)
    yield from entry.sender.deliver(TEXT, DraftItemKind.UPDATE, update)
    return entry


def set_rights(entry: DraftEntry, members: Iterable[DraftRight], default: Right) -> Work[int]:
    """Put another table of rights in the place of the present one; returns the item's number."""
    draft: Draft = entry.draft
    table = sorted(members, key=lambda one: one["account"])
    room = draft.room.data.room
    body = rights_body({"default": default, "draft": draft.draft, "members": table, "room": room, "v": 1})
    return (yield from entry.sender.deliver(ACTS, DraftItemKind.RIGHTS, body))
