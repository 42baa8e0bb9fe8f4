"""What clients were told, kept outside of the server: acknowledgements in a file, and whatever can not be right."""

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

_SHOWN = 5


class Acknowledged(NamedTuple):
    """What the server promised of an item at some number: ``head`` as it was told, and by what the item is known."""

    head: str
    stamp: bytes


@dataclass(slots=True)
class Findings:
    """What went wrong, in items; ``words`` has the first few of each kind, for people."""

    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    other: int = 0
    words: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.doubled or self.reordered or self.other)

    def note(self, kind: str, words: str) -> None:
        """Count one item as ``lost``, ``doubled``, ``reordered`` or ``other``."""
        count = getattr(self, kind) + 1
        setattr(self, kind, count)
        if count <= _SHOWN:
            self.words.append(f"{kind}: {words}")

    def add(self, more: "Findings") -> None:
        """Take over what ``more`` has."""
        self.lost += more.lost
        self.doubled += more.doubled
        self.reordered += more.reordered
        self.other += more.other
        self.words += more.words


class Journal:
    """Acknowledgements in order of arrival, one line each in a file, and by place and number in memory.

    What is not in the file is not counted. The file is no server's: a kill or a full disk there does not touch it.
    """

    def __init__(self, path: Path, findings: Findings) -> None:
        self.by_place: dict[str, dict[int, Acknowledged]] = {}
        self.count = 0
        self._findings = findings
        self._file = path.open("a", encoding="ascii")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def record(self, place: str, number: int, head: str, stamp: bytes) -> None:
        """Write an acknowledgement down, then count it."""
        self._file.write(f"{place} {number} {head} {stamp.hex()}\n")
        self._file.flush()
        present = self.by_place.setdefault(place, {}).setdefault(number, Acknowledged(head, stamp))
        if present.stamp != stamp:
            self._findings.note("reordered", f"two items were promised number {number} of {place}")
        self.count += 1

    def newest(self, place: str) -> int:
        """Return the highest number that was acknowledged in ``place``; 0 for none."""
        return max(self.by_place.get(place, {0: None}))
