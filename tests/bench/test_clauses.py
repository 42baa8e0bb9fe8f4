"""The measurement of a long text: what counts as met, and a few keys in a real browser."""

import pytest

from portal.bench import chromium, clauses
from portal.bench.clauses import Found
from portal.member.drafts.document import DraftDocument
from portal.wire.drafts.streams import StreamKind


def found(key_ms: float) -> Found:
    return Found(900.0, 100.0, (5.0,) * 98 + (key_ms,) * 2, 60.0)


def test_the_slowest_in_a_hundred_decide() -> None:
    measured = {
        (clauses.SHORT, 1): found(6.0),
        (clauses.SHORT, clauses.SLOWER): found(30.0),
        (clauses.LONG, 1): found(49.0),
        (clauses.LONG, clauses.SLOWER): found(201.0),
    }
    assert [row.met for row in clauses.targets(measured)] == [True, False]


def test_the_text_has_as_many_clauses_with_words_in_both_languages() -> None:
    text = DraftDocument(StreamKind.TEXT, clauses.text_of(40)).text()
    assert len(text["nodes"]) == 40
    assert all(set(node["text"]) == {"en", "ko"} for node in text["nodes"])
    assert all(runs[0]["text"] for node in text["nodes"] for runs in node["text"].values())


@pytest.mark.slow
def test_keys_are_seen_to_be_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        with chromium.chromium():
            pass
    except chromium.UnavailableError as error:
        pytest.skip(f"NOT CHECKED: {error}")
    monkeypatch.setattr(clauses, "SHORT", 3)
    monkeypatch.setattr(clauses, "LONG", 12)
    measured = clauses.measured(4)
    assert list(measured) == [(3, 1), (3, 4), (12, 1), (12, 4)]
    assert all(len(one.keys_ms) == 4 and min(one.keys_ms) > 0 for one in measured.values())
