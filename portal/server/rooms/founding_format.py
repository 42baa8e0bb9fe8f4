"""What a record's first item says (docs/protocol.md §5, Founding body)."""

from typing import Any, Final

from portal.wire.canonical import parse_canonical
from portal.wire.errors import PeerError
from portal.wire.founding import SUITE, is_history
from portal.wire.ids import RoomId

BODY_MAX_BYTES: Final = 256


def history_of(body: bytes, room: RoomId) -> str:
    """Return the history policy that a founding's body fixes.

    Raises:
        PeerError: item.too_large; item.malformed, if it is not the founding of ``room``.
    """
    if len(body) > BODY_MAX_BYTES:
        raise PeerError("item.too_large", limit_bytes=BODY_MAX_BYTES)
    try:
        founding: Any = parse_canonical(body)
    except ValueError:
        raise PeerError("item.malformed", reason="founding") from None
    history = founding.pop("history", None) if isinstance(founding, dict) else None
    if founding != {"group": room, "suite": SUITE, "v": 1}:
        raise PeerError("item.malformed", reason="founding")
    if not isinstance(history, str) or not is_history(history):
        raise PeerError("item.malformed", reason="history")
    return history
