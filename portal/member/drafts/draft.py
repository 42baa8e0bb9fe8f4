"""One draft: its streams, followed and kept, and what they say.

Kept is what came, item by item; everything else is made of it again when the draft is opened. What can not be opened
yet, because a key of the room is still missing, is not taken in: it is asked for again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from portal.member.drafts.acts import ActsFollower, Surely
from portal.member.drafts.outgoing import DraftOutgoing
from portal.member.drafts.rights import RightsHistory
from portal.member.drafts.serving import Reach, ServedDraft, fetch_drafts, fetch_items, fetch_receipts
from portal.member.drafts.stream import STOPPING, Circumstances, DraftProblem, Line, SentItem, StreamLog
from portal.member.drafts.texts import DocumentFollower
from portal.member.e2ee.record import RecordKey
from portal.member.e2ee.ring import Base
from portal.member.people import Owner
from portal.member.room import Room
from portal.member.work import Wait, Work, read_all, write
from portal.wire.drafts.envelope import MalformedDraftItemError, decode_draft_item, is_sealed
from portal.wire.drafts.rights import Author, author_of
from portal.wire.drafts.streams import ACTS, PURGED, Stream, StreamKind, parse_stream_name
from portal.wire.envelope import ItemKind
from portal.wire.ids import AccountId, DeviceId, DraftId

_DIGITS: Final = 16
_GAP_S: Final = 0.3
_EARLY_MAX: Final = 1000
_ORDER: Final = {kind: place for place, kind in enumerate(StreamKind)}


@dataclass(frozen=True, slots=True)
class KeptItem:
    """Kept under "ditem:<room>:<draft>:<stream>:<number>"."""

    at_ms: int
    raw: bytes
    receipt: str | None


@dataclass(frozen=True, slots=True)
class KeptBase:
    """Where a stream begins here: a number, and the head there (32 bytes)."""

    number: int
    head: bytes


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """Kept under "draft:<room>:<draft>". ``bases`` are by the names of the streams that are here."""

    created_ms: int
    founder: AccountId
    bases: Mapping[str, KeptBase]


class Draft:
    """A draft of a room. ``delegations``: ids by codes, as the server's list says."""

    def __init__(
        self,
        room: Room,
        kept: KeptDraft,
        draft: DraftId,
        delegations: Mapping[str, str],
        surely: Surely,
        silence_min_ms: int,
    ) -> None:
        self.room = room
        self.draft = draft
        self.kept = kept
        self.delegations = delegations
        self.rights = RightsHistory()
        self.logs: dict[Stream, StreamLog] = {}
        self.documents: dict[Stream, DocumentFollower] = {}
        self.acts = ActsFollower(room.data.room, draft, self.rights, surely, silence_min_ms)
        self.outgoing = DraftOutgoing(room.data.room, draft)
        self.waiting = False
        """Items wait for a key of the room."""
        self.fresh: list[Line] = []
        """Lines that were taken in since somebody looked."""
        self._early: dict[Stream, dict[int, SentItem]] = {}
        self._members: dict[int, frozenset[AccountId] | None] = {}

    def load(self) -> Work[None]:
        """Take up what the store has."""
        yield from self.outgoing.load()
        for name in sorted(self.kept.bases, key=_name_order):
            stream, base = parse_stream_name(name), self.kept.bases[name]
            if stream is None:
                continue
            self._begin(stream, Base(base.number, base.head))
            items = yield from read_all(self._family(stream), KeptItem)
            for number, item in sorted((int(name), item) for name, item in items.items()):
                self._take(stream, SentItem(number, item.at_ms, item.raw, item.receipt))
        self.fresh.clear()

    @property
    def problem(self) -> DraftProblem | None:
        """What is wrong, the worst first; None if nothing is."""
        found = [log.problem for log in self.logs.values() if log.problem is not None]
        return next((one for one in found if one.kind in STOPPING), found[0] if found else None)

    @property
    def is_blocked(self) -> bool:
        """Whether nothing may be sent, until a person has looked."""
        problem = self.problem
        return problem is not None and problem.kind in STOPPING

    def me(self) -> Author:
        """Return what this account may do now."""
        return self.author(self.room.keyholder.device.account)

    def author(self, account: AccountId) -> Author:
        """Return what an account may do now."""
        person = self.room.people.person(account)
        interpreter = person is not None and person.interpreter is not None
        return author_of(self.rights.newest, account, self.delegation_of(account), interpreter=interpreter)

    def delegation_of(self, account: AccountId) -> str:
        """Return the delegation that the list of people says, "" for none."""
        person = self.room.people.person(account)
        return "" if person is None else self.delegations.get(person.delegation, "")

    def log(self, stream: Stream) -> StreamLog:
        """Return a stream, which may have no items yet."""
        return self.logs.get(stream) or self._begin(stream, None)

    def document(self, stream: Stream) -> DocumentFollower:
        """Return the follower of a document stream."""
        self.log(stream)
        return self.documents[stream]

    def sync(self, served: ServedDraft) -> Work[None]:
        """Process everything that the server has."""
        self._members.clear()
        self.waiting = False
        yield from self.room.people.ensure(self.room.data.membership.accounts)
        for reach in sorted(served.streams, key=lambda one: _order(one.stream)):
            yield from self._follow(reach)

    def receive(self, stream: Stream, item: SentItem) -> Work[bool]:
        """Take in an item that was pushed, or an own one's acknowledgement; whether items before it are missing."""
        log = self.log(stream)
        if item.number <= log.number:
            self._compare(log, item)
            return False
        early = self._early.setdefault(stream, {})
        if len(early) < _EARLY_MAX:
            early[item.number] = item
        items: list[SentItem] = []
        while (number := log.number + 1 + len(items)) in early:
            items.append(early[number])
        yield from self._process(log, items)
        for number in [number for number in early if number <= log.number]:
            del early[number]
        return bool(early)

    def check_head(self, stream: Stream, number: int, head: bytes) -> None:
        """Raise an alarm if the server's head (32 bytes) at ``number`` is another one than here."""
        log = self.log(stream)
        ours = log.head_at(number)
        if ours is not None and ours != head:
            log.alarm("fork", number, None, f"the server's head {head.hex()}, here {ours.hex()}")

    def circumstances(self) -> Circumstances:
        """Return what streams are judged by."""
        return Circumstances(self._owner, self._members_in, self._key, self.delegation_of, self.rights)

    def _begin(self, stream: Stream, base: Base | None) -> StreamLog:
        log = StreamLog.begin(self.room.data.room, self.draft, stream, base)
        self.logs[stream] = log
        if stream.kind in PURGED:
            self.documents[stream] = DocumentFollower(log, self.rights)
        elif stream == ACTS:
            self.acts.begin(log)
        return log

    def _follow(self, reach: Reach) -> Work[None]:
        log = self.log(reach.stream)
        if reach.base.number > log.number:
            log = yield from self._begin_anew(reach)
        elif str(reach.stream.name) not in self.kept.bases:
            yield from self._keep_base(log)
        gaps = 0
        while not log.stopped and log.number < reach.end.number:
            items = yield from fetch_items(self.room.data.room, self.draft, reach.stream, log.number)
            before, due = log.number, [item for item in items if item.number > log.number]
            if due and due[0].number == log.number + 1:
                yield from self._process(log, (yield from self._with_receipts(log, due)))
            if log.number > before:
                continue
            if self.waiting or not due:
                return
            gaps += 1
            if gaps > 1:
                log.alarm("dropped", log.number + 1, None, f"the server goes on at {due[0].number}")
                return
            yield Wait(_GAP_S)
            # A snapshot may have been confirmed since the server was asked where its items begin.
            reach = yield from self._reach_now(reach)
            if reach.base.number > log.number:
                log, gaps = (yield from self._begin_anew(reach)), 0
        self.check_head(reach.stream, reach.end.number, reach.end.head)

    def _reach_now(self, before: Reach) -> Work[Reach]:
        served = yield from fetch_drafts(self.room.data.room)
        streams = next((one.streams for one in served if one.draft == self.draft), ())
        return next((reach for reach in streams if reach.stream == before.stream), before)

    def _with_receipts(self, log: StreamLog, items: Sequence[SentItem]) -> Work[list[SentItem]]:
        if log.stream != ACTS or not items:
            return list(items)
        receipts = yield from fetch_receipts(self.room.data.room, self.draft, log.number)
        return [replace(item, receipt=receipts.get(item.number)) for item in items]

    def _begin_anew(self, reach: Reach) -> Work[StreamLog]:
        """What lies before the server's base is held by a snapshot behind it."""
        gone = yield from read_all(self._family(reach.stream), KeptItem)
        yield from write({f"{self._family(reach.stream)}:{number}": None for number in gone})
        log = self._begin(reach.stream, reach.base)
        yield from self._keep_base(log)
        return log

    def _keep_base(self, log: StreamLog) -> Work[None]:
        bases = {**self.kept.bases, log.stream.name: KeptBase(log.base.number, log.base.head)}
        kept = replace(self.kept, bases=bases)
        yield from write({f"draft:{self.room.data.room}:{self.draft}": kept})
        self.kept = kept

    def _process(self, log: StreamLog, items: Sequence[SentItem]) -> Work[None]:
        """Take in items that follow, as far as their keys are here, and keep them."""
        if not items:
            return
        if log.stream.name not in self.kept.bases:
            yield from self._keep_base(log)
        taken, arrived = [], []
        for item in (yield from self._prepared(items)):
            line = self._take(log.stream, item)
            if line is None:
                break
            taken.append(item)
            own = line.envelope.device == self.room.keyholder.device.device
            if own and line.code not in {"item.forged", "replayed"}:
                arrived.append(line.envelope.item)
        names = {f"{self._family(log.stream)}:{item.number:0{_DIGITS}}": item for item in taken}
        changes: dict[str, Any] = {name: KeptItem(item.at_ms, item.raw, item.receipt) for name, item in names.items()}
        yield from write(changes | self.outgoing.arrivals(arrived))
        self.outgoing.arrived(arrived)

    def _prepared(self, items: Sequence[SentItem]) -> Work[list[SentItem]]:
        """Fetch what these items need of lists and keys; returns them up to the first whose key is still missing."""
        envelopes = []
        for item in items:
            try:
                envelopes.append(decode_draft_item(item.raw))
            except MalformedDraftItemError:
                break
        yield from self._meet([one.device for one in envelopes])
        epochs = [one.epoch for one in envelopes]
        yield from self.room.ensure_keys(epochs)
        self._members.clear()
        first = self.room.data.first_epoch
        for place, one in enumerate(envelopes):
            locked = is_sealed(one.kind) and one.epoch >= first and self._key(one.epoch) is None
            if locked or one.epoch > self.room.data.epoch:
                self.waiting = True
                return list(items[:place])
        return list(items)

    def _meet(self, devices: Iterable[DeviceId]) -> Work[None]:
        """See that the owners of these devices are known, as far as they can be."""
        unknown = [device for device in dict.fromkeys(devices) if self._owner(device) is None]
        if not unknown:
            return
        accounts = [*self.room.data.membership.accounts, *(member.account for member in self.room.data.members)]
        yield from self.room.people.refresh(accounts)
        still = [device for device in unknown if self._owner(device) is None]
        if still:
            yield from self.room.keyholder.meet(still)

    def _take(self, stream: Stream, item: SentItem) -> Line | None:
        log = self.log(stream)
        if stream == ACTS and not self.acts.is_receipted(item):
            # Else the server could tell two readers two times of one act. Nothing is taken in behind it.
            log.alarm("forged", item.number, None, f"no receipt of the ledger for {item.at_ms}")
            return None
        line = log.take(item, self.circumstances())
        if line is None:
            return None
        if stream == ACTS:
            self.acts.take(line)
        elif stream.kind in PURGED:
            self.documents[stream].take(line)
        self.fresh.append(log.line(line.number) or line)
        return line

    def _compare(self, log: StreamLog, item: SentItem) -> None:
        """An item that was processed before must be the same one."""
        line = log.line(item.number)
        if line is not None and line.envelope.encode() != item.raw:
            log.alarm("fork", item.number, None, f"item {line.envelope.item} stood here before another one came")

    def _owner(self, device: DeviceId) -> Owner | None:
        return self.room.people.owner(device, self.room.people.accounts())

    def _key(self, epoch: int) -> RecordKey | None:
        return self.room.ring.key(epoch)

    def _members_in(self, epoch: int) -> frozenset[AccountId] | None:
        """Who was in the room in an epoch; None where the record is not here from its beginning."""
        if epoch not in self._members:
            self._members[epoch] = members_in(self.room, epoch)
        return self._members[epoch]

    def _family(self, stream: Stream) -> str:
        return f"ditem:{self.room.data.room}:{self.draft}:{stream.name}"


def members_in(room: Room, epoch: int) -> frozenset[AccountId] | None:
    """Return the accounts that were in the room in ``epoch``; None where its record is not here from the beginning."""
    if room.data.base is None or room.data.base.number != 0 or epoch > room.data.epoch:
        return None
    inside: set[AccountId] = set()
    for row in room.log:
        if row.state != "open" or row.kind is ItemKind.CONTENT:
            continue
        if row.kind is ItemKind.FOUNDING and row.account is not None:
            inside.add(row.account)
        elif row.epoch >= epoch:
            break
        inside = (inside | set(row.added)) - set(row.removed)
    return frozenset(inside)


def first_common_epoch(room: Room) -> int:
    """Return the first epoch whose key everybody in the room has: the newest that let somebody in without the past."""
    if room.data.history == "all":
        return 0
    begun = [row.epoch + 1 for row in room.log if row.kind is ItemKind.COMMIT and row.state == "open" and row.added]
    return max(begun, default=0)


def _order(stream: Stream) -> tuple[int, str]:
    """Acts first: they say who may write the others."""
    return _ORDER[stream.kind], stream.owner


def _name_order(name: str) -> tuple[int, str]:
    stream = parse_stream_name(name)
    return (len(_ORDER), name) if stream is None else _order(stream)
