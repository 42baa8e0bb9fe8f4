"""Canonical JSON: one spelling, and nothing that two programs could read differently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.wire.canonical import MAX_DEPTH, MAX_SAFE_INTEGER, NotCanonicalError, canonical_json, parse_canonical
from tests.wire.browser_vectors import vectors

TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
VALUES = st.recursive(
    st.integers(0, MAX_SAFE_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def test_the_browser_writes_the_same_bytes() -> None:
    for entry in vectors("canonical"):
        raw = bytes.fromhex(entry["bytes"])
        assert canonical_json(entry["value"]) == raw
        assert parse_canonical(raw) == entry["value"]


@given(VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    assert parse_canonical(canonical_json(value)) == value


@given(VALUES, st.data())
def test_one_changed_byte_is_another_value_or_none(value: object, data: st.DataObject) -> None:
    raw = canonical_json(value)
    place = data.draw(st.integers(0, len(raw) - 1))
    changed = bytes(
        [*raw[:place], data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[place])), *raw[place + 1 :]]
    )
    try:
        other = parse_canonical(changed)
    except NotCanonicalError:
        return
    assert canonical_json(other) == changed


SPACED = ['{"a": 1}', " 1", "1\n", "[1 ]"]
REORDERED = ['{"b":1,"a":2}', '{"a":1,"a":1}']
NUMBERS = ["1.0", "1e0", "01", "-0", "-1", "9007199254740992", "NaN", "Infinity"]
ESCAPED = ['"\\u0061"', '["\\/"]', '"é"', '"\\n"']
OTHERS = ["", "null", "true", "{", "[1,]", '\ufeff{"a":1}']
DEEP = ["[" * 200_000, "[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2)]


@pytest.mark.parametrize("text", SPACED + REORDERED + NUMBERS + ESCAPED + OTHERS + DEEP)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(NotCanonicalError):
        parse_canonical(text.encode())


def test_other_encodings_are_refused() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32-be"):
        with pytest.raises(NotCanonicalError):
            parse_canonical('{"a":1}'.encode(encoding))


@pytest.mark.parametrize("value", [None, True, 1.5, -1, 2**53, "é", "a\n", "\x7f", {"é": 1}, [None], b"a", {1: 2}])
def test_what_has_no_one_form_is_not_written(value: object) -> None:
    with pytest.raises(NotCanonicalError):
        canonical_json(value)
