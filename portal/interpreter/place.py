"""One room as the interpreter works in it: what is left to do, what is under way, for whom, and how it is written."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from portal.interpreter.circle import AT_ONCE, FirstSeen, KeptKey, circle_of, is_own, named
from portal.interpreter.desk import Bounds, Desk, Key, Wanted
from portal.interpreter.languages import readers_languages
from portal.interpreter.studio import Studio, Task
from portal.interpreter.writing import OPEN_BYTES, PRIVATE_BYTES
from portal.member.content import Content, encode_content, parse_content
from portal.member.e2ee.private import PrivateRoomKey, new_private_key, open_private, seal_private, seal_private_key
from portal.member.e2ee.refusal import Refusal
from portal.member.member import Entry
from portal.member.people import Person
from portal.member.room import Room
from portal.member.rows import Row
from portal.member.timeline import content_of
from portal.member.translation_content import Private, PrivateKey, Translation
from portal.member.work import Work, read_all, write
from portal.translation.memory import Correction, Memory
from portal.wire.ids import AccountId, Id, new_id

TRIES: Final = 5
"""How often the same is begun in one process: a server that refuses everything must not keep the machine busy."""
_SHARE: Final = 10
"""A record is looked through again only after this many times as long as it took before."""
AGAIN_S: Final = 10.0
"""How often packages and people are looked at again where nothing was said."""
_AMONG_EQUALS: Final = frozenset({"bilateral", "huddle"})


@dataclass
class Place:
    """A room. ``private``: translations are for the interpreter's own delegation alone."""

    entry: Entry
    private: bool
    keys: dict[Id, KeptKey]
    desk: Desk = field(init=False)
    tasks: dict[Key, Task] = field(default_factory=dict)
    settled: set[Key] = field(default_factory=set)
    """What was found to need no translation."""
    resting_until_s: float = 0.0
    """Nothing is begun here before then: the last thing that was sent was refused."""
    _wanted: list[Wanted] = field(default_factory=list)
    _stale: bool = True
    _looked_s: float = 0.0
    _took_s: float = 0.0
    _tries: Counter[Key] = field(default_factory=Counter)
    _begun: set[Key] = field(default_factory=set)
    """What was begun since the record was looked through."""
    _remembered: list[Correction] = field(default_factory=list)
    _memory: Memory = field(default_factory=Memory)
    _newest: Id | None = None

    def __post_init__(self) -> None:
        self.desk = Desk(self.room.keyholder.device.account, self._read, self._read_own)
        self._newest = next(reversed(self.keys), None)
        self.begin()

    @property
    def room(self) -> Room:
        """The room of the member."""
        return self.entry.room

    def begin(self) -> None:
        """Look at the whole record, and at what waits."""
        waiting = [out.plaintext for out in self.room.outgoing if out.failure is None]
        self.desk.begin(self.room.log, waiting)
        self._stale = True

    def take(self, rows: Sequence[Row]) -> None:
        """Take in what is new."""
        self._stale = True
        if not all(self.desk.take(row) for row in rows):
            self.begin()

    def change(self) -> None:
        """Say that something has changed, so that what is left is counted anew."""
        self._stale = True

    def is_open(self) -> bool:
        """Tell whether something can be said here, and is to be."""
        gate = self.room.gate()
        sendable = gate is None and time.monotonic() >= self.resting_until_s
        return sendable and self.desk.is_on(self._may_switch)

    def is_blocked(self) -> bool:
        """Tell whether nothing can be sent until a person has looked."""
        gate = self.room.gate()
        return gate is not None and not gate.passing and gate.code not in {"room.archived", "room.removed"}

    def is_off(self) -> bool:
        """Tell whether somebody who may has turned translation off."""
        return not self.desk.is_on(self._may_switch)

    def readers(self, first: FirstSeen) -> list[Person]:
        """Return the people for whom translations are made here."""
        people, own = self.room.people, self.room.people.person(self.room.keyholder.device.account)
        present = [people.person(account) for account in self.room.data.membership.accounts]
        humans = [one for one in present if one is not None and one.interpreter is None and not one.disabled]
        return [one for one in humans if own is not None and is_own(first, own, one)] if self.private else humans

    def wanted(self, first: FirstSeen, bounds: Bounds, studio: Studio) -> list[Wanted]:
        """Return what is left and not under way, the most urgent first."""
        now_s = time.monotonic()
        due_s = _SHARE * self._took_s if self._stale else AGAIN_S
        if now_s - self._looked_s >= due_s:
            languages = readers_languages(one.languages[0] for one in self.readers(first) if one.languages)
            self._wanted = self.desk.wanted(languages, bounds, cache(studio.can))
            self._stale, self._begun, self._looked_s = False, set(self.tasks), time.monotonic()
            self._took_s = self._looked_s - now_s
        return [
            one
            for one in self._wanted
            if one.key not in self._begun and one.key not in self.settled and self._tries[one.key] < TRIES
        ]

    def begun(self, task: Task) -> None:
        """Note that a task is under way."""
        self.tasks[task.wanted.key] = task
        self._tries[task.wanted.key] += 1
        self._begun.add(task.wanted.key)

    def drop(self, key: Key) -> None:
        """Give up a task whose text does not stand any more, or that is not to be translated now."""
        self.tasks.pop(key).cancel()
        self._tries[key] -= 1
        self._begun.discard(key)

    def memory(self, first: FirstSeen) -> Memory:
        """Return what people of the interpreter's own delegation have translated here; others could plant words."""
        people, own = self.room.people, self.room.people.person(self.room.keyholder.device.account)
        known = [people.person(account) for account in self.room.data.membership.accounts]
        trusted = {one.account for one in known if own is not None and one is not None and is_own(first, own, one)}
        remembered = self.desk.remembered(trusted)
        if remembered != self._remembered:
            self._remembered, self._memory = remembered, Memory(remembered)
        return self._memory

    @property
    def most_bytes(self) -> int:
        """What the sentences of one item may take."""
        return PRIVATE_BYTES if self.private else OPEN_BYTES

    def plaintexts(self, translation: Translation, first: FirstSeen, now_ms: int) -> Work[list[bytes]]:
        """Return what to put into the record so that those for whom it is made read this."""
        plain = encode_content(translation, now_ms)
        if not self.private:
            return [plain]
        contents, key = yield from self._key(first)
        room, device = self.room.data.room, self.room.keyholder.device.device
        sealed = seal_private(PrivateRoomKey(room, key.key, key.value), device, plain)
        private = Private(key.key, sealed)
        return [*(encode_content(one, now_ms) for one in contents), encode_content(private, now_ms)]

    def _key(self, first: FirstSeen) -> Work[tuple[list[PrivateKey], KeptKey]]:
        """The key for those who are here now; with what gives it to them, if it is a new one."""
        own = self.room.keyholder.device.account
        circle = circle_of(self.room.people, [one.account for one in self.readers(first)])
        circle[own] = self.room.people.devices(own).box
        newest = None if self._newest is None else self.keys[self._newest]
        if newest is not None and newest.circle == named(circle) and self.desk.has_key(newest.key):
            return [], newest
        room = self.room.data.room
        made = new_private_key(room, new_id())
        kept = KeptKey(made.key, made.value, named(circle))
        yield from write({f"private:{room}:{int(time.time() * 1000):016}-{made.key}": kept})
        self.keys[kept.key], self._newest = kept, kept.key
        accounts = sorted(circle)
        given = [
            PrivateKey(
                kept.key, tuple((one, seal_private_key(made, one, circle[one])) for one in accounts[at : at + AT_ONCE])
            )
            for at in range(0, len(accounts), AT_ONCE)
        ]
        return given, kept

    def _read(self, row: Row) -> Content | None:
        return content_of(row, self.room.people)

    def _read_own(self, plaintext: bytes) -> Content | None:
        content = parse_content(plaintext)
        if not isinstance(content, Private):
            return content
        kept, device = self.keys.get(content.key), self.room.keyholder.device.device
        if kept is None:
            return None
        try:
            key = PrivateRoomKey(self.room.data.room, kept.key, kept.value)
            return parse_content(open_private(key, device, content.sealed))
        except Refusal:
            return None

    def _may_switch(self, account: AccountId) -> bool:
        """Whether somebody may archive the room, and so turn translation off in it."""
        role = next((one.role for one in self.room.data.members if one.account == account), None)
        return role in {"chair", "member"} if self.room.data.kind in _AMONG_EQUALS else role == "chair"


def kept_keys(room: Room) -> Work[dict[Id, KeptKey]]:
    """Return the private keys of a room that are kept here, the oldest first."""
    kept = yield from read_all(f"private:{room.data.room}", KeptKey)
    return {one.key: one for one in kept.values()}
