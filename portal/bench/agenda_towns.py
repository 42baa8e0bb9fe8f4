"""Invented towns for measuring the agenda's rule: honest weeks, brigades, and what most portals do instead.

A town has six languages of very different size. People of a language share some concerns with everyone and have some of
their own; popular topics are much more popular than others. A brigade is a fifth of all ballots and wants minutes for
topics of its own.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from portal.wire.agenda import Agenda, Ballot, BallotFile, Topic, compute, publishable

BALLOTS: Final = 3_000
MINUTES: Final = 90
LANGUAGES: Final = MappingProxyType({"en": 40, "ko": 25, "zh": 15, "ja": 10, "es": 7, "ar": 3})
"""Percent of the ballots."""
SHARED_TOPICS: Final = 24
OWN_TOPICS: Final = 6
THEMES: Final = 15
BRIGADE_TOPICS: Final = 5
BRIGADE_PERCENT: Final = 20
SEEDS: Final = 20
_WEIGHTS: Final = tuple(itertools.accumulate(1 / (place + 1) for place in range(SHARED_TOPICS)))


def honest(seed: int, count: int = BALLOTS) -> BallotFile:
    """A week without a brigade, as its ballot file is published."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    ballots = [_person(draw, language) for language, number in _sizes(count).items() for _ in range(number)]
    return _file(seed, _topics(draw), ballots)


def attacked(seed: int, shape: str, count: int = BALLOTS) -> BallotFile:
    """The same week with a brigade of BRIGADE_PERCENT in place of as many people; ``shape`` is of SHAPES."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    brigade_size = count * BRIGADE_PERCENT // 100
    people = [_person(draw, name) for name, number in _sizes(count - brigade_size).items() for _ in range(number)]
    own = [Topic(f"brigade-{number}", f"brigade-theme-{number}", 10) for number in range(BRIGADE_TOPICS)]
    brigade = [_SHAPES[shape](draw, number, [topic.id for topic in own]) for number in range(brigade_size)]
    return _file(seed, (*_topics(draw), *own), people + brigade)


def brigade_share(file: BallotFile, agenda: Agenda) -> Fraction:
    """The part of all minutes that topics of the brigade got."""
    won = sum(item.minutes for item in agenda.items if item.topic.startswith("brigade-"))
    return Fraction(won, file.minutes)


def worst_share(agenda: Agenda) -> Fraction:
    """The part of its ballots that is heard in the language that is heard least."""
    return min(Fraction(share.heard, share.of) for share in agenda.per_community.values())


def top_k(file: BallotFile) -> Agenda:
    """What most portals do: topics by the number of their supporters, until the time is over."""
    count = Counter(topic for ballot in file.ballots for topic in ballot.supports)
    left, chosen = file.minutes, list[Topic]()
    for topic in sorted(file.topics, key=lambda it: (-count[it.id], it.id)):
        if topic.minutes <= left and count[topic.id]:
            chosen.append(topic)
            left -= topic.minutes
    return _heard_by(file, chosen)


def equal_shares(file: BallotFile) -> list[str]:
    """The Method of Equal Shares (Peters, Pierczyński, Skowron 2021), topics in the order chosen; cost is utility.

    Everybody gets the same part of the minutes. Next comes the topic whose supporters can pay for it with the smallest
    largest payment for each of its minutes; they pay alike, whoever has less all they have. Ties by name.
    """
    purses = [Fraction(file.minutes, len(file.ballots)) for _ in file.ballots]
    open_topics = {topic.id: topic.minutes for topic in file.topics}
    payers = {name: [at for at, ballot in enumerate(file.ballots) if name in ballot.supports] for name in open_topics}
    chosen: list[str] = []
    while True:
        prices = {name: _price(minutes, [purses[at] for at in payers[name]]) for name, minutes in open_topics.items()}
        affordable = [(price / open_topics[name], name) for name, price in prices.items() if price is not None]
        if not affordable:
            return chosen
        per_minute, name = min(affordable)
        price = per_minute * open_topics.pop(name)
        for at in payers[name]:
            purses[at] -= min(purses[at], price)
        chosen.append(name)


def _price(minutes: int, purses: Sequence[Fraction]) -> Fraction | None:
    """What each pays at most so that together they pay ``minutes``; None if all they have is less."""
    left, payers = Fraction(minutes), len(purses)
    if sum(purses) < minutes:
        return None
    for purse in sorted(purses):
        if purse * payers >= left:
            return left / payers
        left, payers = left - purse, payers - 1
    return None


def _heard_by(file: BallotFile, chosen: Sequence[Topic]) -> Agenda:
    """Count who is heard by ``chosen`` as the rule does."""
    kept = frozenset(topic.id for topic in chosen)
    only = tuple(replace(ballot, supports=ballot.supports & kept) for ballot in file.ballots)
    everything = tuple(Topic(topic.id, topic.id, 1) for topic in chosen)
    return compute(replace(file, topics=everything, ballots=only, minutes=len(everything) or 1))


def _sizes(count: int) -> Mapping[str, int]:
    return {language: count * percent // 100 for language, percent in LANGUAGES.items()}


def _topics(draw: random.Random) -> tuple[Topic, ...]:
    names = [f"shared-{number}" for number in range(SHARED_TOPICS)]
    names += [f"{language}-{number}" for language in LANGUAGES for number in range(OWN_TOPICS)]
    return tuple(Topic(name, f"theme-{draw.randrange(THEMES)}", draw.choice((5, 10, 15))) for name in names)


def _person(draw: random.Random, language: str) -> Ballot:
    supports = {_concern(draw, language) for _ in range(draw.choice((1, 1, 2, 2, 3, 5)))}
    return Ballot(language, frozenset(supports))


def _concern(draw: random.Random, language: str) -> str:
    if draw.random() < 0.5:
        return f"{language}-{_popular(draw, OWN_TOPICS)}"
    return f"shared-{_popular(draw, SHARED_TOPICS)}"


def _popular(draw: random.Random, count: int) -> int:
    """A number below ``count``: n with a weight of 1/(n+1)."""
    return draw.choices(range(count), cum_weights=_WEIGHTS[:count])[0]


def _joint(draw: random.Random, _number: int, own: list[str]) -> Ballot:
    return Ballot(_any_language(draw), frozenset(own))


def _parts(draw: random.Random, number: int, own: list[str]) -> Ballot:
    return Ballot(_any_language(draw), frozenset({own[number % len(own)]}))


def _halves(draw: random.Random, number: int, own: list[str]) -> Ballot:
    return Ballot(_any_language(draw), frozenset({own[number % 2]}))


def _mixed(draw: random.Random, _number: int, own: list[str]) -> Ballot:
    return Ballot(_any_language(draw), frozenset(draw.sample(own, 3)))


def _rare(draw: random.Random, _number: int, own: list[str]) -> Ballot:
    others = [f"shared-{number}" for number in range(SHARED_TOPICS)]
    others += [f"{language}-{number}" for language in LANGUAGES for number in range(OWN_TOPICS)]
    return Ballot(_any_language(draw), frozenset([*draw.sample(own, 4), *draw.sample(others, 2)]))


def _one_language(_draw: random.Random, number: int, own: list[str]) -> Ballot:
    return Ballot("es", frozenset({own[number % len(own)]}))


def _any_language(draw: random.Random) -> str:
    return draw.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]


def _file(seed: int, topics: tuple[Topic, ...], ballots: list[Ballot]) -> BallotFile:
    return BallotFile("2026-W48", MINUTES, f"{seed:064x}", topics, tuple(publishable(ballots)))


SHAPES: Final[Mapping[str, Callable[[random.Random, int, list[str]], Ballot]]] = MappingProxyType(
    {"joint": _joint, "halves": _halves, "parts": _parts, "mixed": _mixed, "rare": _rare}
)
"""How a brigade votes: all its topics, in two halves, one topic each, three of five each, or four and two at random."""
LIMIT: Final = "one language"
"""What the rule does not withstand: the whole brigade claims one small language, and so is most of it."""
_SHAPES: Final = MappingProxyType({**SHAPES, LIMIT: _one_language})
