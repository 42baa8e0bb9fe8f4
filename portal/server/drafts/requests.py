"""What drafts ask of the record's writer."""

from typing import NamedTuple

from portal.server.rooms.requests import Sender
from portal.wire.ids import DraftId, RoomId


class FoundDraft(NamedTuple):
    """Open a draft with its founding item; ``raw`` is that envelope, which names the draft."""

    sender: Sender
    raw: bytes
    room: RoomId


class AppendDraftItem(NamedTuple):
    """Append one item; ``raw`` is its envelope, ``text`` the same in base64url if it came as that."""

    sender: Sender
    raw: bytes
    room: RoomId
    draft: DraftId
    text: str | None = None


DraftRequest = FoundDraft | AppendDraftItem
