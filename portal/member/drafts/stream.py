"""One stream of a draft: its chain of heads, and by whom each item is. What the items say is read elsewhere.

| rule                                            | otherwise                                                     |
|-------------------------------------------------|---------------------------------------------------------------|
| an item of this draft and stream                | the stream stops there; alarm "forged"                        |
| its id was not in the stream before             | refused replayed; alarm "forged"                              |
| signed by a listed device of a known account    | refused item.forged; alarm "forged"                           |
| that device was not revoked before              | refused item.forged; alarm "forged"                           |
| its account was in the room in that epoch       | refused member.absent; alarm "forged"                         |
| sequence = last + 1                             | refused item.sequence; gap: alarm "dropped", repeat: "forged" |
| the head it saw is the stream's head there      | counts; alarm "fork"                                          |
| epoch not older than the newest seen here but 1 | refused item.stale_epoch                                      |
| bucket is that epoch's                          | refused item.malformed                                        |
| its author had the right, by the table in force | refused draft.right_required; alarm "right"                   |
| it opens under its epoch's key                  | refused, alarm "malformed"; without the key it is "sealed"    |

What is refused keeps its place: its head counts. Which table was in force is told by the server's clock, since streams
are not ordered against each other; where both have the same time, either may allow it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from portal.member.checks import CLOCK_SLACK_MS
from portal.member.drafts.rights import RightsHistory
from portal.member.e2ee.draft import is_draft_item_signed, open_draft_item
from portal.member.e2ee.record import RecordKey
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ring import Base
from portal.member.people import Owner
from portal.wire.drafts.envelope import (
    DraftEnvelope,
    MalformedDraftItemError,
    decode_draft_item,
    first_draft_head,
    is_sealed,
    next_draft_head,
)
from portal.wire.drafts.rights import (
    Author,
    MalformedRightsError,
    RightsTable,
    author_of,
    may_write,
    parse_rights,
)
from portal.wire.drafts.streams import DraftItemKind, Stream, StreamKind
from portal.wire.ids import AccountId, DeviceId, DraftId, Id, ItemId, RoomId

DraftProblemKind: TypeAlias = Literal["fork", "dropped", "forged", "foreign-client", "snapshot", "right", "malformed"]
LineState: TypeAlias = Literal["open", "sealed", "refused"]
RIGHT_REQUIRED: Final = "draft.right_required"
STOPPING: Final = frozenset({"fork", "dropped", "forged", "snapshot"})
"""Alarms after which nothing is sent to a draft. The others are somebody's fault, and undo nothing.

After a false snapshot browsers go on, since a person has read the alarm; a program has nobody who reads it, and stops.
"""


@dataclass(frozen=True, slots=True)
class DraftProblem:
    """Something is wrong with a draft. ``evidence`` holds codes and hashes, never content."""

    kind: DraftProblemKind
    stream: str
    number: int
    account: AccountId | None
    evidence: str


@dataclass(frozen=True, slots=True)
class SentItem:
    """An item as it came, or is kept: ``receipt`` is the server's, b64, of acts alone."""

    number: int
    at_ms: int
    raw: bytes
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One item, judged. ``author`` is None where nobody could be made out; ``head`` (32 bytes) the one after it.

    ``plaintext`` is the body of what is not sealed, too; None for what is refused or sealed.
    """

    number: int
    at_ms: int
    envelope: DraftEnvelope
    head: bytes
    author: Author | None
    state: LineState
    code: str | None = None
    plaintext: bytes | None = None
    receipt: str | None = None

    @property
    def sender(self) -> tuple[AccountId, DeviceId]:
        """Account and device of an item that is not refused."""
        account = "" if self.author is None else self.author.account
        return AccountId(Id(account)), self.envelope.device


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a stream is judged by: who owns a device, who was in the room in an epoch (None: not known), keys."""

    owner: Callable[[DeviceId], Owner | None]
    members: Callable[[int], frozenset[AccountId] | None]
    key: Callable[[int], RecordKey | None]
    delegation: Callable[[AccountId], str]
    rights: RightsHistory


@dataclass
class StreamLog:
    """The items of one stream from ``base`` on. ``problem`` is the first alarm; ``stopped``: nothing more is taken."""

    room: RoomId
    draft: DraftId
    stream: Stream
    base: Base
    lines: list[Line] = field(default_factory=list)
    problem: DraftProblem | None = None
    stopped: bool = False
    _heads: dict[int, bytes] = field(default_factory=dict)
    _items: dict[tuple[DeviceId, ItemId], int] = field(default_factory=dict)
    _sequences: dict[DeviceId, int] = field(default_factory=dict)
    _epoch: int = 0

    @classmethod
    def begin(cls, room: RoomId, draft: DraftId, stream: Stream, base: Base | None = None) -> "StreamLog":
        """Return a stream without items, at its beginning or at ``base``."""
        begin = base or Base(0, first_draft_head(draft, stream))
        return cls(room, draft, stream, begin, _heads={begin.number: begin.head})

    @property
    def number(self) -> int:
        """The last item's number, or the base's."""
        return self.lines[-1].number if self.lines else self.base.number

    @property
    def head(self) -> bytes:
        """The head after the last item, 32 bytes."""
        return self._heads[self.number]

    @property
    def whole(self) -> bool:
        """Whether it is here from its beginning."""
        return self.base.number == 0

    def head_at(self, number: int) -> bytes | None:
        """Return the head after an item, 32 bytes, or None for a place before the base or behind the end."""
        return self._heads.get(number)

    def line(self, number: int) -> Line | None:
        """Return an item."""
        place = number - self.base.number - 1
        return self.lines[place] if 0 <= place < len(self.lines) else None

    def number_of(self, device: DeviceId, item: ItemId) -> int | None:
        """Return where an item of a device stands."""
        return self._items.get((device, item))

    def next_sequence(self, device: DeviceId) -> int:
        """Return the next sequence number of a device."""
        return self._sequences.get(device, 0) + 1

    def trust_sequence(self, device: DeviceId, expected: int) -> None:
        """Where the stream is read from the middle, only the server can say how many items a device has sent."""
        if not self.whole and device not in self._sequences:
            self._sequences[device] = expected - 1

    def sealed(self) -> list[Line]:
        """Return items whose key is missing."""
        return [line for line in self.lines if line.state == "sealed"]

    def take(self, item: SentItem, around: Circumstances) -> Line | None:
        """Judge the item that follows; None if it is not the one that is due, or the stream has stopped."""
        if self.stopped or item.number != self.number + 1:
            return None
        envelope = self._decoded(item)
        if envelope is None:
            self.stopped = True
            self.alarm("forged", item.number, None, "the server sent what is no item of this stream")
            return None
        owner = around.owner(envelope.device)
        signed = owner is not None and is_draft_item_signed(envelope, owner.listed.key)
        line = self._judged(item, envelope, owner if signed else None, around)
        self._append(line, signed=signed)
        return line

    def alarm(self, kind: DraftProblemKind, number: int, account: AccountId | None, evidence: str) -> None:
        """Keep the first alarm; one after which nothing may be sent takes the place of one that does not stop."""
        worse = self.problem is not None and kind in STOPPING and self.problem.kind not in STOPPING
        if self.problem is None or worse:
            self.problem = DraftProblem(kind, self.stream.name, number, account, evidence)

    def refuse(self, line: Line, code: str, kind: DraftProblemKind, evidence: str) -> None:
        """Mark an open item as refused for what it says, with an alarm."""
        place = line.number - self.base.number - 1
        refused = Line(line.number, line.at_ms, line.envelope, line.head, line.author, "refused", code)
        self.lines[place] = refused
        self.alarm(kind, line.number, line.sender[0], evidence)

    def _decoded(self, item: SentItem) -> DraftEnvelope | None:
        try:
            envelope = decode_draft_item(item.raw)
        except MalformedDraftItemError:
            return None
        here = (envelope.room, envelope.draft, envelope.stream) == (self.room, self.draft, self.stream)
        return envelope if here else None

    def _append(self, line: Line, *, signed: bool) -> None:
        envelope = line.envelope
        self.lines.append(line)
        self._heads[line.number] = line.head
        if signed:
            self._items.setdefault((envelope.device, envelope.item), line.number)
            last = self._sequences.get(envelope.device, 0)
            self._sequences[envelope.device] = max(last, envelope.sequence)
        if line.state != "refused":
            self._epoch = max(self._epoch, envelope.epoch)

    def _judged(self, item: SentItem, envelope: DraftEnvelope, owner: Owner | None, around: Circumstances) -> Line:
        """``owner`` is None also where its device did not sign."""
        code = self._check(item, envelope, owner, around)
        authors = [] if owner is None else self._authors(item, envelope, owner, around)
        allowed = [one for one in authors if may_write(one, self.stream.kind, self.stream.owner, envelope.kind)]
        if code is None and not allowed:
            code = RIGHT_REQUIRED
            account = None if owner is None else owner.account
            self.alarm("right", item.number, account, f"an item of kind {envelope.kind.name} is not for its author")
        state: LineState = "refused"
        plaintext: bytes | None = None
        if code is None:
            state, code, plaintext = self._opened(envelope, around)
            if code is not None and owner is not None:
                self.alarm("malformed", item.number, owner.account, code)
        head = next_draft_head(self.head, item.number, item.at_ms, envelope.item_hash)
        author = next(iter([*allowed, *authors]), None)
        return Line(item.number, item.at_ms, envelope, head, author, state, code, plaintext, item.receipt)

    def _authors(
        self, item: SentItem, envelope: DraftEnvelope, owner: Owner, around: Circumstances
    ) -> Sequence[Author]:
        """What the author may do, by each table that may have been in force."""
        interpreter, rights = owner.listed.kind == "interpreter", around.rights
        delegation = around.delegation(owner.account)
        if self.stream.kind is not StreamKind.ACTS:
            return rights.authors(owner.account, delegation, item.at_ms, interpreter=interpreter)
        table = rights.newest
        if envelope.kind is DraftItemKind.FOUNDING:
            if item.number != 1:
                return []
            table = table_in(envelope)  # whoever founds a draft is its chair by the founding itself
        return [author_of(table, owner.account, delegation, interpreter=interpreter)]

    def _check(self, item: SentItem, envelope: DraftEnvelope, owner: Owner | None, around: Circumstances) -> str | None:
        number, device = item.number, envelope.device
        before = self._items.get((envelope.device, envelope.item))
        account = None if owner is None else owner.account
        if before is not None:
            self.alarm("forged", number, account, f"item {envelope.item} stands at {before} already")
            return "replayed"
        if owner is None:
            self.alarm("forged", number, account, f"not signed by device {device}, sequence {envelope.sequence}")
            return "item.forged"
        if owner.revoked_s is not None and item.at_ms > owner.revoked_s * 1000 + CLOCK_SLACK_MS:
            self.alarm("forged", number, account, f"device {device} was revoked at {owner.revoked_s}")
            return "item.forged"
        members = around.members(envelope.epoch)
        if members is not None and owner.account not in members:
            self.alarm("forged", number, account, f"account {owner.account} was not in the room")
            return "member.absent"
        self._check_seen(number, envelope, owner.account)
        return self._check_sequence(number, envelope, owner.account) or self._check_epoch(envelope, around)

    def _check_seen(self, number: int, envelope: DraftEnvelope, account: AccountId) -> None:
        ours = self._heads.get(envelope.seen_number)
        if envelope.seen_number < number and ours in {None, envelope.seen_head}:
            return
        here = "nothing" if ours is None else ours.hex()
        evidence = f"device {envelope.device} saw {envelope.seen_head.hex()} at {envelope.seen_number}, here {here}"
        self.alarm("fork", number, account, evidence)

    def _check_sequence(self, number: int, envelope: DraftEnvelope, account: AccountId) -> str | None:
        last = self._sequences.get(envelope.device)
        # Where the stream is read from the middle, a device's earlier items are not known.
        if last is None and not self.whole:
            return None
        due = (last or 0) + 1
        if envelope.sequence == due:
            return None
        evidence = f"device {envelope.device}: sequence {envelope.sequence} where {due} is due"
        self.alarm("dropped" if envelope.sequence > due else "forged", number, account, evidence)
        return "item.sequence"

    def _check_epoch(self, envelope: DraftEnvelope, around: Circumstances) -> str | None:
        if envelope.epoch < self._epoch - 1:
            return "item.stale_epoch"
        key = around.key(envelope.epoch)
        return "item.malformed" if key is not None and key.bucket != envelope.bucket else None

    def _opened(self, envelope: DraftEnvelope, around: Circumstances) -> tuple[LineState, str | None, bytes | None]:
        """The state, what is wrong with the ciphertext, and the plaintext."""
        if not is_sealed(envelope.kind):
            return "open", None, envelope.body
        key = around.key(envelope.epoch)
        if key is None:
            return "sealed", None, None
        try:
            return "open", None, open_draft_item(key, envelope)
        except Refusal as refusal:
            return "refused", refusal.code, None


def table_in(envelope: DraftEnvelope) -> RightsTable | None:
    """Return the table of rights in the body of a founding or rights item; None if it is none of this draft."""
    try:
        return parse_rights(envelope.body, envelope.draft, envelope.room)
    except MalformedRightsError:
        return None
