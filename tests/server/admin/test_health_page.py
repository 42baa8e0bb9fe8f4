"""The page of health: what the doctor says, for administrators alone, in their language."""

import pytest

from portal.server.core import erasures
from portal.server.core.actor import Role
from tests.server.feedback.desk import Desk, Moderator, words_of

PATH = "/administration/health"


@pytest.fixture(scope="module")
def administrator(installation: Desk) -> Moderator:
    return installation.moderator(Role.ADMINISTRATOR)


def test_it_says_what_is_wrong_first_and_what_to_do(administrator: Moderator) -> None:
    page = words_of(administrator.get(PATH))
    assert "Something does not work, or is dangerous." in page
    assert page.index("Nobody works off what is queued") < page.index("No backup is known of")
    assert page.index("No backup is known of") < page.index("SQLite 3.")
    assert "portal worker" in page
    assert "Does not answer at" not in page


def test_it_shows_what_was_erased(installation: Desk, administrator: Moderator) -> None:
    installation.write(lambda unit: erasures.note(unit, "words", 1234))
    page = words_of(administrator.get(PATH))
    assert "What citizens told moderators alone after 90 days 1,234 1,234" in page
    assert "Files of archived rooms never (archived_files_days) 0 0 –" in page


def test_from_outside_it_asks_the_server_itself(administrator: Moderator) -> None:
    answer = administrator.post(PATH, look="outside")
    assert answer.status_code == 200
    assert "Does not answer at http://127.0.0.1:8700" in words_of(answer.text)


def test_only_administrators_see_it(installation: Desk, administrator: Moderator) -> None:
    for role in (Role.MODERATOR, Role.CHAIR, Role.DELEGATE):
        other = installation.moderator(role)
        assert other.client.get(PATH).status_code == 403
        assert other.post(PATH, look="outside").status_code == 403
    assert installation.app.test_client().get(PATH).status_code == 401
    forged = administrator.client.post(PATH, headers={"Origin": "https://elsewhere.example"}, data={"x": "1"})
    assert forged.status_code == 403


def test_it_speaks_korean_too(administrator: Moderator) -> None:
    page = words_of(administrator.get(f"{PATH}?lang=ko"))
    assert "작동하지 않거나 위험한 것이 있습니다." in page
    assert "30일 동안" in page
