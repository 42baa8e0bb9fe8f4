"""An interpreter that is a witness of its portal's ledger as well: in a thread of its own, beside the translating.

A ledger that contradicts itself stops the witness, not the interpreter: rooms have histories of their own, and their
members hear of it from their clients, too.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from portal.verify.web import LedgerReader, Web
from portal.witness.follow import Follower, Step
from portal.witness.keys import WitnessKeys
from portal.witness.state import Remembered, StateError, StateFolder
from portal.witness.telling import words_of

INTERVAL_S: Final = 10.0
_FOLDER: Final = "witness"
_PATIENCE_S: Final = 5.0
_log = structlog.get_logger(__name__)


def folder_of(data: Path) -> StateFolder:
    """Return where the interpreter with the data folder ``data`` remembers the ledger."""
    return StateFolder(data / _FOLDER)


@contextmanager
def witnessing(origin: str, keys: WitnessKeys | None, data: Path, *, interval_s: float = INTERVAL_S) -> Iterator[None]:
    """Follow and cosign the ledger of the portal at ``origin`` until the end of the context; nothing without keys.

    Raises:
        StateError: another witness uses the folder.
    """
    if keys is None:
        yield
        return
    folder, stop = folder_of(data), threading.Event()
    follower = Follower(LedgerReader(Web(origin)), keys, folder)
    with folder.held():
        thread = threading.Thread(target=_follow, args=(follower, stop, interval_s), name="witness", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(_PATIENCE_S)  # it may be waiting for the portal; what it remembers is on disk


def _follow(follower: Follower, stop: threading.Event, interval_s: float) -> None:
    said = ""

    def tell(step: Step, remembered: Remembered | None) -> None:
        nonlocal said
        words = words_of(step, remembered)
        if words != said:
            said = words
            (_log.critical if step is Step.CONTRADICTED else _log.info)("witness", step=step.value, words=words)

    try:
        follower.follow(stop, interval_s, tell)
    except StateError as error:
        _log.critical("witness stopped", words=str(error))
