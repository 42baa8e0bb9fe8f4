"""The ledger of one running portal: its key, and the thread that lets entries in and signs what it has.

Order of things: whoever records an entry commits it; the thread gives it a place in a transaction of its own; after
that commit it signs the tree's size and root, notes on disk that it did, and only then shows the checkpoint. So,
whatever dies when, each signature is over entries that are on disk.

Of several processes one does this; another goes on when it ends. Should two believe for a moment that they have the
right, their transactions still follow one another, and both sign what is committed: the same.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from portal.config import Settings
from portal.server.core import leadership
from portal.server.core.db import Database, Unit
from portal.server.core.leadership import Leadership, alone_in
from portal.server.core.work import Hub
from portal.server.ledger import checkpoints, keys, service, tree
from portal.server.ledger.policies import read_policy, record_policy, record_server
from portal.tlog.signers import NoteSigner
from portal.wire.errors import PeerError
from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint
from portal.wire.ledger.note import VerifierKey, parse_note
from portal.wire.ledger.policy import Policy, parse_policy
from portal.wire.ledger.promise import Promise
from portal.wire.ledger.tiles import UpperHalves

T = TypeVar("T")
PAUSE_S: Final = 0.5
"""Between two looks at what waits."""
LONGEST_PAUSE_S: Final = 10.0
"""The same, while the database or the disk fails."""
IDLE_S: Final = 15
"""After which another process goes on, if this one hangs."""
TEN_MINUTES_MS: Final = 600_000
BATCHES_UNSIGNED_MAX: Final = 64
"""Batches after which the tree is signed although more waits."""
_log = structlog.get_logger(__name__)


class LedgerRolledBackError(RuntimeError):
    """The database holds another tree than the one that was signed: an older copy was put in its place."""


class Ledger:
    """What a running portal's ledger owns besides its rows.

    ``beginnings`` run once, each in a transaction, before the first look at what waits: features record there what they
    already know and the ledger does not. ``every_ten_minutes`` likewise, when the clock passes such a time.
    """

    def __init__(self, database: Database, signer: NoteSigner, policy_text: str, folder: Path) -> None:
        self.policy_text = policy_text
        self.policy: Policy = parse_policy(policy_text)
        self.uppers = UpperHalves()
        self.beginnings: list[Callable[[Unit], None]] = [
            lambda unit: record_policy(unit, policy_text),
            lambda unit: record_server(unit, signer.name),
        ]
        self.every_ten_minutes: list[Callable[[Unit], None]] = []
        self._database = database
        self._signer = signer
        self._folder = folder
        self._turn = threading.Lock()
        self._begun = False
        self._right = Leadership(database, leadership.LEDGER, idle_s=IDLE_S)
        self._seen: Checkpoint | None = None
        """What the file said that was signed last, when the tree was compared with it."""
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @classmethod
    def open(cls, settings: Settings, database: Database) -> "Ledger":
        """Return the ledger of an installation; makes its key the first time.

        Raises:
            SecretFileError: the key can not be used.
            SettingsError: ``ledger_policy`` names no policy.
        """
        signer = keys.open_signer(settings.keys_dir, settings.ledger_origin)
        return cls(database, signer, read_policy(settings.ledger_policy), settings.keys_dir)

    @property
    def key(self) -> VerifierKey:
        """The log's public key; its name is the origin."""
        return self._signer.key

    @property
    def alive(self) -> bool:
        """Whether the thread runs; it ends by itself only if it must not sign (LedgerRolledBackError)."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, _hub: Hub | None = None) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="portal-ledger", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread after what it is at."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def sequence(self, batch_max: int = tree.BATCH_MAX) -> int:
        """Let all in that waits, and sign; return how many entered. What the thread does, for tests and commands.

        ``batch_max``: as many at most in one transaction.

        Raises:
            LedgerRolledBackError: the tree is not the one that was signed.
        """
        with self._turn:
            if not self._begun:
                self._begin()
            entered = batches = 0
            while self._database.read(lambda unit: tree.is_waiting(unit, _hour(unit))):
                entered += self._write(lambda unit: tree.let_enter(unit, _hour(unit), batch_max))
                batches += 1
                if batches % BATCHES_UNSIGNED_MAX == 0:
                    self._sign()
                    self._right.stay()
            self._sign()
            return entered

    def record_regularly(self) -> None:
        """Do now what is due every ten minutes."""
        for work in self.every_ten_minutes:
            self._write(work)

    def release_held(self) -> None:
        """Let what is held enter with the next batch, shuffled: for the weekly freeze."""
        self._database.write(service.release_held)

    def promise(self, commitment: bytes, day: str) -> str:
        """Return a signed note: an entry with ``commitment`` (32 bytes) was received on ``day`` (2026-11-22, UTC)."""
        return self._signer.sign(Promise(commitment, day).to_text()).to_text()

    def sign(self, labelled: bytes) -> bytes:
        """Return the log key's Ed25519 signature (64 bytes) over ``labelled``: for receipts of features.

        It begins with a label that ends with a zero byte, which no note has: nothing signed here passes for a note.

        Raises:
            ValueError: no such label.
        """
        label, zero, _ = labelled.partition(b"\0")
        if not zero or not label.startswith(b"portal ") or not label.isascii():
            msg = "what is signed begins with a label that ends with a zero byte"
            raise ValueError(msg)
        return self._signer.private.sign(labelled)

    def take_cosignatures(self, text: str) -> int:
        """Keep what witnesses signed under a checkpoint; return how many lines are new.

        A checkpoint with this log's own signature that the database contradicts shows that an older copy was put back:
        nothing is signed from then on, also after a restart, and by no process.

        Raises:
            PeerError: ledger.refused.
        """
        checkpoint = checkpoints.own_checkpoint(self.key, text)
        if not self._database.read(lambda unit: checkpoints.stands(unit, checkpoint)):
            with self._turn:
                keys.write_signed(self._folder, checkpoint)
                self._begun = False
            raise PeerError("ledger.refused", reason="the ledger is not of that size, or has another root")
        given = checkpoints.read_cosigned(checkpoint, self.policy, text, self._database.clock_ms() // 1000)
        return self._write(lambda unit: checkpoints.take(unit, self.key, self.policy, given))

    def _run(self) -> None:
        ten_minutes, pause_s = self._ten_minutes(), PAUSE_S
        while not self._closing.is_set():
            try:
                if not self._begun:
                    self._begin_in_turn()
                if self._right.held():
                    if ten_minutes != self._ten_minutes():
                        self.record_regularly()
                        ten_minutes = self._ten_minutes()
                    self.sequence()
                pause_s = PAUSE_S
            except (SQLAlchemyError, OSError) as error:
                # The database is away, or the disk is full. What waits goes on waiting.
                _log.error("ledger.failed", kind=type(error).__name__)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            except LedgerRolledBackError as error:
                _log.critical("ledger.rolled_back", message=str(error))
                break
            self._closing.wait(pause_s)
        self._right.give_up()

    def _ten_minutes(self) -> int:
        return self._database.clock_ms() // TEN_MINUTES_MS

    def _write(self, work: Callable[[Unit], T]) -> T:
        """Do ``work`` in a transaction while no other process is at the ledger."""

        def alone(unit: Unit) -> T:
            alone_in(unit, leadership.LEDGER)
            return work(unit)

        return self._database.write(alone)

    def _begin_in_turn(self) -> None:
        with self._turn:
            self._begin()

    def _begin(self) -> None:
        """Compare with what was signed, and record what features know: every process, for it may be another release."""
        self._database.read(self._check_signed)
        for beginning in self.beginnings:
            self._write(beginning)
        self._write(lambda unit: checkpoints.judge_anew(unit, self.policy))
        self._begun = True

    def _check_signed(self, unit: Unit) -> None:
        """Compare the tree with what was signed last by the file, and by the database."""
        present = tree.tree(unit)
        row = service.newest_checkpoint(unit)
        by_database = None if row is None else parse_checkpoint(parse_note(row.note).text)
        by_file = keys.read_signed(self._folder)
        for signed in (by_file, by_database):
            if signed is not None and (signed.size > present.size or present.root(signed.size) != signed.root):
                msg = (
                    f"the ledger has signed {signed.size} entries, and the database holds {present.size}, or others: "
                    f"restore a newer copy. Signing on would contradict what others have seen"
                )
                raise LedgerRolledBackError(msg)
        self._seen = by_file

    def _sign(self) -> None:
        unsigned = self._database.read(self._unsigned)
        if unsigned is not None:
            if keys.read_signed(self._folder) != self._seen:
                self._database.read(self._check_signed)  # another process signed, or was shown that it had
            note = self._signer.sign(unsigned.to_text()).to_text()
            keys.write_signed(self._folder, unsigned)
            self._seen = unsigned
            self._write(lambda unit: checkpoints.keep(unit, self.policy, unsigned.size, note))
        if self._database.read(checkpoints.is_milestone_due):
            self._write(checkpoints.advance_milestone)

    def _unsigned(self, unit: Unit) -> Checkpoint | None:
        newest, present = service.newest_checkpoint(unit), tree.tree(unit, self.uppers)
        if newest is not None and newest.size == present.size:
            return None
        return Checkpoint(self.key.name, present.size, present.root())


def _hour(unit: Unit) -> int:
    return unit.now_ms // service.HOUR_MS
