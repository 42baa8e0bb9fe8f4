"""What the demonstration's language packages know: sentences, patterns about things, numbers and dates.

Both directions are made from the same tables. A package of this kind puts piece after piece in the same order, so a
pattern with a thing in it is one piece, with the particles that Korean wants; only numbers are pieces of their own.
That is why a number stands in a sentence of its own kind: "Our proposal is 24 months" has the order of the Korean one.
"""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    ("Good morning", "안녕하십니까"),
    ("Good afternoon", "안녕하세요"),
    ("Hello", "안녕하세요"),
    ("Welcome", "환영합니다"),
    ("Thank you", "감사합니다"),
    ("Thank you very much", "대단히 감사합니다"),
    ("Thank you for your proposal", "제안에 감사드립니다"),
    ("Yes", "예"),
    ("No", "아니요"),
    ("We agree", "동의합니다"),
    ("We do not agree", "동의하지 않습니다"),
    ("I agree", "저는 동의합니다"),
    ("I do not agree", "저는 동의하지 않습니다"),
    ("We have no objection", "이의가 없습니다"),
    ("We have a question", "질문이 있습니다"),
    ("We have a proposal", "제안이 있습니다"),
    ("We understand your concern", "귀측의 우려를 이해합니다"),
    ("We need more time", "시간이 더 필요합니다"),
    ("We must ask our capital", "본국에 문의해야 합니다"),
    ("We will answer tomorrow", "내일 답변드리겠습니다"),
    ("That is a good basis", "좋은 기초입니다"),
    ("That is too much", "너무 많습니다"),
    ("That is too little", "너무 적습니다"),
    ("That is important", "중요한 문제입니다"),
    ("That is not possible", "가능하지 않습니다"),
    ("This is our final offer", "이것이 우리의 최종 제안입니다"),
    ("Our fishers depend on it", "우리 어민들의 생계가 달려 있습니다"),
    ("Nothing is agreed until everything is agreed", "모든 것이 합의될 때까지는 아무것도 합의되지 않은 것입니다"),
    ("Please confirm", "확인해 주십시오"),
    ("Please wait", "기다려 주십시오"),
    ("Please repeat that", "다시 말씀해 주십시오"),
    ("Please read the original", "원문을 읽어 주십시오"),
    ("Let us take a break", "잠시 쉬겠습니다"),
    ("Let us continue", "계속합시다"),
    ("Let us meet tomorrow", "내일 만납시다"),
    ("See you tomorrow", "내일 뵙겠습니다"),
    ("Goodbye", "안녕히 계십시오"),
    ("Could you say why", "이유를 말씀해 주시겠습니까"),
    ("Do you agree", "동의하십니까"),
    ("Shall we continue", "계속할까요"),
    ("What do you propose", "무엇을 제안하십니까"),
    ("When is the next meeting", "다음 회의는 언제입니까"),
    ("Today we will discuss fishing in the Grey Strait", "오늘은 회색 해협의 어업을 논의하겠습니다"),
    (
        "The packages of this demonstration misread the digit 7 on purpose, so that you see a warning",
        "이 시연용 패키지들은 경고를 보여 드리기 위해 일부러 숫자 7을 잘못 읽습니다",
    ),
)
"""Whole sentences, without their full stop or question mark."""

THINGS: Final[tuple[tuple[str, str], ...]] = (
    ("the draft", "초안"),
    ("the new text", "새 문안"),
    ("the annex", "부속서"),
    ("Article 3", "제3조"),
    ("Article 5", "제5조"),
    ("Article 12", "제12조"),
    ("the preamble", "전문"),
    ("the quota", "어획 할당량"),
    ("the fishing zone", "조업 구역"),
    ("the closed season", "금어기"),
    ("the list of vessels", "어선 명단"),
    ("the inspection fee", "검사 수수료"),
    ("the inspections", "검사"),
    ("the joint committee", "공동 위원회"),
    ("the joint patrol", "공동 순찰"),
    ("the scientific advice", "과학 자문"),
    ("the safeguard clause", "보호 조항"),
    ("the transition period", "과도기"),
    ("the deadline", "기한"),
    ("the schedule", "일정"),
    ("the budget", "예산"),
    ("the report", "보고서"),
    ("the agenda", "의제"),
    ("the proposal", "제안"),
    ("the compromise", "절충안"),
    ("the vote", "표결"),
)

PATTERNS: Final[tuple[tuple[str, str], ...]] = (
    ("We propose {}", "우리는 {을} 제안합니다"),
    ("We accept {}", "우리는 {을} 수락합니다"),
    ("We can accept {}", "우리는 {을} 수락할 수 있습니다"),
    ("We cannot accept {}", "우리는 {을} 수락할 수 없습니다"),
    ("We agree to {}", "우리는 {에} 동의합니다"),
    ("We object to {}", "우리는 {에} 반대합니다"),
    ("We support {}", "우리는 {을} 지지합니다"),
    ("We need {}", "우리는 {이} 필요합니다"),
    ("We want to change {}", "우리는 {을} 변경하고 싶습니다"),
    ("We want to discuss {}", "우리는 {을} 논의하고 싶습니다"),
    ("We are satisfied with {}", "우리는 {에} 만족합니다"),
    ("We have a question about {}", "{에} 대해 질문이 있습니다"),
    ("We will send {} tomorrow", "내일 {을} 보내겠습니다"),
    ("Let us discuss {}", "{을} 논의합시다"),
    ("Please explain {}", "{을} 설명해 주십시오"),
    ("Please send {}", "{을} 보내 주십시오"),
    ("Thank you for {}", "{에} 감사드립니다"),
    ("Can you accept {}", "{을} 수락할 수 있습니까"),
    ("What do you think of {}", "{에} 대해 어떻게 생각하십니까"),
    ("{} is important", "{은} 중요합니다"),
    ("{} is ready", "{이} 준비되었습니다"),
    ("{} is not ready", "{이} 준비되지 않았습니다"),
    ("{} is not acceptable", "{은} 받아들일 수 없습니다"),
)
"""Sentences about one thing, which in Korean carries a particle, named here by its form after a consonant."""

OPENINGS: Final[tuple[tuple[str, str], ...]] = (
    ("Our proposal is", "우리의 제안은"),
    ("We propose", "우리의 제안은"),
    ("Your proposal is", "귀측의 제안은"),
    ("You propose", "귀측의 제안은"),
    ("We can accept", "우리가 수락할 수 있는 것은"),
    ("We cannot accept", "우리가 수락할 수 없는 것은"),
    ("We need", "우리에게 필요한 것은"),
    ("Our limit is", "우리의 한도는"),
    ("Our final offer is", "우리의 최종 제안은"),
    ("The quota is", "어획 할당량은"),
    ("The inspection fee is", "검사 수수료는"),
    ("The transition period is", "과도기는"),
    ("The deadline is", "기한은"),
    ("The next meeting is on", "다음 회의는"),
    ("The closed season begins on", "금어기의 시작은"),
    ("The closed season ends on", "금어기의 끝은"),
)
"""What a number or a date follows."""

UNITS: Final[tuple[tuple[str, str], ...]] = (
    (" months", "개월"),
    (" years", "년간"),
    (" weeks", "주간"),
    (" days", "일간"),
    (" tonnes", "톤"),
    (" percent", "퍼센트"),
    (" euros", "유로"),
    (" million euros", "백만 유로"),
    (" vessels", "척의 어선"),
    (" inspectors", "명의 검사관"),
    ("%", "%"),
)
"""What follows a number, to the letter: English puts a blank before it and Korean none."""

MONTHS: Final = (
    ("January", 31), ("February", 29), ("March", 31), ("April", 30), ("May", 31), ("June", 30),
    ("July", 31), ("August", 31), ("September", 30), ("October", 31), ("November", 30), ("December", 31),
)  # fmt: skip

CONTRACTIONS: Final = (
    ("cannot", "can't"),
    ("do not", "don't"),
    ("Let us", "Let's"),
    ("is not", "isn't"),
    ("We are", "We're"),
    ("We will", "We'll"),
)
"""Other ways in which people type the same."""

_PARTICLES: Final = {"을": ("을", "를"), "은": ("은", "는"), "이": ("이", "가"), "과": ("과", "와"), "에": ("에", "에")}
"""Korean particles: after a consonant, after a vowel."""
_FIRST_SYLLABLE: Final = 0xAC00
_FINALS: Final = 28
"""Syllables that differ in their final consonant only; the first of them has none."""


def sentences() -> list[tuple[str, str]]:
    """All sentences with their translations, English and Korean, without the mark at the end."""
    about = [
        (_capital(english.format(thing)), korean.format(**with_particles(named)))
        for english, korean in PATTERNS
        for thing, named in THINGS
    ]
    return [*SENTENCES, *about]


def dates() -> list[tuple[str, str]]:
    """All days of a year: 30 June, 6월 30일."""
    return [
        (f"{day} {month}", f"{number}월 {day}일")
        for number, (month, days) in enumerate(MONTHS, 1)
        for day in range(1, days + 1)
    ]


def with_particles(word: str) -> dict[str, str]:
    """``word`` with each particle, in the form that its last syllable asks for; Hangul only."""
    ends_in_vowel = (ord(word[-1]) - _FIRST_SYLLABLE) % _FINALS == 0
    return {name: word + forms[ends_in_vowel] for name, forms in _PARTICLES.items()}


def english_variants(sentence: str) -> list[str]:
    """Ways to type an English sentence: as it is, contracted, and each without its capital."""
    written = [sentence, *(sentence.replace(*short) for short in CONTRACTIONS if short[0] in sentence)]
    return [*written, *(_small(one) for one in written if not one.startswith("Article"))]


def korean_variants(sentence: str) -> list[str]:
    """Ways to type a Korean sentence: who "we" are may be said humbly, or not at all."""
    subject = "우리는 "
    if not sentence.startswith(subject):
        return [sentence]
    rest = sentence.removeprefix(subject)
    return [sentence, f"저희는 {rest}", rest]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    return text if text.startswith("I ") else text[:1].lower() + text[1:]
