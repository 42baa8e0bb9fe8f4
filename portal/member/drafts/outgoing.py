"""What waits to be sent to one draft, kept before anything is sent, in a queue as a room's."""

from dataclasses import dataclass

from portal.member.outgoing import Out, Queue
from portal.member.work import Work
from portal.wire.drafts.streams import DraftItemKind
from portal.wire.ids import DraftId, ItemId, RoomId, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOut(Out):
    """One item that waits; kept under "dout:<room>:<draft>:<order>". ``stream`` is a name; sealed once (``raw``)."""

    stream: str
    kind: DraftItemKind


class DraftOutgoing(Queue[DraftOut]):
    """The queue of one draft."""

    def __init__(self, room: RoomId, draft: DraftId) -> None:
        super().__init__(f"dout:{room}:{draft}", DraftOut)

    def add(self, stream: str, kind: DraftItemKind, plaintext: bytes) -> Work[ItemId]:
        """Keep an item for sending; returns the id that it will have."""
        order, item = self._next_order(), ItemId(new_id())
        return (yield from self._keep(DraftOut(order, item, plaintext, stream=stream, kind=kind)))
