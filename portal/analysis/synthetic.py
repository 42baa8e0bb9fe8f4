"""Invented submissions of a week, with what is true about them: for measuring, rehearsing and trying out.

Words are made of syllables of eight languages' scripts; how words are spread is what matters to counting, and it is
like people's: few common words, a subject's own words, many rare ones; few large subjects and many small ones.
"""

# ruff: noqa: RUF001 - letters of other scripts are the point

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Final

SHARES: Final = {"en": 40, "ko": 24, "ja": 12, "zh": 8, "ar": 6, "fr": 4, "es": 4, "ru": 2}
"""Per cent of the submissions in each language: the smallest has a fiftieth."""
_SYLLABLES: Final = {
    "en": "ba ca den for gar hol in jes ker lon mar net or pel qui ris sto tur ven wal ex",
    "ko": "가 나 다 라 마 바 사 아 자 차 카 타 파 하 거 너 더 러 머 버 서 어 저 처 고 노 도 로 모 보 소 오 조 초",
    "ja": "あ い う え お か き く け こ さ し す せ そ た ち つ て と な に ぬ ね の は ひ ふ へ ほ ま み",
    "zh": " ".join(chr(0x4E00 + 7 * i) for i in range(400)),
    "ar": "ا ب ت ث ج ح خ د ذ ر ز س ش ص ض ط ظ ع غ ف ق ك ل م ن ه و ي",
    "fr": "bou ché dan fré gen jou lai mon nou oi per que rai son tion vé eau ère",
    "es": "ba ción de es fue go ha je la mi no pa que ro sa ta va ña llo ía",
    "ru": "ба ва го де жи за ко ле ми но по ро со ту фе ха ци че ша эт",
}
_UNSPACED: Final = frozenset({"ja", "zh"})
_COMMON: Final = 60
_RARE: Final = 4000
_OWN: Final = 12
"""Words of one subject in one language."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One invented submission; ``copied_from`` is its position's original in the week, or its own position."""

    language: str
    text: str
    subject: int
    copied_from: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a week is made: how many subjects there are, and which share are reworded copies of earlier ones."""

    subjects: int = 60
    copies: float = 0.15
    shortest: int = 14
    """Words of the shortest submission; the longest has three times as many."""
    own_share: float = 0.45
    """Share of a submission's words that are its subject's own."""


def week(count: int, *, seed: int, recipe: Recipe | None = None) -> list[Submission]:
    """Return ``count`` submissions, always the same for one ``seed`` and ``recipe``."""
    recipe = recipe or Recipe()
    source = random.Random(seed)  # noqa: S311 - invented texts are no secrets
    languages, shares = list(SHARES), list(SHARES.values())
    subject_weights = list(accumulate(1 / (rank + 3) for rank in range(recipe.subjects)))
    made: list[Submission] = []
    for position in range(count):
        if made and source.random() < recipe.copies:
            made.append(_reworded(made, source))
            continue
        language = source.choices(languages, shares)[0]
        subject = source.choices(range(recipe.subjects), cum_weights=subject_weights)[0]
        length = source.randint(recipe.shortest, 3 * recipe.shortest)
        words = [_word(language, subject, recipe.own_share, source) for _ in range(length)]
        made.append(Submission(language, _joined(language, words), subject, position))
    return made


def _reworded(made: Sequence[Submission], source: random.Random) -> Submission:
    """Return a copy of one of ``made`` with a word in fifteen replaced, as people do with a text handed round."""
    original = made[made[source.randrange(len(made))].copied_from]
    words = _split(original.language, original.text)
    for _ in range(source.randint(0, max(1, len(words) // 15))):
        words[source.randrange(len(words))] = _word(original.language, original.subject, 0.2, source)
    return Submission(original.language, _joined(original.language, words), original.subject, original.copied_from)


def _word(language: str, subject: int, own_share: float, source: random.Random) -> str:
    if source.random() < own_share:
        own = _own(language, subject)
        return own[min(source.randrange(_OWN), source.randrange(_OWN))]
    common, rare, weights = _vocabulary(language)
    if source.random() < 0.7:
        return source.choices(common, cum_weights=weights)[0]
    return rare[source.randrange(_RARE)]


def _joined(language: str, words: Sequence[str]) -> str:
    return "、".join(words) + "。" if language in _UNSPACED else " ".join(words) + "."


def _split(language: str, text: str) -> list[str]:
    return text.rstrip("。.").split("、" if language in _UNSPACED else " ")


@cache
def _vocabulary(language: str) -> tuple[list[str], list[str], list[float]]:
    common = _words(language, "common", _COMMON)
    return common, _words(language, "rare", _RARE), list(accumulate(1 / (rank + 1) for rank in range(_COMMON)))


@cache
def _own(language: str, subject: int) -> list[str]:
    return _words(language, f"subject {subject}", _OWN)


def _words(language: str, purpose: str, count: int) -> list[str]:
    source = random.Random(f"{language} {purpose}")  # noqa: S311 - invented texts are no secrets
    syllables = _SYLLABLES[language].split()
    return ["".join(source.choices(syllables, k=source.randint(2, 4))) for _ in range(count)]
