"""The weekly letter: nobody gets it who has not said yes, the address is nowhere readable, and nothing is lost."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.config import Settings, SettingsError
from portal.server.core import jobs
from portal.server.core.db import Unit
from portal.server.feedback.feature import Feedback
from portal.server.feedback.proof_of_work import solve
from portal.server.feedback.weeks import IntakeWeek
from portal.server.official import digest, digest_jobs
from portal.server.official.models import DigestSubscription
from portal.server.townhall import publications
from tests.server.feedback.desk import ORIGIN, Desk
from tests.server.official.conftest import Clock, Postbox, works

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def client(desk: Desk) -> FlaskClient:
    desk.portal.get(Feedback).load.base_cost = 4  # work that a test can do often
    return desk.app.test_client()


def posted(client: FlaskClient, path: str, body: str = "") -> TestResponse:
    return client.post(path, data=body, content_type=FORM, headers={"Origin": ORIGIN, "Accept-Language": "ko"})


def asks(client: FlaskClient, address: str) -> TestResponse:
    """Ask for the letter, with the work that it costs."""
    page = client.get("/digest").text
    work, cost = re.search(r'name="work" value="([^"]+)"', page), re.search(r'data-cost="(\d+)"', page)
    assert work is not None
    assert cost is not None
    return posted(client, "/digest", f"address={address}&work={work[1]}&solution={solve(work[1], int(cost[1]))}")


def asked(desk: Desk, client: FlaskClient, box: Postbox, address: str) -> str:
    """Ask, and return the link of the letter that comes."""
    assert asks(client, address).status_code == 200
    works(desk)
    (link,) = re.findall(r"http://localhost:8700(/digest/confirm\S+)", box.to(address)[-1].get_content())
    return str(link)


def subscribed(desk: Desk, client: FlaskClient, box: Postbox, address: str) -> None:
    assert posted(client, asked(desk, client, box, address)).status_code == 200


def test_a_letter_comes_only_after_a_yes(desk: Desk, client: FlaskClient, postbox: tuple[Postbox, int]) -> None:
    box = postbox[0]
    link = asked(desk, client, box, "ada@example.org")
    (letter,) = box.to("ada@example.org")
    assert letter["Subject"] == "매주 편지를 받으시겠습니까?"
    assert letter["Auto-Submitted"] == "auto-generated"
    # Programs that look into mail follow its links: that alone subscribes nobody.
    assert client.get(link).status_code == 200
    assert desk.read(lambda unit: digest.due(unit, "2026-W48", 9)) == []
    assert posted(client, link).status_code == 200
    assert len(desk.read(lambda unit: digest.due(unit, "2026-W48", 9))) == 1


def test_the_address_is_sealed_and_asked_once(desk: Desk, client: FlaskClient, postbox: tuple[Postbox, int]) -> None:
    asked(desk, client, postbox[0], "grace@example.org")
    first = asks(client, "GRACE@example.org").text
    assert asks(client, "ada@example.org").text == first
    works(desk)
    assert len(postbox[0].to("grace@example.org")) == 1
    assert len(postbox[0].to("ada@example.org")) == 1
    folder = desk.portal.settings.data_dir
    kept = b"".join(path.read_bytes() for path in Path(folder).glob("portal.sqlite3*"))
    assert b"DIGEST_SUBSCRIPTION" in kept.upper()
    assert b"grace@" not in kept.lower()


def test_the_week_s_letter_goes_to_each_once_and_stops_by_one_click(
    desk: Desk, client: FlaskClient, postbox: tuple[Postbox, int], clock: Clock
) -> None:
    box = postbox[0]
    for name in ("a", "b", "gone"):
        subscribed(desk, client, box, f"{name}@week.example")
    box.refused.add("gone@week.example")
    desk.write(_publish)
    for _ in range(3):
        digest_jobs.look(desk.portal)
        works(desk)
        clock.now_ms += 3_600_000
    (letter,) = [one for one in box.to("a@week.example") if "W48" in one["Subject"]]
    assert "- 밤 버스 (10분)" in letter.get_content()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = letter["List-Unsubscribe"].strip("<>").removeprefix(ORIGIN)
    assert client.post(stop, data="List-Unsubscribe=One-Click", content_type=FORM).status_code == 200
    assert len([one for one in box.to("b@week.example") if "W48" in one["Subject"]]) == 1
    assert desk.read(lambda unit: digest.due(unit, "2026-W49", 9)) != []
    assert not any("W48" in one["Subject"] for one in box.to("gone@week.example"))
    assert posted(client, stop).status_code == 200  # twice does no harm


def _publish(unit: Unit) -> None:
    titles = {"en": "Night bus", "ko": "밤 버스"}
    publications.publish(unit, "2026-W48", "agenda", {"items": [{"minutes": 10, "titles": titles}]}, revision=1)
    unit.session.get_one(IntakeWeek, "2026-W48").state = "published"


def test_a_mail_server_that_is_down_loses_nothing(
    desk: Desk, client: FlaskClient, postbox: tuple[Postbox, int], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as down:
        down.setattr("smtplib.SMTP.connect", _refuse)
        assert asks(client, "late@example.org").status_code == 200
        assert works(desk) == 1
    assert postbox[0].to("late@example.org") == []
    clock.now_ms += 60_000
    works(desk)
    assert len(postbox[0].to("late@example.org")) == 1


def _refuse(*_arguments: object) -> None:
    raise ConnectionRefusedError


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "ada",
        "ada@",
        "a b@example.org",
        "a@b.example,c@d.example",
        "a@b.example%0d%0aBcc:c@d.example",
        "a@b.c%00om",
        "@x.org",
    ],
)
def test_what_is_no_address_comes_back_with_the_problem(client: FlaskClient, wrong: str) -> None:
    answer = posted(client, "/digest", f"address={wrong}&lang=")
    assert answer.status_code in {400, 422}
    answer = posted(client, "/digest", f"address={wrong}")
    assert answer.status_code == 422
    assert 'href="#f-address"' in answer.text


def test_a_changed_link_does_nothing(desk: Desk, client: FlaskClient, postbox: tuple[Postbox, int]) -> None:
    link = asked(desk, client, postbox[0], "eve@example.org")
    token = re.findall(r"t=([^&]+)", link)[0]
    for bad in (token[:-1] + ("A" if token[-1] != "A" else "Q"), token[:22], "", "x" * 500, token[:22] + "é" * 22):
        assert posted(client, f"/digest/confirm?t={bad}").status_code == 404
    assert posted(client, f"/digest/stop?t={token}").status_code == 404  # each link is for one thing


def test_who_does_not_answer_is_forgotten(
    desk: Desk, client: FlaskClient, postbox: tuple[Postbox, int], clock: Clock
) -> None:
    link = asked(desk, client, postbox[0], "slow@example.org")
    clock.now_ms += (digest.ASKED_DAYS + 1) * 86_400_000
    desk.write(digest.drop_unanswered)
    assert posted(client, link).status_code == 404


def test_a_letter_to_a_stranger_is_not_for_free(desk: Desk, client: FlaskClient, clock: Clock) -> None:
    """Work counts once; without a script, patience takes its place."""
    page = client.get("/digest").text
    work = re.findall(r'name="work" value="([^"]+)"', page)[0]
    form = f"work={work}&solution={solve(work, int(re.findall(r'data-cost=.([0-9]+)', page)[0]))}"
    assert posted(client, "/digest", f"address=one@cost.example&{form}").status_code == 200
    assert posted(client, "/digest", f"address=two@cost.example&{form}").status_code == 422
    waiting = posted(client, "/digest", "address=three@cost.example").text
    patience = re.findall(r'name="patience" value="([^"]+)"', waiting)[0]
    assert 'name="address" value="three@cost.example"' in waiting
    form = f"address=three@cost.example&patience={patience}"
    assert posted(client, "/digest", form).status_code == 422
    assert works(desk) == 1
    clock.now_ms += 60_000
    assert posted(client, "/digest", form).status_code == 200
    assert works(desk) == 1


def test_a_flood_of_addresses_ends(desk: Desk, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = sa.select(sa.func.count()).select_from(DigestSubscription).where(DigestSubscription.state == "asked")
    before = desk.read(lambda unit: unit.session.scalar(waiting))
    monkeypatch.setattr(digest, "ASKED_MAX", 0)
    answer = asks(client, "one.more@example.org")
    assert answer.status_code == 503
    assert "one.more@example.org" in answer.text  # nothing typed is lost
    assert desk.read(lambda unit: unit.session.scalar(waiting)) == before
    assert jobs.run_due(desk.portal) == 0


def test_letters_go_unsealed_only_on_this_machine(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="localhost"):
        Settings(data_dir=tmp_path, smtp_host="mail.example.org", smtp_security="none")
    with pytest.raises(SettingsError, match="starttls"):
        Settings(data_dir=tmp_path, smtp_security="ssl")
