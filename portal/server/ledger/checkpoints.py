"""Rows of checkpoints and cosignatures: publishing, taking in what witnesses sign, forgetting what is of no use."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.ledger import tree
from portal.server.ledger.models import LedgerCheckpoint, LedgerCosignature
from portal.server.ledger.service import newest_checkpoint
from portal.tlog.verifiers import cosigned, verify_checkpoint
from portal.wire.errors import PeerError
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.note import Note, NoteError, VerifierKey, parse_note
from portal.wire.ledger.policy import Policy

MILESTONE_MS: Final = 60_000
AHEAD_MAX_S: Final = 600
"""How far a witness's clock may be ahead of ours."""


def keep(unit: Unit, policy: Policy, size: int, note: str) -> None:
    """Publish a checkpoint that was just signed; nothing happens if another process published one of that size."""
    if unit.session.get(LedgerCheckpoint, size) is not None:
        return
    unit.session.add(
        LedgerCheckpoint(size=size, note=note, at_ms=unit.now_ms, milestone_ms=None, met=policy.is_met(()))
    )
    unit.session.flush()
    _drop_useless(unit)


def advance_milestone(unit: Unit) -> None:
    """Ask witnesses to cosign the newest checkpoint, if the last one that they were asked for is a minute old."""
    last, newest = newest_checkpoint(unit, milestone=True), newest_checkpoint(unit)
    if newest is None or newest.milestone_ms is not None:
        return
    if last is None or last.milestone_ms is None or unit.now_ms - last.milestone_ms >= MILESTONE_MS:
        newest.milestone_ms = unit.now_ms
        unit.session.flush()
        _drop_useless(unit)


def is_milestone_due(unit: Unit) -> bool:
    """Tell whether ``advance_milestone`` has something to do."""
    last, newest = newest_checkpoint(unit, milestone=True), newest_checkpoint(unit)
    if newest is None or newest.milestone_ms is not None:
        return False
    return last is None or last.milestone_ms is None or unit.now_ms - last.milestone_ms >= MILESTONE_MS


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint of this log with valid lines of its policy's witnesses; ``times_s`` by their names."""

    checkpoint: Checkpoint
    note: Note
    times_s: Mapping[str, int]


def own_checkpoint(log: VerifierKey, text: str) -> Checkpoint:
    """Return the checkpoint that the note ``text`` is, which this log's key must have signed.

    Raises:
        PeerError: ledger.refused.
    """
    try:
        return verify_checkpoint(text, log)
    except NoteError as error:
        raise PeerError("ledger.refused", reason=str(error)) from error


def stands(unit: Unit, checkpoint: Checkpoint) -> bool:
    """Tell whether the tree in the database is, or begins with, the one of ``checkpoint``."""
    return checkpoint.size <= tree.size(unit) and tree.tree(unit).root(checkpoint.size) == checkpoint.root


def read_cosigned(checkpoint: Checkpoint, policy: Policy, text: str, now_s: int) -> Cosigned:
    """Return which witnesses cosigned ``checkpoint``, whose note ``text`` is.

    Raises:
        PeerError: ledger.refused, if a line of a known witness is broken or from the future, or if there is none.
    """
    try:
        note = parse_note(text)
        times_s = cosigned(note, policy.witnesses)
    except NoteError as error:
        raise PeerError("ledger.refused", reason=str(error)) from error
    if not times_s or max(times_s.values()) > now_s + AHEAD_MAX_S:
        raise PeerError("ledger.refused", reason="no cosignature of a known witness, or one from the future")
    return Cosigned(checkpoint, note, times_s)


def take(unit: Unit, log: VerifierKey, policy: Policy, given: Cosigned) -> int:
    """Keep the newest cosignatures of each witness; return how many lines are new."""
    size = given.checkpoint.size
    row = unit.session.get(LedgerCheckpoint, size)
    if row is None:
        alone = _alone(given.note, log)
        row = LedgerCheckpoint(size=size, note=alone, at_ms=unit.now_ms, milestone_ms=None, met=False)
        unit.session.add(row)
        unit.session.flush()
    new = _keep_lines(unit, policy, given)
    row.met = policy.is_met(_witnesses(unit, size))
    unit.session.flush()
    _drop_useless(unit)
    return new


def judge_anew(unit: Unit, policy: Policy) -> None:
    """Apply ``policy``, which may be another than the last time, to what is kept."""
    known = sa.delete(LedgerCosignature).where(LedgerCosignature.witness.not_in(policy.witnesses))
    unit.session.execute(known)
    for row in unit.session.scalars(sa.select(LedgerCheckpoint)):
        row.met = policy.is_met(_witnesses(unit, row.size))
    unit.session.flush()


def _alone(note: Note, log: VerifierKey) -> str:
    return Note(note.text, tuple(line for line in note.signatures if line.is_of(log))[:1]).to_text()


def _keep_lines(unit: Unit, policy: Policy, given: Cosigned) -> int:
    """Keep the newest line of each witness for this size."""
    new, size = 0, given.checkpoint.size
    for name, at_s in given.times_s.items():
        row = unit.session.get(LedgerCosignature, (size, name))
        if row is None or row.at_s < at_s:
            line = next(line for line in given.note.signatures if line.is_of(policy.witnesses[name]))
            text = line.to_text().rstrip("\n")
            unit.session.merge(LedgerCosignature(size=size, witness=name, line=text, at_s=at_s))
            new += 1
    unit.session.flush()
    return new


def _witnesses(unit: Unit, size: int) -> Collection[str]:
    return set(unit.session.scalars(sa.select(LedgerCosignature.witness).where(LedgerCosignature.size == size)))


def _drop_useless(unit: Unit) -> None:
    """Forget all but the newest checkpoint, milestone, one that is met, and the newest that each witness cosigned."""
    newest = sa.select(sa.func.max(LedgerCheckpoint.size))
    of_witnesses = sa.select(sa.func.max(LedgerCosignature.size)).group_by(LedgerCosignature.witness)
    useful = {
        *unit.session.scalars(newest),
        *unit.session.scalars(newest.where(LedgerCheckpoint.milestone_ms.is_not(None))),
        *unit.session.scalars(newest.where(LedgerCheckpoint.met)),
        *unit.session.scalars(of_witnesses),
    }
    rows = sa.select(LedgerCheckpoint).where(LedgerCheckpoint.size.not_in(useful - {None}))
    for row in unit.session.scalars(rows).all():
        unit.session.delete(row)
    unit.session.flush()
