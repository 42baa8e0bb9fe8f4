"""Handles are one form of what people type; names show what they seem to show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.server.accounts.names import checked_handle, checked_name, folded_handle
from portal.wire.errors import PortalError


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada", "ada"),
        ("A.B-C_9", "a.b-c_9"),
        ("ＡＤＡ", "ada"),
        ("Straße", "strasse"),
        ("김하나", "김하나"),
        ("ﬁn", "fin"),
        ("İx".replace("İ", "I"), "ix"),
        ("用户", "用户"),
        ("ab" * 20, "ab" * 20),
    ],
)
def test_handles_are_folded(typed: str, kept: str) -> None:
    assert checked_handle(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "a", "a" * 41, "a b", "a@b", "a\u200bb", "a\u202eb", "a/b", "a\nb", "①", "ab🙂", "ﷺ" * 3]
)
def test_what_is_no_handle_is_refused(typed: str) -> None:
    with pytest.raises(PortalError, match=r"handle\.malformed"):
        checked_handle(typed)


@given(st.text(max_size=60))
def test_a_kept_handle_is_its_own_form(typed: str) -> None:
    try:
        kept = checked_handle(typed)
    except PortalError:
        return
    assert folded_handle(kept) == kept
    assert checked_handle(kept) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("Zoe\u0308", "Zoë"),
        (
            "\u0645\u06cc\u200c\u0631\u0648\u0645",
            "\u0645\u06cc\u200c\u0631\u0648\u0645",
        ),  # Persian needs its non-joiner
        ("O'Neil-Ñandú", "O'Neil-Ñandú"),
        ("n" * 120, "n" * 120),
    ],
)
def test_names_are_kept_as_people_write_them(typed: str, kept: str) -> None:
    assert checked_name(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "n" * 121,
        "a\tb",
        "a\x7fb",
        "a\u2028b",
        "\u200b\u200d",
        *(f"a{mark}b" for mark in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
    ],
)
def test_names_that_hide_something_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="name"):
        checked_name(typed)
