"""A sign-in is taken over to administration's origin by the browser that asked for it, and ends with its session."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
from werkzeug.test import TestResponse

from portal.config import Settings
from portal.server.accounts import hand_over, sessions
from portal.server.accounts.models import SignedInSession
from portal.server.app import create_app
from portal.server.core import migrations
from portal.server.core.actor import Role
from portal.server.core.context import EXTENSION, Portal
from portal.wire.errors import UserError
from portal.wire.ids import b64
from tests.server.feedback.desk import Desk, Moderator

NEGOTIATORS, CITIZENS, STAFF = (f"https://{name}.example.org" for name in ("portal", "town", "staff"))
PAGE = "/moderate?shelf=all&item=1"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flask.Flask]:
    data: Path = tmp_path_factory.mktemp("apart")
    app = create_app(Settings(data_dir=data, public_url=NEGOTIATORS, citizens_url=CITIZENS, administration_url=STAFF))
    portal: Portal = app.extensions[EXTENSION]
    migrations.upgrade(portal.database)
    yield app
    portal.database.close()


@pytest.fixture
def moderator(app: flask.Flask) -> Moderator:
    """Somebody signed in on the negotiators' origin alone."""
    person = Desk(app).moderator(Role.MODERATOR)
    held = person.client.get_cookie(sessions.COOKIE)
    assert held is not None
    person.client.delete_cookie(sessions.COOKIE)
    person.client.set_cookie(sessions.COOKIE, held.value, domain="portal.example.org", secure=True)
    return person


def goes(client: flask.testing.FlaskClient, address: str, **headers: str) -> TestResponse:
    """One step of a browser that opens ``address``."""
    parts = urlsplit(address)
    return client.get(
        parts.path, query_string=parts.query, base_url=f"{parts.scheme}://{parts.netloc}", headers=headers
    )


def asked(client: flask.testing.FlaskClient) -> str:
    """Where a browser is sent that wants to sign in to administration's pages."""
    return goes(client, f"{STAFF}/sign-in?next=/moderate%3Fshelf%3Dall%26item%3D1").location


def test_who_is_signed_in_to_negotiate_comes_to_the_page_of_administration(moderator: Moderator) -> None:
    client = moderator.client
    first = goes(client, STAFF + PAGE)
    assert first.status_code == 401
    assert 'href="/sign-in?next=/moderate' in first.text
    there = asked(client)
    assert there.startswith(f"{NEGOTIATORS}/hand-over?")
    back = goes(client, there).location
    assert back.startswith(f"{STAFF}/sign-in/done?")
    done = goes(client, back)
    assert (done.status_code, done.location) == (303, PAGE)
    assert goes(client, STAFF + "/moderate").status_code == 200
    cookie = client.get_cookie(sessions.COOKIE, domain="staff.example.org")
    original = client.get_cookie(sessions.COOKIE, domain="portal.example.org")
    assert cookie is not None
    assert original is not None
    assert cookie.value != original.value
    assert goes(client, f"{NEGOTIATORS}/api/delegations").status_code == 200


def test_neither_cookie_is_worth_anything_on_the_other_origin(moderator: Moderator) -> None:
    client = moderator.client
    goes(client, goes(client, asked(client)).location)
    cookies = {name: client.get_cookie(sessions.COOKIE, domain=f"{name}.example.org") for name in ("portal", "staff")}
    for name, other in (("portal", "staff"), ("staff", "portal")):
        cookie = cookies[other]
        assert cookie is not None
        client.set_cookie(sessions.COOKIE, cookie.value, domain=f"{name}.example.org", secure=True)
    assert goes(client, f"{NEGOTIATORS}/api/delegations").status_code == 401
    assert goes(client, f"{STAFF}/moderate").status_code == 401


def test_the_code_is_of_no_use_in_another_browser(app: flask.Flask, moderator: Moderator) -> None:
    back = goes(moderator.client, asked(moderator.client)).location
    thief = app.test_client()
    asked(thief)
    goes(thief, back)
    assert goes(thief, f"{STAFF}/moderate").status_code == 401


def test_the_session_that_ends_takes_the_other_with_it(app: flask.Flask, moderator: Moderator) -> None:
    client = moderator.client
    goes(client, goes(client, asked(client)).location)
    portal: Portal = app.extensions[EXTENSION]
    portal.database.write(lambda unit: sessions.sign_out(unit, moderator.actor))
    assert goes(client, f"{STAFF}/moderate").status_code == 401


def test_who_is_not_signed_in_is_shown_where_to_and_comes_back(app: flask.Flask) -> None:
    there = goes(app.test_client(), asked(app.test_client())).location
    assert there.startswith("/?next=%2Fhand-over%3Fstate%3D")
    assert parse_qs(urlsplit(there).query)["next"][0].endswith("next=%2Fmoderate%3Fshelf%3Dall%26item%3D1")


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example/moderate", "/moderated", "/api/me", ""])
def test_nobody_is_sent_anywhere_else(app: flask.Flask, elsewhere: str) -> None:
    done = app.test_client().get("/sign-in/done", query_string={"next": elsewhere, "code": "x"}, base_url=STAFF)
    assert (done.status_code, done.location) == (303, "/moderate")


def test_no_page_may_hold_the_hand_over_inside_itself(moderator: Moderator) -> None:
    there = asked(moderator.client)
    assert goes(moderator.client, there, **{"Sec-Fetch-Dest": "iframe"}).status_code == 403


def test_a_code_is_good_for_a_minute_and_only_unchanged(app: flask.Flask, moderator: Moderator) -> None:
    portal: Portal = app.extensions[EXTENSION]
    state = hand_over.new_state()
    challenge = hand_over.challenge(state)
    code = portal.database.read(lambda unit: hand_over.code_for(unit, moderator.actor, challenge))
    changed = ("A" if code[-9] != "A" else "B").join((code[:-9], code[-8:]))
    longest = "_" * len(code)

    def redeemed(sent: str) -> str:
        return portal.database.read(lambda unit: hand_over.token_for(unit, sent, state))

    for wrong in (changed, longest, "", "é", code + "A"):
        with pytest.raises(UserError, match=r"session\.ticket"):
            redeemed(wrong)
    assert redeemed(code)
    now = portal.database.clock_ms
    portal.database.clock_ms = lambda: now() + 61_000
    try:
        with pytest.raises(UserError, match=r"session\.ticket"):
            redeemed(code)
    finally:
        portal.database.clock_ms = now


def test_a_stolen_table_of_sessions_signs_nobody_in(app: flask.Flask, moderator: Moderator) -> None:
    portal: Portal = app.extensions[EXTENSION]
    row = portal.database.read(lambda unit: unit.session.get_one(SignedInSession, moderator.actor.session))
    forged = b64(row.id.to_bytes(8) + row.token_sha256)
    with pytest.raises(UserError, match=r"session\.required"):
        portal.database.read(lambda unit: hand_over.actor_of(unit, forged))
