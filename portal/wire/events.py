"""Socket.IO event names and their payloads (docs/protocol.md §7). The TypeScript twin is compared by a test."""

from typing import Final

# client → server
ROOM_OPEN: Final = "room.open"
ROOM_CLOSE: Final = "room.close"
ITEM_SUBMIT: Final = "item.submit"
TYPING: Final = "typing"
PRESENCE: Final = "presence"
ASIDE: Final = "aside"
DRAFT_OPEN: Final = "draft.open"
DRAFT_CLOSE: Final = "draft.close"
DRAFT_SUBMIT: Final = "draft.submit"
DRAFT_CURSOR: Final = "draft.cursor"
# server → client
ITEM: Final = "item"
ROOM_CHANGED: Final = "room.changed"
ROOMS_CHANGED: Final = "rooms.changed"
CURSOR: Final = "cursor"
DEVICE_LIST_CHANGED: Final = "device-list.changed"
SESSION_REVOKED: Final = "session.revoked"
DRAFT_ITEM: Final = "draft.item"
DRAFTS_CHANGED: Final = "drafts.changed"

CLIENT_EVENTS: Final = (
    ROOM_OPEN,
    ROOM_CLOSE,
    ITEM_SUBMIT,
    TYPING,
    PRESENCE,
    ASIDE,
    DRAFT_OPEN,
    DRAFT_CLOSE,
    DRAFT_SUBMIT,
    DRAFT_CURSOR,
)
SERVER_EVENTS: Final = (
    ITEM,
    ROOM_CHANGED,
    ROOMS_CHANGED,
    CURSOR,
    TYPING,
    PRESENCE,
    DEVICE_LIST_CHANGED,
    SESSION_REVOKED,
    ASIDE,
    DRAFT_ITEM,
    DRAFT_CURSOR,
    DRAFTS_CHANGED,
)
