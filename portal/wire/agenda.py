"""The rule "double queue": from a week's published ballot file to its agenda, the same for everyone who computes it.

A community with fewer than COMMUNITY_MIN ballots counts as "other". A ballot is heard once one of its topics is on the
agenda. A topic is a candidate while it has unheard supporters, fits the minutes left, and keeps its theme within
THEME_MINUTES. Slots count from 1. An odd slot takes the candidate with the most unheard ballots per minute. An even
slot walks the communities from the smallest share heard (ties by name, in the order of code points) to the first that
has unheard supporters of a candidate, and takes the one with the most of those per minute. Ties go to the smallest
SHA-256, in hexadecimal, of "<beacon>:<topic id>". It ends when no candidate is left.

Integers and exact fractions only. The twin is static/src/wire/agenda.ts; the file format is in docs/agenda.md.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, NoReturn

COMMUNITY_MIN: Final = 50
THEME_MINUTES: Final = 20
RARE_BELOW: Final = 5
"""Ballots of one community with the same set of topics, from which on the set is published as it is."""
OTHER: Final = "other"
ALL: Final = "all"
MINUTES_MAX: Final = 100_000
NAME_CHARS_MAX: Final = 200
_WEEK: Final = re.compile(r"[0-9]{4}-W(?:0[1-9]|[1-4][0-9]|5[0-3])")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{1,128}")


class BallotFileError(ValueError):
    """A file is no ballot file; the message says where, and what must stand there."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What may come onto the agenda; ``minutes`` is what it takes, all topics of a ``theme`` share THEME_MINUTES."""

    id: str
    theme: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one contributor, or part of one, supports. ``community`` is the language of the contribution."""

    community: str
    supports: frozenset[str]


@dataclass(frozen=True, slots=True)
class BallotFile:
    """All that an agenda is computed from. ``beacon`` is the root of the ledger once it held the file's hash."""

    week: str
    minutes: int
    beacon: str
    topics: tuple[Topic, ...]
    ballots: tuple[Ballot, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One slot's choice, and the numbers that it was chosen by.

    ``queue`` is ALL or a community. ``voices`` counts the queue's unheard ballots for the topic, ``newly_heard`` all of
    them. ``heard`` and ``size`` are the queue's own, before this slot.
    """

    topic: str
    minutes: int
    queue: str
    voices: int
    newly_heard: int
    heard: int
    size: int

    @property
    def why(self) -> str:
        """The reason in one English sentence."""
        best = f"the most for each of its {self.minutes} minutes"
        if self.queue == ALL:
            return f"{self.voices} ballots that nothing on the agenda answers yet support it: {best}."
        return (
            f"Of the {self.size} ballots in {self.queue}, {self.heard} were heard by then, the smallest share that "
            f"could still grow; {self.voices} of the others support it: {best}."
        )


@dataclass(frozen=True, slots=True)
class Share:
    """How many of ``of`` ballots were heard."""

    heard: int
    of: int


@dataclass(frozen=True, slots=True)
class Agenda:
    """What the rule gives: items in their order, how many ballots are heard, and how many of each community."""

    items: tuple[Item, ...]
    heard: Share
    per_community: Mapping[str, Share]

    def result(self) -> dict[str, Any]:
        """The agenda as plain values, in the published format."""
        return {
            "items": [
                {"topic": item.topic, "minutes": item.minutes, "queue": item.queue, "why": item.why}
                for item in self.items
            ],
            "heard": {"ballots": self.heard.heard, "of": self.heard.of},
            "per_community": {name: {"heard": it.heard, "of": it.of} for name, it in self.per_community.items()},
        }


def compute(file: BallotFile) -> Agenda:
    """Return the agenda of ``file``."""
    count = _Count(file)
    left = file.minutes
    themes: Counter[str] = Counter()
    items: list[Item] = []
    while True:
        candidates = [
            topic
            for topic in file.topics
            if topic.minutes <= left
            and themes[topic.theme] + topic.minutes <= THEME_MINUTES
            and count.unheard(topic.id)
        ]
        if not candidates:
            break
        topic, queue = _choice(count, candidates, len(items) + 1, file.beacon)
        items.append(count.hear(topic, queue))
        left -= topic.minutes
        themes[topic.theme] += topic.minutes
    return Agenda(tuple(items), count.total, count.shares())


def parse(text: str | bytes) -> BallotFile:
    """Read a ballot file; BallotFileError if it is none."""
    try:
        text = text if isinstance(text, str) else text.decode("utf-8")
        value = json.loads(text, parse_float=_no_fraction, parse_constant=_no_fraction)
    except BallotFileError:
        raise
    except (ValueError, RecursionError) as error:
        msg = f"this is no JSON text in UTF-8: {error}"
        raise BallotFileError(msg) from error
    top = _object(value, "the file", ("week", "minutes", "beacon", "topics", "ballots"))
    topics = tuple(_topic(item, f"topics[{place}]") for place, item in enumerate(_list(top["topics"], "topics")))
    known = frozenset(topic.id for topic in topics)
    if len(known) < len(topics):
        twice = Counter(topic.id for topic in topics).most_common(1)[0][0]
        _refuse("topics", f"{twice!r} stands there twice; each id may stand there once")
    ballots = (_ballot(item, f"ballots[{n}]", known) for n, item in enumerate(_list(top["ballots"], "ballots")))
    return BallotFile(
        week=_matching(top["week"], "week", _WEEK, "a week such as 2026-W48"),
        minutes=_minutes(top["minutes"], "minutes"),
        beacon=_matching(top["beacon"], "beacon", _HEX, "1 to 128 hexadecimal digits"),
        topics=topics,
        ballots=tuple(ballots),
    )


def publishable(ballots: Iterable[Ballot]) -> list[Ballot]:
    """Return the multiset as it may be published: no set of several topics that fewer than RARE_BELOW ballots hold.

    A rare set could name somebody. It loses its topic with the fewest supporters in its community, again and again,
    until enough others hold what is left, or one topic is left. So everybody stays one ballot: were a rare set split
    into several, whoever adds topics at random would count as many.
    """
    kept = Counter(ballots)
    support: Counter[tuple[str, str]] = Counter()
    for ballot, size in kept.items():
        support.update({(ballot.community, topic): size for topic in ballot.supports})
    # The largest sets first, so that what they become is counted before it is judged itself.
    for length in range(max((len(ballot.supports) for ballot in kept), default=1), 1, -1):
        for ballot in [it for it, size in kept.items() if len(it.supports) == length and size < RARE_BELOW]:
            rarest = min(ballot.supports, key=lambda topic: (support[ballot.community, topic], topic))
            kept[Ballot(ballot.community, ballot.supports - {rarest})] += kept.pop(ballot)
    return list(kept.elements())


def plain(file: BallotFile) -> dict[str, Any]:
    """Return ``file`` as plain values, ballots in an order that tells nothing: sorted."""
    ballots = sorted((ballot.community, sorted(ballot.supports)) for ballot in file.ballots)
    return {
        "week": file.week,
        "minutes": file.minutes,
        "beacon": file.beacon,
        "topics": [{"id": it.id, "theme": it.theme, "minutes": it.minutes} for it in file.topics],
        "ballots": [{"community": community, "supports": supports} for community, supports in ballots],
    }


def json_text(value: Any) -> str:
    """Return the one text of plain values: sorted keys, no spaces, no escapes that JSON does not demand."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class _Count:
    """Who is heard: kept up to date as topics are chosen. Equal ballots are counted together."""

    def __init__(self, file: BallotFile) -> None:
        sizes = Counter(ballot.community for ballot in file.ballots)
        named = {name: name if size >= COMMUNITY_MIN else OTHER for name, size in sizes.items()}
        groups = Counter((named[ballot.community], ballot.supports) for ballot in file.ballots)
        self._groups = list(groups.items())
        self._is_heard = [False] * len(self._groups)
        self._of_topic: dict[str, list[int]] = {topic.id: [] for topic in file.topics}
        self._unheard: dict[str, Counter[str]] = {topic.id: Counter() for topic in file.topics}
        self._sizes: Counter[str] = Counter()
        self._heard: Counter[str] = Counter()
        for number, ((community, supports), size) in enumerate(self._groups):
            self._sizes[community] += size
            for topic in supports:
                self._of_topic[topic].append(number)
                self._unheard[topic][community] += size

    @property
    def total(self) -> Share:
        """Of all ballots."""
        return Share(self._heard.total(), self._sizes.total())

    def unheard(self, topic: str, queue: str = ALL) -> int:
        """How many unheard ballots of ``queue`` support ``topic``."""
        counts = self._unheard[topic]
        return counts.total() if queue == ALL else counts[queue]

    def least_heard(self) -> list[str]:
        """The communities, the one with the smallest share heard first; ties by name."""
        return sorted(self._sizes, key=lambda name: (Fraction(self._heard[name], self._sizes[name]), name))

    def hear(self, topic: Topic, queue: str) -> Item:
        """Put ``topic`` on the agenda; return its item."""
        heard, size = self._heard.copy(), self._sizes
        before = Share(heard.total(), size.total()) if queue == ALL else Share(heard[queue], size[queue])
        voices, newly = self.unheard(topic.id, queue), self.unheard(topic.id)
        for number in self._of_topic[topic.id]:
            self._hear_group(number)
        return Item(topic.id, topic.minutes, queue, voices, newly, before.heard, before.of)

    def shares(self) -> dict[str, Share]:
        """Of each community, sorted by name."""
        return {name: Share(self._heard[name], self._sizes[name]) for name in sorted(self._sizes)}

    def _hear_group(self, number: int) -> None:
        if self._is_heard[number]:
            return
        self._is_heard[number] = True
        (community, supports), size = self._groups[number]
        self._heard[community] += size
        for topic in supports:
            self._unheard[topic][community] -= size


def _choice(count: _Count, candidates: Sequence[Topic], slot: int, beacon: str) -> tuple[Topic, str]:
    """Return what ``slot`` takes, and for whom."""
    if slot % 2 == 0:
        for community in count.least_heard():
            raised = [topic for topic in candidates if count.unheard(topic.id, community)]
            if raised:
                return _best(count, raised, community, beacon), community
    return _best(count, candidates, ALL, beacon), ALL


def _best(count: _Count, candidates: Iterable[Topic], queue: str, beacon: str) -> Topic:
    def rank(topic: Topic) -> tuple[Fraction, str]:
        return -Fraction(count.unheard(topic.id, queue), topic.minutes), tie(beacon, topic.id)

    return min(candidates, key=rank)


def tie(beacon: str, topic: str) -> str:
    """Return what decides between equals: the smaller goes first."""
    return hashlib.sha256(f"{beacon}:{topic}".encode()).hexdigest()


def _topic(value: Any, where: str) -> Topic:
    topic = _object(value, where, ("id", "theme", "minutes"))
    minutes = _minutes(topic["minutes"], f"{where}.minutes")
    return Topic(_name(topic["id"], f"{where}.id"), _name(topic["theme"], f"{where}.theme"), minutes)


def _ballot(value: Any, where: str, known: frozenset[str]) -> Ballot:
    ballot = _object(value, where, ("community", "supports"))
    supports = _list(ballot["supports"], f"{where}.supports")
    for place, topic in enumerate(supports):
        here = f"{where}.supports[{place}]"
        if _name(topic, here) not in known:
            _refuse(here, f"{topic!r} is not among the topics")
        if topic in supports[:place]:
            _refuse(here, f"{topic!r} stands there twice")
    community = _name(ballot["community"], f"{where}.community")
    if community == ALL:
        _refuse(f"{where}.community", f"{ALL!r} is everybody, and no community")
    return Ballot(community, frozenset(supports))


def _object(value: Any, where: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(where, f"must be an object with {', '.join(keys)}")
    for key in keys:
        if key not in value:
            _refuse(where, f"has no {key!r}")
    for key in value:
        if key not in keys:
            _refuse(where, f"has {key!r}, which no ballot file has")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        _refuse(where, "must be a list")
    return value


def _name(value: Any, where: str) -> str:
    if (
        not isinstance(value, str)
        or not 1 <= len(value) <= NAME_CHARS_MAX
        or any("\ud800" <= c <= "\udfff" for c in value)
    ):
        _refuse(where, f"must be a text of 1 to {NAME_CHARS_MAX} characters")
    return value


def _minutes(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MINUTES_MAX:
        _refuse(where, f"must be a whole number from 1 to {MINUTES_MAX}")
    return value


def _matching(value: Any, where: str, pattern: re.Pattern[str], words: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        _refuse(where, f"must be {words}")
    return value


def _no_fraction(text: str) -> NoReturn:
    _refuse(text, "is no whole number, and a ballot file has no other numbers")


def _refuse(where: str, words: str) -> NoReturn:
    msg = f"{where}: {words}"
    raise BallotFileError(msg)
