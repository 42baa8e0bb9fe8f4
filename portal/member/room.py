"""One room: its place in the record, its keys, and how it keeps up.

| state   | known by             | reads         | writes                          | left by                          |
|---------|----------------------|---------------|---------------------------------|----------------------------------|
| new     | no base              | nothing       | nothing                         | own grants → reading             |
| reading | base, no group state | by grants     | if the newest key is of an own  | welcome → joined                 |
|         |                      |               | device's grant or of the pinned |                                  |
|         |                      |               | account's that began the epoch  |                                  |
| joined  | group state          | by own export | yes; makes commits              | put out: device → reading,       |
|         |                      |               |                                 | account → removed                |
| alarmed | problem, not stopped | on            | no                              | (stays; evidence is kept)        |
| stopped | problem and stopped  | what it has   | no                              | rejoin() and a welcome → reading |
| removed | standing             | what it has   | nothing                         | being let in again → new/reading |

Everything that a batch of items changes is written in one transaction; only then does the room change in memory.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from portal.member.answers import PLACE, WELCOME, checked
from portal.member.batch import Batch, Incoming, Welcomed, Workings
from portal.member.content import Name
from portal.member.e2ee.group import RoomGroup, decode_room_group
from portal.member.e2ee.identity import epoch_code
from portal.member.e2ee.record import is_signed, open_content
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ring import Base
from portal.member.keyholder import Keyholder
from portal.member.keyring import GROUP, KeptRing, KeyRing, fetch_grants, fetch_shares
from portal.member.outgoing import Outgoing
from portal.member.people import People
from portal.member.roomdata import PendingChange, RoomData, RoomProblem, at_base, word_of
from portal.member.rows import Row, RowLog
from portal.member.timeline import content_of
from portal.member.work import MemberError, Wait, Work, delete, get, get_bytes, post, read, write
from portal.wire.commit_data import bucket_of
from portal.wire.envelope import PREFIX_BYTES, Envelope, ItemKind, decode_envelope, first_head, next_head
from portal.wire.ids import AccountId, unb64

_FETCH_ITEMS: Final = 500
_GAP_S: Final = 0.4
_EARLY_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class Gate:
    """Why nothing can be sent: for good, or ``passing``, until something changes."""

    code: str
    passing: bool = False


class Room:
    """A room, with what belongs to this device around it."""

    def __init__(self, data: RoomData, people: People, keyholder: Keyholder) -> None:
        self.data = data
        self.people = people
        self.keyholder = keyholder
        self.ring = KeyRing(data.room)
        self.group: RoomGroup | None = None
        self.pending: PendingChange | None = None
        self.log = RowLog(data.room)
        self.outgoing = Outgoing(data.room)
        self.may_be_invited = True
        """A welcome may lie at the server."""
        self.unheard: list[Row] = []
        """Rows that were opened since what they say of the ledger was heard."""
        self.fresh: list[Row] = []
        """Rows that were kept since somebody looked."""
        self.unmended: int | None = None
        """The first epoch whose own ring grant is to be compared with what the group gave."""
        self._early: dict[int, Incoming] = {}

    def load(self) -> Work[None]:
        """Take up what the store has."""
        room = self.data.room
        self.ring = KeyRing(room, (yield from read(f"ring:{room}", KeptRing)))
        raw = yield from read(f"group:{room}", bytes)
        self.group = None if raw is None else self._decoded(raw)
        self.pending = yield from read(f"pending:{room}", PendingChange)
        yield from self.log.load()
        yield from self.outgoing.load()

    @property
    def problem(self) -> RoomProblem | None:
        """What stands against following or writing, or None."""
        if self.data.problem is not None:
            return self.data.problem
        sealed = next((row for row in self.log.sealed() if self._is_readable_from(row)), None)
        return None if sealed is None else RoomProblem("no-key", sealed.number, f"epoch {sealed.epoch}")

    @property
    def epoch_code(self) -> str | None:
        """The 30 digits that a chair may read aloud, or None without group state."""
        if self.group is None:
            return None
        return epoch_code(self.data.room, self.group.epoch, self.group.authenticator)

    def needs_commit(self, now_s: float) -> bool:
        """Tell whether the group has to change before anything is sent: a new day, or a revoked device inside."""
        if self.group is None:
            return False
        return bucket_of(now_s) > self.data.bucket or bool(self.group.revoked(self.people))

    def gate(self, *, by_draft: bool = False) -> Gate | None:
        """Return what stands against sending, or None. ``by_draft``: to a draft, which has rights of its own."""
        data = self.data
        for code, stands in [
            ("room.removed", data.standing == "removed"),
            ("room.blocked", data.problem is not None),
            ("room.archived", data.state == "archived"),
            ("room.role_required", data.role == "observer" and not by_draft),
            ("person.key_changed", any(map(self.people.key_changed, data.membership.accounts))),
            ("person.unlogged", any(map(self.people.is_unlogged, data.membership.accounts))),
            ("person.renamed", any(map(self.people.name_changed, data.membership.accounts))),
        ]:
            if stands:
                return Gate(code, passing=code == "person.unlogged")
        # Let in again behind a stretch that is not for this account: until a grant says where the record goes on, what
        # is known of it is from before.
        held = None if data.base is None else self.ring.held(data.epoch)
        if held is None:
            return Gate("room.no_key", passing=True)
        if self.group is not None or self._may_seal_outside(held.source):
            return None
        return Gate("room.not_joined", passing=True)

    def next_sequence(self) -> int:
        """Return the next sequence number of this device."""
        return self.data.sequences.get(self.keyholder.device.device, 0) + 1

    def sync(self) -> Work[None]:
        """Process everything that the server has."""
        try:
            yield from self._catch_up()
        except MemberError as error:
            if error.code != "room.not_found":
                raise
            yield from self.leave()

    def receive(self, item: Incoming) -> Work[bool]:
        """Take in an item that came over the socket, or as an own one's acknowledgement; whether items are missing."""
        if self.data.stopped or self.data.base is None:
            return False
        if item.number <= self.data.number:
            yield from self._compare(item)
            return False
        if len(self._early) < _EARLY_MAX:
            self._early[item.number] = item
        yield from self._drain()
        return bool(self._early)

    def accept(self, place: dict[str, Any], raw: bytes) -> Work[None]:
        """Take in an own item that the server acknowledged, and compare heads."""
        number = checked(place, PLACE)["number"]
        yield from self.receive(Incoming(number, place["at_ms"], raw))
        if self.data.number < number:
            yield from self.sync()
        yield from self.check_head(number, unb64(place["head"]))

    def check_head(self, number: int, head: bytes) -> Work[None]:
        """Raise an alarm if the server's head at ``number`` is another one than here."""
        ours, base = self._head_at(number), self.data.base
        beyond = ours is None and number > self.data.number
        if self.data.stopped or base is None or number < base.number or ours == head or beyond:
            return
        here = "unknown" if ours is None else ours.hex()
        yield from self.alarm(RoomProblem("fork", number, f"the server's head {head.hex()}, here {here}"))

    def hear(self, answer: dict[str, Any]) -> Work[None]:
        """Take over what the server says of the room beside the record."""
        word = word_of(answer)
        data = replace(self.data, **(word | {"cursor": max(word["cursor"], self.data.cursor)}))
        if data.standing == "removed":
            data = replace(data, standing="member")
            # What lies between is not for this account: begin anew where it was let in. The server's word clears no
            # alarm: a stopped room goes on once its person has asked to be let in anew.
            if data.visible_from > data.number + 1:
                data = replace(data, base=None)
            self.may_be_invited = True
        if data != self.data:
            yield from self.replace(data)

    def leave(self) -> Work[None]:
        """The server does not list the room any more."""
        changes = {f"group:{self.data.room}": None, f"pending:{self.data.room}": None}
        if self.data.standing == "member":
            yield from self.replace(replace(self.data, standing="removed"), changes)
        self.group = self.pending = None

    def rejoin(self) -> Work[None]:
        """Ask the others to let this device in anew."""
        yield from self.replace(replace(self.data, rejoining=True))
        self.may_be_invited = True
        yield from post(f"/api/rooms/{self.data.room}/rejoin", repeatable=True)

    def replace(self, data: RoomData, more: dict[str, Any] | None = None) -> Work[None]:
        """Write ``data``, and ``more`` with it, and let it count."""
        yield from write({**(more or {}), f"room:{self.data.room}": data})
        self.data = data

    def alarm(self, problem: RoomProblem) -> Work[None]:
        """Keep the first alarm."""
        if self.data.problem is None:
            yield from self.replace(replace(self.data, problem=problem))

    def ensure_shares(self, buckets: Iterable[int]) -> Work[None]:
        """Fetch the shares of these buckets if one is missing."""
        if not all(map(self.ring.has_share, buckets)):
            yield from self._fetch_shares()

    def ensure_keys(self, epochs: Iterable[int]) -> Work[None]:
        """Fetch what is missing of grants and shares for the keys of these epochs, as far as the server has them."""
        wanted = {epoch for epoch in epochs if epoch >= self.data.first_epoch}
        if any(epoch > self.data.epoch for epoch in wanted):
            yield from self.sync()
        if self.group is None and any(self.ring.held(epoch) is None for epoch in wanted):
            yield from self._fetch_grants()
        held = [one for epoch in wanted if (one := self.ring.held(epoch)) is not None]
        yield from self.ensure_shares({one.entry.bucket for one in held})

    def drop_pending(self) -> Work[None]:
        """Forget what is pending: it does not count."""
        yield from write({f"pending:{self.data.room}": None})
        self.pending = None

    def keep_pending(self, pending: PendingChange) -> Work[None]:
        """Keep a change before it is sent."""
        yield from write({f"pending:{self.data.room}": pending})
        self.pending = pending

    def _may_seal_outside(self, source: str) -> bool:
        """Whether a device outside of the group may seal under the newest key, by who gave it that key.

        Whose commit began the epoch stands in the record; anybody else's grant may be a key of theirs.
        """
        ours = source in {GROUP, self.keyholder.device.account}
        theirs = source == self._beginner() and self.people.is_pinned(AccountId(source))  # type: ignore[arg-type]
        seats = [seat for seat in self.data.membership.seats or () if seat is not None]
        listed = [self.people.device(seat.account, seat.device) for seat in seats]
        return (ours or theirs) and not any(one is not None and one.revoked for one in listed)

    def _beginner(self) -> AccountId | None:
        """Who made the commit (or the founding) that began the epoch in force, or None if that is not certain."""
        number = self.data.number
        while (row := self.log.row(number)) is not None:
            if row.kind is not ItemKind.CONTENT and row.state == "open":
                return None if row.doubtful else row.account
            number -= 1
        return None

    def _catch_up(self) -> Work[None]:
        # A room that the server has not heard of yet has no record to follow.
        if self.data.standing == "removed" or (self.pending is not None and self.pending.founds):
            return
        if self.data.base is None and not (yield from self._begin()):
            return
        welcomed = yield from self._invitation()
        if self.data.stopped:
            yield from self._resume(welcomed)
        yield from self._fetch_on(welcomed)
        yield from self._drain()
        yield from self._join_late(welcomed or (yield from self._invitation()))
        yield from self._open_sealed()

    def _begin(self) -> Work[bool]:
        """Find the place from which this account verifies the record; False while it has no grant."""
        grants = yield from fetch_grants(self.data.room, None, self.people, self.keyholder)
        for grant in grants:
            self.ring.take(grant)
        first, visible = None, self.data.visible_from
        if visible == 1:
            first = (Base(0, first_head(self.data.room)), 0)
        else:
            bases = [(one.content.base, one.content.ring[0].epoch) for one in grants]
            usable = [one for one in bases if one[0].number >= visible - 1]
            first = min(usable, key=lambda one: one[0].number, default=None)
        if first is None:
            return False
        yield from self.replace(at_base(self.data, *first), {f"ring:{self.data.room}": self.ring.keep()})
        return True

    def _invitation(self) -> Work[Welcomed | None]:
        outside = self.group is None or (self.data.stopped and self.data.rejoining)
        if not outside or not self.may_be_invited:
            return None
        try:
            answer = checked((yield from get(f"/api/rooms/{self.data.room}/welcome")), WELCOME)
        except MemberError as error:
            if error.code != "welcome.none":
                raise
            self.may_be_invited = False
            return None
        return Welcomed(unb64(answer["welcome"]), answer["number"])

    def _resume(self, welcomed: Welcomed | None) -> Work[None]:
        """After rejoin(): a welcome from behind the stop lets this device go on as one without group state."""
        if not self.data.rejoining or welcomed is None or welcomed.number <= self.data.number:
            return
        data = replace(self.data, problem=None, stopped=False)
        yield from self.replace(data, {f"group:{self.data.room}": None})
        self.group = None

    def _fetch_on(self, welcomed: Welcomed | None) -> Work[None]:
        gaps = 0
        while not self.data.stopped:
            path = f"/api/rooms/{self.data.room}/record?after={self.data.number}&limit={_FETCH_ITEMS}"
            raw = yield from get_bytes(path)
            items = [item for item in parse_record(raw) if item.number > self.data.number]
            whole = [item for place, item in enumerate(items, self.data.number + 1) if item.number == place]
            if whole:
                yield from self._process(whole, welcomed)
            if not items:
                return
            if len(whole) == len(items):
                continue
            gaps += 1
            if gaps > 1:
                evidence = f"the server goes on at {items[len(whole)].number}"
                yield from self.alarm(RoomProblem("dropped", self.data.number + 1, evidence))
                return
            yield Wait(_GAP_S)

    def _drain(self) -> Work[None]:
        """Process what came early, as far as it follows."""
        items: list[Incoming] = []
        while (number := self.data.number + 1 + len(items)) in self._early:
            items.append(self._early[number])
        if items:
            yield from self._process(items, None)
        stopped, processed = self.data.stopped, self.data.number
        self._early = {number: item for number, item in self._early.items() if number > processed and not stopped}

    def _process(self, items: Sequence[Incoming], welcomed: Welcomed | None) -> Work[None]:
        try:
            yield from self._prepare_keys(items)
        except MemberError as error:
            # The account is out: these items say so, and what they can not open any more stays sealed.
            if error.code != "room.not_found":
                raise
        batch = self._batch(welcomed)
        yield from batch.take(items)
        yield from self._keep(batch)

    def _prepare_keys(self, items: Sequence[Incoming]) -> Work[None]:
        """Fetch what these items need of grants and shares, as far as that can be known before."""
        raws = [item.raw for item in items if len(item.raw) >= PREFIX_BYTES]  # shorter ones are refused in their place
        seen = [(raw[1], int.from_bytes(raw[18:26], "big"), raw[26:30]) for raw in raws]
        epochs = [epoch + 1 if kind == ItemKind.COMMIT else epoch for kind, epoch, _ in seen]
        missing = any(epoch >= self.data.first_epoch and self.ring.held(epoch) is None for epoch in epochs)
        if self.group is None and missing and self.pending is None:
            yield from self._fetch_grants()
        readable = [one for one in seen if one[0] == ItemKind.CONTENT and one[1] >= self.data.first_epoch]
        yield from self.ensure_shares({int.from_bytes(bucket, "big") for _, _, bucket in readable})

    def _fetch_grants(self) -> Work[None]:
        for grant in (yield from fetch_grants(self.data.room, None, self.people, self.keyholder)):
            self.ring.take(grant)

    def _fetch_shares(self) -> Work[None]:
        for bucket, share in (yield from fetch_shares(self.data.room)):
            self.ring.put_share(bucket, share)

    def _batch(self, welcomed: Welcomed | None = None) -> Batch:
        before = Workings(self.data, self.ring, self.group, self.pending)
        return Batch(before, self.log, self.people, self.keyholder, welcomed)

    def _keep(self, batch: Batch, changed: Sequence[Row] = ()) -> Work[None]:
        """Write all that a batch changed in one transaction, then change in memory."""
        room, rows = self.data.room, [*changed, *batch.rows]
        data = replace(batch.data, name=self._name_after(rows))
        changes: dict[str, Any] = {f"room:{room}": data, f"ring:{room}": batch.ring.keep()}
        if batch.group is not self.group:
            changes[f"group:{room}"] = None if batch.group is None else batch.group.encode()
        if batch.pending is not self.pending:
            changes[f"pending:{room}"] = batch.pending
        changes |= self.log.changes(rows, batch.raws) | self.outgoing.arrivals(batch.arrived)
        if batch.joined_with is not None:
            changes |= self.keyholder.spent(batch.joined_with)
        yield from write(changes)
        self.data, self.ring, self.group, self.pending = data, batch.ring, batch.group, batch.pending
        self.log.take(rows)
        self.outgoing.arrived(batch.arrived)
        self.fresh += rows
        self.unheard += rows
        yield from self._after(batch)

    def _name_after(self, rows: Iterable[Row]) -> str | None:
        """The room's name: the newest that somebody gave it."""
        named = [content.name for row in rows if isinstance(content := content_of(row, self.people), Name)]
        return named[-1] if named else self.data.name

    def _after(self, batch: Batch) -> Work[None]:
        """What follows from a batch, once it is kept."""
        if batch.joined_with is not None or batch.join_refusal is not None:
            yield from _forgive("welcome.none", delete(f"/api/rooms/{self.data.room}/welcome"))
            self.may_be_invited = False
        # A welcome that can not be used: ask for another, once.
        if batch.join_refusal is not None and not self.data.rejoining:
            yield from self.rejoin()
        if self.group is not None and (batch.committed or batch.joined_with is not None):
            yield from self.people.pin(self.data.membership.accounts)
            begun = [row.epoch + 1 for row in batch.rows if row.kind is ItemKind.COMMIT and row.state == "open"]
            self.unmended = min([*begun, self.group.epoch, *([] if self.unmended is None else [self.unmended])])

    def _join_late(self, welcomed: Welcomed | None) -> Work[None]:
        """Join by a welcome whose commit was processed before the welcome was known."""
        if self.group is not None or welcomed is None or self.data.stopped or welcomed.number > self.data.number:
            return
        raw = yield from self.log.raw(welcomed.number)
        if raw is None:
            return
        batch = self._batch(welcomed)
        yield from batch.join(decode_envelope(raw))
        try:
            batch.advance((yield from self._commits_above(welcomed.number)))
        except Refusal as refusal:
            batch.group, batch.join_refusal = None, refusal
        yield from self._keep(batch)

    def _commits_above(self, number: int) -> Work[list[Envelope]]:
        rows = [row for row in self.log if row.kind is ItemKind.COMMIT and row.state == "open" and row.number > number]
        commits = []
        for row in rows:
            raw = yield from self.log.raw(row.number)
            if raw is not None:
                commits.append(decode_envelope(raw))
        return commits

    def _open_sealed(self) -> Work[None]:
        """Open what could not be opened before, if its key is there by now."""
        readable = [row for row in self.log.sealed() if self._is_readable_from(row)]
        if not readable:
            return
        yield from self._fetch_grants()
        yield from self._fetch_shares()  # a share that opened nothing may have been a wrong one
        opened = []
        for row in readable:
            raw, key = (yield from self.log.raw(row.number)), self.ring.key(row.epoch)
            envelope = None if raw is None else decode_envelope(raw)
            if envelope is None or key is None or not self._is_signed(row, envelope):
                continue
            try:
                opened.append(replace(row, state="open", plaintext=open_content(key, envelope)))
            except Refusal:
                continue  # it stays sealed, and the room says so
        if opened:
            yield from self._keep(self._batch(), opened)

    def _is_readable_from(self, row: Row) -> bool:
        """Whether nothing but a key stands between this person and the item: not that its author's key has changed."""
        return row.account is not None and self.people.is_accepted(row.account, row.device)

    def _is_signed(self, row: Row, envelope: Envelope) -> bool:
        """Whether the device's accepted key signed it: it may have been taken in by a key that never was."""
        owner = None if row.account is None else self.people.owner(row.device, [row.account])
        return owner is not None and owner.accepted and is_signed(envelope, owner.listed.key)

    def _compare(self, item: Incoming) -> Work[None]:
        """An item that was processed before must be the same one."""
        before, ours = self._head_at(item.number - 1), self._head_at(item.number)
        if before is None or ours is None or len(item.raw) <= PREFIX_BYTES:
            return
        theirs = next_head(before, item.number, hashlib.sha256(item.raw[:PREFIX_BYTES]).digest())
        if theirs != ours:
            evidence = f"head {ours.hex()} before, {theirs.hex()} by an item that came now"
            yield from self.alarm(RoomProblem("fork", item.number, evidence))

    def _head_at(self, number: int) -> bytes | None:
        base, row = self.data.base, self.log.row(number)
        if base is not None and base.number == number:
            return base.head
        return None if row is None else row.head

    def _decoded(self, raw: bytes) -> RoomGroup | None:
        """Stored group state, or None if it can not be read: then this device reads by grants until it is let in."""
        try:
            return decode_room_group(raw, self.keyholder.device)
        except Refusal:
            return None


def parse_record(raw: bytes) -> list[Incoming]:
    """Return the items of ``GET record``: u64 number, u64 at_ms, u32 length, envelope, repeated.

    A cut last item is left out.
    """
    items, at = [], 0
    while at + 20 <= len(raw):
        number, at_ms = int.from_bytes(raw[at : at + 8], "big"), int.from_bytes(raw[at + 8 : at + 16], "big")
        end = at + 20 + int.from_bytes(raw[at + 16 : at + 20], "big")
        if end > len(raw):
            break
        items.append(Incoming(number, at_ms, raw[at + 20 : end]))
        at = end
    return items


def _forgive(code: str, work: Work[None]) -> Work[None]:
    try:
        yield from work
    except MemberError as error:
        if error.code != code:
            raise
