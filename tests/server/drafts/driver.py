"""Drafts for tests: real signatures and chains over bodies of random bytes, over the HTTP API alone."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from nacl.signing import SigningKey

from portal.wire.drafts.countersign import Countersign, countersign_body
from portal.wire.drafts.envelope import (
    DraftEnvelope,
    decode_draft_item,
    first_draft_head,
    is_sealed,
    next_draft_head,
)
from portal.wire.drafts.padding import SEALED_EXTRA_BYTES, smallest_class
from portal.wire.drafts.rights import DraftRight, Right, rights_body
from portal.wire.drafts.streams import ACTS, TEXT, DraftItemKind, Stream
from portal.wire.ids import DraftId, ItemId, RoomId, b64, new_id, unb64
from tests.server.rooms.driver import Json, Peer, frames

HASH: Final = bytes(range(32))


def sealed_body(stream: Stream, kind: DraftItemKind, padded_bytes: int = 0) -> bytes:
    """Random bytes of the smallest size that such an item has, or of a larger class."""
    return secrets.token_bytes(max(smallest_class(kind, stream.kind), padded_bytes) + SEALED_EXTRA_BYTES)


@dataclass
class Table:
    """A draft for tests: its ids, and what each device has sent to each stream."""

    room: RoomId
    draft: DraftId
    sequences: dict[tuple[str, Stream], int] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where its requests go."""
        return f"/api/rooms/{self.room}/drafts/{self.draft}"

    # Founding and rights

    @classmethod
    def found(cls, founder: Peer, room: RoomId, *members: DraftRight, default: Right = "read") -> "Table":
        """Open a draft in which ``founder`` is chair and ``members`` are what they are."""
        table = cls(room, DraftId(new_id()))
        receipt = founder.browser.ok(
            "POST", f"/api/rooms/{room}/drafts", table.founding(founder, *members, default=default)
        )
        assert receipt["number"] == 1
        table.sequences[founder.device, ACTS] = 1
        return table

    def founding(self, founder: Peer, *members: DraftRight, default: Right = "read", **changes: Any) -> bytes:
        """The founding item; ``changes`` are fields of the envelope."""
        listed = {"account": founder.account, "delegation": "", "right": "chair"}
        body = self.rights(listed, *members, default=default)
        return self.item(founder, ACTS, DraftItemKind.FOUNDING, **({"body": body} | changes))

    def rights(self, *members: Any, default: Right = "read") -> bytes:
        """The body of a table with ``members``."""
        ascending = sorted(members, key=lambda member: str(member["account"]))
        return rights_body({"default": default, "draft": self.draft, "members": ascending, "room": self.room, "v": 1})

    # Items

    def item(
        self, peer: Peer, stream: Stream, kind: DraftItemKind, *, by: SigningKey | None = None, **changes: Any
    ) -> bytes:
        """The next item of ``peer`` in ``stream``, on its newest head; ``changes`` are fields of the envelope."""
        room = peer.room(self.room)
        seen = self.stream(peer, stream)
        fields: Json = {
            "kind": kind,
            "room": self.room,
            "draft": self.draft,
            "stream": stream,
            "epoch": room["epoch"],
            "bucket": room["bucket"],
            "device": peer.device,
            "sequence": self.sequences.get((peer.device, stream), 0) + 1,
            "item": ItemId(new_id()),
            "seen_number": seen["number"],
            "seen_head": unb64(seen["head"]),
            "body": sealed_body(stream, kind) if is_sealed(kind) else b"",
            "signature": b"",
        } | changes
        fields["body_sha256"] = hashlib.sha256(fields["body"]).digest()
        unsigned = DraftEnvelope(**fields)
        return unsigned._replace(signature=(by or peer.key).sign(unsigned.signed_bytes).signature).encode()

    def submit(self, peer: Peer, raw: bytes) -> Json:
        """Append an item that must be accepted."""
        receipt: Json = peer.browser.ok("POST", f"{self.path}/items", raw)
        envelope = decode_draft_item(raw)
        self.sequences[peer.device, envelope.stream] = envelope.sequence
        return receipt

    def says(
        self, peer: Peer, stream: Stream = TEXT, kind: DraftItemKind = DraftItemKind.UPDATE, **changes: Any
    ) -> Json:
        """Append the next item, which must be accepted."""
        return self.submit(peer, self.item(peer, stream, kind, **changes))

    def refused(self, peer: Peer, raw: bytes) -> Json:
        """Submit an item that must be refused; return the error, after making sure that nothing changed."""
        before = peer.browser.send("GET", f"/api/rooms/{self.room}/drafts").get_json()
        error: Json = peer.browser.error("POST", f"{self.path}/items", raw)
        assert peer.browser.send("GET", f"/api/rooms/{self.room}/drafts").get_json() == before
        return error

    def refusal(self, peer: Peer, stream: Stream, kind: DraftItemKind, **changes: Any) -> str:
        """Submit the next item with ``changes``, which must be refused; return the code."""
        return str(self.refused(peer, self.item(peer, stream, kind, **changes))["code"])

    def countersign(self, snapshot: int) -> bytes:
        """The body that confirms the snapshot with this number."""
        return countersign_body(Countersign(snapshot, HASH))

    # Reading

    def shown(self, peer: Peer) -> Json:
        """The draft as the server lists it."""
        drafts = peer.browser.ok("GET", f"/api/rooms/{self.room}/drafts")
        found: Json = next(one for one in drafts if one["draft"] == self.draft)
        return found

    def stream(self, peer: Peer, stream: Stream) -> Json:
        """Where ``stream`` stands; as before its first item if it is not listed."""
        drafts = peer.browser.send("GET", f"/api/rooms/{self.room}/drafts").get_json()
        listed = [
            one
            for draft in drafts
            if isinstance(draft, dict) and draft["draft"] == self.draft
            for one in draft["streams"]
        ]
        found: Json | None = next((one for one in listed if one["stream"] == stream.name), None)
        start = {"number": 0, "head": b64(first_draft_head(self.draft, stream))}
        return found or {**start, "base": start, "state": 0, "confirmed": 0}

    def items(self, peer: Peer, stream: Stream, after: int = 0, limit: int = 1000) -> list[tuple[int, int, bytes]]:
        """(number, at_ms, envelope) of what is kept after ``after``."""
        response = peer.raw("GET", f"{self.path}/streams/{stream.name}/items?after={after}&limit={limit}")
        assert response.status_code == 200, response.text
        return list(frames(response.data))

    def revisions(self, peer: Peer) -> list[tuple[int, int, bytes]]:
        """The same of the retained revisions."""
        response = peer.raw("GET", f"{self.path}/streams/{TEXT.name}/revisions")
        assert response.status_code == 200, response.text
        return list(frames(response.data))


def check_chain(table: Table, peer: Peer, stream: Stream) -> None:
    """Recompute the heads from the base on: numbers without gaps, and the stated head at the end."""
    stated = table.stream(peer, stream)
    number, head = stated["base"]["number"], unb64(stated["base"]["head"])
    for got, at_ms, raw in every_item(table, peer, stream):
        number += 1
        assert got == number
        head = next_draft_head(head, number, at_ms, decode_draft_item(raw).item_hash)
    assert (number, head) == (stated["number"], unb64(stated["head"]))


def every_item(table: Table, peer: Peer, stream: Stream) -> Iterable[tuple[int, int, bytes]]:
    """All that is kept, in pages."""
    after = 0
    while page := table.items(peer, stream, after):
        yield from page
        after = page[-1][0]


def right(peer: Peer, word: Right, delegation: str = "") -> DraftRight:
    """A line of the table."""
    return {"account": peer.account, "delegation": delegation, "right": word}
