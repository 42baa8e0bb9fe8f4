"""What a receipt is good for: status, reasons, answers, replies; taking back and erasing; its file, checked offline."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import flask
import pytest

from portal.server.core.catalogues import Words
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.feedback import moderation, receipts, service, supports, threads, weeks
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.feature import Answer, Feedback
from portal.server.feedback.models import Submission
from portal.server.feedback.states import set_state
from portal.server.ledger import service as ledger_service
from portal.server.ledger.feature import Ledger
from portal.wire.ledger.receipt import parse_receipt
from tests.server.feedback.citizen import Citizen, Page
from tests.server.feedback.desk import Desk
from tests.server.feedback.topics import a_topic

LIBRARY = "The library should be open on Sundays, when people who work have time to read."


@pytest.fixture
def code(citizen: Citizen) -> str:
    return citizen.say(LIBRARY)


def change(portal: Portal, code: str, state: str) -> None:
    def work(unit: Unit) -> None:
        set_state(unit, _row(unit, code), state)  # type: ignore[arg-type]  # a word of the closed list

    portal.database.write(work)


def _row(unit: Unit, code: str) -> Submission:
    receipt = service.find(unit, code)
    assert receipt is not None
    row = service.submission_of(unit, receipt)
    assert row is not None
    return row


def test_the_number_shows_what_became_of_it(citizen: Citizen, town_portal: Portal, code: str) -> None:
    page = citizen.follow(receipts.grouped(code))
    assert "Waiting to be read" in page.text
    assert LIBRARY in page.text
    for state, words in (("accepted", "Accepted"), ("rejected", "Not taken up"), ("on_agenda", "On the agenda")):
        change(town_portal, code, state)
        assert words in citizen.follow(code).text


def test_a_typing_error_is_told_and_the_number_stays_in_the_field(citizen: Citizen, code: str) -> None:
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    page = citizen.follow(receipts.grouped(wrong))
    assert page.status == 422
    assert "typing error" in page.text
    assert page.form("/r").value("code") == receipts.grouped(wrong)
    short = citizen.follow(code[:20])
    assert "You typed 20" in short.text


def test_a_number_of_nobody_is_told_apart_from_a_typing_error(citizen: Citizen) -> None:
    page = citizen.follow(receipts.derived_code(b"x" * 32, b"y" * 16))
    assert (page.status, "no receipt with this number" in page.text) == (422, True)


def test_a_decision_is_read_with_its_reason_in_the_reader_s_language(town: flask.Flask, town_portal: Portal) -> None:
    desk, citizen = Desk(town), Citizen(town, language="fr")
    moderator = desk.moderator()
    code = citizen.say(LIBRARY)
    said = town_portal.database.read(lambda unit: _row(unit, code).id)
    why = Grounds("off_topic", "Ask the libraries' own council.")
    desk.does(lambda unit: moderation.reject(unit, moderator.actor, said, 0, why))
    page = citizen.follow(code)
    words = Words("moderation", "fr")
    assert "Non retenu" in page.text
    for key in ("code.reject", "reason.off_topic"):
        assert words.find(key) is not None
        assert words(key) in page.text
    assert 'lang="en" dir="auto">Ask the libraries' in page.html
    assert moderator.account not in page.html


def test_the_thread_is_sealed_and_reaches_both_sides(citizen: Citizen, town_portal: Portal, code: str) -> None:
    database = town_portal.database

    def ask(unit: Unit) -> None:
        row = _row(unit, code)
        set_state(unit, row, "returned")
        assert threads.say(unit, row, "어느 도서관입니까?", "ko")

    database.write(ask)
    page = citizen.follow(code)
    assert "A question for you" in page.text
    assert '<div class="written" lang="ko" dir="auto">어느 도서관입니까?</div>' in page.html
    form = page.form("/r/reply")
    form.put("text", "The one by the station.")
    page = citizen.send(form)
    assert "The one by the station." in page.text
    assert "Waiting to be read" in page.text
    thread = database.read(lambda unit: threads.for_desk(unit, _row(unit, code)))
    assert [(message.direction, message.text) for message in thread] == [
        ("out", "어느 도서관입니까?"),
        ("in", "The one by the station."),
    ]
    with database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    for text in ("어느 도서관입니까?", "The one by the station.", LIBRARY):
        assert text not in dump
        assert text.encode().hex() not in dump.lower()


def test_an_empty_reply_is_told(citizen: Citizen, code: str) -> None:
    form = citizen.follow(code).form("/r/reply")
    form.put("text", "  ")
    page = citizen.send(form)
    assert (page.status, "Write something to the moderators." in page.text) == (422, True)


def test_unanswered_messages_have_a_bound(citizen: Citizen, town_portal: Portal, code: str) -> None:
    citizen.follow(code)
    for number in range(threads.UNANSWERED_MAX + 1):
        form = citizen.page.form("/r/reply")
        form.put("text", f"One more thing, number {number}.")
        citizen.send(form)
    assert citizen.page.status == 422
    assert "10 messages of yours wait" in citizen.page.text
    assert citizen.page.form("/r/reply").value("text") == "One more thing, number 10."
    thread = town_portal.database.read(lambda unit: threads.for_desk(unit, _row(unit, code)))
    assert len(thread) == threads.UNANSWERED_MAX


def test_what_features_above_add_is_shown(citizen: Citizen, town_portal: Portal, code: str) -> None:
    def answers(_unit: Unit, _submission: Submission, language: str) -> list[Answer]:
        return [Answer(f"Outcome ({language})", "다음 달부터 일요일에 엽니다.", "ko", "/said-done")]

    feedback = town_portal.get(Feedback)
    feedback.answers.append(answers)
    try:
        page = citizen.follow(code)
    finally:
        feedback.answers.remove(answers)
    assert "Outcome (en)" in page.text
    assert 'lang="ko" dir="auto">다음 달부터' in page.html


def test_taking_back_erases_and_the_ledger_stays_whole(citizen: Citizen, town_portal: Portal, code: str) -> None:
    """test_erase_keeps_log_valid: the entry stays, mute; every proof that was given before holds."""
    database, ledger = town_portal.database, town_portal.get(Ledger)
    ledger.release_held()
    ledger.sequence()
    entry = database.read(lambda unit: _row(unit, code).ledger_entry)
    before = database.read(lambda unit: ledger_service.proof(unit, entry))
    page = citizen.send(citizen.follow(code).form("/r/withdraw"))
    assert "Are you sure?" in page.text
    page = citizen.send(page.form("/r/withdraw"), "sure", "yes")
    assert "Taken back by you" in page.text
    assert LIBRARY not in page.text
    row = database.read(lambda unit: _row(unit, code))
    assert (row.state, row.sealed, row.nonce, row.region_self) == ("withdrawn", None, None, None)
    ledger.sequence()
    assert before is not None
    assert database.read(lambda unit: ledger_service.proof(unit, entry)) == before


def test_what_is_counted_already_keeps_its_place_without_its_words(
    citizen: Citizen, town_portal: Portal, code: str
) -> None:
    """A topic on a running agenda stays, whoever of its supporters takes their words back."""
    change(town_portal, code, "on_agenda")
    week = town_portal.database.read(lambda unit: _row(unit, code).week_id)
    town_portal.database.write(lambda unit: _freeze(unit, week))
    try:
        page = citizen.send(citizen.follow(code).form("/r/withdraw"))
        page = citizen.send(page.form("/r/withdraw"), "sure", "yes")
        assert "On the agenda" in page.text
        row = town_portal.database.read(lambda unit: _row(unit, code))
        assert (row.state, row.sealed, row.nonce) == ("on_agenda", None, None)
    finally:
        town_portal.database.write(lambda unit: _freeze(unit, week, back=True))


def _freeze(unit: Unit, week: str, *, back: bool = False) -> None:
    row = weeks.get(unit, week)
    assert row is not None
    row.state = "open" if back else "frozen"


def test_old_words_for_moderators_alone_are_erased(citizen: Citizen, town_portal: Portal) -> None:
    database = town_portal.database
    kept, gone = citizen.say(LIBRARY, visibility="public"), citizen.say(LIBRARY, visibility="moderators")
    for code in (kept, gone):
        change(town_portal, code, "deferred")
    real = database.clock_ms
    database.write(service.erase_ended)
    assert not is_erased(town_portal, kept)
    assert not is_erased(town_portal, gone)
    database.clock_ms = lambda: real() + (service.KEPT_DAYS + 1) * 86_400_000
    try:
        assert database.write(service.erase_ended) == 1
    finally:
        database.clock_ms = real
    assert not is_erased(town_portal, kept)
    assert is_erased(town_portal, gone)


def is_erased(portal: Portal, code: str) -> bool:
    return portal.database.read(lambda unit: _row(unit, code).sealed is None)


def test_receipt_signature_and_inclusion_proof_verify_offline(
    citizen: Citizen, town_portal: Portal, code: str, tmp_path: Path
) -> None:
    """By the command, which asks nobody; before the entry is in the ledger, and after."""

    def verified() -> tuple[int, dict[str, object], str]:
        page = citizen.send(citizen.follow(code).form("/r/file"))
        assert page.headers["Content-Disposition"].startswith('attachment; filename="receipt-')
        assert page.headers["Cache-Control"] == "no-store"
        assert len(page.html.encode()) <= 5000
        file = tmp_path / "receipt.txt"
        file.write_text(page.html, encoding="utf-8")
        command = [sys.executable, "-m", "portal", "verify", "receipt", str(file), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout), page.html

    status, said, text = verified()
    assert (status, said["verdict"]) == (2, "unknown")  # the promise holds; whether the entry stands shows later
    assert parse_receipt(text).proof is None
    assert receipts.grouped(code) in text
    town_portal.get(Ledger).release_held()
    town_portal.get(Ledger).sequence()
    status, said, text = verified()
    assert (status, said["verdict"]) == (0, "good")
    assert parse_receipt(text).proof is not None


def test_supports_are_five_a_week_and_can_be_taken_back(town: flask.Flask, town_portal: Portal, code: str) -> None:
    citizen = Citizen(town)
    topics = [a_topic(town_portal.database, f"Topic number {number} about parks") for number in range(6)]
    answers = [give(citizen, code, topic) for topic in topics]
    assert all("Your support counts" in page.text for page in answers[: supports.SUPPORTS_MAX])
    assert (answers[-1].status, "You have given all 5 supports" in answers[-1].text) == (422, True)
    page = citizen.follow(code)
    assert "Supports left: 0." in page.text
    form = page.form("/r/back")
    given = next(topic for topic in topics[:5] if topic != form.value("topic"))
    page = citizen.send(form)
    assert "Supports left: 1." in page.text
    # Twice is once.
    give(citizen, code, given)
    assert "Supports left: 1." in citizen.follow(code).text


def give(citizen: Citizen, code: str, topic: str) -> Page:
    """Support a topic."""
    form = citizen.open(f"/topics/support?topic={topic}").forms[0]
    form.put("code", code)
    return citizen.send(form)


def test_who_has_no_receipt_gets_one_for_a_support(town: flask.Flask, town_portal: Portal) -> None:
    citizen = Citizen(town, language="fr")
    topic = a_topic(town_portal.database, "Trees in the old town")
    page = citizen.open(f"/topics/support?topic={topic}")
    citizen.work()
    form = next(form for form in page.forms if "new" in dict(form.values))
    page = citizen.send(form)
    code = page.form("/r/kept").value("code")
    assert "Trees in the old town" in citizen.follow(code).text
    refused = citizen.send(form)  # the same form again: the same receipt
    assert refused.form("/r/kept").value("code") == code


def test_a_closed_topic_can_not_be_supported(citizen: Citizen, town_portal: Portal) -> None:
    topic = a_topic(town_portal.database, "Closed already", status="closed")
    assert citizen.open(f"/topics/support?topic={topic}").status == 404
    assert citizen.open("/topics/support?topic=none").status == 404
    assert citizen.open("/topics/support").status == 404


def test_a_similar_topic_is_offered_and_never_holds_up(citizen: Citizen, town_portal: Portal) -> None:
    topic = a_topic(town_portal.database, "More night buses to the harbour")
    town_portal.get(Feedback).load.clock_s = lambda: time.monotonic() + 60  # the list of topics may be ten seconds old
    page = citizen.write("Please let more night buses run to the harbour at weekends.")
    form = page.form("/say")
    assert form.value("at") == "similar"
    assert "More night buses to the harbour" in page.text
    form.put("supports", topic)
    page = citizen.send(form)
    form = page.form("/say")
    form.put("visibility", "public")
    citizen.send(form)
    citizen.work()
    assert "More night buses" in citizen.page.text
    code = citizen.send(citizen.page.form("/say")).form("/r/kept").value("code")
    page = citizen.follow(code)
    assert "Supports left: 4." in page.text
    assert re.search(r"Topics you support this week.*More night buses", page.text)
