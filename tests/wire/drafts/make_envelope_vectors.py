"""Write tests/vectors/drafts_envelope.json: items of every kind and stream, and each stream's heads, from fixed bytes.

Run as ``python -m tests.wire.drafts.make_envelope_vectors``. static/test/wire/drafts/envelope.test.ts makes the same.
"""

import hashlib
import json
from typing import Any

from nacl.signing import SigningKey

from portal.wire.drafts.envelope import (
    DraftEnvelope,
    first_draft_head,
    is_sealed,
    next_draft_head,
)
from portal.wire.drafts.padding import SEALED_EXTRA_BYTES, size_class, smallest_class
from portal.wire.drafts.streams import KINDS, NO_OWNER, DraftItemKind, Stream, StreamKind
from portal.wire.ids import DeviceId, DraftId, Id, ItemId, RoomId, b64
from tests.wire.browser_vectors import VECTORS

FILE = VECTORS / "drafts_envelope.json"
KEY = SigningKey(hashlib.sha256(b"device key").digest())
AT_MS = 1_795_000_000_000
LENGTHS = (0, 251, 252, 253, 2044, 2045, 4092, 4093, 65_532, 65_533, 131_068, 131_069, 900_000, 4_000_000)


def an_id(word: str) -> Id:
    """Return the id that every run gives to ``word``."""
    return Id(b64(hashlib.sha256(word.encode()).digest()[:16]))


def streams() -> list[Stream]:
    """Return one stream of each kind."""
    owned = {StreamKind.PROPOSALS: an_id("delegation"), StreamKind.MACHINE: an_id("interpreter")}
    return [Stream(kind, owned.get(kind, NO_OWNER)) for kind in StreamKind]


def item(stream: Stream, kind: DraftItemKind, number: int, seen_head: bytes) -> DraftEnvelope:
    """Return the signed item with this number; its body is a hash's bytes, repeated to the smallest size."""
    size = smallest_class(kind, stream.kind) + SEALED_EXTRA_BYTES if is_sealed(kind) else 75
    body = (hashlib.sha256(f"{stream.name} {number}".encode()).digest() * 80)[:size]
    unsigned = DraftEnvelope(
        kind=kind,
        room=RoomId(an_id("room")),
        draft=DraftId(an_id("draft")),
        stream=stream,
        epoch=2**53 - 1,
        bucket=20_000,
        device=DeviceId(an_id("device")),
        sequence=number,
        item=ItemId(an_id(f"{stream.name} {number}")),
        seen_number=number - 1,
        seen_head=seen_head,
        body_sha256=hashlib.sha256(body).digest(),
        signature=bytes(64),
        body=body,
    )
    return unsigned._replace(signature=KEY.sign(unsigned.signed_bytes).signature)


def chain(stream: Stream) -> dict[str, Any]:
    """Return one item of each kind that ``stream`` takes, as a chain."""
    heads = [first_draft_head(DraftId(an_id("draft")), stream)]
    items = []
    for number, kind in enumerate(sorted(KINDS[stream.kind]), start=1):
        made = item(stream, kind, number, heads[-1])
        heads.append(next_draft_head(heads[-1], number, AT_MS + number, made.item_hash))
        items.append(
            {
                "kind": int(kind),
                "item": made.item,
                "at_ms": AT_MS + number,
                "raw": b64(made.encode()),
                "hash": made.item_hash.hex(),
                "keyInfo": made.key_info.hex(),
                "contentAad": made.content_aad.hex(),
            }
        )
    return {
        "stream": stream.name,
        "kind": int(stream.kind),
        "owner": stream.owner,
        "heads": hexes(heads),
        "items": items,
    }


def hexes(values: list[bytes]) -> list[str]:
    """Return each of ``values`` in hexadecimal."""
    return [value.hex() for value in values]


def document() -> dict[str, Any]:
    """Return all vectors."""
    ids = {word: an_id(word) for word in ("room", "draft", "device")}
    padding = [[length, smallest, size_class(length, smallest)] for length in LENGTHS for smallest in (256, 2048)]
    return {
        "ids": ids,
        "deviceKey": KEY.verify_key.encode().hex(),
        "streams": [chain(stream) for stream in streams()],
        "padding": padding,
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(document(), indent=1) + "\n", "utf-8")
