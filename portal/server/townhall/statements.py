"""Texts that people type in and about a hall: what is taken off them, and how long they may be."""

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from portal.server.core.catalogues import LANGUAGES

QUESTION_CHARS_MAX: Final = 500
RECORD_CHARS_MAX: Final = 20_000
TITLE_CHARS_MAX: Final = 200
# Controls but line feeds, and the marks that turn text around beyond its end (CVE-2021-42574). Joiners stay: scripts
# such as Persian and Hindi are written with them.
_UNWANTED: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")


def cleaned(text: str) -> str:
    """Return ``text`` in normal form C without controls and without space around it."""
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()


def statement(chars_max: int) -> AfterValidator:
    """Return a validator that cleans a text and refuses an empty one, or one of more than ``chars_max`` characters."""

    def check(text: str) -> str:
        text = cleaned(text)
        if not text:
            raise PydanticCustomError("empty", "nothing is written")
        if len(text) > chars_max:
            raise PydanticCustomError("too_long", "too long", {"n": chars_max})
        return text

    return AfterValidator(check)


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise PydanticCustomError("unknown", "no such language")
    return code


Question = Annotated[str, StringConstraints(max_length=100_000), statement(QUESTION_CHARS_MAX)]
Title = Annotated[str, StringConstraints(max_length=100_000), statement(TITLE_CHARS_MAX)]
Record = Annotated[str, StringConstraints(max_length=200_000), statement(RECORD_CHARS_MAX)]
Language = Annotated[str, AfterValidator(_language)]
