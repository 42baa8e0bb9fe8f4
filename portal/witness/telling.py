"""What a witness says of itself to people, a line each."""

import time
from collections.abc import Iterator

from portal.verify.verdict import printable
from portal.wire.ledger.checkpoint import parse_checkpoint
from portal.wire.ledger.note import parse_note
from portal.witness.follow import Step
from portal.witness.state import Remembered


def words_of(step: Step, remembered: Remembered | None) -> str:
    """Return what one look came to."""
    if remembered is None:
        return "waiting: the portal does not answer, and nothing of its ledger is known yet"
    if step is Step.CONTRADICTED:
        return printable(f"{_contradicted(remembered)} Nothing is cosigned any more.")
    if step is Step.WAITING:
        return printable(f"waiting: {remembered.trouble}")
    return f"{step.value}: {size_of(remembered):,} entries"


def describe(remembered: Remembered) -> Iterator[str]:
    """Return what is remembered of a ledger, a line each."""
    yield printable(f"Portal: {remembered.portal}")
    yield printable(f"The ledger's key: {remembered.vkey}")
    if remembered.note is None:
        yield "Nothing was cosigned yet."
    else:
        at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(remembered.cosigned_s))
        yield f"Cosigned last: {size_of(remembered):,} entries, {at}."
    if remembered.trouble:
        yield printable(f"Trouble: {remembered.trouble}.")
    if remembered.evidence:
        yield printable(_contradicted(remembered))


def size_of(remembered: Remembered) -> int:
    """Return how many entries the state has that was cosigned last; 0 if none was."""
    return 0 if remembered.note is None else parse_checkpoint(parse_note(remembered.note).text).size


def _contradicted(remembered: Remembered) -> str:
    return f"THE LEDGER CONTRADICTED ITSELF. Evidence: {remembered.evidence}"
