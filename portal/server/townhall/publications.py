"""Files that are published for good, with their hashes in the ledger. The only writer of ``publication``."""

import hashlib
import json
from typing import Any, Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.ledger import service as ledger
from portal.server.townhall.agenda_models import Publication, PublicationKind
from portal.wire.agenda import json_text
from portal.wire.ids import b64
from portal.wire.ledger.entries import Kind

_KINDS: Final[dict[PublicationKind, Kind]] = {"ballots": Kind.BALLOTS, "agenda": Kind.AGENDA}


def publish(
    unit: Unit, week: str, what: PublicationKind, value: Any, *, revision: int = 0, recorded: bool = True
) -> Publication:
    """Publish ``value`` (plain values) as a file of ``week``; ``recorded``: its hash goes into the ledger."""
    file = json_text(value).encode() + b"\n"
    digest = hashlib.sha256(file).digest()
    entry = _record(unit, week, what, digest, revision) if recorded else None
    row = Publication(
        week_id=week, what=what, revision=revision, file=file, sha256=digest, ledger_entry=entry, at_s=unit.now_s
    )
    unit.session.add(row)
    unit.session.flush()
    return row


def get(unit: Unit, week: str, what: PublicationKind, revision: int) -> Publication | None:
    """Return one file; None if it was not published."""
    return unit.session.get(Publication, (week, what, revision))


def newest(unit: Unit, week: str, what: PublicationKind) -> Publication | None:
    """Return the newest revision of a file; None if there is none."""
    rows = sa.select(Publication).where(Publication.week_id == week, Publication.what == what)
    return unit.session.scalar(rows.order_by(Publication.revision.desc()).limit(1))


def of_week(unit: Unit, week: str) -> list[Publication]:
    """Return all that was published of a week."""
    rows = sa.select(Publication).where(Publication.week_id == week)
    return list(unit.session.scalars(rows.order_by(Publication.what, Publication.revision)))


def value_of(publication: Publication) -> Any:
    """Return a file's plain values."""
    return json.loads(publication.file)


def _record(unit: Unit, week: str, what: PublicationKind, digest: bytes, revision: int) -> int:
    statement: dict[str, str | int] = {"week": week, "file": b64(digest)}
    if what == "agenda":
        statement["revision"] = revision
    return ledger.record_opened(unit, _KINDS[what], statement, subject=week, number=revision).entry
