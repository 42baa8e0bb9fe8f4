"""Whether the numbers of a sentence are those of its translation, across scripts: 1.5 million = 150만 = 150万.

What is written with digits (*hard*) must occur on the other side, in digits or in words; what is in words (*soft*) need
not, for people say "two" in many ways. Months, ordinals and clock times count as numbers. A warning that is wrong
one time in ten is soon ignored: where writers differ for good reasons (12 hours or 24, '90s or 1990s) nothing is said.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from portal.translation.guards import number_words as words
from portal.translation.guards.finding import Finding, Kind, Span

CJK: Final = frozenset({"ko", "ja", "zh", "zt"})
_UNITS: Final = "".join([*words.UNITS_OF_TEN, *words.MYRIADS])
_DIGITS: Final = r"\d+(?:[,\u2009\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_EUROPEAN: Final = r"\d{1,3}(?:[.\s\u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
_MIXED: Final = re.compile(
    rf"(?:{_DIGITS})(?:\s?(?:여\s?)?[{_UNITS}]+(?:\s?(?:{_DIGITS})[{_UNITS}]+)*(?:\s?\d{{1,4}}(?![\d,.:년月年]))?)?"
)
_HAN: Final = re.compile(rf"[{''.join(words.HAN_DIGITS)}{''.join(words.UNITS_OF_TEN)}{''.join(words.MYRIADS)}]+")
_HANGUL: Final = re.compile(
    rf"[{''.join(words.HANGUL_DIGITS)}{_UNITS}]+(?:\s[{''.join(words.HANGUL_DIGITS)}{_UNITS}]+)*"
)
_TOKEN: Final = re.compile(rf"({_DIGITS})|([{_UNITS}])|([{''.join(words.HAN_DIGITS)}{''.join(words.HANGUL_DIGITS)}])")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_ROMAN: Final = re.compile(r"(?:\b|(?<=\bWW))(?=[IVX])(X{0,3})(IX|IV|V?I{0,3})(?:er?|ème|º)?\b")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text."""

    value: float
    span: Span
    hard: bool
    """Whether it is written with digits."""
    clock: bool = False
    """Whether it is an hour, which may be told in 12 or 24."""


def numbers(text: str, language: str) -> list[Number]:
    """The numbers of ``text``; spans are those of its NFKC form where that has as many characters, else approximate."""
    text = _folded(text)
    found = list(_in_digits(text, language))
    if language in {"ja", "zh", "zt"}:
        found += _in_han(text)
    elif language == "ko":
        found += _in_hangul(text)
    if language in words.MONTHS:
        found += _months(text, language)
    if language == "en":
        found += _in_english(text)
    found += _counted(text.lower(), words.COUNTS.get(language, {}))
    if language not in CJK:
        found += _roman(text)
    return found


def check_numbers(source: str, target: str, languages: tuple[str, str]) -> list[Finding]:
    """Numbers in digits that the other side lacks."""
    here, there = numbers(source, languages[0]), numbers(target, languages[1])
    missing = [n for n in here if n.hard and not _matched(n, there)]
    # "One of them" is 1つ in Japanese, and "a year" 1년 in Korean: a 1 that is added says nothing.
    added = [n for n in there if n.hard and n.value != 1 and not _matched(n, here)]
    return [Finding(Kind.NUMBER_MISSING, source[slice(*n.span)], source=(n.span,)) for n in missing] + [
        Finding(Kind.NUMBER_ADDED, target[slice(*n.span)], target=(n.span,)) for n in added
    ]


def _folded(text: str) -> str:
    """Full-width digits made narrow, Arabic ones Latin; lengths stay as they are."""
    return "".join(_narrow(character) for character in text)


def _narrow(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    folded = unicodedata.normalize("NFKC", character) if "\uff01" <= character <= "\uff5e" else character
    return folded if len(folded) == 1 else character


def _in_digits(text: str, language: str) -> Iterator[Number]:
    if language in CJK:
        for match in _MIXED.finditer(text):
            written = match[0]
            if written.endswith("조") and language == "ko":  # 5조 is five trillion, 제5조 is Article 5
                bare = Number(_cjk_value(written[:-1]), match.span(), hard=text[: match.start()].endswith("제"))
                yield bare
                if bare.hard:
                    continue
            yield Number(_cjk_value(written), match.span(), hard=_counts(text, match), clock=_is_clock(text, match))
        return
    scales = words.ENGLISH_SCALES if language == "en" else words.SCALES.get(language, {})
    european = language not in {"en", "ar"}
    number = re.compile(_EUROPEAN if european else _DIGITS)
    for match in number.finditer(text):
        value = _plain(match[0], european=european)
        scale = re.compile(r"[\s\u00a0-]?([^\W\d_]+)").match(text, match.end())
        factor = scales.get(scale[1].lower(), 1) if scale else 1
        end = scale.end() if scale and factor > 1 else match.end()
        hard = _counts(text, match)
        yield Number(_rounded(value * factor), (match.start(), end), hard=hard, clock=_is_clock(text, match))
        if factor > 1:  # the digits alone, where the other side writes them so
            yield Number(_rounded(value), (match.start(), end), hard=False)


def _counts(text: str, match: re.Match[str]) -> bool:
    """Whether digits say how many: not those in a name (H5N1, km2), and not full hours (10:00)."""
    before = text[match.start() - 1] if match.start() else " "
    return not (before.isascii() and before.isalpha()) and match[0] != "00"


def _plain(digits: str, *, european: bool) -> float:
    if not european:
        return _rounded(float(re.sub(r"[,\s]", "", digits)))
    digits = re.sub(r"\s", "", digits)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits):
        digits = digits.replace(".", "")
    return _rounded(float(digits.replace(",", ".")))


def _cjk_value(text: str) -> float:
    """The value of digits and units together: 1억 2,300만, 百二十, 二〇〇八, 3.5万."""
    total = section = current = 0.0
    positional = ""
    for digits, unit, digit in _TOKEN.findall(text):
        if digits:
            current = float(re.sub(r"[^\d.]", "", digits))
        elif digit:
            value = words.HAN_DIGITS.get(digit, words.HANGUL_DIGITS.get(digit, 0))
            positional += str(value)
            current = float(positional)
        else:
            positional = ""
            if unit in words.UNITS_OF_TEN:
                section += (current or 1) * words.UNITS_OF_TEN[unit]
            else:
                total += ((section + current) or 1) * words.MYRIADS[unit]
                section = 0.0
            current = 0.0
    return _rounded(total + section + current)


def _in_han(text: str) -> Iterator[Number]:
    for match in _HAN.finditer(text):
        yield Number(_cjk_value(match[0]), match.span(), hard=False)


def _in_hangul(text: str) -> Iterator[Number]:
    for match in _HANGUL.finditer(text):
        yield Number(_cjk_value(match[0]), match.span(), hard=False)


def _counted(text: str, counts: dict[str, int]) -> Iterator[Number]:
    for word, value in counts.items():
        for match in re.finditer(word, text):
            yield Number(float(value), match.span(), hard=False)


def _months(text: str, language: str) -> Iterator[Number]:
    for value, month in enumerate(words.MONTHS[language].split(), 1):
        short = month[:3] if language == "en" else month
        for match in re.finditer(rf"\b{short}(?:{month[len(short) :]}|t)?\b", text, re.IGNORECASE):
            yield Number(float(value), match.span(), hard=False)


def _in_english(text: str) -> Iterator[Number]:
    """Numbers in words: each word alone, and runs of them (two hundred and five)."""
    run: list[tuple[float, bool]] = []
    first = 0
    for match in _WORD.finditer(text):
        for word in match[0].lower().split("-"):
            if word in words.ENGLISH:
                run.append((float(words.ENGLISH[word]), False))
                yield Number(float(words.ENGLISH[word]), match.span(), hard=False)
            elif word.removesuffix("s") in words.ENGLISH_SCALES:
                run.append((float(words.ENGLISH_SCALES[word.removesuffix("s")]), True))
            elif word != "and":
                run = []
                continue
            first = match.start() if len(run) == 1 else first
            if len(run) > 1 or (run and run[0][1]):
                yield Number(_english_value(run), (first, match.end()), hard=False)


def _english_value(run: list[tuple[float, bool]]) -> float:
    total = current = 0.0
    for value, is_scale in run:
        if not is_scale:
            current += value
        elif value == 100:
            current = (current or 1) * 100
        else:
            total += (current or 1) * value
            current = 0.0
    return _rounded(total + current)


def _roman(text: str) -> Iterator[Number]:
    for match in _ROMAN.finditer(text):
        if match[0]:
            ones = {"": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9}
            yield Number(float(10 * len(match[1]) + ones[match[2]]), match.span(), hard=False)


def _is_clock(text: str, match: re.Match[str]) -> bool:
    after = text[match.end() : match.end() + 6].lstrip()
    before = text[max(0, match.start() - 4) : match.start()]
    told = after.lower().startswith((":", "시", "時", "点", "點", "a.m", "p.m", "am", "pm"))
    return told or any(word in before for word in ("오전", "오후", "午前", "午後", "上午", "下午"))


def _matched(number: Number, others: list[Number]) -> bool:
    return any(_same(number, other) for other in others)


def _same(one: Number, other: Number) -> bool:
    if one.value == other.value:
        return True
    if (one.clock or other.clock) and abs(one.value - other.value) == 12:
        return True
    short, long = sorted((one.value, other.value))
    if (one.clock or other.clock) and short <= 24 and long == 100 * short:  # 1200 GMT
        return True
    return 10 <= short < 100 and long in {1900 + short, 2000 + short}


def _rounded(value: float) -> float:
    return round(value, 6)
