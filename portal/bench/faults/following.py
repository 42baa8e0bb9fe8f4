"""One reader's view of one place: numbers in order, whatever comes twice, early or by another way."""

from portal.bench.faults.journal import Findings
from portal.bench.faults.places import Place


class Following:
    """What a reader has of ``place``: ``seen`` are the stamps of the items after ``place.first``, without a gap."""

    def __init__(self, place: Place, findings: Findings) -> None:
        self.place = place
        self.seen: list[bytes] = []
        self._findings = findings
        self._ahead: dict[int, bytes] = {}
        self._early: list[tuple[int, bytes]] | None = []
        self._told = 0
        self._live = 0

    @property
    def number(self) -> int:
        """The newest number up to which everything is here."""
        return self.place.first + len(self.seen)

    @property
    def gap(self) -> bool:
        """Whether something was pushed whose predecessors are missing."""
        return bool(self._ahead)

    def connecting(self) -> None:
        """Begin anew: what is pushed is put aside until the server has said where the place stands."""
        self._early = []
        self._ahead.clear()

    def opened(self, number: int) -> None:
        """The server says that the place stands at ``number``; what is pushed beyond comes one by one from there."""
        if number < self.number:
            self._findings.note("lost", f"{self.place.name} went back from {self.number} to {number}")
        self._told = self._live = number
        early, self._early = self._early or [], None
        for one in early:
            self.pushed(*one)

    def pushed(self, number: int, stamp: bytes) -> None:
        """Take an item from the socket."""
        if self._early is not None:
            self._early.append((number, stamp))
            return
        if number > self._told:  # what is not newer may be a replay, which comes beside what is new
            if number != self._live + 1:
                kind = "reordered" if number <= self._live else "lost"
                self._findings.note(kind, f"{self.place.name}: {number} was pushed after {self._live}")
            self._live = max(self._live, number)
        self.take(number, stamp)

    def take(self, number: int, stamp: bytes) -> None:
        """Take an item from anywhere; the same again changes nothing."""
        place = number - self.place.first - 1
        if place < len(self.seen):
            if place >= 0 and self.seen[place] != stamp:
                self._findings.note("reordered", f"{self.place.name}: another item at {number} than before")
            return
        self._ahead[number] = stamp
        while (following := self._ahead.pop(self.number + 1, None)) is not None:
            self.seen.append(following)
