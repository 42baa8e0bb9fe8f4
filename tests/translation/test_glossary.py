"""Agreed words: found, kept, checked, chosen by, exchanged with other programs."""

import random
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from portal.translation.errors import ExchangeError
from portal.translation.exchange import read_csv, read_tbx, write_csv, write_tbx
from portal.translation.glossary import MOST_CONCEPTS, Concept, Glossary, Status, Term, fix
from portal.translation.guards.finding import Kind
from portal.translation.lexicon_model import Lexicon, build_package
from portal.translation.masking import mask
from portal.translation.translator import Options, Translator
from tests.growth import grows_as_its_size
from tests.translation.conftest import EN_KO, Install

Translating = Callable[..., Translator]
TRUCE = Concept(
    (
        Term("en", "ceasefire"),
        Term("en", "truce", Status.FORBIDDEN),
        Term("ko", "정전"),
        Term("ko", "휴전", Status.FORBIDDEN),
    ),
    "as in 1953",
)
NAME = Concept((Term("en", "Hanbit", Status.KEEP),))
AGREED = Glossary((TRUCE, NAME))


@pytest.mark.parametrize(
    ("source", "target", "kinds"),
    [
        ("The ceasefire holds.", "정전은 유지된다.", []),
        ("Ceasefires hold.", "정전은 유지된다.", []),
        ("The ceasefire holds.", "휴전은 유지된다.", [Kind.TERM_FORBIDDEN]),
        ("The ceasefire holds.", "그것은 유지된다.", [Kind.TERM_MISSING]),
        ("The truce holds.", "그것은 유지된다.", [Kind.TERM_MISSING]),
        ("The unceasefired rest.", "그것은.", []),
    ],
)
def test_an_agreement_is_kept_or_not(source: str, target: str, kinds: list[Kind]) -> None:
    found = AGREED.check(source, target, ("en", "ko"))
    assert [finding.kind for finding in found] == kinds
    assert all(finding.detail == "정전" for finding in found)


def test_a_forbidden_word_is_exchanged_with_one_click() -> None:
    target = "휴전과 휴전선"
    found = AGREED.check("The ceasefire and its line", target, ("en", "ko"))[0]
    assert fix(target, found) == "정전과 정전선"
    missing = AGREED.check("The ceasefire", "그것", ("en", "ko"))[0]
    assert fix("그것", missing) is None


def test_a_forbidden_word_inside_an_agreed_one_is_no_breach() -> None:
    glossary = Glossary((Concept((Term("en", "line"), Term("ko", "휴전선"), Term("ko", "휴전", Status.FORBIDDEN))),))
    assert glossary.check("the line", "휴전선은", ("en", "ko")) == []


def test_the_version_changes_with_the_content() -> None:
    assert AGREED.version == Glossary((TRUCE, NAME)).version
    assert AGREED.version != Glossary((TRUCE,)).version


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("See https://example.org/a?b=1, please.", ["https://example.org/a?b=1"]),
        ("Write to chair@example.org.", ["chair@example.org"]),
        ("Resolution S/RES/1718(2006) holds.", ["S/RES/1718(2006)"]),
        ("The Hanbit plant of Hanbit", ["Hanbit", "Hanbit"]),
        ("Nothing here.", []),
    ],
)
def test_what_must_survive_is_masked_and_restored(text: str, kept: list[str]) -> None:
    masked = mask(text, ["Hanbit"])
    assert list(masked.kept) == kept
    assert all(word not in masked.text for word in kept)
    assert masked.restore(masked.text) == text


def test_a_lost_or_doubled_code_is_noticed() -> None:
    masked = mask("See https://example.org now")
    assert masked.restore("보라 지금") is None
    assert masked.restore(f"{masked.text} {masked.text}") is None
    assert masked.lost("보라 지금") == ["https://example.org"]


def test_names_and_addresses_survive_translation(install: Install, translating: Translating) -> None:
    text = "The delegation accepts https://example.org/in and Hanbit."
    translator = translating(install("en_ko"))
    done = translator.translate(text, "en", "ko", Options(glossary=AGREED))
    assert done.text == "그 대표단은 수락한다 https://example.org/in and Hanbit."
    assert done.sentences[0].findings == ()


def test_thousands_of_agreed_words_hold_nobody_up() -> None:
    """Any member may agree on terms; it took 11.9 s to look through 12,800 words for one sentence."""

    def checking(size: int) -> Callable[[], None]:
        hostile, honest, letters, parts = _many_words(size)

        def check() -> None:
            assert hostile.check(letters, letters, ("en", "ko")) == []
            assert len(hostile.concepts_in(" ".join(parts), "en")) == MOST_CONCEPTS
            assert len(honest.check(" ".join(f"word {n}" for n in range(100)), "말 7", ("en", "ko"))) == 99

        return check

    assert grows_as_its_size(checking, 200)


def _many_words(size: int) -> tuple[Glossary, Glossary, str, list[str]]:
    letters = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=size))
    parts = sorted({letters[n : n + length] for n in range(size) for length in range(3, 10)})
    hostile = Glossary(tuple(Concept((Term("en", part), Term("ko", f"{part}말"))) for part in parts))
    honest = Glossary(tuple(Concept((Term("en", f"word {n}"), Term("ko", f"말 {n}"))) for n in range(16 * size)))
    return hostile, honest, letters, parts


def test_a_word_that_is_to_be_kept_is_not_called_untranslated(install: Install, translating: Translating) -> None:
    translator = translating(install("en_ko"))
    keeping = Options(glossary=Glossary((Concept((Term("en", "withdraw", Status.KEEP),)),)))
    kept = translator.translate("troops withdraw", "en", "ko", keeping).sentences[0]
    assert (kept.text, kept.findings) == ("병력 withdraw", ())
    both = translator.translate("troops withdraw tomorrow", "en", "ko", keeping).sentences[0]
    assert [(one.kind, one.detail) for one in both.findings] == [(Kind.UNTRANSLATED, "tomorrow")]


def test_a_model_that_destroys_codes_is_asked_again(
    install: Install, translating: Translating, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = install()
    broken = Lexicon(EN_KO | {"is": "이다"}, changed_bytes={"X": "Y", "7": "8"})
    store.install(build_package(tmp_path_factory.mktemp("codes") / "x.argosmodel", ("en", "ko"), broken), checked=False)
    done = translating(store).translate("chair@example.org is in A/7/1", "en", "ko")
    sentence = done.sentences[0]
    assert sentence.text == "chair@example.org 이다 에서 A/8/1"
    assert [one.detail for one in sentence.findings if one.kind is Kind.MARK_LOST] == ["A/7/1"]


def test_of_several_translations_the_agreed_one_is_taken(install: Install, translating: Translating) -> None:
    """The model would rather say 철수; the parties agreed on 물러나다."""
    translator = translating(install("en_ko"))
    agreed = Glossary((Concept((Term("en", "withdraw"), Term("ko", "물러나다"))),))
    assert translator.translate("troops withdraw", "en", "ko").text == "병력 철수"
    done = translator.translate("troops withdraw", "en", "ko", Options(glossary=agreed, alternatives=1))
    assert done.text == "병력 물러나다"
    assert done.sentences[0].alternatives == ("병력 철수",)
    assert done.sentences[0].findings == ()


def test_where_no_translation_keeps_the_agreement_the_reader_is_told(
    install: Install, translating: Translating
) -> None:
    agreed = Glossary((Concept((Term("en", "ceasefire"), Term("ko", "휴전"), Term("ko", "정전", Status.FORBIDDEN))),))
    sentence = translating(install("en_ko")).translate("ceasefire", "en", "ko", Options(glossary=agreed)).sentences[0]
    assert [one.kind for one in sentence.findings] == [Kind.TERM_FORBIDDEN]
    assert fix(sentence.text, sentence.findings[0]) == "휴전을"


TEXTS = (
    st.text(min_size=1, max_size=20)
    .map(lambda text: " ".join(text.replace("\ufeff", "").split()))
    .filter(lambda text: text and not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\ufffe\uffff" for c in text))
)
CONCEPTS = st.lists(
    st.builds(Term, st.sampled_from(["en", "ko", "ja"]), TEXTS, st.sampled_from(Status)), min_size=1, max_size=4
).map(lambda terms: Concept(tuple(sorted(terms, key=lambda term: term.language))))


@given(st.lists(CONCEPTS, min_size=1, max_size=4).map(lambda concepts: Glossary(tuple(concepts))))
@settings(max_examples=25)
def test_glossaries_survive_both_formats(glossary: Glossary) -> None:
    assert read_csv(write_csv(glossary)).version == glossary.version
    assert read_tbx(write_tbx(glossary)).version == glossary.version


def test_a_table_as_people_write_it_is_read() -> None:
    table = "\ufeffen,ko,status,note\nceasefire,정전,,as in 1953\ntruce,휴전,forbidden,\nHanbit,,keep,\n\n".encode()
    glossary = read_csv(table)
    assert [[(term.text, term.status) for term in concept.terms] for concept in glossary.concepts] == [
        [("ceasefire", Status.PREFERRED), ("정전", Status.PREFERRED)],
        [("truce", Status.PREFERRED), ("휴전", Status.FORBIDDEN)],
        [("Hanbit", Status.KEEP)],
    ]
    assert glossary.concepts[0].note == "as in 1953"


def test_no_cell_is_a_formula() -> None:
    evil = Glossary((Concept((Term("en", '=HYPERLINK("http://x")'), Term("ko", "+1"))),))
    table = write_csv(evil).decode("utf-8-sig")
    assert "\n\"'=HYPERLINK" in table
    assert read_csv(write_csv(evil)).version == evil.version


def test_older_tbx_is_read() -> None:
    martif = """<?xml version="1.0"?><!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">
    <martif type="TBX" xml:lang="en"><text><body><termEntry id="1"><langSet xml:lang="en-GB"><tig><term>truce</term>
    <termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></tig></langSet>
    <langSet xml:lang="KO"><ntig><termGrp><term>정전</term></termGrp></ntig></langSet></termEntry>
    </body></text></martif>"""
    terms = read_tbx(martif.encode()).concepts[0].terms
    assert terms == (Term("en", "truce", Status.FORBIDDEN), Term("ko", "정전"))


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><tbx>&b;</tbx>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        b"<tbx></tbx>",
        b"<tbx>",
        b"\xff\xfe\x00",
        LAUGHS,
        b"<a>" * 60,
        b'<?xml version="1.0" encoding="x"?><a/>',
    ],
)
def test_hostile_markup_is_refused(data: bytes) -> None:
    with pytest.raises(ExchangeError):
        read_tbx(data)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"term\nx", b"en,status\nx,perhaps", b"en\n" + b"x" * 3000, b'en,ko\n"' + b"x" * 200_000]
)
def test_malformed_tables_are_refused(data: bytes) -> None:
    with pytest.raises(ExchangeError):
        read_csv(data)
