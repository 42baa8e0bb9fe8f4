"""kill -9 under load: what was acknowledged of a draft's text is there, once, and in the order that was told."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.bench.client_frames import masked_frame
from portal.bench.seed import Installation, seeded
from portal.bench.seed_drafts import Updates, founded_draft
from portal.bench.subjects import portal_server
from portal.server.drafts.models import DraftItem, DraftStream
from portal.wire.drafts.envelope import decode_draft_item, first_draft_head, next_draft_head
from portal.wire.drafts.streams import TEXT, StreamKind
from portal.wire.ids import DraftId, b64
from tests.server.core import test_kill as records

SENDERS = 4
KILLS = 2


def check_stream(installation: Installation, draft: DraftId, acknowledged: dict[int, str]) -> None:
    """Check that numbers and heads have no gap, no item is there twice, each acknowledged one where it was said."""
    of_text = DraftStream.kind == int(StreamKind.TEXT)
    query = sa.select(DraftItem.number, DraftItem.item_id, DraftItem.head, DraftItem.at_ms, DraftItem.envelope).join(
        DraftStream
    )
    rows = installation.database.read(
        lambda unit: unit.connection.execute(query.where(of_text).order_by(DraftItem.number)).all()
    )
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert len({row.item_id for row in rows}) == len(rows)
    head = first_draft_head(draft, TEXT)
    for row in rows:
        head = next_draft_head(head, row.number, row.at_ms, decode_draft_item(row.envelope).item_hash)
        assert row.head == head
    by_number = {row.number: b64(row.envelope) for row in rows}
    assert [number for number, text in acknowledged.items() if by_number.get(number) != text] == []


class Writer(records.Sender):
    """One device that keeps ten updates under way, and sends again what was not acknowledged."""

    def __init__(self, installation: Installation, place: int, draft: DraftId) -> None:
        super().__init__(installation, place)
        self._draft = draft
        self._items = Updates(installation, installation.devices[place + 1], draft)

    def _send(self, number: int, text: str) -> None:
        event = f'42{number}["draft.submit","{self._installation.room}","{self._draft}","{text}"]'
        self.listener.connection.sendall(masked_frame(event.encode()))


@pytest.mark.slow
def test_nothing_acknowledged_of_a_draft_is_lost_or_doubled_by_a_kill(database_url: str, tmp_path: Path) -> None:
    installation = seeded(database_url, SENDERS + 1)
    draft = founded_draft(installation)
    writers = [Writer(installation, place, draft) for place in range(SENDERS)]
    for _ in range(KILLS):
        with portal_server(tmp_path, database_url, core=None) as server:
            for writer in writers:
                writer.connect(server.port)
            records.load_until_killed(server, [*writers])
    acknowledged: dict[int, str] = {}
    for writer in writers:
        assert not acknowledged.keys() & writer.acknowledged.keys()
        acknowledged |= writer.acknowledged
    assert len(acknowledged) > 50 * KILLS
    check_stream(installation, draft, acknowledged)
    installation.database.close()
