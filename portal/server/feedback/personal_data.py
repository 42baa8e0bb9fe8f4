"""Warns before somebody sends what would give a person away: addresses, numbers, names. It only warns.

The page's script finds the same with the same patterns (static/src/public/parts/personal_data.ts, shared vectors in
tests/vectors/personal_data.json), but for names, which only the server looks for.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["email", "phone", "id_number", "card", "account", "profile", "name"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A part of a text, from ``start`` to before ``end`` (characters), that may give somebody away."""

    kind: Kind
    start: int
    end: int
    text: str


_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_PROFILE: Final = re.compile(
    r"(?<![\w@.])@[A-Za-z0-9_.]{3,30}|\b(?:t\.me|wa\.me|line\.me|open\.kakao\.com|vk\.com)/\S+"
)
_IBAN: Final = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
# Digits with what people put between them.
_NUMBER: Final = re.compile(r"\+?[0-9(](?:[0-9]|[ ().\-/](?=[0-9(])){0,40}[0-9]")
_KOREAN_RESIDENT: Final = re.compile(r"[0-9]{6}-?[1-8][0-9]{6}")
_CHINESE_RESIDENT: Final = re.compile(r"[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X]")
_PHONE_DIGITS: Final = range(9, 16)
# Titles and forms of address beside which a name stands; in front of it, or behind.
_BEFORE: Final = (
    "Mr", "Mrs", "Ms", "Dr", "Prof", "Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "M.", "Mme", "Mlle", "Monsieur", "Madame",
    "Sr.", "Sra.", "Señor", "Señora", "Don", "Doña",
    "господин", "госпожа", "г-н", "г-жа", "السيد", "السيدة", "الأستاذ", "الدكتور",  # noqa: RUF001 - Russian
)  # fmt: skip
# A name begins with any letter, since many scripts have no capitals; its further parts with a capital.
_NAME: Final = r"([^\W\d_]{2,}(?:[ -][A-ZÀ-ÞА-Я][^\W\d_]+){0,2})"
_NAME_BEFORE: Final = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _BEFORE))})\s+{_NAME}")
_NAME_AFTER: Final = re.compile(
    r"([가-힣]{2,4}) ?(?:씨|님)(?:(?=[은는이가을를의에께와과도만])|(?=입니|이라|라고|한테)|(?![가-힣]))"
    r"|([一-鿿]{1,4}|[ァ-ヺー]{2,8}) ?(?:さん|様|先生|女士|小姐)"
)
_ROLES: Final = frozenset(
    {
        "선생", "교수", "의원", "시장", "대통령", "장관", "여러분", "고객", "회장", "사장", "부모", "皆", "客",
        "市長", "議員",
    }
)  # fmt: skip
# "I am called …": the name that follows is the writer's.
_CALLED: Final = re.compile(
    r"(?i:\bmy name is|\bI am called|\bje m'appelle|\bme llamo|\bmi nombre es|меня зовут|اسمي|我叫|我的名字是"
    rf"|私の名前は|제 이름은|저는 (?=[가-힣]{{2,4}}(?:입니다|이라고)))\s*{_NAME}"
)


def findings(text: str) -> list[Finding]:
    """Return what in ``text`` may give a person away, from its beginning on; nothing overlaps."""
    plain = _with_plain_digits(text)
    found: list[Finding] = []
    for finder in (_patterns, _numbers, _names):
        for finding in finder(plain):
            if all(finding.end <= other.start or other.end <= finding.start for other in found):
                found.append(Finding(finding.kind, finding.start, finding.end, text[finding.start : finding.end]))
    return sorted(found, key=lambda finding: finding.start)


def _with_plain_digits(text: str) -> str:
    """The text with every script's digits as ASCII, character for character."""
    digits = (unicodedata.decimal(character, None) for character in text)
    return "".join(old if new is None else str(new) for old, new in zip(text, digits, strict=True))


def _patterns(text: str) -> Iterator[Finding]:
    kinds: tuple[tuple[Kind, re.Pattern[str]], ...] = (("email", _EMAIL), ("profile", _PROFILE))
    for kind, pattern in kinds:
        for match in pattern.finditer(text):
            yield Finding(kind, *match.span(), match.group())
    for match in _IBAN.finditer(text):
        if is_iban(match.group().replace(" ", "")):
            yield Finding("account", *match.span(), match.group())


def _numbers(text: str) -> Iterator[Finding]:
    for match in _CHINESE_RESIDENT.finditer(text):
        yield Finding("id_number", *match.span(), match.group())
    for match in _NUMBER.finditer(text):
        kind = _kind_of_number(match.group())
        if kind is not None:
            yield Finding(kind, *match.span(), match.group())


def _kind_of_number(written: str) -> Kind | None:
    digits = "".join(character for character in written if character.isdigit())
    if _KOREAN_RESIDENT.fullmatch(written):
        return "id_number"
    if 13 <= len(digits) <= 19 and is_card(digits):
        return "card"
    dialled = written.startswith(("+", "0", "(0", "(+"))
    return "phone" if dialled and len(digits) in _PHONE_DIGITS else None


def _names(text: str) -> Iterator[Finding]:
    for pattern in (_NAME_BEFORE, _CALLED, _NAME_AFTER):
        for match in pattern.finditer(text):
            group = match.lastindex or 1
            if match.group(group) not in _ROLES:
                yield Finding("name", *match.span(group), match.group(group))


def is_card(digits: str) -> bool:
    """Whether ``digits`` are a payment card's number (ISO/IEC 7812-1, annex B: Luhn)."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0 and len(set(digits)) > 1


def is_iban(text: str) -> bool:
    """Whether ``text`` is an international bank account number (ISO 13616: MOD 97-10)."""
    return len(text) >= 15 and int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1
