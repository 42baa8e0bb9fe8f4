"""From a link to an account: once, in time, whole or not at all."""

import threading
from collections.abc import Callable

import flask
from nacl.signing import SigningKey

from portal.server.accounts import service
from portal.server.accounts.models import Account, Invitation
from portal.server.core.context import Portal
from portal.wire.ids import b64, new_id
from tests.server.accounts.conftest import Clock, Delivered
from tests.server.accounts.people import (
    COOKIE,
    Browser,
    Json,
    Person,
    enrol,
    founding,
    prepared,
    signed_vault,
    statement_of,
    text,
    unknown_id,
)

DAY_S = 86_400


def counts(portal: Portal) -> tuple[int, int]:
    """Number of accounts and of used invitations."""
    return portal.database.read(
        lambda unit: (
            unit.session.query(Account).count(),
            unit.session.query(Invitation).filter(Invitation.used_s.is_not(None)).count(),
        )
    )


def test_an_invitation_becomes_a_signed_in_account(
    administrator: Person, visitor: Browser, delivered: Delivered
) -> None:
    delegation = administrator.browser.ok("POST", "/api/delegations", {"name": "Norland", "code": "no", "colour": 3})
    new = {"delegation": delegation["id"], "roles": ["delegate", "chair"], "days": 2}
    invitation = administrator.browser.ok("POST", "/api/invitations", new)
    link = {"id": invitation["id"], "secret": invitation["secret"]}
    offer = visitor.ok("POST", "/api/invitations/look", link)
    assert offer == {
        "delegation": {"id": delegation["id"], "name": "Norland", "code": "NO", "colour": 3},
        "roles": ["chair", "delegate"],
        "expires_s": invitation["expires_s"],
        "inviter": "Grace Example",
    }
    delivered.clear()
    person = enrol(visitor, invitation, handle="Ana.Müller", name=" Ana  Mu\u0308ller ")
    assert visitor.ok("GET", "/api/me") == {
        "account": person.account,
        "handle": "ana.müller",
        "name": "Ana Müller",
        "languages": ["en", "ko"],
        "roles": ["chair", "delegate"],
        "delegation": offer["delegation"],
        "device": person.device,
        "vault_version": 1,
        "settings": {"presence": True, "typing": True},
    }
    assert delivered.events == [("device-list.changed", (person.account,), "all")]
    lists = administrator.browser.ok("POST", "/api/device-lists", {"accounts": [person.account, unknown_id()]})
    assert lists.keys() == {person.account}
    assert [statement_of(one) for one in lists[person.account]] == person.statements


def test_the_session_cookie_is_for_this_origin_and_no_script(invitation: Json, visitor: Browser) -> None:
    _person, body = prepared(visitor, invitation)
    cookie = visitor.send("POST", "/api/onboarding/finish", body).headers["Set-Cookie"]
    name, attributes = cookie.split("=", 1)
    assert name == COOKIE
    parts = {part.strip().lower() for part in attributes.split(";")[1:]}
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)


def test_used_expired_unknown_and_withdrawn_links_are_told_apart(
    administrator: Person, invitation: Json, visitor: Browser, clock: Clock
) -> None:
    link = {"id": invitation["id"], "secret": invitation["secret"]}
    wrong = link | {"secret": b64(bytes(32))}
    assert visitor.refused("POST", "/api/invitations/look", wrong) == "invitation.unknown"
    assert visitor.refused("POST", "/api/invitations/look", link | {"id": unknown_id()}) == "invitation.unknown"
    enrol(visitor, invitation)
    assert visitor.refused("POST", "/api/invitations/look", link) == "invitation.used"
    assert visitor.refused("POST", "/api/invitations/look", wrong) == "invitation.unknown"
    start = link | {"account": unknown_id(), "request": b64(bytes(32))}
    assert visitor.refused("POST", "/api/onboarding/start", start) == "invitation.used"

    late = administrator.browser.ok("POST", "/api/invitations", {"delegation": None, "roles": ["chair"], "days": 1})
    late_link = {"id": late["id"], "secret": late["secret"]}
    _person, body = prepared(visitor, late)
    clock.pass_s(DAY_S)
    assert visitor.refused("POST", "/api/invitations/look", late_link) == "invitation.expired"
    assert visitor.refused("POST", "/api/onboarding/finish", body) == "invitation.expired"

    kept = administrator.browser.ok("POST", "/api/invitations", {"delegation": None, "roles": ["chair"], "days": 1})
    administrator.browser.ok("DELETE", f"/api/invitations/{kept['id']}")
    assert visitor.refused("POST", "/api/invitations/look", {"id": kept["id"], "secret": kept["secret"]}) == (
        "invitation.unknown"
    )
    assert administrator.browser.refused("DELETE", f"/api/invitations/{invitation['id']}") == "invitation.used"


def test_the_last_request_again_makes_no_second_account(invitation: Json, visitor: Browser, portal: Portal) -> None:
    _person, body = prepared(visitor, invitation)
    visitor.ok("POST", "/api/onboarding/finish", body)
    before = counts(portal)
    assert visitor.refused("POST", "/api/onboarding/finish", body) == "invitation.used"
    assert counts(portal) == before


def test_of_two_who_use_one_invitation_at_once_one_wins(app: flask.Flask, invitation: Json, portal: Portal) -> None:
    bodies = [prepared(Browser(app), invitation)[1] for _ in range(4)]
    before = counts(portal)
    together = threading.Barrier(len(bodies))
    outcomes: list[str] = []

    def finish(body: Json) -> None:
        browser = Browser(app)
        together.wait()
        response = browser.send("POST", "/api/onboarding/finish", body)
        answer: Json = response.get_json()
        outcomes.append("won" if response.status_code == 201 else answer["error"]["code"])

    threads = [threading.Thread(target=finish, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["invitation.used"] * 3 + ["won"]
    assert counts(portal) == (before[0] + 1, before[1] + 1)


def test_of_two_who_take_one_handle_at_once_one_wins(app: flask.Flask, administrator: Person, portal: Portal) -> None:
    new = {"delegation": None, "roles": ["observer"], "days": 1}
    invitations = [administrator.browser.ok("POST", "/api/invitations", new) for _ in range(3)]
    bodies = [prepared(Browser(app), invitation, handle="same")[1] for invitation in invitations]
    before = counts(portal)
    together = threading.Barrier(len(bodies))
    outcomes: list[str] = []

    def finish(body: Json) -> None:
        together.wait()
        response = Browser(app).send("POST", "/api/onboarding/finish", body)
        answer: Json = response.get_json()
        outcomes.append("won" if response.status_code == 201 else answer["error"]["code"])

    threads = [threading.Thread(target=finish, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["handle.taken"] * 2 + ["won"]
    assert counts(portal) == (before[0] + 1, before[1] + 1)


def _other_account(person: Person, body: Json) -> Json:
    stranger = Person(**vars(person) | {"account": new_id(), "statements": []})
    stranger.statements.append(founding(stranger))
    return {"statements": [text(stranger.statements[0]), body["statements"][1]]}


def _forged_founding(person: Person, body: Json) -> Json:
    return {"statements": [text(founding(person, by=SigningKey.generate())), body["statements"][1]]}


def _swapped(_person: Person, body: Json) -> Json:
    return {"statements": body["statements"][::-1]}


def _founded_twice(_person: Person, body: Json) -> Json:
    return {"statements": [body["statements"][0]] * 2}


def _revocation_first(person: Person, body: Json) -> Json:
    person.statements = person.statements[:1]
    return {"statements": [body["statements"][0], text(person.revocation(person.device))]}


def _future_vault(person: Person, body: Json) -> Json:
    person.statements, person.vault_version = person.statements[:1], 2
    return {"statements": [body["statements"][0], text(person.addition(person.device, person.device_key))]}


def _second_vault_version(person: Person, _body: Json) -> Json:
    return {"vault": person.sealed_vault(2)}


def _forged_vault(person: Person, _body: Json) -> Json:
    return {"vault": signed_vault(SigningKey.generate(), person.account, 1)}


def _vault_of_another(person: Person, _body: Json) -> Json:
    return {"vault": signed_vault(person.sign, type(person.account)(new_id()), 1)}


SPOILT: list[tuple[Callable[[Person, Json], Json], str]] = [
    (_other_account, "device.refused"),
    (_forged_founding, "device.refused"),
    (_swapped, "device.refused"),
    (_founded_twice, "device.refused"),
    (_revocation_first, "device.refused"),
    (_future_vault, "device.refused"),
    (_second_vault_version, "vault.refused"),
    (_forged_vault, "vault.refused"),
    (_vault_of_another, "vault.refused"),
    (lambda _person, _body: {"opaque_record": b64(bytes(192))}, "request.malformed"),
    (lambda _person, _body: {"handle": "a"}, "handle.malformed"),
    (lambda _person, _body: {"handle": "two words"}, "handle.malformed"),
    (lambda _person, _body: {"handle": "ROOT.ADMIN"}, "handle.taken"),
    (lambda _person, _body: {"handle": "ｒｏｏｔ.admin"}, "handle.taken"),
    (lambda _person, _body: {"name": "\u202egrace"}, "request.malformed"),
    (lambda _person, _body: {"name": "a\x00b"}, "request.malformed"),
    (lambda _person, _body: {"name": " \u200b "}, "request.malformed"),
    (lambda _person, _body: {"name": "n" * 121}, "request.malformed"),
    (lambda _person, _body: {"languages": []}, "request.malformed"),
    (lambda _person, _body: {"languages": ["en", "xx"]}, "request.malformed"),
    (lambda _person, _body: {"languages": ["en", "en"]}, "request.malformed"),
    (lambda _person, _body: {"wraps": {"passphrase": b64(bytes(60))}}, "request.malformed"),
    (lambda _person, _body: {"recovery_auth_sha256": b64(bytes(31))}, "request.malformed"),
    (lambda _person, _body: {"roles": ["administrator"]}, "request.malformed"),
]


def test_a_broken_onboarding_is_refused_and_leaves_the_invitation(
    invitation: Json, visitor: Browser, portal: Portal
) -> None:
    before = counts(portal)
    for spoil, code in SPOILT:
        person, body = prepared(visitor, invitation)
        spoilt = spoil(person, body)
        assert visitor.refused("POST", "/api/onboarding/finish", body | spoilt) == code, spoilt
        assert counts(portal) == before
        assert visitor.token is None
    enrol(visitor, invitation)


def test_an_account_id_is_not_taken_over(delegate: Person, administrator: Person, visitor: Browser) -> None:
    new = {"delegation": None, "roles": ["delegate"], "days": 1}
    invitation = administrator.browser.ok("POST", "/api/invitations", new)
    start = {
        "id": invitation["id"],
        "secret": invitation["secret"],
        "account": delegate.account,
        "request": b64(bytes(32)),
    }
    assert visitor.refused("POST", "/api/onboarding/start", start) == "request.malformed"


def test_the_first_administrators_link_is_printed_until_it_was_used(portal: Portal, app: flask.Flask) -> None:
    first = portal.database.write(service.first_administrator_invitation)
    second = portal.database.write(service.first_administrator_invitation)
    assert first is not None
    assert second is not None
    browser = Browser(app)
    assert browser.refused("POST", "/api/invitations/look", first.model_dump(include={"id", "secret"})) == (
        "invitation.unknown"
    )
    url = service.invitation_url("https://talks.example", second)
    assert url == f"https://talks.example/#/invitation/{second.id}.{second.secret}"
    person = enrol(browser, second.model_dump())
    assert browser.ok("GET", "/api/me")["roles"] == ["administrator"]
    assert portal.database.write(service.first_administrator_invitation) is None
    more = portal.database.write(service.administrator_invitation)
    assert enrol(Browser(app), more.model_dump()).account != person.account
