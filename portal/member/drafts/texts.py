"""A document stream as its items make it: updates, snapshots that must be what they shorten, countersignatures.

| state   | known by      | reads                                      | left by                             |
|---------|---------------|--------------------------------------------|-------------------------------------|
| ready   | a document    | everything; compares each snapshot with it | an update whose key is missing      |
| waiting | no document   | nothing                                    | a snapshot after all that is sealed |

Who comes later reads from the newest snapshot that opens; until somebody of another delegation has countersigned it,
that is said ("unconfirmed").
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from portal.member.drafts.document import FOREIGN_CLIENT, DraftDocument
from portal.member.drafts.lib0 import NoUpdateError
from portal.member.drafts.rights import RightsHistory
from portal.member.drafts.stream import Line, StreamLog
from portal.member.e2ee.draft_state import DraftStateItem, parse_draft_state
from portal.member.e2ee.refusal import Refusal
from portal.wire.drafts.countersign import parse_countersign
from portal.wire.drafts.rights import Author
from portal.wire.drafts.streams import DraftItemKind

SNAPSHOT: Final = "draft.snapshot"
MALFORMED: Final = "item.malformed"
_STATES: Final = frozenset({DraftItemKind.SNAPSHOT, DraftItemKind.REVISION})


@dataclass(frozen=True, slots=True)
class SeenSnapshot:
    """A snapshot or revision that is what it says. ``rebuilt``: compared with a document that was here before."""

    line: Line
    content: DraftStateItem
    rebuilt: bool


@dataclass
class DocumentFollower:
    """Keeps the document of one stream up with its log; what it finds wrong it refuses in the log."""

    log: StreamLog
    rights: RightsHistory
    document: DraftDocument | None = None
    snapshots: list[SeenSnapshot] = field(default_factory=list)
    confirmed: set[int] = field(default_factory=set)
    """Numbers of snapshots that were countersigned."""
    _clean_since: int = 0
    """The last item that could not be read."""

    def __post_init__(self) -> None:
        if self.log.whole:
            self.document = DraftDocument(self.log.stream.kind)
        else:
            self._clean_since = self.log.base.number

    @property
    def newest(self) -> SeenSnapshot | None:
        """The newest snapshot or revision that counts."""
        return self.snapshots[-1] if self.snapshots else None

    @property
    def is_unconfirmed(self) -> bool:
        """Whether what is shown rests on one member's word."""
        rests = [one for one in self.snapshots if not one.rebuilt]
        return bool(rests) and rests[-1].line.number not in self.confirmed

    def take(self, line: Line) -> None:
        """Take in the line that the log has got last."""
        if line.state == "sealed":
            if line.envelope.kind is DraftItemKind.UPDATE:
                self.document, self._clean_since = None, line.number
            return
        if line.state != "open" or line.plaintext is None:
            return
        if line.envelope.kind is DraftItemKind.UPDATE:
            self._take_update(line, line.plaintext)
        elif line.envelope.kind in _STATES:
            self._take_state(line, line.plaintext)
        else:
            self._take_countersign(line, line.plaintext)

    def at(self, through: int) -> DraftDocument | None:
        """Return the document as it was after item ``through``, or None if it can not be made from what is here."""
        start = next((one for one in reversed(self.snapshots) if one.content.through <= through), None)
        if start is None and not self.log.whole:
            return None
        kind, first = self.log.stream.kind, 0 if start is None else start.content.through
        made = DraftDocument(kind) if start is None else DraftDocument(kind, start.content.state, start.content.clients)
        between = [line for line in self.log.lines if first < line.number <= through]
        if any(line.state == "sealed" and line.envelope.kind is DraftItemKind.UPDATE for line in between):
            return None
        _apply(made, between)
        return made

    def make_snapshot(self) -> DraftStateItem | None:
        """Return the content of a snapshot of all that is here, or None while there is no document."""
        if self.document is None:
            return None
        document = self.document
        return DraftStateItem(
            self.log.stream, self.log.number, document.hash(), document.claims, document.copy().state()
        )

    def may_confirm(self, author: Author | None, snapshot: SeenSnapshot) -> bool:
        """Tell whether ``author`` can answer for a snapshot."""
        return self.rights.may_confirm(author, snapshot.line.author)

    def updates_since_snapshot(self) -> list[Line]:
        """Return the updates that no snapshot holds yet."""
        through = 0 if self.newest is None else self.newest.content.through
        return [one for one in self.log.lines if one.number > through and one.envelope.kind is DraftItemKind.UPDATE]

    def _take_update(self, line: Line, update: bytes) -> None:
        if self.document is None:
            return
        refused = self.document.take(update, line.sender)
        if refused is not None:
            if self.document.broken:
                self.document = self.at(line.number - 1)
            self.log.refuse(line, refused, "foreign-client" if refused == FOREIGN_CLIENT else "malformed", refused)

    def _take_state(self, line: Line, plaintext: bytes) -> None:
        try:
            content = parse_draft_state(plaintext)
            made = DraftDocument(self.log.stream.kind, content.state, content.clients)
        except (Refusal, NoUpdateError):
            self.log.refuse(line, MALFORMED, "malformed", "no state of a document")
            return
        there = (content.stream, content.through) == (self.log.stream, line.envelope.seen_number)
        ours = self.at(content.through)
        says_so = there and not made.unclaimed() and hmac.compare_digest(made.hash(), content.hash)
        if says_so and (ours is None or ours.holds_the_same_as(made)):
            self._adopt(SeenSnapshot(line, content, ours is not None), made)
        else:
            self._refuse_state(line, content, ours)

    def _refuse_state(self, line: Line, content: DraftStateItem, ours: DraftDocument | None) -> None:
        here = "nothing" if ours is None else ours.hash().hex()
        evidence = f"through {content.through} it says {content.hash.hex()}, here {here}"
        self.log.refuse(line, SNAPSHOT, "snapshot", evidence)

    def _adopt(self, seen: SeenSnapshot, made: DraftDocument) -> None:
        self.snapshots.append(seen)
        if self.document is None and seen.content.through >= self._clean_since:
            _apply(made, [line for line in self.log.lines if line.number > seen.content.through])
            self.document = made

    def _take_countersign(self, line: Line, body: bytes) -> None:
        try:
            named = parse_countersign(body)
        except ValueError:
            self.log.refuse(line, MALFORMED, "malformed", "it confirms nothing")
            return
        seen = next((one for one in self.snapshots if one.line.number == named.snapshot), None)
        if seen is None:
            return  # of a snapshot from before this account's time
        if seen.content.hash != named.state_hash:
            self.log.refuse(line, MALFORMED, "malformed", "it confirms another state than the snapshot's")
        elif self.may_confirm(line.author, seen):
            self.confirmed.add(seen.line.number)


def _apply(document: DraftDocument, lines: Sequence[Line]) -> None:
    for line in lines:
        if line.state == "open" and line.envelope.kind is DraftItemKind.UPDATE and line.plaintext is not None:
            document.take(line.plaintext, line.sender)
