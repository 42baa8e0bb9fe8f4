"""What the server is asked of drafts, and what it may answer (docs/protocol.md §10)."""

from dataclasses import dataclass
from typing import Any, Final

from portal.member.answers import PLACE, checked, is_b64, is_hash
from portal.member.drafts.stream import SentItem
from portal.member.e2ee.ring import Base
from portal.member.room import parse_record
from portal.member.work import Work, get, get_bytes
from portal.wire.drafts.streams import Stream, parse_stream_name
from portal.wire.ids import AccountId, DraftId, RoomId, is_id, unb64

FETCH_ITEMS: Final = 500
_STREAM: Final = {"stream": str, "number": int, "head": is_hash, "base": {"number": int, "head": is_hash}}
_DRAFTS: Final = [{"draft": is_id, "created_ms": int, "founder": is_id, "streams": [_STREAM]}]
_RECEIPTS: Final = [{"number": int, "receipt": is_b64}]
SUBMITTED: Final = PLACE


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a stream goes by the server's word: its last item's number and head (32 bytes), and where it begins."""

    stream: Stream
    end: Base
    base: Base


@dataclass(frozen=True, slots=True)
class ServedDraft:
    """A draft as the server lists it."""

    draft: DraftId
    created_ms: int
    founder: AccountId
    streams: tuple[Reach, ...]


def fetch_drafts(room: RoomId) -> Work[list[ServedDraft]]:
    """Return the drafts of a room, the oldest first; streams of kinds that are not known here are left out."""
    answer = checked((yield from get(f"/api/rooms/{room}/drafts")), _DRAFTS)
    served = [
        ServedDraft(one["draft"], one["created_ms"], one["founder"], tuple(map(_reach, _known(one["streams"]))))
        for one in answer
    ]
    return sorted(served, key=lambda one: (one.created_ms, one.draft))


def fetch_items(room: RoomId, draft: DraftId, stream: Stream, after: int) -> Work[list[SentItem]]:
    """Return items of a stream behind ``after``, as many as the server gives at once."""
    path = f"/api/rooms/{room}/drafts/{draft}/streams/{stream.name}/items?after={after}&limit={FETCH_ITEMS}"
    raw = yield from get_bytes(path)
    return [SentItem(item.number, item.at_ms, item.raw) for item in parse_record(raw)]


def fetch_revisions(room: RoomId, draft: DraftId, stream: Stream) -> Work[list[SentItem]]:
    """Return the retained revisions of a stream."""
    raw = yield from get_bytes(f"/api/rooms/{room}/drafts/{draft}/streams/{stream.name}/revisions")
    return [SentItem(item.number, item.at_ms, item.raw) for item in parse_record(raw)]


def fetch_receipts(room: RoomId, draft: DraftId, after: int) -> Work[dict[int, str]]:
    """Return the server's receipts of acts behind ``after``, by their numbers."""
    path = f"/api/rooms/{room}/drafts/{draft}/streams/acts/receipts?after={after}"
    answer = checked((yield from get(path)), _RECEIPTS)
    return {one["number"]: one["receipt"] for one in answer}


def _known(streams: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in streams if parse_stream_name(one["stream"]) is not None]


def _reach(one: dict[str, Any]) -> Reach:
    stream, base = parse_stream_name(one["stream"]), one["base"]
    if stream is None:
        raise ValueError(one["stream"])
    end = Base(one["number"], unb64(one["head"]))
    return Reach(stream, end, Base(base["number"], unb64(base["head"])))
