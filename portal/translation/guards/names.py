"""Whether names came through. Between languages of one script a name is kept; across scripts only codes are.

A name that a language spells in its own letters (Bush, 부시) can not be told from a word without a list of names: the
agreed names of a room belong into its glossary, which checks them by the letter.
"""

import re
from typing import Final

from portal.translation.guards.finding import Finding, Kind

_CODE: Final = re.compile(r"(?<![\w-])(?=[A-Z0-9-]*[A-Z])(?=[A-Z0-9-]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\w-])")
"""Capitals together with digits: H5N1, S-400, A/RES. They are the same in all scripts."""
_PERSON: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Amb|Gen|M|Mme)\.? ([A-Z][\w\u00e0-\u024f'-]+)")
_LATIN: Final = frozenset({"en", "fr", "es", "de", "it", "pt", "nl"})


def check_names(source: str, target: str, languages: tuple[str, str]) -> list[Finding]:
    """Codes that the translation lacks; between languages in Latin letters also persons with a title."""
    found = [
        Finding(Kind.NAME_MISSING, match[0], source=(match.span(),))
        for match in _CODE.finditer(source)
        if match[0].casefold() not in target.casefold()
    ]
    if _LATIN.issuperset(languages):
        found += [
            Finding(Kind.NAME_MISSING, match[1], source=(match.span(1),))
            for match in _PERSON.finditer(source)
            if match[1].casefold() not in target.casefold()
        ]
    return found
