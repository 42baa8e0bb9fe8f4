"""What was erased since its time was over: how much of which kind on which day, and nothing else of it.

Whoever erases notes it in the same transaction, so that what the administrator reads is what happened.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.core.db import Base, Unit

Kind = Literal[
    "sessions",
    "enrolments",
    "uploads",
    "jobs",
    "words",
    "passes",
    "addresses",
    "invitations",
    "closed_accounts",
    "archived_files",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
DAY_MS: Final = 86_400_000


class Erasure(Base):
    """How many things of ``kind`` were erased on ``day`` (since 1970, UTC), and the bytes that they took on disk."""

    __tablename__ = "erasure"

    kind: Mapped[Kind] = mapped_column(sa.String(24), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    size_bytes: Mapped[int]


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of one kind: number and bytes, of late and in all; ``last_day`` is None if never."""

    kind: Kind
    recent: int = 0
    number: int = 0
    size_bytes: int = 0
    last_day: int | None = None


def note(unit: Unit, kind: Kind, number: int, size_bytes: int = 0) -> int:
    """Note that ``number`` things of ``kind`` were erased in this transaction; return ``number``."""
    if number:
        row = {"kind": kind, "day": unit.now_ms // DAY_MS, "number": number, "size_bytes": size_bytes}
        insert = (sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert)(Erasure).values(row)
        more = {
            "number": Erasure.number + insert.excluded.number,
            "size_bytes": Erasure.size_bytes + insert.excluded.size_bytes,
        }
        unit.connection.execute(insert.on_conflict_do_update(index_elements=["kind", "day"], set_=more))
    return number


def erased(unit: Unit, recent_days: int = 30) -> list[Erased]:
    """Return what was erased of each kind, also of kinds of which nothing was."""
    since = unit.now_ms // DAY_MS - recent_days
    rows = unit.connection.execute(
        sa.select(
            Erasure.kind,
            sa.func.sum(sa.case((Erasure.day > since, Erasure.number), else_=0)),
            sa.func.sum(Erasure.number),
            sa.func.sum(Erasure.size_bytes),
            sa.func.max(Erasure.day),
        ).group_by(Erasure.kind)
    )
    found = {row[0]: Erased(row[0], *map(int, row[1:])) for row in rows}
    return [found.get(kind, Erased(kind)) for kind in KINDS]
