"""Recording facts in the ledger, and asking for their places and proofs. For all features, in their transactions."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.core.driver import Prepared
from portal.server.ledger import tree
from portal.server.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerOpening
from portal.wire.canonical import canonical_json
from portal.wire.ledger.entries import NONCE_BYTES, TAG_BYTES, Entry, Kind, Statement, commitment, parse_entry
from portal.wire.ledger.note import Note, parse_note, parse_signature
from portal.wire.ledger.proof import LedgerProof

HOUR_MS: Final = 3_600_000
HELD_ID_BITS: Final = 52
"""Of the negative ids that held entries have."""
RELEASED: Final = -1
"""The ``held_hour`` of entries that are let go before their hour is over, still shuffled among themselves."""
_INSERT: Final = Prepared(sa.text("INSERT INTO ledger_entry (entry) VALUES (:entry) RETURNING id"))
_INSERT_HELD: Final = Prepared(
    sa.text("INSERT INTO ledger_entry (id, entry, held_hour) VALUES (:id, :entry, :held_hour) RETURNING id")
)


class Recorded(NamedTuple):
    """An entry on its way: ``entry`` is the row to ask for later; who has nonce, tag and statement can prove it."""

    entry: int
    nonce: bytes
    tag: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Opening:
    """Where an entry of the server's own knowledge stands (``index`` is None while it waits), and what opens it.

    ``entry`` is its row, by which ``proof`` finds it.
    """

    entry: int
    subject: str
    number: int
    index: int | None
    nonce: bytes
    tag: bytes
    statement: bytes


def record(
    unit: Unit,
    kind: Kind,
    statement: Statement,
    *,
    nonce: bytes | None = None,
    tag: bytes | None = None,
    held: bool = False,
) -> Recorded:
    """Note ``statement`` for the ledger, in the caller's transaction; the tree has it within a second of the commit.

    ``nonce`` (32 bytes) and ``tag`` (16 bytes) are random where none is given. ``held``: only after this hour, shuffled
    among all that were held, so that the order tells nobody who wrote when. The nonce is kept nowhere here.

    Raises:
        NotCanonicalError: the statement holds something else than printable ASCII and integers.
    """
    nonce = secrets.token_bytes(NONCE_BYTES) if nonce is None else nonce
    tag = secrets.token_bytes(TAG_BYTES) if tag is None else tag
    if len(tag) != TAG_BYTES:
        msg = f"a tag is {TAG_BYTES} bytes"
        raise ValueError(msg)
    committed = commitment(kind, nonce, statement)
    entry = Entry(kind, tag, committed).to_bytes()
    if held:
        # A random id: one that counts would keep the order of arrival in the database for ever.
        row = {"id": ~secrets.randbits(HELD_ID_BITS), "entry": entry, "held_hour": unit.now_ms // HOUR_MS}
        ((identifier,),) = _INSERT_HELD.rows(unit.connection, row)
    else:
        ((identifier,),) = _INSERT.rows(unit.connection, {"entry": entry})
    return Recorded(identifier, nonce, tag, committed)


def record_opened(
    unit: Unit, kind: Kind, statement: Statement, *, subject: str, number: int = 0, tag: bytes | None = None
) -> Recorded:
    """Record what the server itself knows and may open to whom it concerns: found again by ``opened``.

    ``subject`` (at most 64 characters) and ``number`` name it within its kind, once.
    """
    recorded = record(unit, kind, statement, tag=tag)
    unit.session.add(
        LedgerOpening(
            entry_id=recorded.entry,
            kind=kind,
            subject=subject,
            number=number,
            nonce=recorded.nonce,
            statement=canonical_json(dict(statement)),
        )
    )
    unit.session.flush()
    return recorded


def record_change(unit: Unit, kind: Kind, statement: Statement, *, subject: str) -> bool:
    """Record ``statement`` about ``subject``, as ``record_opened`` does, if it is another than the last; tell whether.

    Its number counts the changes from 0 on.
    """
    last = opened(unit, kind, (subject,), newest=1)
    if last and last[0].statement == canonical_json(dict(statement)):
        return False
    record_opened(unit, kind, statement, subject=subject, number=last[0].number + 1 if last else 0)
    return True


def opened(unit: Unit, kind: Kind, subjects: Collection[str], *, newest: int | None = None) -> list[Opening]:
    """Return what was recorded by ``record_opened`` about ``subjects``: newest number first, at most ``newest``."""
    rows = unit.connection.execute(
        sa.select(
            LedgerOpening.entry_id,
            LedgerOpening.subject,
            LedgerOpening.number,
            LedgerEntry.place,
            LedgerOpening.nonce,
            LedgerEntry.entry,
            LedgerOpening.statement,
        )
        .join(LedgerEntry, LedgerEntry.id == LedgerOpening.entry_id)
        .where(LedgerOpening.kind == kind, LedgerOpening.subject.in_(subjects))
        .order_by(LedgerOpening.number.desc())
        .limit(newest)
    )
    return [
        Opening(identifier, subject, number, place, nonce, parse_entry(entry).tag, statement)
        for identifier, subject, number, place, nonce, entry, statement in rows
    ]


def index_of(unit: Unit, entry: int) -> int | None:
    """Return the index in the tree of the entry with the row ``entry``; None while it waits, and if there is none."""
    return unit.connection.scalar(sa.select(LedgerEntry.place).where(LedgerEntry.id == entry))


def proof(unit: Unit, entry: int) -> str | None:
    """Return the proof (c2sp.org/tlog-proof) that the entry with the row ``entry`` is in the tree; None while it waits.

    Under the newest checkpoint that enough witnesses stand behind, if that covers the entry, else under the newest.
    """
    index = index_of(unit, entry)
    if index is None:
        return None
    covering = sa.select(LedgerCheckpoint).where(LedgerCheckpoint.size > index)
    row = unit.session.scalars(
        covering.order_by(LedgerCheckpoint.met.desc(), LedgerCheckpoint.size.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    hashes = tree.tree(unit).inclusion(index, row.size)
    return LedgerProof(index, tuple(hashes), _cosigned(unit, row)).to_text()


def latest(unit: Unit) -> str:
    """Return the newest checkpoint, a signed note, with the cosignatures that it has; LookupError before the first."""
    row = newest_checkpoint(unit)
    if row is None:
        msg = "the ledger has not signed anything yet"
        raise LookupError(msg)
    return _cosigned(unit, row).to_text()


def milestone(unit: Unit) -> str:
    """Return the checkpoint that witnesses are asked to cosign, with the cosignatures that it has.

    It moves at most once a minute, so that several witnesses meet at one. LookupError before the first.
    """
    row = newest_checkpoint(unit, milestone=True)
    if row is None:
        msg = "the ledger has not signed anything yet"
        raise LookupError(msg)
    return _cosigned(unit, row).to_text()


def witnessed(unit: Unit) -> str:
    """Return the newest checkpoint that enough witnesses stand behind, with their cosignatures; LookupError if none."""
    rows = sa.select(LedgerCheckpoint).where(LedgerCheckpoint.met).order_by(LedgerCheckpoint.size.desc()).limit(1)
    row = unit.session.scalars(rows).one_or_none()
    if row is None:
        msg = "not enough witnesses stand behind any state of the ledger yet"
        raise LookupError(msg)
    return _cosigned(unit, row).to_text()


def release_held(unit: Unit) -> None:
    """Let all that is held enter the tree with the next batch, shuffled."""
    held = sa.and_(LedgerEntry.place.is_(None), LedgerEntry.held_hour.is_not(None))
    unit.connection.execute(sa.update(LedgerEntry).where(held).values(held_hour=RELEASED))


def newest_checkpoint(unit: Unit, *, milestone: bool = False) -> LedgerCheckpoint | None:
    """Return the row of the newest checkpoint, or of the newest milestone; None before the first."""
    rows = sa.select(LedgerCheckpoint).order_by(LedgerCheckpoint.size.desc()).limit(1)
    return unit.session.scalars(
        rows.where(LedgerCheckpoint.milestone_ms.is_not(None)) if milestone else rows
    ).one_or_none()


def _cosigned(unit: Unit, row: LedgerCheckpoint) -> Note:
    note = parse_note(row.note)
    lines = tree.cosignature_lines(unit, row.size)
    return Note(note.text, (*note.signatures, *map(parse_signature, lines)))
