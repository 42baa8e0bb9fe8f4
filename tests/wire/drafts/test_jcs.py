"""Canonical JSON with strings of any script: the examples of RFC 8785, and what has no canonical form."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.wire.drafts.jcs import MAX_DEPTH, NotCanonicalError, jcs, parse_jcs

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def test_keys_stand_in_the_order_of_utf_16_as_in_rfc_8785_section_3_2_3() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    assert list(json.loads(jcs(dict.fromkeys(keys, 0)))) == [
        "\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip


def test_strings_are_escaped_as_in_rfc_8785_section_3_2_2() -> None:
    said = {"string": '\u20ac$\u000f\nA\'B"\\\\"/', "literals": [None, True, False]}
    assert jcs(said) == '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()


def test_an_integer_has_one_form_however_it_is_held() -> None:
    assert jcs([1.0, -0.0, -5, 2**53 - 1]) == b"[1,0,-5,9007199254740991]"


@pytest.mark.parametrize(
    "value", [1.5, 2**53, -(2**53), float("nan"), float("inf"), "\ud800", {"\udfff": 1}, {1: 1}, b"", {1, 2}], ids=repr
)
def test_what_the_twins_could_write_differently_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonicalError):
        jcs([value])


def test_nesting_has_an_end() -> None:
    value: list[Any] = []
    for _ in range(MAX_DEPTH - 1):
        value = [value]
    assert parse_jcs(jcs(value)) == value
    with pytest.raises(NotCanonicalError):
        jcs([value])
    with pytest.raises(NotCanonicalError):
        parse_jcs(b"[" * 100_000 + b"]" * 100_000)


@pytest.mark.parametrize(
    "raw",
    [b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"[1.0]", b"[1e3]", b"[ ]", b'["\\u0041"]', b'["\\/"]', b'["\\ud800"]',
     b"\xef\xbb\xbf[]", b"[NaN]", b'["\xff"]', b"[-0]", b"", b"[]\n"],
)  # fmt: skip
def test_another_spelling_of_a_value_is_refused(raw: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        parse_jcs(raw)


@given(VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    assert parse_jcs(jcs(value)) == value
