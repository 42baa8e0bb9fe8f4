"""Items of the record applied in order to a working copy of a room; the room is changed only once all of it is kept.

| item     | group state here              | none (reading by grants)                                     |
|----------|-------------------------------|--------------------------------------------------------------|
| founding | epoch 0; own pending or another's                                                            |
| content  | checked (checks.py), opened with the ring; without its key kept "sealed"                     |
| commit   | own pending one: its state    | followed by its public half; seats and epochs go on          |
|          | other's: MLS decides          | the welcome's commit: this device joins right behind it      |
|          | refused: alarm, stops here    | refused: alarm, stops here                                   |

Stops at: what is no envelope; a commit that can not be followed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portal.member.checks import Examined, Surroundings, Verdict, check_epoch, check_item
from portal.member.e2ee.group import Offer, RoomGroup, RoomInvitation, decode_room_group, join_room, process_room_commit
from portal.member.e2ee.identity import Credential
from portal.member.e2ee.inspect import InspectedCommit, inspect_commit
from portal.member.e2ee.membership import after_commit, founded, from_roster
from portal.member.e2ee.record import is_signed, open_content
from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.ring import Base
from portal.member.keyholder import Keyholder
from portal.member.keyring import GROUP, KeyRing
from portal.member.people import Owner, People
from portal.member.roomdata import PendingChange, ProblemKind, RoomData, RoomProblem
from portal.member.rows import Row, RowLog, State
from portal.member.work import Work
from portal.mls.errors import MlsError
from portal.mls.welcome import welcome_refs
from portal.wire.commit_data import bucket_of
from portal.wire.envelope import Envelope, ItemKind, decode_envelope, next_head
from portal.wire.founding import MalformedFoundingError, parse_founding
from portal.wire.ids import AccountId, DeviceId, ItemId

BUCKETS_AHEAD: Final = 2
"""How far a commit's day may be ahead of today: whoever put it years ahead would end the daily change of keys."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An item as the server handed it out."""

    number: int
    at_ms: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Welcomed:
    """A welcome for this device, and the number of the commit that it belongs to."""

    welcome: bytes
    number: int


@dataclass(frozen=True, slots=True)
class Workings:
    """What a batch begins with and ends in."""

    data: RoomData
    ring: KeyRing
    group: RoomGroup | None
    pending: PendingChange | None


@dataclass(frozen=True, slots=True)
class _Item:
    number: int
    at_ms: int
    raw: bytes
    envelope: Envelope
    owner: Owner | None
    signed: bool

    @property
    def examined(self) -> Examined:
        return Examined(self.number, self.at_ms, self.envelope, self.owner, self.signed)


@dataclass(frozen=True, slots=True)
class _Finding:
    """What becomes of an item: the fields of its row that are not the envelope's."""

    state: State
    account: AccountId | None = None
    code: str | None = None
    plaintext: bytes | None = None
    added: tuple[AccountId, ...] = ()
    removed: tuple[AccountId, ...] = ()
    doubtful: bool = False


class Batch:
    """A working copy. ``rows`` and ``raws`` are new; ``arrived`` are own items that stand in the record now.

    ``joined_with`` is the offer by which this device joined, ``join_refusal`` why the invitation could not be followed;
    reading goes on without group state then. ``committed`` tells whether a commit was processed.
    """

    def __init__(
        self, before: Workings, log: RowLog, people: People, keyholder: Keyholder, welcomed: Welcomed | None
    ) -> None:
        self.data = before.data
        self.ring = before.ring.copy()
        self.group = before.group
        self.pending = before.pending
        self.rows: list[Row] = []
        self.raws: list[tuple[int, bytes]] = []
        self.arrived: list[ItemId] = []
        self.committed = False
        self.joined_with: Offer | None = None
        self.join_refusal: Refusal | None = None
        self._log = log
        self._people = people
        self._keyholder = keyholder
        self._welcomed = welcomed
        self._heads: dict[int, bytes] = {}
        self._numbers: dict[ItemId, int] = {}

    def take(self, items: Sequence[Incoming]) -> Work[None]:
        """Apply items whose numbers follow the last processed one without a gap."""
        for incoming in items:
            envelope = self._decode(incoming.raw)
            if envelope is None:
                self._stop_at(incoming.number, "forged", "the server sent what is no item of this room")
                return
            owner = yield from self._owner_of(envelope.device)
            signed = owner is not None and is_signed(envelope, owner.listed.key)
            item = _Item(incoming.number, incoming.at_ms, incoming.raw, envelope, owner, signed)
            if envelope.kind is ItemKind.CONTENT:
                self._take_content(item)
            elif envelope.kind is ItemKind.COMMIT:
                yield from self._take_commit(item)
            else:
                self._take_founding(item)
            if self.data.stopped:
                return

    def join(self, commit: Envelope) -> Work[None]:
        """Join the group by the invitation; the record was processed up to and including its commit."""
        if self._welcomed is None:
            return
        try:
            refs = welcome_refs(self._welcomed.welcome)
        except MlsError:
            refs = ()
        offer = yield from self._keyholder.offer_for(refs)
        if offer is None:
            self.join_refusal = Refusal("welcome.not_for_us")
            return
        members = [member.account for member in self.data.members]
        yield from self._people.ensure([*members, *self.data.membership.accounts])
        invitation = RoomInvitation(self._welcomed.welcome, commit, offer)
        try:
            self._adopt((yield from self._joined(invitation)))
            self.joined_with = offer
        except Refusal as refusal:
            self.join_refusal = refusal

    def advance(self, commits: Iterable[Envelope]) -> None:
        """Bring a group state that is behind the record up to it, by commits that were processed without it."""
        for envelope in commits:
            if self.group is None:
                return
            self.group = process_room_commit(self.group, envelope, self._people)
            if self.group is not None:
                self._adopt(self.group)

    def _joined(self, invitation: RoomInvitation) -> Work[RoomGroup]:
        device = self._keyholder.device
        try:
            return join_room(invitation, device, self._people)
        except Refusal as refusal:
            if refusal.code != "leaf.unlisted":
                raise
        # A leaf of somebody who is no member of the room any more, so that the room's list does not name them.
        yield from self._people.fetch_all()
        yield from self._people.refresh(self._people.accounts())
        return join_room(invitation, device, self._people)

    def _adopt(self, group: RoomGroup) -> None:
        self.group = group
        self.ring.put(group.ring_entry(), GROUP)
        membership = from_roster(self.data.membership, group.roster())
        self.data = replace(self.data, membership=membership, history=group.history, rejoining=False)

    def _decode(self, raw: bytes) -> Envelope | None:
        try:
            envelope = decode_envelope(raw)
        except ValueError:
            return None
        return envelope if envelope.room == self.data.room else None

    def _take_content(self, item: _Item) -> None:
        envelope = item.envelope
        if envelope.epoch < self.data.first_epoch:
            # From before this account was let in, raced by the commit that did: part of the chain, never to be read.
            if item.signed:
                self._note_sequence(envelope)
            self._append(item, _Finding("earlier", None if item.owner is None else item.owner.account))
            return
        verdict = check_item(item.examined, self._surroundings())
        code, plaintext = verdict.code or check_epoch(envelope, self.data), None
        if code is None:
            code, plaintext = self._open(envelope)
        self._raise(verdict)
        if item.signed:
            self._note_sequence(envelope)
        owner = item.owner if item.signed else None
        account = None if owner is None else owner.account
        if code is not None:
            self._append(item, _Finding("replayed" if code == "replayed" else "refused", account, code))
        elif plaintext is None or owner is None or not owner.accepted:
            # Shown as somebody's words only with the key at hand, and once a changed key of theirs is acknowledged.
            self._append(item, _Finding("sealed", account))
        else:
            self._append(item, _Finding("open", account, plaintext=plaintext))

    def _open(self, envelope: Envelope) -> tuple[str | None, bytes | None]:
        """Why it is refused, and the plaintext if the key is here."""
        key = self.ring.key(envelope.epoch)
        if key is None:
            return None, None
        try:
            return None, open_content(key, envelope)
        except Refusal as refusal:
            proven = self._log.has_opened(envelope.epoch) or self._has_opened(envelope.epoch)
            # A key that has opened nothing yet may itself be the wrong one: a bad grant, or a bad share.
            return (None if refusal.code == "item.commitment" and not proven else refusal.code), None

    def _has_opened(self, epoch: int) -> bool:
        return any(row.state == "open" and row.kind is ItemKind.CONTENT and row.epoch == epoch for row in self.rows)

    def _take_founding(self, item: _Item) -> None:
        envelope, owner, pending = item.envelope, item.owner, self.pending
        own = pending is not None and pending.item == envelope.item
        place = (item.number, self.data.epoch, envelope.epoch, envelope.sequence)
        same = not own or (pending is not None and pending.raw == item.raw)
        if not item.signed or owner is None or place != (1, -1, 0, 1) or not same:
            self._stop_at(item.number, "forged", "the founding of the room is not what its founder signed")
            return
        try:
            history = parse_founding(envelope.body, envelope.room)
        except MalformedFoundingError:
            self._stop_at(item.number, "forged", "the founding says nothing that this program knows")
            return
        if envelope.bucket > self._newest_bucket():
            self._stop_at(item.number, "commit-refused", f"commit.bucket {{'bucket': {envelope.bucket}}}")
            return
        founder = Credential(owner.account, envelope.device, owner.listed.kind)
        membership = founded(founder, Base(0, self.data.head))
        self.data = replace(self.data, history=history, epoch=0, bucket=envelope.bucket, membership=membership)
        if own:
            self._adopt(self._take_pending())
        self._note_sequence(envelope)
        self._append(item, _Finding("open", owner.account, doubtful=not owner.accepted))

    def _take_commit(self, item: _Item) -> Work[None]:
        verdict = check_item(item.examined, self._surroundings())
        self._raise(verdict)
        if item.owner is None or verdict.code not in {None, "item.sequence"}:
            self._append(item, _Finding("replayed" if verdict.code == "replayed" else "refused", code=verdict.code))
            return
        try:
            yield from self._follow(item, item.owner)
        except Refusal as refusal:
            self._stop_at(item.number, "commit-refused", f"{refusal.code} {refusal.detail}")

    def _newest_bucket(self) -> int:
        return bucket_of(self._keyholder.now_s()) + BUCKETS_AHEAD

    def _follow(self, item: _Item, owner: Owner) -> Work[None]:
        envelope = item.envelope
        require(envelope.bucket <= self._newest_bucket(), "commit.bucket", bucket=envelope.bucket)
        commit = inspect_commit(envelope)
        require(owner.account not in commit.going, "commit.going", account=owner.account)
        yield from self._meet_added(commit)
        following = self._next_group(item, commit.committer_leaf)
        base = Base(envelope.seen_number, envelope.seen_head)
        changed = after_commit(self.data.membership, commit, base)
        self.data = replace(
            self.data,
            membership=changed.membership,
            history=commit.history or self.data.history,
            epoch=envelope.epoch + 1,
            bucket=envelope.bucket,
            previous_bucket=self.data.bucket,
        )
        self._note_sequence(envelope)
        changes, doubtful = (changed.added, changed.removed), not owner.accepted
        self._append(item, _Finding("open", owner.account, None, None, *changes, doubtful))
        self.committed = True
        self.group = following
        if following is not None:
            self._adopt(following)
        self._note_standing(changed.added, changed.removed)
        if following is None and self._welcomed is not None and self._welcomed.number == item.number:
            yield from self.join(envelope)

    def _next_group(self, item: _Item, committer_leaf: int) -> RoomGroup | None:
        """The group after a commit: none for a device outside of it, or one that the commit puts out."""
        envelope = item.envelope
        if self.group is not None:
            # Anybody in the group can name the id of an own commit: only the very bytes that were sent are own.
            if self.pending is not None and self.pending.raw == item.raw:
                return self._take_pending()
            return process_room_commit(self.group, envelope, self._people)
        seats = self.data.membership.seats
        seat = seats[committer_leaf] if seats is not None and committer_leaf < len(seats) else None
        if envelope.epoch != self.data.epoch:
            raise Refusal("commit.other_epoch", epoch=envelope.epoch, due=self.data.epoch)
        if envelope.bucket < self.data.bucket:
            raise Refusal("commit.bucket", bucket=envelope.bucket)
        if seats is not None and (seat is None or seat.device != envelope.device):
            raise Refusal("commit.other_sender", leaf=committer_leaf)
        return None

    def _take_pending(self) -> RoomGroup:
        if self.pending is None:
            raise Refusal("state.malformed")
        group = decode_room_group(self.pending.group, self._keyholder.device)
        self.pending = None
        return group

    def _meet_added(self, commit: InspectedCommit) -> Work[None]:
        """A leaf must be listed by its account; the newest lists also tell whether a removed device was revoked."""
        seats = self.data.membership.seats or ()
        gone = [seats[leaf] for leaf in commit.removed_leaves if leaf < len(seats)]
        added = [(leaf.credential.account, leaf.credential.device) for leaf in commit.added]
        unlisted = [account for account, device in added if self._people.device(account, device) is None]
        yield from self._people.refresh([*(seat.account for seat in gone if seat is not None), *unlisted])
        for leaf in commit.added:
            account, device = leaf.credential.account, leaf.credential.device
            listed = self._people.device(account, device)
            if listed is None or listed.key != leaf.key:
                raise Refusal("leaf.unlisted", account=account, device=device)

    def _owner_of(self, device: DeviceId) -> Work[Owner | None]:
        members = [member.account for member in self.data.members]
        accounts = list(dict.fromkeys([*self.data.membership.accounts, *members]))
        owner = self._people.owner(device, accounts)
        if owner is not None:
            return owner
        yield from self._people.refresh(accounts)
        owner = self._people.owner(device, accounts)
        if owner is None:  # a former member's, or nobody's
            yield from self._keyholder.meet([device])
            owner = self._people.owner(device, self._people.accounts())
        return owner

    def _surroundings(self) -> Surroundings:
        return Surroundings(self.data, self._number_of, self._head_at)

    def _number_of(self, item: ItemId) -> int | None:
        return self._numbers.get(item) or self._log.number_of(item)

    def _head_at(self, number: int) -> bytes | None:
        base = self.data.base
        if base is not None and base.number == number:
            return base.head
        row = self._log.row(number)
        return self._heads.get(number) or (None if row is None else row.head)

    def _note_sequence(self, envelope: Envelope) -> None:
        last = self.data.sequences.get(envelope.device, 0)
        sequences = {**self.data.sequences, envelope.device: max(last, envelope.sequence)}
        self.data = replace(self.data, sequences=sequences)

    def _append(self, item: _Item, finding: _Finding) -> None:
        envelope, number = item.envelope, item.number
        head = next_head(self.data.head, number, envelope.item_hash)
        row = Row(
            number=number,
            at_ms=item.at_ms,
            kind=envelope.kind,
            device=envelope.device,
            account=finding.account,
            item=envelope.item,
            epoch=envelope.epoch,
            head=head,
            state=finding.state,
            code=finding.code,
            plaintext=finding.plaintext,
            added=finding.added,
            removed=finding.removed,
            doubtful=finding.doubtful,
        )
        self.rows.append(row)
        self.raws.append((number, item.raw))
        self._heads[number] = head
        if finding.state != "replayed":
            self._numbers[envelope.item] = number
            if envelope.device == self._keyholder.device.device:
                self.arrived.append(envelope.item)
        self.data = replace(self.data, number=number, head=head)

    def _note_standing(self, added: Iterable[AccountId], removed: Iterable[AccountId]) -> None:
        """Whether this account is in after a commit. What comes behind its removal: it was let in again."""
        account = self._keyholder.device.account
        if account in added:
            self.data = replace(self.data, standing="member")
        if account in removed:
            self.data = replace(self.data, standing="removed")
            self.group = None
            self.pending = None

    def _raise(self, verdict: Verdict) -> None:
        if verdict.problem is not None and self.data.problem is None:
            self.data = replace(self.data, problem=verdict.problem)

    def _stop_at(self, number: int, kind: ProblemKind, evidence: str) -> None:
        # What stops the room outweighs an alarm after which it could be followed.
        self.data = replace(self.data, problem=RoomProblem(kind, number, evidence), stopped=True)
