"""The catalogues, so that tests find things by the words that people read."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

LOCALE_DIR: Final = Path(__file__).resolve().parents[2] / "portal" / "locale"
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@cache
def catalogue(lang: str = "en") -> dict[str, str]:
    """The texts of a language; what it lacks is shown in English, as on the page."""
    path = LOCALE_DIR / f"{lang}.json"
    own: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return own if lang == "en" else catalogue("en") | own


def words(key: str, lang: str = "en", **values: object) -> str:
    """The text of ``key`` with its placeholders filled; every placeholder must be given."""
    return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), catalogue(lang)[key])


def pattern(key: str, lang: str = "en", **values: object) -> re.Pattern[str]:
    """The text of ``key``; a placeholder that is not given stands for anything, as do the marks that isolate names."""
    pieces = _PLACEHOLDER.split(catalogue(lang)[key])
    parts = [re.escape(piece) for piece in pieces]
    for at in range(1, len(pieces), 2):
        parts[at] = "\u2068?" + re.escape(str(values[pieces[at]])) + "\u2069?" if pieces[at] in values else ".*"
    return re.compile("".join(parts))
