"""What interpreters' programs ask with, the code that is typed, and the word that a person gives for them."""

from dataclasses import replace

import pytest

from portal.wire.canonical import canonical_json, parse_canonical
from portal.wire.enrolment import EnrolmentRequest, enrolment_code, parse_enrolment, print_code, read_code
from portal.wire.fields import StatementError
from portal.wire.ids import AccountId, DeviceId, new_id
from portal.wire.vouching import Vouching, parse_vouching, read_vouching

REQUEST = EnrolmentRequest(
    account=AccountId(new_id()), device=DeviceId(new_id()), key=b"\x02" * 32, machine="hall-2", sign=b"\x03" * 32
)
VOUCHING = Vouching(REQUEST.account, 1_790_000_000, AccountId(new_id()), "delegation", REQUEST.sign)


def test_a_code_is_read_as_people_write_it() -> None:
    code = bytes.fromhex("00443214c74254b635cf")
    printed = print_code(code)
    assert printed == "0123 4567 89AB CDEF"
    for typed in (
        printed,
        printed.lower(),
        "OI23\u20134567 89ab\tCdEf",
        "o l 2 3-4567-89ABCDEF",
        printed.replace(" ", ""),
    ):
        assert read_code(typed) == code
    for wrong in ("", printed[:-1], printed + "0", printed.replace("A", "U"), printed.replace("A", "\u00df")):
        with pytest.raises(StatementError):
            read_code(wrong)


def test_a_code_stands_for_one_request() -> None:
    body = REQUEST.to_bytes()
    assert parse_enrolment(body) == REQUEST
    others = [
        replace(REQUEST, machine="hall-3"),
        replace(REQUEST, key=b"\x04" * 32),
        replace(REQUEST, sign=b"\x04" * 32),
    ]
    assert len({enrolment_code(other.to_bytes()) for other in (REQUEST, *others)}) == 4


def test_a_request_says_all_that_it_should_and_no_more() -> None:
    fields = parse_canonical(REQUEST.to_bytes())
    without_machine = {name: value for name, value in fields.items() if name != "machine"}
    small_order = {"sign": "A" * 43}
    wrongs = [fields | change for change in ({"v": 2}, {"op": "x"}, {"key": fields["sign"]}, {"at": 1}, small_order)]
    wrongs += [fields | {"machine": "x" * 65}, fields | {"machine": 1}, fields | {"device": "x"}, without_machine]
    for raw in (*map(canonical_json, wrongs), b"", b"[]", REQUEST.to_bytes() + b" ", b"{" * 600):
        with pytest.raises(StatementError):
            parse_enrolment(raw)


def test_a_vouching_names_two_different_accounts_and_counts_with_its_signature_alone() -> None:
    body = VOUCHING.to_bytes()
    asked: list[tuple[bytes, bytes, bytes]] = []

    def verify(key: bytes, message: bytes, signature: bytes) -> bool:
        asked.append((key, message, signature))
        return signature == b"good"

    assert parse_vouching(body) == VOUCHING == read_vouching(body, b"good", b"owner", verify)
    with pytest.raises(StatementError):
        read_vouching(body, b"bad", b"owner", verify)
    assert asked[0] == (b"owner", b"portal interpreter v1\0" + body, b"good")
    fields = parse_canonical(body)
    for change in ({"by": VOUCHING.account}, {"for": "everybody"}, {"for": 1}, {"op": "add"}, {"at": "1"}):
        with pytest.raises(StatementError):
            parse_vouching(canonical_json(fields | change))
