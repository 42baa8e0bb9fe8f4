"""Sending in a room: one item in flight, in order, across bad networks and other people's commits.

| the server says          | then                                                                       |
|--------------------------|----------------------------------------------------------------------------|
| a number                 | the record brings it; it is done                                           |
| nothing, or come later   | it stays as it is: the same bytes again when the connection is back        |
| stale epoch, sequence, … | look whether it stands in the record; if not, seal anew (same item id)     |
| the record is another    | alarm: fork; nothing more is sent in this room                             |
| anything else            | failed                                                                     |

Commits go the same way: plan → build → keep "pending" → send. Outrun by another, they are forgotten, the winner is
processed, and they are planned anew; without an answer they stay pending, and the same bytes are sent again.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any, Final

from portal.member.answers import CLAIMED, checked, room_answer
from portal.member.deposits import deposits_for
from portal.member.e2ee.group import GroupChange, MadeCommit, RoomGroup, check_offer, make_room_commit
from portal.member.e2ee.record import Place, seal_content, sign_item
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ring import Base
from portal.member.ledger.kept import LedgerStore
from portal.member.ledger.word import with_word
from portal.member.outgoing import Out
from portal.member.plans import Plan, Wish, plan_commit
from portal.member.room import Room
from portal.member.roomdata import PendingChange, RoomProblem
from portal.member.work import MemberError, Work, get, is_passing, judged, post, submit
from portal.wire.commit_data import bucket_of
from portal.wire.envelope import Envelope, ItemKind
from portal.wire.ids import AccountId, DeviceId, ItemId, b64, new_id, unb64

_ATTEMPTS: Final = 8
_COMMIT_S: Final = 60.0
_OUTRUN: Final = frozenset({"room.epoch_taken", "item.sequence", "item.stale_epoch", "item.conflict"})


@dataclass
class Sender:
    """Sends what waits in one room, and changes who is in it. One piece of its work at a time."""

    room: Room
    ledger: LedgerStore
    _claimed: dict[DeviceId, bytes] = field(default_factory=dict)
    """Key packages claimed and not used, because a commit was outrun: they are single-use at the server."""

    def add(self, plaintext: bytes) -> Work[ItemId]:
        """Keep a content for sending, with what this device says of the ledger; MemberError if it never could be."""
        gate = self.room.gate()
        if gate is not None and not gate.passing:
            raise MemberError(gate.code)
        return (yield from self.room.outgoing.add(with_word(plaintext, self.ledger.word())))

    def send_all(self) -> Work[None]:
        """Send what waits.

        What the server refuses for good is marked as failed. MemberError of a passing kind ends it for now: the rest
        waits.
        """
        while (out := self.room.outgoing.first_waiting()) is not None:
            gate = self.room.gate()
            if gate is not None and gate.passing:
                raise MemberError(gate.code)
            try:
                if gate is not None:
                    raise MemberError(gate.code)  # noqa: TRY301 - it fails like one that the server refused
                yield from self._send(out.item)
            except (MemberError, Refusal) as error:
                if is_passing(error):
                    raise
                yield from self._fail(out.item, error.code)
        yield from self.settle()

    def change(self, wish: Wish) -> Work[bool]:
        """Make a commit, against whatever others do at the same time; False if nothing was to be done.

        Raises:
            MemberError: room.not_joined, room.blocked, room.removed, person.*, commit.lost, or what the server says.
        """
        room = self.room
        device = room.keyholder.device
        for _ in range(_ATTEMPTS):
            yield from self.settle()
            answer = room_answer((yield from get(f"/api/rooms/{room.data.room}")), room.data.room)
            yield from room.hear(answer)
            if room.data.number < answer["number"]:
                yield from room.sync()
            self._inside()
            own = device.account, device.device
            wanted = yield from plan_commit(room.people, own, room.data.membership, wish, answer)
            offers = yield from self._offers(wanted)
            plan = wanted.feasible(offers)
            # A device that can not be let in yet holds up nothing else, least of all a new day's key.
            if not plan.changes and not (wish.rotate and room.needs_commit(room.keyholder.now_s())):
                if wish.add and wanted.add:
                    raise MemberError("person.no_device", account=wish.add[0])
                return False
            pending = yield from self._build(plan, offers, answer)
            if pending is not None and (yield from self._finish(pending)):
                return True
            self._claimed |= offers
        raise MemberError("commit.lost")

    def settle(self) -> Work[None]:
        """Bring what is pending to an end: in the record, or refused and forgotten; raises while that is unknown."""
        if self.room.pending is not None and not self.room.pending.founds:
            yield from self.room.sync()
        if self.room.pending is not None:
            yield from self._finish(self.room.pending)

    def _send(self, item: ItemId) -> Work[None]:
        room = self.room
        for _ in range(_ATTEMPTS):
            out = room.outgoing.find(item)
            if out is None:
                return
            if out.raw is None:
                # An own item in doubt comes before any commit: both would take the same sequence number.
                yield from self.settle()
                if room.needs_commit(room.keyholder.now_s()):
                    yield from self.change(Wish(rotate=True))
                out = yield from self._seal(out)
            raw, sequence = out.raw or b"", room.next_sequence()
            try:
                place = yield from submit(room.data.room, raw)
            except MemberError as error:
                yield from self._refused(out, judged(error, sequence))
                continue
            yield from room.accept(place, raw)
            return
        raise MemberError("commit.lost")

    def _seal(self, out: Out) -> Work[Out]:
        """Seal an item under the newest epoch and keep it so."""
        room = self.room
        gate = room.gate()
        if gate is not None:
            raise MemberError(gate.code)
        yield from room.ensure_shares([room.data.bucket])
        key = room.ring.key(room.data.epoch)
        if key is None:
            raise MemberError("room.no_key")
        device, data = room.keyholder.device, room.data
        place = Place(device.device, room.next_sequence(), out.item, data.number, data.head)
        raw = seal_content(key, place, out.plaintext, device.key).encode()
        return (yield from room.outgoing.change(out, raw=raw))

    def _refused(self, out: Out, error: MemberError) -> Work[None]:
        """Return if the item is to be tried again; raise if it is not."""
        room = self.room
        if error.code == "record.fork":
            number, head = room.data.number, room.data.head
            evidence = f"the server does not know head {head.hex()} at {number}"
            yield from room.alarm(RoomProblem("fork", number, evidence))
        if error.code not in _OUTRUN:
            raise error
        yield from room.sync()
        still = room.outgoing.find(out.item)
        if still is None:
            return
        yield from room.outgoing.change(still)
        expected = error.detail.get("expected")
        if error.code == "item.sequence" and isinstance(expected, int):
            yield from self._trust_sequence(expected)

    def _trust_sequence(self, expected: int) -> Work[None]:
        """Where the record is read from the middle, only the server can say how many items this device has sent."""
        data, device = self.room.data, self.room.keyholder.device.device
        if device in data.sequences or data.base is None or data.base.number == 0:
            return
        yield from self.room.replace(replace(data, sequences={**data.sequences, device: expected - 1}))

    def _fail(self, item: ItemId, code: str) -> Work[None]:
        out = self.room.outgoing.find(item)
        if out is not None:
            yield from self.room.outgoing.change(out, raw=out.raw, failure=code)

    def _finish(self, pending: PendingChange) -> Work[bool]:
        """Send what is pending; False if others were faster."""
        sequence = self.room.next_sequence()
        try:
            place = yield from post(pending.path, pending.request, repeatable=True, timeout_s=_COMMIT_S)
        except MemberError as error:
            if is_passing(error):
                raise
            yield from self.room.drop_pending()
            meant = judged(error, sequence)
            if meant.code not in _OUTRUN:
                raise meant from None
            yield from self.room.sync()
            return False
        yield from self.room.accept(place, pending.raw)
        return True

    def _inside(self) -> RoomGroup:
        data = self.room.data
        if data.standing == "removed":
            raise MemberError("room.removed")
        if data.problem is not None:
            raise MemberError("room.blocked", problem=data.problem.kind)
        if self.room.group is None:
            raise MemberError("room.not_joined")
        return self.room.group

    def _offers(self, plan: Plan) -> Work[dict[DeviceId, bytes]]:
        """Key packages of the devices to add; a device without a usable one stays out until it has one."""
        missing = [device for _, device in plan.add if device not in self._claimed]
        if missing:
            answer = checked((yield from post("/api/key-packages/claim", {"devices": missing})), CLAIMED)
            self._claimed |= {device: unb64(text) for device, text in answer["packages"].items()}
        usable = {}
        for account, device in plan.add:
            raw = self._claimed.pop(device, None)
            if raw is not None and self._is_usable(raw, account, device):
                usable[device] = raw
        return usable

    def _is_usable(self, raw: bytes, account: AccountId, device: DeviceId) -> bool:
        """Whether a package lets this device in. One member's bad package must not stop everybody's commits."""
        try:
            said = check_offer(raw, self.room.people, int(self.room.keyholder.now_s()))
        except Refusal:
            return False
        return (said.account, said.device) == (account, device)

    def _build(self, plan: Plan, offers: dict[DeviceId, bytes], answer: dict[str, Any]) -> Work[PendingChange | None]:
        """Make, sign and keep the commit; None if the group has moved on since it was planned."""
        room, group = self.room, self._inside()
        membership, data = room.data.membership, room.data
        if group.epoch != answer["epoch"] or not all(map(membership.seat_of, plan.remove)):
            return None
        accounts = self._accounts(plan, answer)
        now_s = room.keyholder.now_s()
        change = GroupChange(
            bucket=max(group.bucket, bucket_of(now_s)),
            seen_number=data.number,
            seen_head=data.head,
            add=[offers[device] for _, device in plan.add],
            remove=plan.remove,
            going=plan.going,
        )
        made = make_room_commit(group, change, room.people, int(now_s))
        envelope = self._signed(made, group.epoch, change)
        seen = Base(data.number, data.head)
        request = {
            "envelope": b64(envelope.encode()),
            "added": [{"account": account, "device": device} for account, device in plan.add],
            "removed": list(plan.remove),
            "welcome": None if made.welcome is None else b64(made.welcome),
            "grants": deposits_for(room, made.group, accounts, seen),
        }
        path = f"/api/rooms/{data.room}/commits"
        pending = PendingChange(envelope.item, envelope.encode(), path, request, made.group.encode())
        yield from room.keep_pending(pending)
        return pending

    def _accounts(self, plan: Plan, answer: dict[str, Any]) -> list[AccountId]:
        """Who gets a grant: who is in the group and, says the server, a member; nobody with a changed key."""
        members = {member["account"] for member in answer["members"]} | {account for account, _ in plan.add}
        accounts = [account for account in plan.accounts_after(self.room.data.membership) if account in members]
        for account in accounts:
            self.room.people.require_sound(account)
        return accounts

    def _signed(self, made: MadeCommit, epoch: int, change: GroupChange) -> Envelope:
        room, device = self.room, self.room.keyholder.device
        unsigned = Envelope(
            kind=ItemKind.COMMIT,
            room=room.data.room,
            epoch=epoch,
            bucket=change.bucket,
            device=device.device,
            sequence=room.next_sequence(),
            item=ItemId(new_id()),
            seen_number=change.seen_number,
            seen_head=change.seen_head,
            body_sha256=hashlib.sha256(made.body).digest(),
            signature=bytes(64),
            body=made.body,
        )
        return sign_item(unsigned, device.key)
