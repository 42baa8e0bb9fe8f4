"""Contents about languages: written and read again, and refused where they break a rule."""

import json
from typing import Any, Final

import pytest

from portal.member.content import Content, Message, encode_content, is_by, parse_content
from portal.member.translation_content import (
    SEALED_KEY_BYTES,
    ModelUse,
    Private,
    PrivateKey,
    Rendering,
    Sentence,
    SentenceWarning,
    Term,
    TermWord,
    Translation,
    TranslationsSwitch,
    WarningKind,
    text_hash,
)
from portal.translation.guards.finding import Kind
from portal.wire.ids import AccountId, Id, ItemId, new_id

TEXT: Final = "합의합니다. 12 %."
SENTENCES: Final = (
    Sentence((0, 6), text_hash(TEXT[:6]), "", "We agree.", "model"),
    Sentence(
        (7, 12),
        text_hash(TEXT[7:]),
        " ",
        "1 %.",
        "original",
        (SentenceWarning("number_missing", "12", ((0, 2),), ((0, 1),)),),
        "failed",
        "\n",
    ),
)
TRANSLATION: Final = Translation(
    target=ItemId(new_id()),
    source=text_hash(TEXT),
    from_="ko",
    to="en",
    via="ja",
    first=1,
    of=3,
    sentences=SENTENCES,
    models=(ModelUse("ko-ja", "a" * 64), ModelUse("ja-en", "b" * 64)),
    glossary="c" * 64,
    software="portal 0.1",
)
CONTENTS: Final[tuple[Content, ...]] = (
    TRANSLATION,
    Translation(TRANSLATION.target, TRANSLATION.source, "", "en", problem="unknown_language"),
    Rendering(TRANSLATION.target, TRANSLATION.source, "pt-BR", "Concordamos."),
    Term(new_id(), (TermWord("ko", "합의", "preferred"), TermWord("en", "deal", "forbidden")), "Annex 2", on=True),
    TranslationsSwitch(on=False),
    PrivateKey(new_id(), ((AccountId(new_id()), bytes(SEALED_KEY_BYTES)),)),
    Private(new_id(), bytes(300)),
)


def fields_of(content: Content) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(encode_content(content, 1))
    return fields


def parsed(fields: dict[str, Any]) -> Content | None:
    return parse_content(json.dumps(fields).encode())


@pytest.mark.parametrize("content", CONTENTS, ids=lambda one: type(one).__name__)
def test_what_is_written_is_read(content: Content) -> None:
    assert parse_content(encode_content(content, 1_790_000_000_000)) == content


def test_each_kind_of_device_writes_its_own() -> None:
    by_interpreters = [is_by(content, "interpreter") for content in CONTENTS]
    assert by_interpreters == [True, True, False, False, False, True, True]
    assert [not is_by(content, "browser") for content in CONTENTS] == by_interpreters
    assert not is_by(Message("I agree.", "en"), "interpreter")


def test_the_warnings_are_those_of_the_guards() -> None:
    assert set(WarningKind.__args__) == set(Kind)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "change",
    [
        {"of": 2},  # fewer than are given
        {"of": 0},
        {"of": 1001},
        {"sentences": []},
        {"sentences": SENTENCES[::-1]},
        {"problem": "failed"},  # with sentences
        {"problem": "tired"},
        {"source": "AAAA"},
        {"to": ""},
        {"to": "en\n"},
        {"first": -1},
        {"first": True},
        {"models": [{"pair": "ko-en", "sha256": "A" * 64}]},
        {"glossary": None},
        {"software": "x" * 201},
        {"target": "here"},
        {"via": None},
    ],
    ids=str,
)
def test_a_translation_that_breaks_a_rule_is_none(change: dict[str, Any]) -> None:
    if change.get("sentences"):
        change = {"sentences": fields_of(TRANSLATION)["sentences"][::-1]}
    assert parsed(fields_of(TRANSLATION) | change) is None


@pytest.mark.parametrize(
    "change",
    [
        {"at": [7, 7]},
        {"at": [12, 7]},
        {"at": [7]},
        {"at": [7.5, 12]},
        {"hash": "AAAA"},
        {"origin": "machine"},
        {"warnings": [{}]},
        {"warnings": [{"kind": "unit", "detail": "", "source": [], "target": []}] * 33},
        {"warnings": [{"kind": "unit", "detail": "", "source": [[2, 2]], "target": []}]},  # of nothing
        {"warnings": [{"kind": "ugly", "detail": "", "source": [], "target": []}]},
        {"warnings": [{"kind": "unit", "detail": "", "source": [[0, 6]], "target": []}]},  # beyond the sentence
        {"warnings": [{"kind": "unit", "detail": "", "source": [], "target": [[0, 5]]}]},  # beyond its text
        {"text": 1},
        {"lead": None},
    ],
    ids=str,
)
def test_a_sentence_that_breaks_a_rule_spoils_its_translation(change: dict[str, Any]) -> None:
    fields = fields_of(TRANSLATION)
    fields["sentences"][1] |= change
    assert parsed(fields) is None


def test_a_tail_stands_at_the_end_alone() -> None:
    fields = fields_of(TRANSLATION)
    fields["sentences"][0]["tail"] = "\n"
    assert parsed(fields) is None


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (2, {"to": 1}),
        (3, {"words": [{"lang": "ko", "text": "합의", "status": "nice"}]}),
        (3, {"words": [{"lang": "ko", "text": "x" * 501, "status": "keep"}]}),
        (3, {"on": 1}),
        (4, {"on": "no"}),
        (5, {"for": [{"account": str(new_id()), "sealed": "AAAA"}]}),
        (6, {"sealed": "A"}),
        (6, {"key": Id("key")}),
    ],
)
def test_others_that_break_a_rule_are_none(place: int, change: dict[str, Any]) -> None:
    assert parsed(fields_of(CONTENTS[place]) | change) is None


def test_nobody_is_given_a_key_twice() -> None:
    fields = fields_of(CONTENTS[5])
    fields["for"] *= 2
    assert parsed(fields) is None


def test_numbers_are_read_as_browsers_read_them() -> None:
    start = '{"v":1.0,"t":"message","text":"x","lang":"en"'
    for whole in (start + "}", start + ',"at":1e3,"more":' + "9" * 5000 + ',"less":-0,"big":1e999}'):
        assert parse_content(whole.encode()) == Message("x", "en")
    for version in ("1.5", "2", "1e999", "true", '"1"', "9007199254740993", "NaN"):
        assert parse_content(f'{{"v":{version},"t":"message","text":"x","lang":"en"}}'.encode()) is None
    wide = fields_of(TRANSLATION) | {"first": 1e0}
    assert parsed(wide) == TRANSLATION
    assert parsed(wide | {"first": 2**53}) is None
