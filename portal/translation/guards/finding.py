"""What a guard says: where the reader should look twice, and why. A guard warns; it never changes a translation."""

import enum
from dataclasses import dataclass

Span = tuple[int, int]
"""First character and the one after the last, as in slices."""


class Kind(enum.StrEnum):
    """The closed list of warnings. Whoever shows one has words for it in the reader's language."""

    NUMBER_MISSING = "number_missing"
    NUMBER_ADDED = "number_added"
    UNIT = "unit"
    DATE = "date"
    NAME_MISSING = "name_missing"
    NEGATION = "negation"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    REPETITION = "repetition"
    WRONG_SCRIPT = "wrong_script"
    UNTRANSLATED = "untranslated"
    CUT = "cut"
    TERM_MISSING = "term_missing"
    TERM_FORBIDDEN = "term_forbidden"
    MARK_LOST = "mark_lost"
    DISAGREEMENT = "disagreement"


@dataclass(frozen=True, slots=True)
class Finding:
    """One warning about a translated sentence."""

    kind: Kind
    detail: str = ""
    """The number, name or term in question; empty where the kind says it all."""
    source: tuple[Span, ...] = ()
    """The words concerned in the original."""
    target: tuple[Span, ...] = ()
    """The words concerned in the translation."""
