"""The moderators' pages as a browser without scripts sees them: queue, decisions, bulk, two people, log, exports."""

import csv
import io
import re
from functools import partial
from html import unescape

import pytest

from portal.server.core.actor import Role
from portal.server.core.db import Unit
from portal.server.feedback import decisions, moderation, readings, suggestions, topics, weeks
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.suggestions import About, Duplicates
from portal.server.translation import service as public_texts
from portal.server.translation.rendering import Rendering
from tests.server.feedback.desk import Desk, Moderator, words_of

REVISION = re.compile(r'name="revision" value="(\d+)"')


def make_topic(desk: Desk, who: Moderator, title: str) -> str:
    def made(unit: Unit) -> str:
        week = weeks.current(unit).id
        return topics.make(unit, who.actor, week, title, "en", theme="", minutes=10).id

    return desk.write(made)


def test_who_is_not_signed_in_is_shown_where_to_and_comes_back(desk: Desk) -> None:
    stranger = desk.app.test_client()
    for path in ("/moderate?shelf=all", "/moderate/topics", "/moderate/second", "/moderate/translations"):
        response = stranger.get(path)
        assert response.status_code == 401
        assert 'href="/?next=/moderate' in response.text
    assert f'href="{unescape("/moderate?shelf=all")}"' in unescape(stranger.get("/moderate?shelf=all").text)
    delegate = desk.moderator(Role.DELEGATE)
    assert delegate.client.get("/moderate").status_code == 403
    assert delegate.client.get("/moderate/export.csv").status_code == 403


def test_forms_of_other_sites_do_nothing(desk: Desk, ada: Moderator) -> None:
    said = desk.says("Keep the library open.")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        response = ada.client.post(
            f"/moderate/s/{said}/reject", data={"revision": "0", "reason": "abuse"}, headers=headers
        )
        assert response.status_code == 403
    assert desk.state(said) == "waiting"


def test_a_submission_is_accepted_under_a_new_topic_and_the_next_one_opens(desk: Desk, ada: Moderator) -> None:
    said = desk.says("The night bus should run until two.")
    page = ada.get(f"/moderate?item={said}")
    assert "The night bus should run until two." in page
    assert REVISION.search(page) is not None
    response = ada.post(
        f"/moderate/s/{said}/accept", revision="0", title="Night buses", title_language="en", theme="", minutes="10"
    )
    assert response.status_code == 303
    assert desk.state(said) == "accepted"
    after = ada.get(response.headers["Location"])
    assert "Put under a topic" in words_of(after)
    decision = re.search(r'name="decision" value="([^"]+)"', after)
    assert decision is not None
    undone = ada.post("/moderate/undo", decision=decision[1])
    assert undone.status_code == 303
    assert desk.state(said) == "waiting"


def test_a_form_without_a_topic_comes_back_with_what_was_typed(desk: Desk, ada: Moderator) -> None:
    said = desk.says("Something new.")
    response = ada.post(f"/moderate/s/{said}/accept", revision="0", title="", theme="transport", minutes="15")
    assert response.status_code == 422
    assert "Choose a topic" in words_of(response.text)
    assert 'value="transport"' in response.text


def test_two_moderators_on_one_page_the_second_is_told_and_keeps_the_words(
    desk: Desk, ada: Moderator, bo: Moderator
) -> None:
    said = desk.says("More benches in the park.")
    ada.post(f"/moderate/s/{said}/reject", revision="0", reason="off_topic", why="", why_language="en")
    late = bo.post(
        f"/moderate/s/{said}/reject", revision="0", reason="unclear", why="Where exactly, please?", why_language="en"
    )
    assert late.status_code == 409
    words = words_of(late.text)
    assert "Somebody else was faster" in words
    assert "Not something this town hall can decide" in words
    assert "Where exactly, please?" in late.text
    assert 'name="revision" value="1"' in late.text
    assert [one.reason for one in desk.read(lambda unit: decisions.of(unit, said, "en"))] == ["off_topic"]


def test_a_legal_removal_is_confirmed_by_somebody_else_on_the_second_person_s_page(
    desk: Desk, ada: Moderator, bo: Moderator
) -> None:
    said = desk.says("Forbidden words.")
    ada.post(f"/moderate/s/{said}/reject", revision="0", reason="illegal", why="Section 130.", why_language="en")
    own = ada.get("/moderate/second")
    assert "You proposed this" in words_of(own)
    assert 'value="yes"' not in own
    other = bo.get("/moderate/second")
    decision = re.search(r'name="decision" value="([^"]+)"', other)
    assert decision is not None
    refused = ada.post("/moderate/second", decision=decision[1], agrees="yes")
    assert refused.status_code == 403
    assert bo.post("/moderate/second", decision=decision[1], agrees="yes").status_code == 303
    assert desk.state(said) == "rejected"
    assert "The text is erased" in words_of(ada.get(f"/moderate?shelf=all&item={said}"))


def test_several_are_decided_at_once_and_what_moved_meanwhile_is_left(desk: Desk, ada: Moderator) -> None:
    under = make_topic(desk, ada, "Trees")
    one, two, three = desk.says_all(["Trees!", "More trees.", "Plant trees."])
    desk.does(lambda unit: moderation.reject(unit, ada.actor, three, 0, Grounds("unclear")))
    response = ada.post("/moderate/bulk", chosen=[f"{one}:0", f"{two}:0", f"{three}:0"], act="accept", bulk_topic=under)
    assert response.status_code == 303
    assert [desk.state(said) for said in (one, two, three)] == ["accepted", "accepted", "rejected"]
    assert "2 submissions done. 1 was left" in words_of(ada.get(response.headers["Location"]))
    missing = ada.post("/moderate/bulk", chosen=[f"{one}:1"], act="reject", bulk_reason="")
    assert missing.status_code == 422
    assert "Choose a reason." in words_of(missing.text)


def test_a_bulk_answer_reaches_every_receipt(desk: Desk, ada: Moderator) -> None:
    both = desk.says_all(["When?", "When will it be?"])
    ada.post(
        "/moderate/bulk", chosen=[f"{said}:0" for said in both], act="ask", bulk_words="In May. Is that soon enough?"
    )
    assert [desk.state(said) for said in both] == ["returned", "returned"]
    for said in both:
        assert "In May." in ada.get(f"/moderate?shelf=returned&item={said}")


def test_campaigns_are_marked_shown_and_never_held_back(desk: Desk, ada: Moderator) -> None:
    texts = [f"Stop the bridge now, variant {number}" for number in range(12)]
    said = desk.says_all(texts)
    under = make_topic(desk, ada, "Bridge")

    def suggest(unit: Unit) -> None:
        week = weeks.current(unit).id
        about = [About(said[0], under, None, 81)]
        suggestions.replace(unit, week, [Duplicates(said[0], said, 90)], about)

    desk.does(suggest)
    page = ada.get(f"/moderate?mark=campaign&item={said[0]}")
    words = words_of(page)
    assert "Campaign: 12 submissions say nearly the same" in words
    assert "Each counts as one person's voice" in words
    assert "suggested" in words
    assert page.count("12 alike") == 12
    group = re.search(r'name="group" value="([^"]+)"', page)
    assert group is not None
    ada.post(f"/moderate/s/{said[0]}/judge", group=group[1], state="confirmed")
    desk.does(suggest)  # the next round of suggestions leaves what a person confirmed
    assert "confirmed by a person" in words_of(ada.get(f"/moderate?item={said[0]}"))
    ada.post(f"/moderate/s/{said[0]}/judge", group=group[1], state="dismissed")
    assert "Campaign:" not in words_of(ada.get(f"/moderate?shelf=waiting&item={said[0]}"))
    assert all(desk.state(one) == "waiting" for one in said)


def test_original_and_translation_stand_side_by_side_with_their_warnings(desk: Desk, ada: Moderator) -> None:
    said = desk.says("버스는 7시까지 다니지 않아야 합니다.", "ko")
    made = Rendering("Buses run until 8.", "done", "ctranslate2 0123456789abcdef", "fr", "doubtful", WARNINGS)
    desk.does(lambda unit: readings.take_in(unit, readings.Owed(said, "", "ko", "en", 0), made))
    page = ada.get(f"/moderate?item={said}")
    words = words_of(page)
    assert "버스는 7시까지 다니지 않아야 합니다." in page
    assert "Buses run until 8." in page
    assert "Look twice" in words
    assert 'Sentence 1: a "not" may be lost or added.' in words
    assert "by way of French" in words
    ada.post(f"/moderate/s/{said}/translate", translated="Buses should not run until 7.")
    corrected = words_of(ada.get(f"/moderate?item={said}"))
    assert "Buses should not run until 7." in corrected
    assert "Translated by a person" in corrected


WARNINGS = [{"sentence": 0, "kind": "negation", "detail": ""}, {"sentence": 0, "kind": "number_missing", "detail": "7"}]


def test_markup_in_a_text_stays_text(desk: Desk, ada: Moderator) -> None:
    said = desk.says("<script>alert(1)</script> & \u202e <b>bold</b>")
    page = ada.get(f"/moderate?item={said}")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_topics_are_merged_split_and_given_back(desk: Desk, ada: Moderator, bo: Moderator) -> None:
    one, other = make_topic(desk, ada, "Cycle lanes"), make_topic(desk, ada, "Bicycle paths")
    said = desk.says_all(["Cycle!", "Paths!", "Lanes!"])
    for number, submission in enumerate(said):
        under = [one] if number < 2 else [other]
        desk.does(partial(moderation.accept, actor=ada.actor, submission=submission, revision=0, under=under))
    merged = ada.post(f"/moderate/topics/{one}/merge", revision="0", into=other, merge_why="The same matter.")
    assert merged.status_code == 303
    assert desk.read(lambda unit: topics.supporters(unit, [one, other])) == {one: 0, other: 3}
    stale = bo.post(f"/moderate/topics/{one}/change", revision="0", title="X", title_language="en", minutes="5")
    assert stale.status_code == 409
    undo = re.search(r'name="decision" value="([^"]+)"', ada.get(f"/moderate/topics/{one}"))
    assert undo is not None
    ada.post(f"/moderate/topics/{one}/undo", decision=undo[1])
    assert desk.read(lambda unit: topics.supporters(unit, [one, other])) == {one: 2, other: 1}
    page = ada.get(f"/moderate/topics/{one}")
    revision = REVISION.search(page)
    assert revision is not None
    split = {"new_title": "Bicycle parking", "new_language": "en", "new_minutes": "5", "split_why": "Two matters."}
    nothing = ada.post(f"/moderate/topics/{one}/split", revision=revision[1], **split)
    assert nothing.status_code == 422
    done = ada.post(f"/moderate/topics/{one}/split", revision=revision[1], away=[said[1]], **split)
    assert done.status_code == 303
    titles = {topic.title: topic.submissions for topic in desk.read(lambda unit: topics.all_topics(unit, "en"))}
    assert (titles["Cycle lanes"], titles["Bicycle parking"]) == (1, 1)


def test_rejecting_what_twenty_people_support_needs_a_second_person(desk: Desk, ada: Moderator, bo: Moderator) -> None:
    under = make_topic(desk, ada, "A lido by the river")
    said = desk.says_all([f"Please build the lido, says person {number}." for number in range(20)])

    def accept(unit: Unit) -> None:
        for submission in said:
            moderation.accept(unit, ada.actor, submission, 0, [under])

    desk.does(accept)
    fields = {"reason": "local", "reject_why": "The county decides this."}
    ada.post(f"/moderate/topics/{under}/reject", revision="0", **fields)
    assert desk.state(said[0]) == "accepted"
    page = bo.get("/moderate/second")
    assert "A lido by the river" in page
    decision = re.search(r'name="decision" value="([^"]+)"', page)
    assert decision is not None
    assert ada.post("/moderate/second", decision=decision[1], agrees="yes").status_code == 403
    bo.post("/moderate/second", decision=decision[1], agrees="yes")
    assert {desk.state(one) for one in said} == {"rejected"}
    logged = bo.client.get("/moderation-log")
    assert "The county decides this." in logged.text
    assert "two people" in words_of(logged.text)
    bo.post(f"/moderate/topics/{under}/undo", decision=decision[1])
    assert {desk.state(one) for one in said} == {"accepted"}
    assert desk.read(lambda unit: topics.supporters(unit, [under])) == {under: 20}


@pytest.mark.slow
def test_nobody_silences_many_alone_one_by_one_or_in_bulk(desk: Desk, ada: Moderator, bo: Moderator) -> None:
    under = make_topic(desk, ada, "A bridge for bicycles")
    said = desk.says_all([f"A bicycle bridge, says person {number}." for number in range(21)])

    def accept(unit: Unit) -> None:
        for submission in said:
            moderation.accept(unit, ada.actor, submission, 0, [under])

    desk.does(accept)
    ada.post(f"/moderate/s/{said[0]}/reject", revision="1", reason="abuse", why="", why_language="en")
    assert desk.state(said[0]) == "accepted"
    waiting = desk.says_all([f"Something else, says person {number}." for number in range(20)])
    chosen = [f"{one}:0" for one in waiting]
    ada.post("/moderate/bulk", chosen=chosen, act="reject", bulk_reason="off_topic", bulk_words="Not here.")
    assert {desk.state(one) for one in waiting} == {"waiting"}
    page = bo.get("/moderate/second")
    assert "20 submissions are decided together" in words_of(page)
    batch = desk.read(lambda unit: decisions.proposed(unit, waiting))[0].batch
    assert bo.get(f"/moderate/second?batch={batch}").count('value="yes"') == 20
    one = desk.read(lambda unit: decisions.proposed(unit, waiting))[3].id
    assert ada.post("/moderate/second", decision=one, agrees="yes").status_code == 403
    bo.post("/moderate/second", decision=one, agrees="yes")
    assert {desk.state(one) for one in waiting} == {"rejected"}
    assert desk.state(said[0]) == "accepted"


def test_the_log_is_public_names_nobody_and_comes_as_data(desk: Desk, ada: Moderator) -> None:
    said = desk.says("=HYPERLINK(1)")
    grounds = Grounds("off_topic", "=SUM(1) is no proposal.", "en")
    desk.does(lambda unit: moderation.reject(unit, ada.actor, said, 0, grounds))
    anyone = desk.app.test_client()
    page = anyone.get("/moderation-log")
    assert page.status_code == 200
    for text in (page.text, anyone.get("/moderation-log.csv").text, anyone.get("/moderation-log.json").text):
        assert "is no proposal." in text
        assert ada.account not in text
        assert said not in text
    rows = list(csv.DictReader(io.StringIO(anyone.get("/moderation-log.csv").text)))
    assert any(row["words"] == "'=SUM(1) is no proposal." for row in rows)
    assert len(anyone.get("/moderation-log.json").get_json()) == len(rows)
    for language in ("ko", "ar", "ru"):
        assert f'lang="{language}"' in anyone.get(f"/moderation-policy?lang={language}").text


def test_the_queue_is_exported_with_its_texts_for_moderators_alone(desk: Desk, ada: Moderator) -> None:
    desk.says("=1+1 is what I say", visibility="moderators")
    rows = list(csv.DictReader(io.StringIO(ada.get("/moderate/export.csv?mark=private"))))
    assert [row["text"] for row in rows] == ["'=1+1 is what I say"]
    assert desk.app.test_client().get("/moderate/export.json").status_code == 401


def test_translations_are_checked_by_a_person_before_they_count(desk: Desk, ada: Moderator, bo: Moderator) -> None:
    key = "topic:check-me"

    def prepare(unit: Unit) -> None:
        public_texts.put(unit, key, "Longer opening hours", "en")
        digest = public_texts.waiting(unit, key)[0][3]
        public_texts.take_in(unit, key, "fr", digest, Rendering("Horaires", "done", "x", None, "doubtful", []))

    desk.does(prepare)
    assert len(desk.read(lambda unit: public_texts.missing(unit, [key]))) == 7
    page = ada.get(f"/moderate/translations?into=fr&keys={key}")
    assert "Longer opening hours" in page
    assert "Horaires" in page
    fields = {"key": key, "language": "fr", "revision": "1"}
    kept = ada.post(f"/moderate/translations?into=fr&keys={key}", text="Horaires prolongés", **fields)
    assert kept.status_code == 303
    late = bo.post(f"/moderate/translations?into=fr&keys={key}", text="Autre chose", **fields)
    assert late.status_code == 409
    assert ("topic:check-me", "fr") not in desk.read(lambda unit: public_texts.missing(unit, [key]))
    shown = desk.read(lambda unit: public_texts.shown(unit, [key], "fr"))[key]
    assert (shown.text, shown.origin, shown.checked) == ("Horaires prolongés", "human", True)
    assert desk.read(lambda unit: public_texts.shown(unit, [key], "ja"))[key].text == "Longer opening hours"
