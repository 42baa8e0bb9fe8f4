"""Who speaks next: a rule that anyone can check from what is on the screen.

Points of order come first, of which each has one an item. Then, and among points of order as well: whoever has spoken
least often today; among them the community that has spoken for the shortest time; then whoever raised the hand first.
The queue that is shown is what this rule gives if each speaker uses the whole time of a turn, so communities take turns
in it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from portal.server.townhall.timers import Timer

TURN_S: Final = 120
"""What a speaker gets unless the moderator says otherwise."""
SpeakerStanding = Literal["waiting", "speaking", "done", "gone"]


@dataclass(slots=True)
class Speaker:
    """A raised hand and what became of it. ``who`` is the same for all hands of one hall ticket; never published."""

    number: int
    who: str
    community: str
    item: str | None
    order: bool = False
    standing: SpeakerStanding = "waiting"
    out_of_turn: bool = False
    timer: Timer | None = None


def queue(speakers: Iterable[Speaker], item: str | None) -> list[Speaker]:
    """Return the hands that wait for ``item`` in the order in which they will be called."""
    everyone = list(speakers)
    turns = Counter(speaker.who for speaker in everyone if speaker.timer is not None)
    spoken_ms = spoken_by_community(everyone)
    waiting = [speaker for speaker in everyone if speaker.standing == "waiting" and speaker.item == item]
    ordered: list[Speaker] = []
    for group in ([it for it in waiting if it.order], [it for it in waiting if not it.order]):
        while group:
            chosen = _least_heard(group, turns, spoken_ms)
            group.remove(chosen)
            ordered.append(chosen)
            spoken_ms[chosen.community] += TURN_S * 1000
    return ordered


def spoken_by_community(speakers: Iterable[Speaker]) -> Counter[str]:
    """Return for how many milliseconds each community has spoken; whoever speaks now counts with the whole turn."""
    spoken: Counter[str] = Counter()
    for speaker in speakers:
        if speaker.timer is not None:
            spoken[speaker.community] += speaker.timer.used_ms or speaker.timer.budget_s * 1000
    return spoken


def _least_heard(waiting: Sequence[Speaker], turns: Counter[str], spoken_ms: Counter[str]) -> Speaker:
    return min(waiting, key=lambda speaker: (turns[speaker.who], spoken_ms[speaker.community], speaker.number))
