"""What snapshots and revisions of a draft hold: whose browser sessions wrote, a hash, and the whole state, deflated.

Twin of static/src/e2ee/draft_state.ts; docs/protocol.md §10 says what the state of each stream is.
"""

import json
import zlib
from dataclasses import dataclass
from typing import Any, Final

from portal.member.e2ee.refusal import Refusal
from portal.wire.canonical import MAX_SAFE_INTEGER, NotCanonicalError, canonical_json
from portal.wire.drafts.envelope import HASH_BYTES
from portal.wire.drafts.streams import Stream, parse_stream_name
from portal.wire.ids import AccountId, DeviceId, b64, is_id, unb64

STATE_MAX_BYTES: Final = 64 << 20
"""What a state may inflate to: more is no text that people wrote."""
_LENGTH_BYTES: Final = 4
_RAW_DEFLATE: Final = -15

Claims = dict[int, tuple[AccountId, DeviceId]]
"""Which device each Yjs client number belongs to."""


@dataclass(frozen=True, slots=True)
class DraftStateItem:
    """The content of a snapshot or a revision: all of ``stream`` up to its item ``through``.

    ``hash`` (32 bytes) is the document's, of acts that of the reducer's state; ``state`` a Yjs v1 update, of acts JSON.
    """

    stream: Stream
    through: int
    hash: bytes
    clients: Claims
    state: bytes

    def to_bytes(self) -> bytes:
        """Return the plaintext to seal."""
        head = canonical_json(
            {
                "clients": [[number, *self.clients[number]] for number in sorted(self.clients)],
                "hash": b64(self.hash),
                "stream": self.stream.name,
                "through": self.through,
                "v": 1,
            }
        )
        packer = zlib.compressobj(9, zlib.DEFLATED, _RAW_DEFLATE)
        return len(head).to_bytes(_LENGTH_BYTES, "big") + head + packer.compress(self.state) + packer.flush()


def parse_draft_state(plaintext: bytes) -> DraftStateItem:
    """Read an opened snapshot or revision; Refusal item.malformed."""
    try:
        end = _LENGTH_BYTES + int.from_bytes(plaintext[:_LENGTH_BYTES], "big")
        head = json.loads(plaintext[_LENGTH_BYTES:end])
        _require(end <= len(plaintext) and canonical_json(head) == plaintext[_LENGTH_BYTES:end])
        return _parsed(head, _inflated(plaintext[end:]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, zlib.error, NotCanonicalError) as error:
        raise Refusal("item.malformed") from error


def _parsed(head: dict[str, Any], state: bytes) -> DraftStateItem:
    _require(head.keys() == {"clients", "hash", "stream", "through", "v"} and head["v"] == 1)
    stream, through = parse_stream_name(head["stream"]), head["through"]
    _require(type(through) is int and 0 <= through <= MAX_SAFE_INTEGER)
    clients: Claims = {}
    for number, account, device in head["clients"]:
        _require(type(number) is int and number not in clients and is_id(account) and is_id(device))
        clients[number] = AccountId(account), DeviceId(device)
    if stream is None:
        raise ValueError(head["stream"])
    return DraftStateItem(stream, through, unb64(head["hash"], HASH_BYTES), clients, state)


def _inflated(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(_RAW_DEFLATE)
    state = unpacker.decompress(packed, STATE_MAX_BYTES)
    _require(unpacker.eof and not unpacker.unused_data)
    return state


def _require(condition: bool) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        msg = "no state of a draft"
        raise ValueError(msg)
