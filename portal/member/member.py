"""A member: one signed-in device with its keys, the people that it knows, and all its rooms. No I/O: see work.py."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from portal.member.answers import ME, PUSHED, ROOM, checked, has_shape, room_answer
from portal.member.batch import Incoming
from portal.member.deposits import mend_own_grants
from portal.member.e2ee.bundle import LoggedRoot
from portal.member.keyholder import Keyholder
from portal.member.ledger.kept import LedgerStore
from portal.member.ledger.rounds import Rounds
from portal.member.people import People
from portal.member.plans import Wish
from portal.member.room import Room
from portal.member.roomdata import RoomData, new_room
from portal.member.sender import Sender
from portal.member.session import Opened, Session
from portal.member.vault import KeptVault, Vault
from portal.member.work import MemberError, Work, get, is_passing, put, read, read_all, write
from portal.wire.events import DEVICE_LIST_CHANGED, ITEM, ROOM_CHANGED, ROOMS_CHANGED
from portal.wire.ids import AccountId, RoomId, unb64

_TENDED: Final = ("add", "remove", "rejoin")


@dataclass(frozen=True, slots=True)
class Entry:
    """A room, and what sends in it."""

    room: Room
    sender: Sender


class Member:
    """Everything of one signed-in device. ``now_s`` is its clock, Unix seconds."""

    def __init__(self, opened: Opened, now_s: Callable[[], float]) -> None:
        self.session = opened.session
        self.vault = opened.vault
        self.ledger = LedgerStore(now_s)
        self.people = People(self.vault, self.ledger)
        self.rounds = Rounds(self.ledger, self.people, self.session.device)
        self.keyholder = Keyholder(self.session.identity, self.vault, self.people, now_s)
        self._entries: dict[RoomId, Entry] = {}
        self._wanting: set[RoomId] = set()

    @property
    def account(self) -> AccountId:
        """Whose device this is."""
        return self.session.account

    def load(self) -> Work[None]:
        """Take up everything that is kept here."""
        yield from self.ledger.load()
        yield from self.people.load()
        for data in (yield from read_all("room", RoomData)).values():
            yield from self.enter(data)

    def rooms(self) -> list[Room]:
        """Return all rooms of which something is here."""
        return [entry.room for entry in self._entries.values()]

    def entry(self, room: RoomId) -> Entry:
        """Return a room with its sender; MemberError room.not_found."""
        entry = self._entries.get(room)
        if entry is None:
            raise MemberError("room.not_found")
        return entry

    def enter(self, data: RoomData) -> Work[Entry]:
        """Take up a room, with what the store has of it."""
        room = Room(data, self.people, self.keyholder)
        yield from room.load()
        entry = Entry(room, Sender(room, self.ledger))
        self._entries[data.room] = entry
        return entry

    def forget(self, room: RoomId) -> Work[None]:
        """Give up a room that has no record: its keys go, too."""
        yield from write({f"{kept}:{room}": None for kept in ("room", "ring", "group", "pending")})
        self._entries.pop(room, None)

    def catch_up(self) -> Work[None]:
        """Do what has to be done whenever the server can be reached again.

        Raises:
            MemberError: session.device_required if this device was revoked; whatever the server says.
        """
        me = checked((yield from get("/api/me")), ME)
        if me["vault_version"] != self.vault.version:
            yield from self.vault.refresh()
        # Devices and keys that changed while nobody could tell: to be known before anything is sent.
        company = [account for room in self.rooms() for account in room.data.membership.accounts]
        yield from self.people.refresh([self.account, *company])
        listed = self.people.device(self.account, self.session.device)
        if listed is None or listed.revoked:
            raise MemberError("session.device_required", revoked=True)
        # Offers first: a new device is let in by others only with one.
        yield from self.keyholder.replenish()
        yield from self.people.fetch_all()
        yield from self.refresh_rooms()
        yield from self._mend()
        yield from self.vault.flush()

    def look_at_ledger(self) -> Work[None]:
        """Look at everything in the public ledger: its newest checkpoint, own entries, people's lists, rooms' roots.

        Raises:
            MemberError: of a passing kind: try again soon.
        """
        yield from self.hear_words()
        yield from self.rounds.look(self.rooms())

    def logged_roots(self, room: Room) -> Work[list[LoggedRoot]]:
        """Return the newest head of the room in the ledger, for an exported record; none if it can not be had."""
        try:
            yield from self.rounds.log_follower.advance()
            return (yield from self.rounds.logged_roots(room))
        except MemberError:
            return []

    def hear_words(self) -> Work[None]:
        """Take in what the items that were opened since say of the ledger."""
        for room in self.rooms():
            rows, room.unheard = room.unheard, []
            yield from self.rounds.hear(room, rows)

    def refresh_rooms(self) -> Work[None]:
        """Take up the server's list of rooms, and follow them all; raises what went wrong with one of them."""
        answers = checked((yield from get("/api/rooms")), [ROOM])
        listed = {answer["room"] for answer in answers}
        failures: list[MemberError] = []
        for room in self.rooms():
            room.may_be_invited = True
            founding = room.pending is not None and room.pending.founds
            if room.data.room not in listed and room.data.standing == "member" and not founding:
                # The list may be older than the room, and giving it up destroys its keys: ask for it by name.
                yield from self.refresh_room(room.data.room)
        for answer in answers:
            try:
                yield from self._take(answer)
            except MemberError as error:
                if is_passing(error):
                    raise
                failures.append(error)  # what is wrong with one room holds up no other
        if failures:
            raise failures[0]

    def refresh_room(self, room: RoomId) -> Work[dict[str, Any] | None]:
        """Take up what the server says of one room; None if it is not there for this account."""
        entry = self._entries.get(room)
        if entry is not None:
            entry.room.may_be_invited = True
        try:
            answer: dict[str, Any] = room_answer((yield from get(f"/api/rooms/{room}")), room)
        except MemberError as error:
            if error.code != "room.not_found":
                raise
            if entry is not None:
                yield from entry.room.leave()
            return None
        yield from self._take(answer)
        return answer

    def hear(self, event: str, payload: Iterable[Any]) -> Work[None]:
        """Act on what the server pushed (docs/protocol.md §7); what is not of the due shape is passed over."""
        arguments = list(payload)
        if event not in PUSHED or not has_shape(arguments, PUSHED[event]):
            return
        if event == ITEM and arguments[0] in self._entries:
            room = self._entries[arguments[0]].room
            missing = yield from room.receive(Incoming(arguments[1], arguments[2], unb64(arguments[3])))
            if missing:
                yield from room.sync()
        elif event in {ITEM, ROOM_CHANGED}:
            yield from self.refresh_room(RoomId(arguments[0]))
        elif event == ROOMS_CHANGED:
            yield from self.refresh_rooms()
        elif event == DEVICE_LIST_CHANGED:
            account = AccountId(arguments[0])
            if account == self.account:
                yield from self.vault.refresh()
            yield from self.people.refresh([account])
        yield from self._mend()

    def send(self, room: RoomId, plaintext: bytes) -> Work[int]:
        """Send one content and return its number in the record.

        Raises:
            MemberError: why it could not be sent. If the reason passes (the network, say), it waits in the store, and
                the next ``send_waiting`` takes it along.
        """
        entry = self.entry(room)
        gate = entry.room.gate()
        if gate is not None and gate.passing:  # somebody may have let this device in meanwhile
            entry.room.may_be_invited = True
            yield from entry.room.sync()
        item = yield from entry.sender.add(plaintext)
        yield from entry.sender.send_all()
        out = entry.room.outgoing.find(item)
        if out is not None:
            yield from entry.room.outgoing.discard(out)
            raise MemberError(out.failure or "commit.lost")
        return entry.room.log.number_of(item) or 0

    def send_waiting(self) -> Work[None]:
        """Send what waits in all rooms; what still can not be sent goes on waiting."""
        for entry in list(self._entries.values()):
            if entry.room.outgoing.first_waiting() is None and entry.room.pending is None:
                continue
            try:
                yield from entry.sender.send_all()
            except MemberError as error:
                gate = entry.room.gate()
                if not is_passing(error) and gate is None:
                    raise

    def wanting(self) -> list[RoomId]:
        """Return rooms in which the server's lists ask for something that this device can do."""
        return [room for room in self._wanting if self._can_tend(room)]

    def tend(self, answer: dict[str, Any]) -> Work[None]:
        """Do what the server's lists ask of any member: let devices in, take revoked ones out. See plans.py."""
        if _is_wanting(answer) and self._can_tend(answer["room"]):
            yield from self.entry(answer["room"]).sender.change(Wish())

    def mark_read(self, room: RoomId, number: int) -> Work[None]:
        """Say on this account's other devices that it has read up to ``number``."""
        yield from put(f"/api/rooms/{room}/cursor", {"number": number})

    def _take(self, answer: dict[str, Any]) -> Work[None]:
        entry = self._entries.get(answer["room"]) or (yield from self.enter(new_room(answer)))
        (self._wanting.add if _is_wanting(answer) else self._wanting.discard)(entry.room.data.room)
        yield from entry.room.hear(answer)
        yield from entry.room.sync()
        if answer["number"] <= entry.room.data.number:
            yield from entry.room.check_head(answer["number"], unb64(answer["head"]))

    def _can_tend(self, room: RoomId) -> bool:
        entry = self._entries.get(room)
        if entry is None or entry.room.group is None or entry.room.data.problem is not None:
            return False
        return entry.room.data.role != "observer"

    def _mend(self) -> Work[None]:
        """Look after the own ring grants of the epochs that commits have begun since."""
        for room in self.rooms():
            if room.unmended is not None:
                yield from mend_own_grants(room, room.unmended)
                room.unmended = None


def reopen(now_s: Callable[[], float]) -> Work[Member | None]:
    """Return the member that is kept here, or None if nobody is signed in."""
    session = yield from read("session", Session)
    vault = yield from read("vault", KeptVault)
    if session is None or vault is None:
        return None
    member = Member(Opened(session, Vault(session.account, session.vault_key, vault)), now_s)
    yield from member.load()
    return member


def _is_wanting(answer: dict[str, Any]) -> bool:
    return any(answer["wanting"][kind] for kind in _TENDED)
