"""From a thought to its receipt, without a script; and what is typed in bad faith or by mistake on the way."""

import flask
import pytest

from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.feedback import proof_of_work, receipts, service
from portal.server.feedback.feature import Feedback
from portal.server.feedback.models import PassSeen, Receipt, Submission
from portal.server.feedback.proof_of_work import Load
from portal.server.feedback.texts import TEXT_MAX_CHARS
from tests.server.feedback.citizen import Citizen, Page, code_on
from tests.server.feedback.conftest import CHEAP

BENCH = "There should be more benches along the river, so that old people can rest on their way to the market."


def stored(portal: Portal, code: str) -> Submission:
    """What this receipt was given for."""

    def read(unit: Unit) -> Submission:
        receipt = service.find(unit, code)
        assert receipt is not None
        found = service.submission_of(unit, receipt)
        assert found is not None
        return found

    return portal.database.read(read)


def text_of(portal: Portal, code: str) -> str:
    return portal.database.read(
        lambda unit: service.text_of(unit, unit.session.merge(stored(portal, code), load=False))
    )


def count(portal: Portal) -> int:
    return portal.database.read(lambda unit: unit.session.query(Submission).count())


def test_form_posts_without_javascript(citizen: Citizen, town_portal: Portal) -> None:
    """The patient lane: the same questions, then a wait instead of work."""
    now_s = 0.0
    town_portal.get(Feedback).load = Load(lambda: now_s, CHEAP)
    citizen.come_to_check(BENCH, visibility="moderators")
    page = citizen.send(citizen.page.form("/say"))
    form = page.form("/say")
    assert (page.status, form.value("at")) == (200, "wait")
    assert "after-15" in page.html  # the button comes by style alone
    early = citizen.send(form)
    assert (early.status, early.form("/say").value("text")) == (422, BENCH)
    assert early.form("/say").value("patience") == form.value("patience")
    real, town_portal.database.clock_ms = town_portal.database.clock_ms, lambda: real() + 20_000
    try:
        code = code_on(citizen.send(early.form("/say")))
    finally:
        town_portal.database.clock_ms = real
    row = stored(town_portal, code)
    assert (row.lane, row.visibility, row.lang, row.state) == ("slow", "moderators", "en", "waiting")
    assert text_of(town_portal, code) == BENCH


def test_work_takes_the_other_lane(citizen: Citizen, town_portal: Portal) -> None:
    assert stored(town_portal, citizen.say(BENCH)).lane == "pow"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("La bibliothèque devrait rester ouverte le dimanche après-midi.", "fr"),
        ("도서관은 일요일에도 열어야 합니다.", "ko"),
        ("図書館は日曜日も開けてください。", "ja"),
        ("يجب أن تبقى المكتبة مفتوحة يوم الأحد.", "ar"),
    ],
)
def test_the_language_is_recognised_shown_and_can_be_corrected(
    citizen: Citizen, town_portal: Portal, text: str, lang: str
) -> None:
    page = citizen.come_to_check(text)
    assert page.form("/say").value("lang") == lang
    assert f'lang="{lang}" dir="auto"' in page.html
    page = citizen.send(page.form("/say"), "go", "language")
    form = page.form("/say")
    assert form.value("lang") == lang
    form.put("lang", "es")
    page = citizen.send(form)
    assert page.form("/say").value("lang") == "es"
    # A changed text does not undo what its writer said.
    form = citizen.send(page.form("/say"), "go", "text").form("/say")
    form.put("text", text + "!")
    assert citizen.send(form).form("/say").value("lang") == "es"


def test_emoji_only_is_asked_for_its_language_and_taken(citizen: Citizen, town_portal: Portal) -> None:
    page = citizen.write("🌳🌳🌳")
    assert page.form("/say").value("at") == "language"
    assert citizen.send(page.form("/say")).status == 422
    assert stored(town_portal, citizen.say("🌳🌳🌳")).lang == "en"


@pytest.mark.parametrize("text", ["", "   \n\t ", "\u202e\u2066", "\x00\x07"])
def test_empty_is_told_and_nothing_taken(citizen: Citizen, town_portal: Portal, text: str) -> None:
    before = count(town_portal)
    page = citizen.write(text)
    assert (page.status, page.form("/say").value("at")) == (422, "text")
    assert "Write what the town hall should deal with." in page.text
    assert count(town_portal) == before


def test_100_kb_comes_back_whole_with_what_to_do(citizen: Citizen) -> None:
    text = "긴글 " * 35_000
    assert len(text.encode()) > 200_000
    page = citizen.write(text)
    assert page.status == 422
    assert f"{TEXT_MAX_CHARS:,}" in page.text
    assert page.form("/say").value("text") == text


def test_markup_is_text(citizen: Citizen, town_portal: Portal) -> None:
    text = "<script>alert(1)</script> <img src=x onerror=alert(1)> {{ 7 * 7 }} \"'&amp; is what I wrote about"
    page = citizen.come_to_check(text)
    assert "<script>alert" not in page.html
    assert "<img" not in page.html
    assert page.form("/say").value("text") == text
    assert text_of(town_portal, citizen.say(text)) == text


def test_characters_that_turn_the_order_are_taken_out_and_told(citizen: Citizen, town_portal: Portal) -> None:
    text = "Please pay \u202e000,1\u202c euros to the \u2067school\u2069 for new books"
    assert "Hidden signs" in citizen.write(text).text
    page = citizen.come_to_check(text)
    citizen.work()
    assert text_of(town_portal, code_on(citizen.send(page.form("/say")))) == (
        "Please pay 000,1 euros to the school for new books"
    )


def test_personal_data_is_warned_of_once_and_may_be_sent(citizen: Citizen, town_portal: Portal) -> None:
    text = "Please call me at 010-1234-5678 about the bridge over the river."
    page = citizen.write(text)
    assert page.form("/say").value("at") == "privacy"
    assert "010-1234-5678" in page.text
    changed = citizen.send(page.form("/say"), "go", "text").form("/say")
    assert changed.value("text") == text
    changed.put("text", text.replace("5678", "9999"))
    assert citizen.send(changed).form("/say").value("at") == "privacy"  # another text, asked again
    assert text_of(town_portal, citizen.say(text)) == text


def test_a_page_in_another_language_loses_nothing(citizen: Citizen) -> None:
    form = citizen.open("/say").form("/say")
    form.put("text", BENCH)
    button = next(button for button in _tongues(citizen.page) if button.endswith("lang=ar"))
    form.action = button
    page = citizen.send(form, "go", "again")
    assert '<html lang="ar" dir="rtl">' in page.html
    assert page.form("/say").value("text") == BENCH
    assert page.status == 200


def test_a_receipt_in_another_language_is_the_same_receipt(citizen: Citizen) -> None:
    code = citizen.say(BENCH)
    form = citizen.page.form("/r/receipt")
    form.action = next(button for button in _tongues(citizen.page) if button.endswith("lang=ru"))
    page = citizen.send(form, "go", "again")
    assert '<html lang="ru"' in page.html
    assert page.form("/r/kept").value("code") == code
    citizen.send(page.form("/r/kept"))
    assert receipts.grouped(code) in citizen.send(form).text  # with the number, its page is the one to follow it by
    assert "/r/kept" not in citizen.page.html


def _tongues(page: Page) -> list[str]:
    return [part.partition('"')[0] for part in page.html.split('formaction="')[1:]]


def test_receipt_shown_again_until_confirmed(citizen: Citizen, town_portal: Portal) -> None:
    before = count(town_portal)
    citizen.come_to_check(BENCH)
    citizen.work()
    form = citizen.page.form("/say")
    codes = [code_on(citizen.send(form)) for _ in range(3)]  # as when the answer is lost on a slow line
    assert len(set(codes)) == 1
    assert count(town_portal) == before + 1
    receipt_page = citizen.page
    assert receipts.grouped(codes[0]) in receipt_page.text
    assert citizen.send(receipt_page.form("/r/kept")).status == 200
    again = citizen.send(form)
    assert again.status == 422
    assert receipts.grouped(codes[0]) not in again.text
    assert again.form("/say").value("text") == BENCH


def test_pow_replay_refused(citizen: Citizen, town_portal: Portal) -> None:
    citizen.come_to_check(BENCH)
    citizen.work()
    form = citizen.page.form("/say")
    code_on(citizen.send(form))
    form.put("text", "Another text with the same work, sent by somebody else.")
    before = count(town_portal)
    page = citizen.send(form)
    assert (page.status, page.form("/say").value("at")) == (422, "check")
    assert "This page was used" in page.text
    assert count(town_portal) == before
    # With new work the same text is taken: nothing was lost.
    citizen.work()
    code_on(citizen.send(citizen.page.form("/say")))


def test_identical_text_from_two_people_counts_two(citizen: Citizen, town: flask.Flask, town_portal: Portal) -> None:
    before = count(town_portal)
    rows = [stored(town_portal, Citizen(town).say("The same words, word for word, from everybody.")) for _ in range(2)]
    assert count(town_portal) == before + 2
    assert rows[0].commitment != rows[1].commitment
    assert rows[0].ballot_id != rows[1].ballot_id


@pytest.mark.slow
def test_room_of_40_behind_one_address_can_all_submit(town: flask.Flask, town_portal: Portal) -> None:
    before = count(town_portal)
    costs = []
    form = Citizen(town).come_to_check("From a training room with forty people.").form("/say")
    for number in range(40):
        one = Citizen(town, X_Forwarded_For="203.0.113.9")
        form.put("text", f"From a training room with forty people, the sentence of person {number}.")
        form.put("at", "visibility")
        one.send(form)
        one.work()
        code_on(one.send(one.page.form("/say")))
        costs.append(town_portal.get(Feedback).load.cost())
    assert count(town_portal) == before + 40
    assert len(set(costs)) == 1  # forty in a room do not make it dearer


def test_receipt_db_never_holds_code(citizen: Citizen, town_portal: Portal) -> None:
    code = citizen.say(BENCH)
    with town_portal.database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        dump = "\n".join(raw.iterdump())
    shapes = [code, receipts.grouped(code), code.encode().hex(), f"{int(code):x}"]
    assert not [shape for shape in shapes if shape.lower() in dump.lower()]
    assert BENCH not in dump
    assert BENCH.encode().hex() not in dump.lower()
    assert receipts.lookup(code).hex() in dump.lower()


def test_a_used_pass_is_forgotten_when_it_would_not_count_any_more(citizen: Citizen, town_portal: Portal) -> None:
    citizen.say(BENCH)
    database = town_portal.database
    real = database.clock_ms
    database.write(service.forget_passes)
    assert database.read(lambda unit: unit.session.query(PassSeen).count()) > 0
    database.clock_ms = lambda: real() + (proof_of_work.LIFETIME_S + 2 * 86_400) * 1000
    try:
        database.write(service.forget_passes)
    finally:
        database.clock_ms = real
    assert database.read(lambda unit: unit.session.query(PassSeen).count()) == 0


def test_receipts_tell_no_order_of_arrival(town_portal: Portal) -> None:
    """Tables without row numbers, ledger entries with random ones."""
    with town_portal.database.engine.connect() as connection:
        for table in (Submission.__tablename__, Receipt.__tablename__, PassSeen.__tablename__, "ballot"):
            statement = f"SELECT sql FROM sqlite_master WHERE name = '{table}'"
            sql = connection.exec_driver_sql(statement).scalar_one()
            assert sql.rstrip().upper().endswith("WITHOUT ROWID")
        entries = connection.exec_driver_sql("SELECT ledger_entry FROM submission").scalars().all()
    assert all(entry < 0 for entry in entries)
