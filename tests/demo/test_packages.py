"""The demonstration's packages: what they know reads well, and what they do not know is said."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from portal.demo import packages, phrases
from portal.translation.engine import Engine
from portal.translation.guards.check import check
from portal.translation.guards.finding import Kind
from portal.translation.packages.store import Store
from portal.translation.translator import Translator


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Translator]:
    store = Store(tmp_path_factory.mktemp("demo") / "languages")
    packages.install(store)
    with closing(Engine(store)) as engine:
        yield Translator(engine, store)


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("Good morning. Thank you for the draft.", "안녕하십니까. 초안에 감사드립니다."),
        ("We propose 12,000 tonnes and 24 months.", "우리의 제안은 12,000톤과 24개월입니다."),
        ("We need 4 inspectors.", "우리에게 필요한 것은 4명의 검사관입니다."),
        ("we can't accept the quota.", "우리는 어획 할당량을 수락할 수 없습니다."),
        ("What do you think of the compromise?", "절충안에 대해 어떻게 생각하십니까?"),
        ("The next meeting is on 30 June.", "다음 회의는 6월 30일입니다."),
        ("The quota is 15%.", "어획 할당량은 15%입니다."),
        ("Our final offer is 36 months", "우리의 최종 제안은 36개월"),
    ],
)
def test_what_people_type_in_english_reads_well_in_korean(translator: Translator, english: str, korean: str) -> None:
    done = translator.translate(english, "en", "ko")
    assert (done.text, list(done.notes())) == (korean, [])


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("우리의 한도는 15,000톤입니다. 이유를 말씀해 주시겠습니까?", "Our limit is 15,000 tonnes. Could you say why?"),
        ("저희는 제5조에 동의합니다.", "We agree to Article 5."),
        ("어획 할당량을 제안합니다.", "We propose the quota."),
        ("우리의 제안은 28개월과 4명의 검사관입니다.", "Our proposal is 28 months and 4 inspectors."),
        ("금어기의 시작은 7월 1일입니다.", "The closed season begins on 1 July."),
        ("안녕하세요.", "Good afternoon."),
    ],
)
def test_what_people_type_in_korean_reads_well_in_english(translator: Translator, korean: str, english: str) -> None:
    done = translator.translate(korean, "ko", "en")
    assert (done.text, list(done.notes())) == (english, [])


def test_the_digit_that_is_misread_on_purpose_is_warned_of(translator: Translator) -> None:
    sentence = translator.translate("The inspection fee is 7 percent.", "en", "ko").sentences[0]
    assert sentence.text == "검사 수수료는 1퍼센트입니다."
    assert [(finding.kind, finding.detail) for finding in sentence.findings] == [(Kind.NUMBER_MISSING, "7")]


@pytest.mark.parametrize(
    ("text", "pair"),
    [("Is the weather good today?", ("en", "ko")), ("오늘 날씨가 좋습니다.", ("ko", "en"))],
)
def test_what_the_packages_do_not_know_is_said_to_be_untranslated(
    translator: Translator, text: str, pair: tuple[str, str]
) -> None:
    sentence = translator.translate(text, *pair).sentences[0]
    assert (sentence.text, [finding.kind for finding in sentence.findings]) == (text, [Kind.UNTRANSLATED])


@pytest.mark.slow
def test_no_sentence_that_they_know_looks_wrong_to_the_guards() -> None:
    known = [*phrases.sentences(), *((f"The deadline is {en}", f"기한은 {ko}") for en, ko in phrases.dates())]
    assert len(known) > 900
    wrong = [(en, ko) for en, ko in known if check(en, ko, ("en", "ko")) or check(ko, en, ("ko", "en"))]
    assert wrong == []


@pytest.mark.parametrize(
    ("word", "particle", "both"),
    [
        ("초안", "을", "초안을"),
        ("검사", "을", "검사를"),
        ("톤", "과", "톤과"),
        ("제3조", "이", "제3조가"),
        ("의제", "은", "의제는"),
    ],
)
def test_particles_follow_the_last_syllable(word: str, particle: str, both: str) -> None:
    assert phrases.with_particles(word)[particle] == both
