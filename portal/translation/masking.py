"""What must come through a model unchanged: addresses, document symbols, words to keep.

Each is replaced by a short code that models copy, and put back afterwards. A model that loses or doubles a code is
asked again with the words themselves; if they are lost then too, the reader is told.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_ALWAYS: Final = re.compile(
    r"https?://[^\s<>\u3000-\u9fff\uac00-\ud7a3]+(?<![.,;:!?)\]'\"])"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b[A-Z]+(?:/[A-Z0-9.]+){1,5}(?:\(\d+\))?"
)
"""URLs, e-mail addresses, symbols such as S/RES/1718(2006)."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A sentence with codes in the place of what must survive."""

    text: str
    kept: tuple[str, ...]
    """What the codes stand for, in their order."""

    def restore(self, translated: str) -> str | None:
        """The translation with everything put back; None if a code is missing or came twice."""
        for number, kept in enumerate(self.kept):
            code = re.compile(rf"(?<![A-Za-z0-9]){_code(number)}(?![A-Za-z0-9])", re.IGNORECASE)
            if len(code.findall(translated)) != 1:
                return None
            translated = code.sub(lambda _, kept=kept: kept, translated)  # type: ignore[misc]
        return translated

    def lost(self, translated: str) -> list[str]:
        """What does not occur in ``translated`` as often as it should."""
        return [kept for kept in dict.fromkeys(self.kept) if translated.count(kept) < self.kept.count(kept)]


def mask(text: str, keep: Iterable[str] = ()) -> Masked:
    """Replace addresses, symbols and the words to ``keep`` by codes."""
    wanted = [_ALWAYS.pattern, *(re.escape(word) for word in keep)]
    kept: list[str] = []

    def replace(match: re.Match[str]) -> str:
        kept.append(match[0])
        return _code(len(kept) - 1)

    return Masked(re.sub("|".join(wanted), replace, text), tuple(kept))


def _code(number: int) -> str:
    """Letters only, for models change digits; rare ones, for models translate words."""
    return f"XQ{chr(ord('A') + number // 26 % 26)}{chr(ord('A') + number % 26)}X"
