"""Following one log: whatever it signed has to be one history. Twin of static/src/member/ledger/follower.ts.

| what comes                                             | then                                                     |
|--------------------------------------------------------|----------------------------------------------------------|
| signed by the pinned key, and consistent               | the larger one is the newest from now on                 |
| signed by the pinned key, and not consistent           | finding "split": both notes and the proof are kept       |
| the log refuses to show how one follows from another   | the same                                                 |
| the log can not be reached                             | tried again; after an hour of other answers, the same    |
| the server's checkpoint, not signed by the pinned key  | finding "key"                                            |
| a member's word, signed by another key                 | finding "other-key", about that member                   |
| a member's word that nobody signed                     | finding "garbled", about that member, once               |

Only the log's own signature can accuse the log: what a member invents can not.
"""

from dataclasses import replace
from typing import Final, Literal

from portal.member.e2ee.signing import verify
from portal.member.ledger import log
from portal.member.ledger.evidence import Contradiction, contradicts, evidence_file, note_of
from portal.member.ledger.kept import GRACE_S, By, Finding, LedgerStore, Pending, Signed, Unproven
from portal.member.ledger.word import GARBLED, LogWord
from portal.member.work import MemberError, Work, is_passing
from portal.tlog.verifiers import verify_note
from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint
from portal.wire.ledger.merkle import verify_consistency
from portal.wire.ledger.note import ED25519, NoteError, VerifierKey, parse_vkey

_PENDING_MAX: Final = 64
_AGREED_MAX: Final = 256


class LogFollower:
    """What the log shows here, and what others say of it, held against each other."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self._agreed: dict[tuple[int, bytes], None] = {}

    def advance(self) -> Work[bool]:
        """Go on to the log's newest checkpoint; False if there is no ledger.

        Raises:
            MemberError: of a passing kind: try again. ledger.malformed.
        """
        key = self._store.key or (yield from self._pin())
        if key is None:
            return False
        note = yield from log.checkpoint()
        if note is None:
            return (yield from self._vanished(key))
        try:
            signed = _signed(note, key)
        except NoteError:
            yield from self._store.found("key", "key", evidence=note)
            return True
        if (yield from self._reconcile(signed, None)):
            yield from self._store.change(confirmed_s=self._now_s())
        yield from self._settle()
        yield from self._prove()
        return True

    def hear(self, word: LogWord | Literal["garbled"], by: By) -> Work[None]:
        """Take a member's word: judged at once as far as it can be, the rest when the log is asked next."""
        key = self._store.key
        if key is None:
            return
        if word == GARBLED:
            yield from self._accuse("garbled", by, None)
            return
        signed = Signed(word.size, word.root, word.signature)
        if not verify(word.key, Checkpoint(key.name, word.size, word.root).to_text().encode(), word.signature):
            yield from self._accuse("garbled", by, None)
        elif word.key != key.key:
            theirs = VerifierKey(key.name, ED25519, word.key)
            yield from self._accuse("other-key", by, note_of(theirs, signed))
        elif not self._is_agreed(signed):
            kept = [
                one for one in self._store.state.pending if one.by.device != by.device or one.signed.size > word.size
            ]
            pending = (*kept, Pending(signed, by, self._now_s()))[-_PENDING_MAX:]
            yield from self._store.change(pending=pending)

    def _now_s(self) -> int:
        return int(self._store.now_s())

    def _accuse(self, kind: Literal["garbled", "other-key"], by: By, evidence: str | None) -> Work[None]:
        yield from self._store.found(kind, f"{kind} {by.account}", by.account, evidence=evidence)

    def _pin(self) -> Work[VerifierKey | None]:
        line = yield from log.key()
        if line is None:
            return None
        try:
            key = parse_vkey(line)
        except NoteError:
            raise log.malformed() from None
        if key.kind != ED25519:
            raise log.malformed()
        yield from self._store.change(vkey=line)
        return key

    def _vanished(self, key: VerifierKey) -> Work[bool]:
        """No checkpoint at all: before the first of a log, or it denies those that it has signed."""
        newest = self._store.state.newest
        if newest is not None:
            yield from self._store.withheld("checkpoint", str(newest.size), note_of(key, newest))
        return False

    def _settle(self) -> Work[None]:
        """Compare the words that wait."""
        for pending in self._store.state.pending:
            yield from self._attempt(pending)
            left = tuple(one for one in self._store.state.pending if one.signed != pending.signed)
            yield from self._store.change(pending=left)

    def _attempt(self, pending: Pending) -> Work[None]:
        try:
            yield from self._reconcile(pending.signed, pending.by)
        except MemberError as error:
            newest = self._store.state.newest
            if not is_passing(error) or newest is None or self._now_s() - pending.since_s < GRACE_S:
                raise
            yield from self._split(*_in_order(pending.signed, newest), pending.by)

    def _reconcile(self, signed: Signed, by: By | None) -> Work[bool]:
        """Hold a signed checkpoint against the newest one; whether they are one history."""
        newest = self._store.state.newest
        if newest is not None and self._is_agreed(signed):
            return True
        if newest is not None and not (yield from self._follows(signed, newest, by)):
            return False
        self._agreed[signed.size, signed.root] = None
        if len(self._agreed) > _AGREED_MAX:
            del self._agreed[next(iter(self._agreed))]
        if newest is None or signed.size > newest.size:
            yield from self._store.change(newest=signed, consistent_s=self._now_s())
        return True

    def _follows(self, one: Signed, other: Signed, by: By | None) -> Work[bool]:
        older, newer = _in_order(one, other)
        try:
            proof: list[bytes] = []
            if 0 < older.size < newer.size:
                proof = yield from log.consistency(older.size, newer.size)
            if verify_consistency(older.size, newer.size, older.root, newer.root, proof):
                return True
        except MemberError as error:
            if is_passing(error):
                raise
        yield from self._split(older, newer, by)
        return False

    def _split(self, older: Signed, newer: Signed, by: By | None) -> Work[None]:
        account = None if by is None else by.account
        standing = [one for one in self._store.state.findings if one.kind == "split" and not one.answered]
        # One is enough of what one person's word, or the server's own, has shown.
        if any(one.account == account for one in standing):
            return
        evidence, proven = yield from self._evidence(older, newer, by)
        yield from self._store.find(
            Finding(
                id=f"split {older.size} {older.root.hex()} {newer.root.hex()}",
                kind="split",
                account=account,
                detail=f"{older.size} {newer.size}",
                at_s=self._now_s(),
                answered=False,
                evidence=evidence,
                unproven=None if proven else Unproven(older, newer, by),
            )
        )

    def _prove(self) -> Work[None]:
        """Complete evidence whose contradiction could not be shown yet: the log's view here was too short for it."""
        for finding in self._store.state.findings:
            if finding.unproven is None:
                continue
            lacking = finding.unproven
            evidence, proven = yield from self._evidence(lacking.older, lacking.newer, lacking.by)
            if proven:
                whole = replace(finding, evidence=evidence, unproven=None)
                findings = tuple(whole if one.id == finding.id else one for one in self._store.state.findings)
                yield from self._store.change(findings=findings)

    def _evidence(self, older: Signed, newer: Signed, by: By | None) -> Work[tuple[str, bool]]:
        key, vkey = self._store.key, self._store.state.vkey
        assert key is not None  # noqa: S101 - nothing is compared before a log is followed
        first, second, proof = yield from self._contradiction(older, newer, key)
        notes = note_of(key, first), note_of(key, second)
        text = evidence_file(vkey or "", notes, proof, by, self._now_s())
        return text, proof is not None or first.size == second.size

    def _contradiction(
        self, older: Signed, newer: Signed, key: VerifierKey
    ) -> Work[tuple[Signed, Signed, Contradiction | None]]:
        """The pair with its proof, if the log gives one for it or for what it shows now; else the pair without."""
        if older.size == newer.size:
            return older, newer, None
        shown = yield from _shown(key)
        pairs = [(older, newer)]
        if shown is not None:
            pairs += [_in_order(older, shown), _in_order(newer, shown)]
        for first, second in pairs:
            if first.size == second.size:
                if first.root != second.root:
                    return first, second, None
                continue
            proof = yield from _proof_of(first, second)
            if proof is not None:
                return first, second, proof
        return older, newer, None

    def _is_agreed(self, signed: Signed) -> bool:
        newest = self._store.state.newest
        same = newest is not None and (newest.size, newest.root) == (signed.size, signed.root)
        return same or (signed.size, signed.root) in self._agreed


def _signed(note: str, key: VerifierKey) -> Signed:
    """The checkpoint of a note that ``key`` signed; NoteError."""
    verified = verify_note(note, key)
    found = parse_checkpoint(verified.text)
    if found.origin != key.name:
        msg = "another log's"
        raise NoteError(msg)
    line = next(line for line in verified.signatures if line.is_of(key))
    return Signed(found.size, found.root, line.value)


def _shown(key: VerifierKey) -> Work[Signed | None]:
    """The checkpoint that the server shows here now, or None if it shows none."""
    try:
        note = yield from log.checkpoint()
        signed = None if note is None else _signed(note, key)
    except (MemberError, NoteError):
        return None
    return signed if signed is not None and signed.size > 0 else None


def _proof_of(older: Signed, newer: Signed) -> Work[Contradiction | None]:
    index = older.size - 1
    try:
        leaf = yield from log.leaf(index, newer.size)
        proof = Contradiction(leaf, tuple((yield from log.inclusion(index, newer.size))))
    except MemberError:
        return None
    return proof if contradicts(older, newer, proof) else None


def _in_order(one: Signed, other: Signed) -> tuple[Signed, Signed]:
    return (one, other) if one.size <= other.size else (other, one)
