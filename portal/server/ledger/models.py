"""Rows of the ledger. Nothing here opens an entry but ``LedgerOpening``, which holds only what is the server's own."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.core.db import Base

_WAITING = sa.text("place IS NULL")


class LedgerEntry(Base):
    """One entry (49 bytes), from the transaction of the fact it is about. ``place`` is its index in the tree, later.

    ``held_hour`` (hours since 1970): it enters only when this hour is over, shuffled among those of its time. Such an
    entry's id is a random negative number, others' count; so nothing that is kept tells when it came.
    """

    __tablename__ = "ledger_entry"
    # An id is never used twice: others keep it to ask for the entry's place.
    __table_args__ = (
        sa.Index("ix_ledger_entry_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry: Mapped[bytes]
    held_hour: Mapped[int | None]
    place: Mapped[int | None] = mapped_column(unique=True)


class LedgerTile(Base):
    """A tile of the tree as far as it has grown: up to 256 hashes of 32 bytes."""

    __tablename__ = "ledger_tile"

    level: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hashes: Mapped[bytes]


class LedgerCheckpoint(Base):
    """A signed checkpoint that is still of use: the newest, the newest milestone, and those that witnesses cosigned.

    ``milestone_ms`` is when witnesses were first asked to cosign it. ``met``: its cosignatures are enough by the
    installation's policy.
    """

    __tablename__ = "ledger_checkpoint"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(sa.Text)
    at_ms: Mapped[int]
    milestone_ms: Mapped[int | None]
    met: Mapped[bool]


class LedgerCosignature(Base):
    """A witness's signature line, without newline, under a checkpoint; ``witness`` is its name in the policy."""

    __tablename__ = "ledger_cosignature"

    size: Mapped[int] = mapped_column(sa.ForeignKey("ledger_checkpoint.size", ondelete="CASCADE"), primary_key=True)
    witness: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    line: Mapped[str] = mapped_column(sa.Text)
    at_s: Mapped[int]


class LedgerOpening(Base):
    """What opens an entry that is about the server's own knowledge: the statement (canonical JSON) and its nonce.

    Entries about what citizens say have none here: their nonces are the receipts' (and can be forgotten).
    """

    __tablename__ = "ledger_opening"
    __table_args__ = (sa.UniqueConstraint("kind", "subject", "number"),)

    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entry.id"), primary_key=True, autoincrement=False)
    kind: Mapped[int] = mapped_column(sa.SmallInteger)
    subject: Mapped[str] = mapped_column(sa.String(64))
    number: Mapped[int]
    nonce: Mapped[bytes]
    statement: Mapped[bytes]
