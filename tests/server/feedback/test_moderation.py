"""What moderators do with submissions: the services, through real rows and the real ledger."""

import json

import pytest
import sqlalchemy as sa

from portal.server.core.db import Unit
from portal.server.feedback import decisions, moderation, readings, review, service, threads, topics, weeks
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.models import Submission
from portal.server.feedback.moderation_models import Decision, Redaction, Topic
from portal.server.feedback.redaction import GAP, MarksError, marks_for, redacted
from portal.server.ledger import service as ledger
from portal.server.ledger.models import LedgerEntry
from portal.server.translation.rendering import Rendering
from portal.wire.errors import UserError
from portal.wire.ids import b64
from portal.wire.ledger.entries import Kind, commitment, parse_entry
from tests.server.feedback.desk import Desk, Moderator

BUS = "The night bus should run until two."


def topic(desk: Desk, who: Moderator, title: str = "Night buses") -> str:
    def made(unit: Unit) -> Topic:
        week = desk_week(unit)
        return topics.make(unit, who.actor, week, title, "en", theme="transport", minutes=10)

    return desk.write(made).id


def desk_week(unit: Unit) -> str:
    return weeks.current(unit).id


def test_accepting_puts_a_submission_under_a_topic_that_its_ballot_then_supports(desk: Desk, ada: Moderator) -> None:
    said, under = desk.says(BUS), topic(desk, ada)
    row = desk.does(lambda unit: moderation.accept(unit, ada.actor, said, 0, [under]))
    assert desk.state(said) == "accepted"
    assert desk.submission(said).decision_id == row.id
    assert desk.read(lambda unit: topics.topic_of(unit, said)) == under
    ballot = desk.submission(said).ballot_id
    assert desk.read(lambda unit: topics.ballots(unit, desk_week(unit)))[ballot] == {under}
    shown = desk.read(lambda unit: topics.published_topics(unit, "en"))
    assert next((one.title, one.supporters, one.submissions) for one in shown if one.id == under) == (
        "Night buses",
        1,
        1,
    )


def test_every_decision_has_an_entry_in_the_ledger_that_it_opens(desk: Desk, ada: Moderator) -> None:
    said = desk.says("Plant trees along the river road.")
    row = desk.does(
        lambda unit: moderation.reject(unit, ada.actor, said, 0, Grounds("off_topic", "Ask the parks office."))
    )

    def checked(unit: Unit) -> None:
        opening = ledger.opened(unit, Kind.DECISION, [row.id])[0]
        statement = json.loads(opening.statement)
        assert statement["subject"] == b64(unit.session.get_one(Submission, said).commitment)
        assert (statement["code"], statement["reason"], statement["people"]) == ("reject", "off_topic", 1)
        entry = parse_entry(unit.session.get_one(LedgerEntry, row.ledger_entry).entry)
        assert entry.commitment == commitment(Kind.DECISION, opening.nonce, statement)

    desk.read(checked)
    assert [one.reason for one in desk.read(lambda unit: decisions.of(unit, said, "en"))] == ["off_topic"]


def test_two_moderators_acting_at_once_one_is_told_and_nothing_is_lost(
    desk: Desk, ada: Moderator, bo: Moderator
) -> None:
    said, under = desk.says(BUS), topic(desk, ada)
    desk.does(lambda unit: moderation.accept(unit, ada.actor, said, 0, [under]))
    with pytest.raises(UserError, match=r"moderation\.moved"):
        desk.does(lambda unit: moderation.reject(unit, bo.actor, said, 0, Grounds("abuse")))
    assert desk.state(said) == "accepted"
    assert len(desk.read(lambda unit: decisions.of(unit, said, "en"))) == 1


def test_a_submission_with_several_matters_is_under_several_topics(desk: Desk, ada: Moderator) -> None:
    said, one, other = desk.says("Buses and bins."), topic(desk, ada, "Buses"), topic(desk, ada, "Bins")
    row = desk.does(lambda unit: moderation.accept(unit, ada.actor, said, 0, [one, other]))
    assert row.code == "split"
    assert desk.read(lambda unit: topics.topics_of(unit, said)) == [one, other]
    assert desk.read(lambda unit: topics.supporters(unit, [one, other])) == {one: 1, other: 1}


def test_what_was_merged_follows_the_other_under_its_topic_and_counts_as_its_own_ballot(
    desk: Desk, ada: Moderator
) -> None:
    first, second, under = desk.says(BUS), desk.says(BUS), topic(desk, ada)
    desk.does(lambda unit: moderation.merge(unit, ada.actor, second, 0, first))
    assert desk.read(lambda unit: topics.topics_of(unit, second)) == []
    desk.does(lambda unit: moderation.accept(unit, ada.actor, first, 0, [under]))
    assert desk.read(lambda unit: topics.topics_of(unit, second)) == [under]
    assert desk.read(lambda unit: topics.supporters(unit, [under])) == {under: 2}
    third = desk.says(BUS)
    with pytest.raises(UserError, match=r"request\.not_found"):  # no chains: into the first, not into the second
        desk.does(lambda unit: moderation.merge(unit, ada.actor, third, 0, second))
    with pytest.raises(UserError, match=r"request\.not_found"):
        desk.does(lambda unit: moderation.merge(unit, ada.actor, third, 0, third))


def test_what_was_merged_is_rejected_with_the_other_and_comes_back_with_it(desk: Desk, ada: Moderator) -> None:
    first, second, under = desk.says(BUS), desk.says(BUS), topic(desk, ada)
    merged = desk.does(lambda unit: moderation.merge(unit, ada.actor, second, 0, first))
    desk.does(lambda unit: moderation.accept(unit, ada.actor, first, 0, [under]))
    rejected = desk.does(lambda unit: moderation.reject(unit, ada.actor, first, 1, Grounds("off_topic")))
    assert (desk.state(second), desk.submission(second).decision_id) == ("rejected", rejected.id)
    assert [one.code for one in desk.read(lambda unit: decisions.of(unit, second, "en"))] == ["reject", "merge"]
    assert desk.read(lambda unit: topics.supporters(unit, [under])) == {under: 0}
    desk.does(lambda unit: moderation.undo(unit, ada.actor, rejected.id))
    assert (desk.state(second), desk.submission(second).decision_id) == ("merged", merged.id)
    assert desk.read(lambda unit: topics.supporters(unit, [under])) == {under: 2}


def test_what_its_writer_takes_back_meanwhile_needs_no_second_person(desk: Desk, ada: Moderator, bo: Moderator) -> None:
    said = desk.says("Taken back.")
    row = desk.does(lambda unit: moderation.reject(unit, ada.actor, said, 0, Grounds("illegal")))
    desk.does(lambda unit: service.withdraw(unit, unit.session.get_one(Submission, said)))
    desk.does(lambda unit: moderation.second(unit, bo.actor, row.id, agrees=True))
    assert desk.state(said) == "withdrawn"
    assert desk.read(lambda unit: decisions.proposed(unit, [said])) == []


def test_words_about_what_was_meant_for_moderators_alone_are_not_in_the_log(desk: Desk, ada: Moderator) -> None:
    said = desk.says("My neighbour beats his dog.", visibility="moderators")
    desk.does(lambda unit: moderation.reject(unit, ada.actor, said, 0, Grounds("off_topic", "Tell the police of it.")))
    logged = next(one for one in desk.read(lambda unit: decisions.log(unit, "en")) if one.subject == said)
    assert (logged.reason, logged.text, logged.original) == ("off_topic", "", "")
    assert desk.read(lambda unit: decisions.of(unit, said, "en"))[0].text == "Tell the police of it."


def test_undo_restores_everything_and_the_log_tells_both(desk: Desk, ada: Moderator, bo: Moderator) -> None:
    said, under = desk.says(BUS), topic(desk, ada)
    accepted = desk.does(lambda unit: moderation.accept(unit, ada.actor, said, 0, [under]))
    moved = desk.does(lambda unit: moderation.reject(unit, ada.actor, said, 1, Grounds("unclear")))
    assert desk.read(lambda unit: topics.topics_of(unit, said)) == []
    with pytest.raises(UserError, match=r"moderation\.moved"):  # the newest first
        desk.does(lambda unit: moderation.undo(unit, bo.actor, accepted.id))
    undone = desk.does(lambda unit: moderation.undo(unit, bo.actor, moved.id))
    assert (desk.state(said), undone.supersedes) == ("accepted", moved.id)
    assert desk.submission(said).decision_id == accepted.id
    assert desk.read(lambda unit: topics.topics_of(unit, said)) == [under]
    desk.does(lambda unit: moderation.undo(unit, ada.actor, accepted.id))
    assert (desk.state(said), desk.submission(said).decision_id) == ("waiting", None)
    codes = [one.code for one in desk.read(lambda unit: decisions.log(unit, "en")) if one.subject == said]
    assert sorted(codes) == ["accept", "reject", "undo", "undo"]


def test_a_legal_removal_needs_a_second_person_and_then_erases_the_text(
    desk: Desk, ada: Moderator, bo: Moderator
) -> None:
    said = desk.says("Something that the law forbids.")
    row = desk.does(lambda unit: moderation.reject(unit, ada.actor, said, 0, Grounds("illegal", "Section 130.")))
    assert (desk.state(said), row.state, row.ledger_entry) == ("waiting", "proposed", None)
    assert desk.read(lambda unit: decisions.of(unit, said, "en")) == []
    with pytest.raises(UserError, match=r"moderation\.second_person"):
        desk.does(lambda unit: moderation.second(unit, ada.actor, row.id, agrees=True))
    with pytest.raises(UserError, match=r"moderation\.second_person"):  # nobody decides beside what is proposed
        desk.does(lambda unit: moderation.reject(unit, bo.actor, said, 1, Grounds("abuse")))
    desk.does(lambda unit: moderation.second(unit, bo.actor, row.id, agrees=True))
    assert desk.state(said) == "rejected"
    gone = desk.submission(said)
    assert (gone.sealed, gone.nonce) == (None, None)
    assert len(gone.commitment) == 32
    assert [(one.reason, one.by_two) for one in desk.read(lambda unit: decisions.of(unit, said, "en"))] == [
        ("illegal", True)
    ]
    with pytest.raises(UserError, match=r"moderation\.closed"):
        desk.does(lambda unit: moderation.undo(unit, bo.actor, row.id))


def test_a_refused_proposal_leaves_everything_as_it_was(desk: Desk, ada: Moderator, bo: Moderator) -> None:
    said = desk.says("Something harmless.")
    row = desk.does(lambda unit: moderation.reject(unit, ada.actor, said, 0, Grounds("illegal")))
    desk.does(lambda unit: moderation.second(unit, bo.actor, row.id, agrees=False))
    assert desk.state(said) == "waiting"
    assert desk.read(lambda unit: decisions.of(unit, said, "en")) == []


def test_a_redaction_takes_out_and_never_puts_in(desk: Desk, ada: Moderator) -> None:
    text = "Mr Kim at 12 Hill Street lets his dog bark all night."
    said = desk.says(text)
    marked = "[[Mr Kim at 12 Hill Street]] lets his dog bark all night."
    desk.does(lambda unit: readings.take_in(unit, readings.Owed(said, text, "en", "ko", 0), translated("김 씨")))
    row = desk.does(lambda unit: moderation.redact(unit, ada.actor, said, 0, marked, Grounds("personal_data")))

    def checked(unit: Unit) -> None:
        submission = unit.session.get_one(Submission, said)
        assert review.shown_text(unit, submission) == f"{GAP} lets his dog bark all night."
        assert service.text_of(unit, submission) == text
        redaction = unit.session.get_one(Redaction, (said, 1))
        statement = ledger.opened(unit, Kind.DECISION, [row.id])[0].statement
        assert b64(redaction.commitment).encode() in statement
        assert submission.commitment != redaction.commitment
        assert readings.readings(unit, [said], "ko") == {}  # the translation told what was taken out

    desk.read(checked)
    undone = desk.does(lambda unit: moderation.undo(unit, ada.actor, row.id))
    assert undone.supersedes == row.id
    assert desk.read(lambda unit: review.shown_text(unit, unit.session.get_one(Submission, said))) == text


@pytest.mark.parametrize(
    ("marked", "kind"),
    [
        ("as it was", "none"),
        ("as [[it]] is", "changed"),
        ("as [[it was", "unpaired"),
        ("as it]] was", "unpaired"),
        ("as [[[[it]]]] was", "unpaired"),
        ("as [[]]it was", "none"),
        ("[[as it was]]", "everything"),
    ],
)
def test_marks_that_do_something_else_are_refused(marked: str, kind: str) -> None:
    with pytest.raises(MarksError) as refused:
        redacted("as it was", marked)
    assert refused.value.kind == kind


def test_marks_are_chosen_so_that_the_text_does_not_hold_them() -> None:
    assert (
        redacted("a [[b]] c", f"a [[b]] {marks_for('a [[b]] c').opening}c{marks_for('a [[b]] c').closing}")
        == f"a [[b]] {GAP}"
    )
    assert redacted("ab", "[[a]]b") == redacted("aaaaab", "[[aaaaa]]b")


def test_a_question_goes_to_the_receipt_and_the_submission_comes_back_by_undo(desk: Desk, ada: Moderator) -> None:
    said = desk.says("Fix it.")
    with pytest.raises(UserError, match=r"request\.not_found"):
        desk.does(lambda unit: moderation.ask_citizen(unit, ada.actor, said, 0, Grounds("", "  ")))
    desk.does(lambda unit: moderation.ask_citizen(unit, ada.actor, said, 0, Grounds("", "What should be fixed?")))
    assert desk.state(said) == "returned"
    thread = desk.read(lambda unit: threads.for_desk(unit, unit.session.get_one(Submission, said)))
    assert [(message.direction, message.text) for message in thread] == [("out", "What should be fixed?")]


def test_another_language_is_translated_anew_and_leaves_the_commitment(desk: Desk, ada: Moderator) -> None:
    said = desk.says("안녕하세요", "en")
    desk.does(lambda unit: readings.take_in(unit, readings.Owed(said, "", "en", "fr", 0), translated("salut")))
    desk.does(lambda unit: moderation.set_language(unit, ada.actor, said, 0, "ko"))
    assert (desk.review(said).language, desk.submission(said).lang) == ("ko", "en")
    owing = next(one for one in desk.read(lambda unit: readings.owed(unit, 1000)) if one.submission == said)
    assert [(one.language, one.target) for one in owing.translations] == [("ko", "en")]


def test_a_translation_of_what_was_redacted_meanwhile_is_thrown_away(desk: Desk, ada: Moderator) -> None:
    said = desk.says("Call Ms Lee.")
    job = readings.Owed(said, "Call Ms Lee.", "en", "ko", 0)
    desk.does(lambda unit: moderation.redact(unit, ada.actor, said, 0, "Call [[Ms Lee]].", Grounds("personal_data")))
    desk.does(lambda unit: readings.take_in(unit, job, translated("이 씨에게 전화하세요")))
    assert desk.read(lambda unit: readings.readings(unit, [said], "ko")) == {}


def test_erasing_leaves_nothing_of_the_words_with_moderators(desk: Desk, ada: Moderator) -> None:
    said = desk.says("Ms Lee is late.")
    desk.does(lambda unit: moderation.redact(unit, ada.actor, said, 0, "[[Ms Lee]] is late.", Grounds("personal_data")))
    desk.does(lambda unit: readings.correct(unit, ada.actor, said, "ko", "늦습니다"))
    desk.does(lambda unit: service.erase(unit, unit.session.get_one(Submission, said)))

    def checked(unit: Unit) -> None:
        assert review.shown_text(unit, unit.session.get_one(Submission, said)) is None
        redaction = unit.session.get_one(Redaction, (said, 1))
        assert (redaction.sealed, redaction.nonce) == (None, None)
        assert readings.readings(unit, [said], "ko") == {}

    desk.read(checked)


def test_nothing_in_the_database_names_a_moderator_in_public(desk: Desk, ada: Moderator) -> None:
    said = desk.says("Whatever.")
    row = desk.does(lambda unit: moderation.reject(unit, ada.actor, said, 0, Grounds("off_topic")))
    statement = desk.read(lambda unit: ledger.opened(unit, Kind.DECISION, [row.id])[0].statement)
    assert ada.account.encode() not in statement
    assert desk.read(lambda unit: unit.session.scalar(sa.select(sa.func.count()).select_from(Decision))) is not None


def translated(text: str) -> Rendering:
    return Rendering(text, "done", "ctranslate2 0123456789abcdef", None, "clear", [])
