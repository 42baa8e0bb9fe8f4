"""Each side of an installation with three origins answers what is its own, sends readers on, and refuses the rest."""

from collections.abc import Iterator

import flask
import pytest

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core import migrations
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.sides import LEDGER_PAGES, PROBES, SIDES, Side, sides_of

NEGOTIATORS, CITIZENS, STAFF = (f"https://{name}.example.org" for name in ("portal", "town", "staff"))
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flask.Flask]:
    data = tmp_path_factory.mktemp("sides")
    app = create_app(Settings(data_dir=data, public_url=NEGOTIATORS, citizens_url=CITIZENS, administration_url=STAFF))
    portal: Portal = app.extensions[EXTENSION]
    migrations.upgrade(portal.database)
    yield app
    portal.database.close()


def test_every_address_of_the_application_has_a_side(app: flask.Flask) -> None:
    segments = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules() if rule.rule != "/"}
    assert segments <= {*SIDES, *PROBES}
    # Sockets are taken before Flask sees them; what others add to administration may not be there yet.
    assert {*SIDES, *PROBES} - segments <= {"socket.io", "administration"}
    assert {rule.rule for rule in app.url_map.iter_rules()} >= LEDGER_PAGES


@pytest.mark.parametrize(
    ("origin", "path", "status"),
    [
        (NEGOTIATORS, "/api/me", 401),
        (NEGOTIATORS, "/ledger/key", 200),
        (NEGOTIATORS, "/ledger/release.json", 200),
        (CITIZENS, "/moderation-policy", 200),
        (CITIZENS, "/ledger", 200),
        (CITIZENS, "/ledger/key", 200),
        (CITIZENS, "/verify", 200),
        (STAFF, "/moderate", 401),
        (STAFF, "/official", 401),
        (CITIZENS, "/api/me", 421),
        (STAFF, "/api/me", 421),
        (STAFF, "/ledger/key", 308),
        ("https://evil.example", "/town-hall", 421),
        ("http://127.0.0.1:8700", "/", 421),
        ("http://127.0.0.1:8700", "/healthz", 200),
        (CITIZENS, "/absent", 404),
    ],
)
def test_a_page_is_found_at_its_own_origin(app: flask.Flask, origin: str, path: str, status: int) -> None:
    response = app.test_client().get(path, base_url=origin)
    assert response.status_code == status, response.text


@pytest.mark.parametrize(
    ("address", "there"),
    [
        (f"{NEGOTIATORS}/r", f"{CITIZENS}/r"),
        (f"{NEGOTIATORS}/topics?lang=ko&q=%C3%A9", f"{CITIZENS}/topics?lang=ko&q=%C3%A9"),
        (f"{NEGOTIATORS}/ledger", f"{CITIZENS}/ledger"),
        (f"{NEGOTIATORS}/moderate", f"{STAFF}/moderate"),
        (f"{STAFF}/week/2026-W40", f"{CITIZENS}/week/2026-W40"),
        (f"{CITIZENS}/official", f"{STAFF}/official"),
        (f"{CITIZENS}/", "/town-hall"),
        (f"{STAFF}/", "/moderate"),
    ],
)
def test_readers_are_sent_on(app: flask.Flask, address: str, there: str) -> None:
    origin, _, path = address.removeprefix("https://").partition("/")
    response = app.test_client().get(f"/{path}", base_url=f"https://{origin}")
    assert response.status_code in {302, 308}
    assert response.location == there


def test_what_is_sent_to_the_wrong_origin_is_not_sent_on(app: flask.Flask) -> None:
    response = app.test_client().post("/topics/support", base_url=NEGOTIATORS, headers={"Origin": NEGOTIATORS})
    assert response.status_code == 421


@pytest.mark.parametrize(
    ("at", "path", "page_of", "taken"),
    [
        (CITIZENS, "/digest", CITIZENS, True),
        (CITIZENS, "/digest", NEGOTIATORS, False),
        (CITIZENS, "/digest", STAFF, False),
        (STAFF, "/moderate/undo", STAFF, True),
        (STAFF, "/moderate/undo", CITIZENS, False),
        (STAFF, "/moderate/undo", NEGOTIATORS, False),
        (NEGOTIATORS, "/api/sign-out", NEGOTIATORS, True),
        (NEGOTIATORS, "/api/sign-out", CITIZENS, False),
    ],
)
def test_forms_are_taken_from_pages_of_the_same_origin_alone(
    app: flask.Flask, at: str, path: str, page_of: str, *, taken: bool
) -> None:
    kind = "application/json" if path.startswith("/api/") else FORM
    response = app.test_client().post(path, base_url=at, headers={"Origin": page_of}, content_type=kind, data=b"")
    assert (response.status_code != 403) is taken, response.text


def test_one_origin_answers_everything() -> None:
    settings = Settings(public_url=NEGOTIATORS)
    assert {settings.citizens_url, settings.administration_url} == {NEGOTIATORS}
    assert sides_of("/") == {Side.NEGOTIATORS}
    assert sides_of("/nothing-here") == set(Side)
