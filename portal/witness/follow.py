"""Following one ledger: read the state to cosign, insist that it goes on from the last one, remember, then cosign.

| what is read                                    | what is done                                                 |
|-------------------------------------------------|--------------------------------------------------------------|
| the same state, cosigned a short while ago       | nothing                                                      |
| the same state, or a larger one that goes on     | remember it, cosign it, hand it in                           |
| a smaller one from which ours goes on            | wait: an old copy                                            |
| one size, two roots; or growth without a proof   | keep both notes as evidence, cosign nothing from then on     |
| not signed by the pinned key                     | the same                                                     |
| no answer, or none that can be read              | try again later, and say so in the status                    |
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Final

from portal.tlog.verifiers import UnverifiedNoteError, verify_checkpoint, verify_signature
from portal.verify.evidence import contradicted
from portal.verify.web import AnsweredWrongError, LedgerReader, UnreachableError, consistent
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.note import Note, NoteError, VerifierKey, parse_note, parse_vkey
from portal.witness.keys import WitnessKeys
from portal.witness.state import Remembered, StateError, StateFolder

RENEWED_S: Final = 600
"""A quiet ledger is cosigned again after this time, so that the signature's time says that the witness is awake."""
_PROOFS: Final = 2
"""How often a proof is asked for before its failing counts: a server may be restarted in between."""


class Step(Enum):
    """What came of one look at the ledger."""

    COSIGNED = "cosigned"
    NOTHING_NEW = "nothing new"
    WAITING = "waiting"
    CONTRADICTED = "contradicted"


class Follower:
    """A witness of one ledger. ``now_s`` is Unix time in seconds."""

    def __init__(
        self,
        reader: LedgerReader,
        keys: WitnessKeys,
        folder: StateFolder,
        *,
        log_key: VerifierKey | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """``log_key`` is the ledger's key where it is known from elsewhere; else the first one seen is pinned."""
        self._reader, self._keys, self._folder, self._now_s = reader, keys, folder, now_s
        self._log_key = log_key

    def step(self) -> Step:
        """Look once. StateError if what was remembered can not be used, or is of another ledger."""
        try:
            remembered = self._remembered()
            if remembered.evidence is not None:
                return Step.CONTRADICTED
            return self._look(remembered)
        except (UnreachableError, AnsweredWrongError, NoteError) as error:
            known = self._folder.read()
            if known is not None:
                self._folder.troubled(known, str(error))
            return Step.WAITING

    def follow(self, stop: threading.Event, interval_s: float, told: Callable[[Step, Remembered | None], None]) -> Step:
        """Look every ``interval_s`` until ``stop`` is set or the ledger contradicts itself; gives the last step."""
        while True:
            step = self.step()
            told(step, self._folder.read())
            if step is Step.CONTRADICTED or stop.wait(interval_s):
                return step

    def _remembered(self) -> Remembered:
        """What is remembered; at the very first, the ledger's key."""
        remembered, origin = self._folder.read(), self._reader.web.origin
        if remembered is None:
            remembered = Remembered(origin, (self._log_key or self._reader.key()).to_text())
            self._folder.write(remembered)
        elif self._log_key is not None and remembered.vkey != self._log_key.to_text():
            msg = f"{self._folder.folder} remembers a ledger with another key; each ledger has a folder of its own"
            raise StateError(msg)
        return remembered

    def _look(self, remembered: Remembered) -> Step:
        text = self._reader.milestone()
        try:
            now = verify_checkpoint(text, parse_vkey(remembered.vkey))
        except UnverifiedNoteError:
            return self._contradicted(remembered, text)
        if remembered.note is not None:
            then = verify_checkpoint(remembered.note, parse_vkey(remembered.vkey))
            if not self._goes_on(then, now):
                return self._contradicted(remembered, text)
            if now.size < then.size:
                self._folder.troubled(remembered, "the portal shows an older state of its ledger")
                return Step.WAITING
        note = parse_note(text)
        if now.size == 0 or self._is_fresh(note):
            self._folder.troubled(remembered, None)
            return Step.NOTHING_NEW
        return self._cosign(remembered, Note(note.text, note.signatures[:0]), now, text)

    def _goes_on(self, then: Checkpoint, now: Checkpoint) -> bool:
        old, new = sorted((then, now), key=lambda one: one.size)
        return any(consistent(old, new, self._reader) for _ in range(_PROOFS))

    def _is_fresh(self, note: Note) -> bool:
        """Tell whether the portal shows both of this witness's signatures, neither of them old."""
        oldest_s = self._now_s() - RENEWED_S
        for cosigner in self._keys.both:
            key = cosigner.key
            lines = [line for line in note.signatures if line.is_of(key)]
            times = [verify_signature(key, note.text, line) for line in lines]
            if not any(at_s is not None and at_s > oldest_s for at_s in times):
                return False
        return True

    def _cosign(self, remembered: Remembered, bare: Note, now: Checkpoint, text: str) -> Step:
        at_s = int(self._now_s())
        # On disk first: a witness that is killed here signs the same state again, and never another one.
        remembered = replace(remembered, note=text, cosigned_s=at_s, trouble=None)
        self._folder.write(remembered)
        log_key = parse_vkey(remembered.vkey)
        by_log = tuple(line for line in parse_note(text).signatures if line.is_of(log_key))
        lines = tuple(cosigner.cosign(now, at_s) for cosigner in self._keys.both)
        self._reader.cosign(replace(bare, signatures=(*by_log, *lines)).to_text())
        return Step.COSIGNED

    def _contradicted(self, remembered: Remembered, now: str) -> Step:
        kept = contradicted(self._folder.file, remembered.note or "(nothing)\n", now)
        self._folder.write(replace(remembered, evidence=str(kept)))
        return Step.CONTRADICTED
