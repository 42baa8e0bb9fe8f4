"""Drafts in a seeded room, and updates of their text, signed: what ``seed`` is for records."""

import hashlib
import secrets
from collections.abc import Iterator
from typing import Final

from nacl.signing import SigningKey

from portal.bench.seed import SEALED_EXTRA_BYTES, Installation, SeededDevice
from portal.server.core.writer import GroupCommitWriter
from portal.server.drafts.record import DraftHandler
from portal.server.drafts.requests import FoundDraft
from portal.server.rooms.record import RecordHandler
from portal.server.rooms.requests import Receipt, RecordRequest, Sender
from portal.wire.drafts.envelope import DraftEnvelope, first_draft_head
from portal.wire.drafts.rights import rights_body
from portal.wire.drafts.streams import ACTS, TEXT, DraftItemKind, Stream
from portal.wire.ids import DraftId, ItemId, b64, new_id

UPDATE_BYTES: Final = SEALED_EXTRA_BYTES + 256
"""A body in the smallest padding class."""


def founded_draft(installation: Installation) -> DraftId:
    """Open a draft in which every device's account holds a pen; return its id. No server may run meanwhile."""
    draft, founder = DraftId(new_id()), installation.devices[0]
    accounts = sorted({device.account for device in installation.devices})
    body = rights_body(
        {
            "default": "read",
            "draft": draft,
            "members": [{"account": account, "delegation": "", "right": "chair"} for account in accounts],
            "room": installation.room,
            "v": 1,
        }
    )
    handler = RecordHandler()
    handler.serve_further(DraftHandler(lambda labelled: SigningKey(bytes(32)).sign(labelled).signature))
    writer: GroupCommitWriter[RecordRequest, Receipt] = GroupCommitWriter(installation.database, handler)
    writer.start()
    raw = signed_update(installation, founder, draft, ACTS, DraftItemKind.FOUNDING, 1, body)
    writer.append(FoundDraft(Sender(founder.account, founder.device), raw, installation.room))
    writer.close()
    return draft


def signed_update(
    installation: Installation,
    device: SeededDevice,
    draft: DraftId,
    stream: Stream,
    kind: DraftItemKind,
    sequence: int,
    body: bytes,
) -> bytes:
    """Return an item whose author has seen nothing of its stream."""
    unsigned = DraftEnvelope(
        kind=kind,
        room=installation.room,
        draft=draft,
        stream=stream,
        epoch=0,
        bucket=installation.bucket,
        device=device.device,
        sequence=sequence,
        item=ItemId(new_id()),
        seen_number=0,
        seen_head=first_draft_head(draft, stream),
        body_sha256=hashlib.sha256(body).digest(),
        signature=b"",
        body=body,
    )
    return unsigned._replace(signature=device.key.sign(unsigned.signed_bytes).signature).encode()


class Updates(Iterator[str]):
    """Updates of one device to the text, in sequence."""

    def __init__(
        self, installation: Installation, device: SeededDevice, draft: DraftId, *, body_bytes: int = UPDATE_BYTES
    ) -> None:
        self._body_bytes = body_bytes
        self._of = (installation, device, draft, TEXT, DraftItemKind.UPDATE)
        self._sequence = 0

    def __next__(self) -> str:
        self._sequence += 1
        return b64(signed_update(*self._of, self._sequence, secrets.token_bytes(self._body_bytes)))
