"""How a text read before and after: its words in order, each kept, taken out or put in."""

import difflib
import functools
import re
from dataclasses import dataclass
from typing import Final, Literal

WORDS_MAX_CHARS: Final = 2000
"""Of each text; so much is compared at once."""
# Scripts without spaces are compared by characters: there a word can not be told by its looks.
_PIECES: Final = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+|\s+|.", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring words of one kind."""

    kind: Literal["kept", "gone", "new"]
    text: str


@functools.lru_cache(maxsize=512)  # some texts take a second, and pages show them again and again
def redline(before: str, after: str) -> tuple[Run, ...]:
    """Return ``after`` with what was taken out of ``before``, both up to WORDS_MAX_CHARS.

    Joined without what is new it is ``before``, without what is gone ``after``.
    """
    old, new = (_PIECES.findall(text[:WORDS_MAX_CHARS]) for text in (before, after))
    runs: list[Run] = []
    for kind, low, high, from_, to in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            runs.append(Run("kept", "".join(old[low:high])))
            continue
        if high > low:
            runs.append(Run("gone", "".join(old[low:high])))
        if to > from_:
            runs.append(Run("new", "".join(new[from_:to])))
    return tuple(runs)
