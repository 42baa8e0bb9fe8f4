"""Public translation by real models in the worker's jobs: kept with engine, confidence and warnings, checked by people.

The models are dictionaries as real CTranslate2 packages, one of which corrupts numbers on purpose.
"""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core import jobs
from portal.server.core.db import Unit
from portal.server.feedback import moderation, moderation_jobs, readings, review
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.moderation_models import SubmissionText
from portal.server.translation import service
from portal.server.translation.feature import PublicTranslation
from portal.server.translation.models import PublicText
from portal.translation.lexicon_model import Lexicon, build_package
from portal.translation.packages.store import Store
from tests.server.feedback.desk import ORIGIN, Desk, Moderator

WORDS = {"We agree": "우리는 동의합니다", "troops": "병력", "Hello": "안녕하세요"}
BACK = {korean: english for english, korean in WORDS.items()}


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("archives")
    made = {
        "en_ko": (("en", "ko"), Lexicon(WORDS, changed_bytes={"7": "8"})),
        "ko_en": (("ko", "en"), Lexicon(BACK)),
        "en_fr": (("en", "fr"), Lexicon({"Hello": "Bonjour", "We agree": "Nous sommes d'accord"})),
    }
    return {name: build_package(folder / f"{name}.argosmodel", *what) for name, what in made.items()}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, archives: dict[str, Path]) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    store = Store(folder / "languages")
    for name in ("en_ko", "ko_en"):
        store.install(archives[name], checked=False)
    made = Desk(create_app(Settings(data_dir=folder, public_url=ORIGIN)))
    yield made
    made.portal.get(PublicTranslation).close()
    made.portal.database.close()


@pytest.fixture(scope="module")
def ada(desk: Desk) -> Moderator:
    return desk.moderator(languages=("en",))


def work(desk: Desk) -> None:
    """What a worker does in one round."""
    moderation_jobs.look(desk.portal)
    jobs.run_due(desk.portal)
    failed = desk.read(lambda unit: unit.session.scalars(sa.select(jobs.Job.fault).where(jobs.Job.tries > 0)).all())
    assert not failed


def text(desk: Desk, key: str, language: str) -> PublicText:
    return desk.read(lambda unit: unit.session.get_one(PublicText, (key, language)))


def test_a_public_text_is_translated_into_all_languages_there_are_models_for(desk: Desk) -> None:
    desk.does(lambda unit: service.put(unit, "topic:hello", "Hello", "en"))
    work(desk)
    korean, french = text(desk, "topic:hello", "ko"), text(desk, "topic:hello", "fr")
    assert (korean.text, korean.state, korean.origin, korean.confidence) == ("안녕하세요", "done", "machine", "clear")
    assert korean.engine.startswith("ctranslate2 ")
    assert (french.text, french.state) == ("", "no_model")
    shown = desk.read(lambda unit: service.shown(unit, ["topic:hello"], "fr"))["topic:hello"]
    assert (shown.text, shown.language, shown.is_translated) == ("Hello", "en", False)
    shown = desk.read(lambda unit: service.shown(unit, ["topic:hello"], "ko"))["topic:hello"]
    assert (shown.text, shown.original, shown.checked) == ("안녕하세요", "Hello", False)


def test_guards_warnings_are_kept_with_the_translation(desk: Desk) -> None:
    desk.does(lambda unit: service.put(unit, "topic:numbers", "troops 17", "en"))
    work(desk)
    korean = text(desk, "topic:numbers", "ko")
    assert "18" in korean.text
    assert korean.confidence == "doubtful"
    assert {finding["kind"] for finding in korean.findings} >= {"number_missing"}


def test_another_original_is_translated_anew_and_has_to_be_checked_again(desk: Desk, ada: Moderator) -> None:
    key = "topic:changed"
    desk.does(lambda unit: service.put(unit, key, "Hello", "en"))
    work(desk)
    row = text(desk, key, "ko")
    desk.does(lambda unit: service.check(unit, ada.actor, key, "ko", row.text, revision=row.revision))
    assert (key, "ko") not in desk.read(lambda unit: service.missing(unit, [key]))
    assert text(desk, key, "ko").origin == "machine"  # it was right as it was
    desk.does(lambda unit: service.put(unit, key, "Hello", "en"))  # the same words change nothing
    assert (key, "ko") not in desk.read(lambda unit: service.missing(unit, [key]))
    desk.does(lambda unit: service.put(unit, key, "We agree", "en"))
    assert (key, "ko") in desk.read(lambda unit: service.missing(unit, [key]))
    work(desk)
    assert text(desk, key, "ko").text == "우리는 동의합니다"


def test_what_a_person_wrote_meanwhile_is_not_overwritten(desk: Desk, ada: Moderator) -> None:
    key = "topic:faster"
    desk.does(lambda unit: service.put(unit, key, "Hello", "en"))
    desk.does(lambda unit: service.check(unit, ada.actor, key, "ko", "반갑습니다", revision=0))
    work(desk)
    assert (text(desk, key, "ko").text, text(desk, key, "ko").origin) == ("반갑습니다", "human")


def test_what_had_no_model_is_translated_once_a_package_is_installed(
    desk: Desk, archives: dict[str, Path], ada: Moderator
) -> None:
    key = "topic:later"
    desk.does(lambda unit: service.put(unit, key, "Hello", "en"))
    work(desk)
    assert text(desk, key, "fr").state == "no_model"
    desk.portal.get(PublicTranslation).store.install(archives["en_fr"], checked=False)
    work(desk)
    assert text(desk, key, "fr").text == "Bonjour"


def test_submissions_reach_moderators_in_their_language_sealed_at_rest(desk: Desk, ada: Moderator) -> None:
    said = desk.says("우리는 동의합니다", "ko")
    work(desk)
    found = desk.read(lambda unit: readings.readings(unit, [said], "en"))[said]
    assert (found.text, found.state, found.origin, found.confidence) == ("We agree", "done", "machine", "clear")
    row = desk.read(lambda unit: unit.session.get_one(SubmissionText, (said, "en")))
    assert row.sealed is not None
    assert b"agree" not in row.sealed
    assert "We agree" in ada.get(f"/moderate?item={said}")


def test_no_job_names_a_submission(desk: Desk) -> None:
    said = desk.says("우리는 동의합니다", "ko")
    moderation_jobs.look(desk.portal)
    payloads = desk.read(lambda unit: [dict(job.payload) for job in unit.session.scalars(sa.select(jobs.Job))])
    assert said not in str(payloads)
    work(desk)


def test_the_language_of_a_submission_is_recognised_and_corrected(desk: Desk, ada: Moderator) -> None:
    said = desk.says("우리는 동의합니다", "en")
    work(desk)
    assert desk.review(said).detected == "ko"
    page = ada.get(f"/moderate?item={said}")
    assert "This looks like Korean." in page
    ada.post(f"/moderate/s/{said}/language", revision="0", language="ko")
    work(desk)
    page = ada.get(f"/moderate?item={said}")
    assert "We agree" in page
    assert "This looks like" not in page


def test_an_emoji_a_flood_and_a_huge_text_do_not_stop_the_job(desk: Desk) -> None:
    emoji, huge = desk.says("🌳🌳🌳", "ko"), desk.says("우리는 동의합니다 " * 400, "ko")
    copies = desk.says_all(["우리는 동의합니다"] * 30, "ko")
    work(desk)
    found = desk.read(lambda unit: readings.readings(unit, [emoji, huge, *copies], "en"))
    assert found[emoji].text == "🌳🌳🌳"
    assert all(found[one].text == "We agree" for one in copies)
    assert found[huge].state == "done"


def test_a_redacted_text_is_translated_as_redacted(desk: Desk, ada: Moderator) -> None:
    said = desk.says("우리는 동의합니다 010-1234-5678", "ko")
    work(desk)
    marked = "우리는 동의합니다 [[010-1234-5678]]"
    desk.does(lambda unit: moderation.redact(unit, ada.actor, said, 0, marked, Grounds("personal_data")))
    work(desk)
    found = desk.read(lambda unit: readings.readings(unit, [said], "en"))[said]
    assert found.text is not None
    assert "1234" not in found.text


def test_publishing_waits_until_every_language_is_checked(desk: Desk, ada: Moderator) -> None:
    keys = ["agenda:w:1", "agenda:w:2"]

    def put(unit: Unit) -> None:
        for key in keys:
            service.put(unit, key, "Hello", "en", targets=("ko", "fr"))

    desk.does(put)
    work(desk)
    left = desk.read(lambda unit: service.missing(unit, keys, ("en", "ko", "fr")))
    assert sorted(left) == [("agenda:w:1", "fr"), ("agenda:w:1", "ko"), ("agenda:w:2", "fr"), ("agenda:w:2", "ko")]
    for key, language in left:
        row = text(desk, key, language)
        checked: dict[str, Any] = {
            "actor": ada.actor,
            "key": key,
            "language": language,
            "text": row.text,
            "revision": row.revision,
        }
        desk.does(partial(service.check, **checked))
    assert desk.read(lambda unit: service.missing(unit, keys, ("en", "ko", "fr"))) == []


def test_unknown_submissions_are_begun_with(desk: Desk) -> None:
    assert desk.does(review.begin_with_all) == 0


def test_a_moderator_of_another_language_asks_for_a_translation(desk: Desk, ada: Moderator) -> None:
    said = desk.says("We agree", "en")
    work(desk)
    assert "Nobody has asked" not in ada.get(f"/moderate?item={said}")
    page = ada.get(f"/moderate?item={said}&lang=ko")
    assert "번역 요청" in page
    ada.post(f"/moderate/s/{said}/translate?lang=ko", translated="")
    assert "번역 요청" not in ada.get(f"/moderate?item={said}&lang=ko")
    work(desk)
    assert "우리는 동의합니다" in ada.get(f"/moderate?item={said}&lang=ko")
