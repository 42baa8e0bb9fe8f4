"""The guards: what a careless model does is noticed, what careful people write is not."""

from collections.abc import Callable

import pytest

from portal.translation.guards.check import check
from portal.translation.guards.finding import Kind
from portal.translation.guards.numbers import numbers
from portal.translation.translator import Translator
from tests.translation.conftest import Install

Translating = Callable[..., Translator]


def kinds(source: str, target: str, languages: tuple[str, str] = ("en", "ko")) -> set[Kind]:
    return {finding.kind for finding in check(source, target, languages)}


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("17,500 soldiers", "en", 17_500),
        ("$1.5 million", "en", 1_500_000),
        ("two hundred and five", "en", 205),
        ("twenty-one", "en", 21),
        ("four million people", "en", 4_000_000),
        ("World War II", "en", 2),
        ("27 July", "en", 7),
        ("150만 명", "ko", 1_500_000),
        ("1억 2,300만 원", "ko", 123_000_000),
        ("3.5만", "ko", 35_000),
        ("2백만 년", "ko", 2_000_000),
        ("삼십팔도선", "ko", 38),
        ("7월", "ko", 7),
        ("열흘 안에", "ko", 10),
        ("１２億３０００万円", "ja", 1_230_000_000),
        ("二〇〇八年", "ja", 2008),
        ("三十八度線", "ja", 38),
        ("420 万", "zh", 4_200_000),
        ("两亿", "zh", 200_000_000),
        ("1.234,5 km", "fr", 1234.5),
        ("1 200 000", "fr", 1_200_000),
        ("XVIIe siècle", "fr", 17),
        ("2,5 млн", "ru", 2_500_000),
        ("١٧", "ar", 17),
    ],
)
def test_numbers_are_read_in_many_scripts(text: str, language: str, value: float) -> None:
    assert value in {number.value for number in numbers(text, language)}


@pytest.mark.parametrize(
    ("source", "target", "languages"),
    [
        (
            "We withdraw 1.5 million tons by 27 July 1953.",
            "우리는 1953년 7월 27일까지 150만 톤을 철수한다.",
            ("en", "ko"),
        ),
        ("At 10:00 pm, 1,200 troops left.", "오후 10시에 병력 1,200명이 떠났다.", ("en", "ko")),
        ("The meeting is at 22:30.", "회의는 오후 10시 30분이다.", ("en", "ko")),
        ("Three delegations met in the 20th century.", "20세기에 3개 대표단이 만났다.", ("en", "ko")),
        ("120億円を3回払う。", "We pay 12 billion yen three times.", ("ja", "en")),
        ("我们将在两周内撤出1.7万人。", "We will withdraw 17,000 people within two weeks.", ("zh", "en")),
        ("It is not only a treaty.", "그것은 조약일 뿐만 아니라 그 이상이다.", ("en", "ko")),
        ("Unless you agree, we leave.", "동의하지 않으면 우리는 떠난다.", ("en", "ko")),
        ("Mr. Weber signs Article 5 with NATO.", "베버 씨는 나토(NATO)와 제5조에 서명한다.", ("en", "ko")),
        ("No, no, no, no, no.", "아니, 아니, 아니, 아니, 아니.", ("en", "ko")),
    ],
)
def test_faithful_translations_raise_no_alarm(source: str, target: str, languages: tuple[str, str]) -> None:
    assert check(source, target, languages) == ()


@pytest.mark.parametrize(
    ("source", "target", "kind"),
    [
        ("We withdraw 17,000 troops.", "우리는 병력 1만 8천 명을 철수한다.", Kind.NUMBER_MISSING),
        ("We withdraw 17,000 troops.", "우리는 병력 1만 8천 명을 철수한다.", Kind.NUMBER_ADDED),
        ("Article 5 holds.", "제6조는 유효하다.", Kind.NUMBER_MISSING),
        ("We withdraw 1.5 million tons.", "우리는 15만 톤을 철수한다.", Kind.NUMBER_MISSING),
        ("The line is 5 km wide.", "그 선은 폭이 5마일이다.", Kind.UNIT),
        ("They meet on Monday.", "그들은 화요일에 만난다.", Kind.DATE),
        ("The S-400 stays.", "그 미사일은 남는다.", Kind.NAME_MISSING),
        ("We do not accept the terms.", "우리는 조건을 수락한다.", Kind.NEGATION),
        ("We accept the terms.", "우리는 조건을 수락하지 않는다.", Kind.NEGATION),
        ("The delegation will withdraw all of its troops in spring.", "대표단은.", Kind.TOO_SHORT),
        ("The delegation left the room.", "대표단이 " * 40, Kind.REPETITION),
        ("The chair spoke for long.", "의장 의장 의장 의장 의장이 말했다.", Kind.REPETITION),
        ("The delegation left.", "대표단이 ушла.", Kind.WRONG_SCRIPT),
        ("The tsunami warning came.", "tsunami 경고가 왔다.", Kind.UNTRANSLATED),
        ("We agreed.", "동의합니다d.", Kind.UNTRANSLATED),
    ],
)
def test_careless_translations_are_noticed(source: str, target: str, kind: Kind) -> None:
    assert kind in kinds(source, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("No one has reported damage to the bridge.", "다리에 대한 손상이 보고되었다."),
        ("Residents are told not to drink the water.", "주민들은 물을 마셔야 한다고 들었다."),
        ("The result is not yet known to us.", "결과는 아직 우리에게 알려진 것이다."),
    ],
)
def test_a_lost_no_of_the_kind_that_real_models_lose_is_noticed(source: str, target: str) -> None:
    assert Kind.NEGATION in kinds(source, target)


def test_what_is_kept_between_languages_of_one_script_is_noticed() -> None:
    english = "The delegation accepts the proposal of the chair."
    assert Kind.UNTRANSLATED in kinds(english, english, ("en", "fr"))
    assert Kind.UNTRANSLATED in kinds("우리는 협정을 지지한다.", "We support the 협정을 today.", ("ko", "en"))


def test_findings_point_at_the_words() -> None:
    source, target = "We pay 170 dollars.", "우리는 180달러를 낸다."
    missing, added = check(source, target, ("en", "ko"))
    assert [source[slice(*span)] for span in missing.source] == ["170"]
    assert [target[slice(*span)] for span in added.target] == ["180"]


@pytest.mark.parametrize(
    "text", ["", "1" * 800, "가나" * 400, "not " * 200, "(" * 800, "1," * 400, "\ud800", "ab" * 400, "일 " * 400]
)
def test_no_text_makes_the_guards_fail_or_linger(text: str) -> None:
    for languages in (("en", "ko"), ("ko", "en"), ("ja", "zh"), ("xx", "yy")):
        check(text, text[::-1], languages)


def test_a_model_that_changes_numbers_is_caught(install: Install, translating: Translating) -> None:
    translator = translating(install("corrupts_numbers"))
    sentence = translator.translate("The troops withdraw in 1978.", "en", "ko").sentences[0]
    assert sentence.text.endswith("1988.")
    assert [(one.kind, one.detail) for one in sentence.findings] == [
        (Kind.NUMBER_MISSING, "1978"),
        (Kind.NUMBER_ADDED, "1988"),
    ]


def test_a_model_that_drops_a_negation_is_caught(install: Install, translating: Translating) -> None:
    translator = translating(install("drops_negation"))
    sentence = translator.translate("We do not agree.", "en", "ko").sentences[0]
    assert sentence.text == "우리는 동의합니다."
    assert [one.kind for one in sentence.findings] == [Kind.NEGATION]
    sound = translating(install("en_ko")).translate("We do not agree.", "en", "ko").sentences[0]
    assert sound.findings == ()


def test_a_model_that_loops_is_tried_again_and_marked(install: Install, translating: Translating) -> None:
    translator = translating(install("loops"))
    sentence = translator.translate("The delegation accepts the ceasefire", "en", "ko").sentences[0]
    assert {Kind.CUT, Kind.REPETITION, Kind.TOO_LONG} & {one.kind for one in sentence.findings}
    assert sentence.text
