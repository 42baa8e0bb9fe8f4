"""The words of the pages that the server makes: flat catalogues by part and language, numbers and dates.

``portal/locale/public/<part>/<language>.json`` holds the keys of one part, such as "say"; the part "common" holds what
all pages share. A key with forms for numbers stands there once a form, by CLDR's names: ``left.one``, ``left.other``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

CATALOGUES: Final = Path(__file__).parents[2] / "locale" / "public"
COMMON: Final = "common"
DEFAULT_LANGUAGE: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "English",
        "ko": "한국어",
        "ja": "日本語",
        "zh": "中文",
        "ar": "العربية",
        "fr": "Français",
        "es": "Español",
        "ru": "Русский",
    }
)
"""The languages of the public pages, each by its own name."""
_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})


@cache
def catalogue(part: str, language: str) -> Mapping[str, str]:
    """Return the flat catalogue of one part in ``language``; an empty one if there is none."""
    path = CATALOGUES / part / f"{language}.json"
    return MappingProxyType(json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {})


def direction(language: str) -> str:
    """Return "rtl" or "ltr": how text in ``language`` runs."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


@cache
def _locale(language: str) -> Locale:
    return Locale.parse({"zh": "zh_Hans"}.get(language, language))


@dataclass(frozen=True)
class Words:
    """What one page says, in the reader's ``language``: entries of ``part``, then of the common part, then in English.

    Called with a key it returns its text with the ``{placeholders}`` filled; whole numbers are written as readers of
    the language write them, and a number ``n`` chooses among the forms of the key.
    """

    part: str
    language: str

    def __call__(self, key: str, **values: Any) -> str:
        """Return the text of ``key``; the key itself, if no catalogue has it."""
        text = self.find(key, **values)
        return key if text is None else text

    def of(self, part: str) -> "Words":
        """Return the words of another part, in the same language."""
        return Words(part, self.language)

    def first(self, *keys: str, **values: Any) -> str:
        """Return the text of the first of ``keys`` that some catalogue has; the last key, if none has."""
        found = (self.find(key, **values) for key in keys)
        return next((text for text in found if text is not None), keys[-1])

    def find(self, key: str, **values: Any) -> str | None:
        """Return the text of ``key``, or None."""
        for part, language in self._order():
            text = _form(catalogue(part, language), key, language, values.get("n"))
            if text is not None:
                return text.format_map(self._written(values))
        return None

    def number(self, value: float) -> str:
        """Return ``value`` with the language's separators."""
        return str(format_decimal(value, locale=_locale(self.language)))

    def percent(self, share: float) -> str:
        """Return a share of one as percents, without decimals."""
        return str(format_percent(share, locale=_locale(self.language)))

    def date(self, day: date | str) -> str:
        """Return a day (``YYYY-MM-DD`` or a date) in words."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        return str(format_date(day, "long", locale=_locale(self.language)))

    def moment(self, at_ms: int, zone: str = "UTC") -> str:
        """Return day and time of ``at_ms`` (milliseconds since 1970) in the time ``zone``, which is named beside it."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
        return f"{format_date(local.date(), 'full', locale=_locale(self.language))}, {self.clock(at_ms, zone)} ({zone})"

    def clock(self, at_ms: int, zone: str = "UTC") -> str:
        """Return the hour and minute of ``at_ms`` in the time ``zone``."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
        return str(format_datetime(local, "HH:mm", locale=_locale(self.language)))

    def language_name(self, language: str) -> str:
        """Return what readers of this page call ``language``; its code, if that is all that is known."""
        name = _locale(self.language).languages.get(language)
        return language if name is None else str(name)

    def _order(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.part, self.language),
            (COMMON, self.language),
            (self.part, DEFAULT_LANGUAGE),
            (COMMON, DEFAULT_LANGUAGE),
        )

    def _written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._value(value) for name, value in values.items()}

    def _value(self, value: Any) -> Any:
        if type(value) is int:
            return self.number(value)
        # What stands in a line that runs from right to left would be taken apart: 2026-W48 would read W48-2026.
        is_apart = isinstance(value, str) and direction(self.language) == "rtl"
        return f"\u2068{value}\u2069" if is_apart else value


def _form(texts: Mapping[str, str], key: str, language: str, n: object) -> str | None:
    """The entry for ``key``, or for the number ``n`` the form that the language's grammar asks for."""
    if key in texts or not isinstance(n, int):
        return texts.get(key)
    return texts.get(f"{key}.{_locale(language).plural_form(n)}", texts.get(f"{key}.other"))
