"""Receipts of acts: the server's signed word that it took an item, at which place and time.

With one, its holder can show later that an act was in time; an adoption by silence that leaves it out is void.
"""

from collections.abc import Callable

from portal.wire.drafts.statements import receipt_bytes
from portal.wire.ids import DraftId, RoomId, b64

Sign = Callable[[bytes], bytes]
"""Signs labelled bytes with the ledger's key: 64 bytes."""


def sign_receipt(
    sign: Sign, room: RoomId, draft: DraftId, item_hash: bytes, number: int, head: bytes, at_ms: int
) -> bytes:
    """Return the receipt (64 bytes) of the act with ``item_hash`` at ``number``; hash and ``head`` have 32 bytes."""
    place = receipt_bytes(room=room, draft=draft, item=b64(item_hash), number=number, head=b64(head), at_ms=at_ms)
    return sign(place)
