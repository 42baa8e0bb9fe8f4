"""The interpreter in the drafts of its rooms: follows them, has clauses translated, and says what came of it.

Machine text is for everybody in the room, so an interpreter that is for its own delegation alone writes none.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from portal.interpreter.circle import FirstSeen
from portal.interpreter.draft_desk import DraftDesk
from portal.interpreter.languages import readers_languages
from portal.interpreter.place import Place
from portal.interpreter.studio import Progress, Studio, Task
from portal.interpreter.writing import SOFTWARE, models_of, written
from portal.member.drafts.drafts import DraftEntry, Drafts
from portal.member.drafts.following import DraftFollowing
from portal.member.drafts.machine import MachineText
from portal.member.e2ee.refusal import Refusal
from portal.member.follower import Follower
from portal.member.translation_content import sentence_fields
from portal.member.work import MemberError, is_passing
from portal.translation import results
from portal.translation.engine import Priority
from portal.translation.translator import Options
from portal.wire.drafts.streams import DraftItemKind
from portal.wire.ids import DraftId, RoomId, b64

_log = structlog.get_logger(__name__)
AT_ONCE: Final = 4
"""Passages that are translated at once, in all drafts together."""
BATCH: Final = 32
"""What is said again for newcomers in one turn."""
PAUSE_S: Final = 1.0
"""A draft is looked through at most so often: people write faster than models."""
RESTING_S: Final = 30.0
STILL_S: Final = 300.0
Name = tuple[RoomId, DraftId]
_TaskKey = tuple[Name, str, str]


@dataclass
class DraftWork:
    """What the interpreter does in drafts. Everything here runs on the follower's thread."""

    drafts: Drafts
    studio: Studio
    rooms: Callable[[], list[RoomId]]
    wake: Callable[[], None]
    translated: int = 0
    _desks: dict[Name, DraftDesk] = field(default_factory=dict)
    _tasks: dict[_TaskKey, Task] = field(default_factory=dict)
    _looked_s: dict[Name, float] = field(default_factory=dict)
    _stale: set[Name] = field(default_factory=set)
    _resting_until_s: float = 0.0

    def __post_init__(self) -> None:
        self.following = DraftFollowing(self.drafts, self.rooms, lambda entry, _lines: self._mark(entry))

    def follow(self, follower: Follower) -> None:
        """Let this follower carry out what has to be asked."""
        self.following.follower = follower

    def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks.values():
            task.cancel()

    def turn(self, places: Mapping[RoomId, Place], first: FirstSeen) -> None:
        """Write what is ready, begin with what is left."""
        for key, task in list(self._tasks.items()):
            place = places.get(key[0][0])
            progress = task.take(ripe=1 << 20, after_s=STILL_S * 2)
            if place is None or place.is_off():
                task.cancel()
                del self._tasks[key]
            elif progress is not None and progress.ended:
                del self._tasks[key]
                self._keep(key, task, progress)
            elif task.still_s() > STILL_S:
                task.give_up()
        if time.monotonic() >= self._resting_until_s:
            for name in sorted(self._desks):
                place = places.get(name[0])
                if place is not None and not place.private and place.is_open():
                    self._work(name, place, first)

    def mark(self, room: RoomId) -> None:
        """Note that something was said in a room: somebody may have come in, or the agreed words have changed."""
        self._stale |= {name for name in self._desks if name[0] == room}

    def _mark(self, entry: DraftEntry) -> None:
        name = entry.draft.room.data.room, entry.draft.draft
        self._desks.setdefault(name, DraftDesk(entry.draft))
        self._stale.add(name)

    def _work(self, name: Name, place: Place, first: FirstSeen) -> None:
        """Begin with what is left in one draft, if something has changed there or a task has ended."""
        desk, now_s = self._desks[name], time.monotonic()
        free = AT_ONCE - len(self._tasks)
        if name not in self._stale or free <= 0 or now_s - self._looked_s.get(name, 0.0) < PAUSE_S:
            return
        self._looked_s[name] = now_s
        languages = readers_languages(one.languages[0] for one in place.readers(first) if one.languages)
        under_way = {key for key in self._tasks if key[0] == name}
        left = [one for one in desk.wanted(languages) if (name, one.item, one.to) not in under_way]
        for wanted in left[:free]:
            options = Options(Priority.BACKFILL, glossary=place.desk.glossary(), memory=place.memory(first))
            task = Task(wanted, options, self.wake)
            self._tasks[name, wanted.item, wanted.to] = task
            self.studio.start(task)
        again = desk.unreadable()
        if again:
            self._say(name, again[:BATCH])
        if len(left) <= free and len(again) <= BATCH:
            self._stale.discard(name)

    def _keep(self, key: _TaskKey, task: Task, progress: Progress) -> None:
        """Say what came of a task, unless the words have changed meanwhile: then it is begun anew."""
        name, wanted = key[0], task.wanted
        desk = self._desks[name]
        self._stale.add(name)
        source = b64(wanted.source)
        if progress.heading is None or progress.problem is not None:
            desk.settled.add((wanted.item, source, wanted.to))
            return
        if all((one.node, one.source) != (wanted.item, source) for one in desk.passages()):
            return
        heading, sentences = progress.heading, progress.sentences
        models = [{"pair": one.pair, "sha256": one.sha256} for one in models_of(heading.legs, sentences)]
        content = MachineText(
            node=wanted.item,
            from_=heading.from_,
            to=wanted.to,
            source=source,
            text=_text_of(sentences),
            sentences=tuple(sentence_fields(written(one)) for one in sentences),
            models=tuple(models),
            glossary=heading.glossary,
            software=SOFTWARE,
        )
        self.translated += 1
        self._say(name, [content])

    def _say(self, name: Name, contents: list[MachineText]) -> None:
        entry, follower = self.drafts.entry(*name), self.following.follower
        if follower is None:
            return
        stream, at_ms = self._desks[name].stream, int(time.time() * 1000)
        try:
            for content in contents:
                work = entry.sender.add(stream, DraftItemKind.ENTRY, content.to_bytes(at_ms))
                follower.driver.run(work)
            follower.driver.run(entry.sender.send_all())
        except (MemberError, Refusal) as error:
            if error.code.startswith("session."):
                raise
            if not is_passing(error):
                _log.warning("refused", room=name[0], draft=name[1], code=error.code)
                self._resting_until_s = time.monotonic() + RESTING_S


def _text_of(sentences: tuple[results.Sentence, ...]) -> str:
    """The translation as it is read: layout and sentences in order."""
    return "".join(f"{one.lead}{one.text}" for one in sentences) + "".join(one.tail or "" for one in sentences[-1:])
