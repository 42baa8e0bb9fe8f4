"""Who somebody is in a draft: by its own signed table, and for the unlisted by the list of people.

What the server adds to the table is stricter, never wider: observers of the room who are not listed only read.
"""

import sqlalchemy as sa

from portal.server.accounts.models import Account
from portal.server.core.db import Unit
from portal.server.drafts.memory import DraftMemory
from portal.server.rooms.memory import RoomMemory
from portal.wire.drafts.rights import Author, Right, includes


def author_in(unit: Unit, draft: DraftMemory, room: RoomMemory, account: str) -> Author:
    """Return what ``account``, a member of ``room``, is in ``draft``."""
    member = room.members[account]
    listed = draft.listed.get(account)
    if listed is not None:
        right: Right = "read" if member.interpreter else listed["right"]
        return Author(account, listed["delegation"], right, member.interpreter)
    default: Right = "read" if member.interpreter or member.role == "observer" else draft.table["default"]
    return Author(account, _delegation_of(unit, account), default, member.interpreter)


def may_countersign(unit: Unit, draft: DraftMemory, room: RoomMemory, *, account: str, author: str) -> bool:
    """Tell whether ``account`` is one to confirm a state that ``author`` made.

    Somebody of another delegation; where nobody of one could, another account; where there is none, the author.
    """
    able = [
        author_in(unit, draft, room, name)
        for name, member in room.members.items()
        if not member.disabled and not member.interpreter
    ]
    able = [one for one in able if includes(one.right, "comment")]
    listed = draft.listed.get(author)
    delegation = listed["delegation"] if listed else _delegation_of(unit, author)
    foreign = {one.account for one in able if one.delegation != delegation}
    others = {one.account for one in able if one.account != author}
    return account in (foreign or others or {author})


def _delegation_of(unit: Unit, account: str) -> str:
    return unit.session.scalar(sa.select(Account.delegation_id).where(Account.id == account)) or ""
