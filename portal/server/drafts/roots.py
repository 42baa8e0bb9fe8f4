"""Draft roots: where each draft's acts stand, and each revision, entered into the ledger every ten minutes.

As with the roots of rooms, outsiders see neither which drafts there are nor how many had something new: entries are
commitments, in a random order, among others of the same kind that commit to nothing, up to a multiple of 16.
"""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.server.core.db import Unit
from portal.server.drafts import policy
from portal.server.drafts.models import DraftItem, DraftStream
from portal.server.drafts.schemas import DraftRootsView, VersionRootView
from portal.server.ledger import service
from portal.server.ledger.models import LedgerOpening
from portal.server.rooms.roots import PADDED_TO, SHOWN_MAX
from portal.server.rooms.schemas import RootView
from portal.wire.drafts.streams import DraftItemKind, StreamKind
from portal.wire.ids import AccountId, DraftId, RoomId, b64
from portal.wire.ledger.entries import Kind

_chance: Final = random.SystemRandom()
_STATES: Final = (int(DraftItemKind.SNAPSHOT), int(DraftItemKind.REVISION))


class _Root(NamedTuple):
    draft: str
    number: int
    head: bytes


def record_roots(unit: Unit) -> None:
    """Enter the head of every draft's acts that have grown since the last time, and every revision that is new."""
    _record(unit, Kind.DRAFT_ACT, _grown_acts(unit))
    _record(unit, Kind.DRAFT_VERSION, _new_revisions(unit))


def roots_for(unit: Unit, account: AccountId, room: RoomId, draft: DraftId) -> DraftRootsView:
    """Return the roots of ``draft`` in the ledger, newest first.

    Raises:
        UserError: room.not_found, draft.not_found.
    """
    policy.get_draft_for(unit, account, room, draft)
    return DraftRootsView(
        acts=tuple(
            RootView(
                number=root.number, head=b64(item.head), index=root.index, nonce=b64(root.nonce), tag=b64(root.tag)
            )
            for root, item in _opened(unit, Kind.DRAFT_ACT, draft, StreamKind.ACTS)
        ),
        versions=tuple(
            VersionRootView(
                number=root.number,
                head=b64(item.head),
                index=root.index,
                nonce=b64(root.nonce),
                tag=b64(root.tag),
                item=item.item_id,
            )
            for root, item in _opened(unit, Kind.DRAFT_VERSION, draft, StreamKind.TEXT)
        ),
    )


def _record(unit: Unit, kind: Kind, roots: Sequence[_Root]) -> None:
    padding = -len(roots) % PADDED_TO
    for root in _chance.sample([*roots, *[None] * padding], len(roots) + padding):
        if root is None:
            service.record(unit, kind, {})  # the kind is public: another one would give the padding away
        else:
            statement = {"draft": root.draft, "number": root.number, "head": b64(root.head)}
            service.record_opened(unit, kind, statement, subject=root.draft, number=root.number)


def _grown_acts(unit: Unit) -> list[_Root]:
    of_stream = aliased(DraftItem)
    newest = sa.select(sa.func.max(of_stream.number)).where(of_stream.stream_id == DraftStream.id).scalar_subquery()
    recorded = (
        sa.select(sa.func.max(LedgerOpening.number))
        .where(LedgerOpening.kind == Kind.DRAFT_ACT, LedgerOpening.subject == DraftStream.draft_id)
        .scalar_subquery()
    )
    rows = unit.connection.execute(
        sa.select(DraftStream.draft_id, DraftItem.number, DraftItem.head)
        .join(DraftItem, sa.and_(DraftItem.stream_id == DraftStream.id, DraftItem.number == newest))
        .where(DraftStream.kind == int(StreamKind.ACTS), DraftItem.number > sa.func.coalesce(recorded, 0))
    )
    return [_Root(*row) for row in rows]


def _new_revisions(unit: Unit) -> list[_Root]:
    recorded = sa.exists().where(
        LedgerOpening.kind == Kind.DRAFT_VERSION,
        LedgerOpening.subject == DraftStream.draft_id,
        LedgerOpening.number == DraftItem.number,
    )
    rows = unit.connection.execute(
        sa.select(DraftStream.draft_id, DraftItem.number, DraftItem.head)
        .join(DraftItem, DraftItem.stream_id == DraftStream.id)
        .where(DraftItem.kind.in_(_STATES), DraftItem.kind == int(DraftItemKind.REVISION), ~recorded)
    )
    return [_Root(*row) for row in rows]


def _opened(
    unit: Unit, kind: Kind, draft: DraftId, stream: StreamKind
) -> list[tuple[service.Opening, sa.Row[int, bytes, str]]]:
    opened = service.opened(unit, kind, (draft,), newest=SHOWN_MAX)
    rows = unit.connection.execute(
        sa.select(DraftItem.number, DraftItem.head, DraftItem.item_id)
        .join(DraftStream, DraftStream.id == DraftItem.stream_id)
        .where(
            DraftStream.draft_id == draft,
            DraftStream.kind == int(stream),
            DraftItem.number.in_([root.number for root in opened]),
        )
    )
    items = {row.number: row for row in rows}
    return [(root, items[root.number]) for root in opened]
