"""Sentences in the reader's language, from the same flat catalogues that the browser uses (``portal/locale``)."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from werkzeug.datastructures import LanguageAccept

DEFAULT_LANGUAGE: Final = "en"
CATALOGUES: Final = Path(__file__).parents[2] / "locale"


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of all catalogues, the default one first."""
    found = sorted(path.stem for path in CATALOGUES.glob("*.json"))
    return tuple(sorted(found, key=lambda code: code != DEFAULT_LANGUAGE))


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return the flat catalogue of ``language``; an empty one if there is none."""
    path = CATALOGUES / f"{language}.json"
    entries: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if language in languages() else {}
    return entries


def best_language(accepted: LanguageAccept) -> str:
    """Return the catalogue that an Accept-Language header asks for, or the default."""
    return accepted.best_match(languages(), DEFAULT_LANGUAGE) or DEFAULT_LANGUAGE


def text(key: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the entry ``key`` in ``language``, else in the default language, else the key itself."""
    return catalogue(language).get(key) or catalogue(DEFAULT_LANGUAGE).get(key) or key
