"""The number of a receipt: enough of it is random, typing errors show, any script will do; nothing opens without it."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.server.feedback import receipts
from portal.server.feedback.receipts import CODE_DIGITS, CodeError, derived_code, grouped, parse_code

KEY = b"k" * 32
CODE = derived_code(KEY, b"i" * 16)
ARABIC, PERSIAN, FULL_WIDTH = (
    {ord("0") + digit: chr(zero + digit) for digit in range(10)} for zero in (0x660, 0x6F0, 0xFF10)
)


def kind_of(typed: str) -> tuple[str, int]:
    with pytest.raises(CodeError) as refused:
        parse_code(typed)
    return refused.value.kind, refused.value.digits


def test_receipt_entropy_ge_90_bits() -> None:
    assert math.log2(10**receipts.RANDOM_DIGITS) >= 90
    assert len(CODE) == CODE_DIGITS == 30
    # The same form gives the same number, any other form or installation another one.
    codes = {derived_code(key, identifier) for key in (KEY, b"x" * 32) for identifier in (b"i" * 16, b"j" * 16)}
    assert len(codes) == 4
    assert derived_code(KEY, b"i" * 16) == CODE


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        grouped(CODE),
        f"  {grouped(CODE)}\n",
        grouped(CODE).replace(" ", "-"),
        grouped(CODE).replace(" ", "\u00a0"),
        CODE.translate(ARABIC),
        "\u200f" + grouped(CODE).translate(PERSIAN),
        CODE.translate(FULL_WIDTH),
    ],
)
def test_the_number_is_read_however_it_is_typed(typed: str) -> None:
    assert parse_code(typed) == CODE


def test_what_is_no_number_is_told_apart() -> None:
    assert kind_of("") == ("empty", 0)
    assert kind_of(" - ") == ("empty", 0)
    assert kind_of("12a45") == ("characters", 2)
    assert kind_of(CODE[:-1]) == ("length", 29)
    assert kind_of(CODE + "1") == ("length", 31)


@given(place=st.integers(0, CODE_DIGITS - 1), other=st.integers(1, 9))
@settings(max_examples=60)
def test_any_one_wrong_digit_shows(place: int, other: int) -> None:
    wrong = str((int(CODE[place]) + other) % 10)
    assert kind_of(CODE[:place] + wrong + CODE[place + 1 :]) == ("check", 30)


def test_any_two_exchanged_neighbours_show() -> None:
    for place in range(CODE_DIGITS - 1):
        one, two = CODE[place], CODE[place + 1]
        if one != two:
            assert kind_of(CODE[:place] + two + one + CODE[place + 2 :]) == ("check", 30)


def test_only_the_number_opens_answers_and_no_two_weeks_are_joined() -> None:
    sealed = receipts.sealed_for(receipts.reply_key(CODE), "An answer: 답")
    assert receipts.opened_with(CODE, sealed) == "An answer: 답"
    with pytest.raises(CodeError):
        receipts.opened_with(derived_code(KEY, b"j" * 16), sealed)
    names = {receipts.ballot_id(CODE, "2026-W48"), receipts.ballot_id(CODE, "2026-W49")}
    assert len(names) == 2
    assert receipts.lookup(CODE) not in {receipts.reply_key(CODE), CODE.encode()}
