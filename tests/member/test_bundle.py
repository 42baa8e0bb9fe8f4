"""Exported records: written here, verified here and in the browser, with the same findings."""

import json
import secrets
from typing import Any, Final

from portal.member.e2ee.bundle import BundleInput, BundleItem, write_bundle
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.record import RecordKey
from portal.member.e2ee.ring import Base
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.verify import verify_bundle
from portal.wire.envelope import first_head
from portal.wire.ids import b64
from tests.member.people import BUCKET, NOW_S, Ledger, Somebody
from tests.member.twin import Twin

ADA: Final = Somebody()
BROWSER: Final = ADA.adds()
OTHER: Final = ADA.adds("archive")
STRANGER: Final = Somebody()
OUTSIDER: Final = STRANGER.adds()


def recorded() -> tuple[Ledger, RecordKey]:
    ledger = Ledger()
    key = RecordKey(ledger.room, 0, BUCKET, secrets.token_bytes(32))
    ledger.found(BROWSER)
    for by, text in [(BROWSER, "We propose 12 %."), (OTHER, "합의합니다."), (BROWSER, "Noted.")]:
        ledger.say(by, key, text.encode())
    return ledger, key


def bundle(ledger: Ledger, key: RecordKey, base: int = 0) -> list[str]:
    return list(write_bundle(bundle_input(ledger, key, base)))


def bundle_input(ledger: Ledger, key: RecordKey, base: int = 0) -> BundleInput:
    items = [BundleItem(number, NOW_S * 1000, item) for number, item in enumerate(ledger.items, start=1)]
    lists = {ADA.account: ADA.statements, STRANGER.account: STRANGER.statements}
    place = Base(base, ledger.heads[base])
    return BundleInput(ledger.room, place, NOW_S, BROWSER, lists, [key], items[base:])


def found_by_both(twin: Twin, lines: list[str]) -> list[tuple[str, int | None]]:
    """The problems, which both sides must find alike."""
    report = verify_bundle(lines)
    there: dict[str, Any] = twin.ask("bundle", text="".join(lines))
    problems = [{"code": problem.code, "number": problem.number} for problem in report.problems]
    assert problems == there["problems"]
    assert [report.sound, report.whole] == [there["sound"], there["whole"]]
    assert [[item.account, item.content] for item in report.items] == there["said"]
    return [(problem.code, problem.number) for problem in report.problems]


def test_a_third_party_sees_who_said_what_in_order(twin: Twin) -> None:
    ledger, key = recorded()
    lines = bundle(ledger, key)
    assert found_by_both(twin, lines) == []
    report = verify_bundle(lines)
    assert report.whole
    assert (report.room, report.first, report.last, report.head) == (ledger.room, 1, 4, ledger.heads[-1])
    assert report.exporter == (ADA.account, BROWSER.device)
    assert [item.content for item in report.items] == [None, "We propose 12 %.", "합의합니다.", "Noted."]
    part = verify_bundle(bundle(ledger, key, base=2))
    assert (part.problems, part.whole, part.first, part.last) == ((), False, 3, 4)


def test_every_line_that_is_changed_dropped_or_doubled_is_told(twin: Twin) -> None:
    lines = bundle(*recorded())
    for place, line in enumerate(lines):
        digit = next(at for at, character in enumerate(line) if character.isdigit())
        changed = line[:digit] + str((int(line[digit]) + 1) % 10) + line[digit + 1 :]
        for damaged in ([], [line, line], [changed]):
            assert found_by_both(twin, [*lines[:place], *damaged, *lines[place + 1 :]]), (place, damaged)
    assert found_by_both(twin, [*lines, "{}\n"]) == [("line", None)]
    assert found_by_both(twin, []) == [("end", None)]


def test_another_text_beside_the_ciphertext_is_told(twin: Twin) -> None:
    ledger, key = recorded()
    lines = bundle(ledger, key)
    told = [line.replace("12 %", "21 %") for line in lines]
    assert found_by_both(twin, told) == [("content", 2), ("end", None)]
    wrong = RecordKey(key.room, key.epoch, key.bucket, secrets.token_bytes(32))
    assert found_by_both(twin, bundle(ledger, wrong)) == []  # nothing opens, and the exporter says so
    swapped = [line.replace(b64(key.value), b64(wrong.value)) for line in lines]
    assert found_by_both(twin, swapped) == [("content", 2), ("content", 3), ("content", 4), ("end", None)]


def test_items_by_outsiders_out_of_order_or_of_another_history_are_told(twin: Twin) -> None:
    attempts: list[tuple[list[tuple[str, int]], DeviceIdentity, dict[str, Any]]] = [
        ([], BROWSER, {}),
        ([("outsider", 5)], OUTSIDER, {}),
        ([("sequence", 5)], OTHER, {"sequence": 3}),
        ([("sequence", 5)], OTHER, {"sequence": 1}),
        ([("history", 5)], BROWSER, {"seen_head": secrets.token_bytes(32)}),
        ([("history", 5)], BROWSER, {"seen_number": 5}),
    ]
    for problems, by, changes in attempts:
        ledger, key = recorded()
        ledger.say(by, key, b"more", **changes)
        assert found_by_both(twin, bundle(ledger, key)) == problems


def test_a_second_list_of_one_account_is_told(twin: Twin) -> None:
    lines = bundle(*recorded())
    forged = Somebody(account=ADA.account, sign=SigningKey.generate())
    forged.adds()
    statements = [{"body": b64(one.body), "sig": b64(one.signature)} for one in forged.statements]
    line = json.dumps({"account": ADA.account, "statements": statements}) + "\n"
    assert found_by_both(twin, [*lines[:3], line, *lines[3:]]) == [("list", None), ("end", None)]


def test_a_record_that_begins_nowhere_is_told(twin: Twin) -> None:
    ledger, key = recorded()
    lines = bundle(ledger, key)
    begun = json.loads(lines[0]) | {"base": {"number": 0, "head": b64(first_head(STRANGER_ROOM))}}
    problems = found_by_both(twin, [json.dumps(begun) + "\n", *lines[1:]])
    assert problems[0] == ("history", 0)


STRANGER_ROOM: Final = Ledger().room
