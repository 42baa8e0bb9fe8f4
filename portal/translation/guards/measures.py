"""Whether numbers kept their units, and days and months are the same."""

import re
from typing import Final

from portal.translation.guards import number_words as words
from portal.translation.guards.finding import Finding, Kind
from portal.translation.guards.numbers import numbers

_AFTER: Final = 14
"""How many characters after a number are looked at for its unit."""
_TIME: Final = frozenset({"year", "month", "week", "day", "hour", "minute", "second"})
"""Units that languages also write without a number of them (2008年, the 90s): compared only with each other."""
_BEFORE_SIGNS: Final = "$€£¥₩"
_ALIASES: Final = sorted(
    ((alias.lower(), unit) for unit, aliases in words.UNITS.items() for alias in aliases),
    key=lambda pair: -len(pair[0]),
)


def check_measures(source: str, target: str, languages: tuple[str, str]) -> list[Finding]:
    """Units of equal numbers that differ, and weekdays that differ."""
    return [*_units(source, target, languages), *_weekdays(source, target, languages)]


def _units(source: str, target: str, languages: tuple[str, str]) -> list[Finding]:
    here, there = _measured(source, languages[0]), _measured(target, languages[1])
    found = []
    for value, units in here.items():
        others = there.get(value, set())
        if not units or not others or units & others:
            continue
        if (units | others) & _TIME and not (units <= _TIME and others <= _TIME):
            continue
        found.append(Finding(Kind.UNIT, f"{value:g} {'/'.join(sorted(units))}: {'/'.join(sorted(others))}"))
    return found


def _measured(text: str, language: str) -> dict[float, set[str]]:
    """The units that stand at each value."""
    measured: dict[float, set[str]] = {}
    for number in numbers(text, language):
        if number.hard:
            unit = _unit_at(text, number.span)
            if unit is not None:
                measured.setdefault(number.value, set()).add(unit)
    return measured


def _unit_at(text: str, span: tuple[int, int]) -> str | None:
    before = text[span[0] - 1 : span[0]]
    if before and before in _BEFORE_SIGNS:
        return next(unit for alias, unit in _ALIASES if alias == before)
    after = re.sub(r"^[\s-]+", "", text[span[1] : span[1] + _AFTER]).lower()
    for alias, unit in _ALIASES:
        rest = after[len(alias) :]
        if after.startswith(alias) and not (
            alias.isascii() and alias.isalpha() and rest[:1].isalpha() and rest[:1].isascii()
        ):
            return unit
    return None


def _weekdays(source: str, target: str, languages: tuple[str, str]) -> list[Finding]:
    here, there = _days(source, languages[0]), _days(target, languages[1])
    if not here or not there or here == there:
        return []
    lost = here.keys() - there.keys()
    return [Finding(Kind.DATE, here[day]) for day in sorted(lost)][:1]


def _days(text: str, language: str) -> dict[int, str]:
    names = words.WEEKDAYS.get(language, "").split()
    lowered = text.lower()
    return {day: name for day, name in enumerate(names) if name in lowered}
