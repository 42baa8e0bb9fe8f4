"""What an examination finds: each check says how one thing stands, and its words say what to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from portal.server.core.catalogues import Words

State = Literal["fine", "warning", "wrong"]
STATES: Final[tuple[State, ...]] = ("fine", "warning", "wrong")
"""From the best to the worst."""
PART: Final = "health"
"""The catalogues of the words."""
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing stands. ``kind`` chooses its sentence among those of ``check``; ``values`` fill it.

    Values name no person and hold no secret: they are shown on a page, and may be sent to whoever helps.
    """

    check: str
    kind: str = "fine"
    state: State = "fine"
    values: Mapping[str, Any] = field(default_factory=dict)

    def name(self, words: Words) -> str:
        """Return what was looked at."""
        return words(f"check.{self.check}")

    def sentence(self, words: Words) -> str:
        """Return how it stands."""
        return words(f"{self.check}.{self.kind}", **self.values)

    def advice(self, words: Words) -> str | None:
        """Return what to do; None if there is nothing to be done."""
        return None if self.state == "fine" else words(f"{self.check}.{self.kind}.do", **self.values)


def fine(check: str, kind: str = "fine", /, **values: Any) -> Finding:
    """Return that ``check`` is as it should be."""
    return Finding(check, kind, "fine", values)


def warning(check: str, kind: str, /, **values: Any) -> Finding:
    """Return that ``check`` works, but should be seen to."""
    return Finding(check, kind, "warning", values)


def wrong(check: str, kind: str, /, **values: Any) -> Finding:
    """Return that ``check`` does not work, or is dangerous."""
    return Finding(check, kind, "wrong", values)


def worst(findings: Iterable[Finding]) -> State:
    """Return the worst state among ``findings``."""
    return max((finding.state for finding in findings), key=STATES.index, default="fine")


def size_text(size_bytes: float) -> str:
    """Return a size in decimal units with at most three digits, such as 2.1 GB."""
    for unit in _UNITS:
        if abs(size_bytes) < 1000 or unit == _UNITS[-1]:
            break
        size_bytes /= 1000
    return f"{size_bytes:.0f} {unit}" if size_bytes >= 10 or unit == "B" else f"{size_bytes:.1f} {unit}"
