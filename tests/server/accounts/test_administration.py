"""Delegations, invitations, roles, and who may touch them."""

import threading

import flask
import pytest

from portal.server.core.context import Portal
from tests.server.accounts.conftest import Clock, Delivered
from tests.server.accounts.people import Browser, Json, Person, unknown_id


@pytest.fixture
def norland(administrator: Person) -> Json:
    made: Json = administrator.browser.ok("POST", "/api/delegations", {"name": "Norland", "code": "no", "colour": 3})
    return made


def test_delegations_have_two_letters_of_their_own(administrator: Person, norland: Json) -> None:
    browser = administrator.browser
    assert norland == {"id": norland["id"], "name": "Norland", "code": "NO", "colour": 3}
    taken = {"name": "Nowhere", "code": "No", "colour": 0}
    assert browser.refused("POST", "/api/delegations", taken) == "delegation.code_taken"
    sudland = browser.ok("POST", "/api/delegations", taken | {"code": "SU", "name": "Sudland"})
    path = f"/api/delegations/{sudland['id']}"
    assert browser.refused("PATCH", path, {"code": "no"}) == "delegation.code_taken"
    changed = browser.ok("PATCH", path, {"name": "Sudland Republic", "colour": 11})
    assert changed == sudland | {"name": "Sudland Republic", "colour": 11}
    assert browser.ok("PATCH", path, {"code": "SU"}) == changed
    assert browser.ok("GET", "/api/delegations") == [norland, changed]


def test_malformed_delegations_are_refused(administrator: Person, norland: Json) -> None:
    good = {"name": "Sudland", "code": "SU", "colour": 0}
    for change in (
        {"colour": 12},
        {"colour": -1},
        {"colour": True},
        {"code": "S"},
        {"code": "S1"},
        {"code": "ÄÖ"},
        {"name": ""},
        {"name": "x\u2066y"},
        {"extra": 1},
    ):
        assert administrator.browser.refused("POST", "/api/delegations", good | change) == "request.malformed"
    assert administrator.browser.ok("GET", "/api/delegations") == [norland]


def test_only_administrators_administer(
    administrator: Person, delegate: Person, norland: Json, app: flask.Flask
) -> None:
    others = [delegate] + [administrator.invites(Browser(app), [role]) for role in ("chair", "observer", "moderator")]
    open_invitation = {"delegation": None, "roles": ["administrator"], "days": 1}
    asked = [
        ("POST", "/api/delegations", {"name": "Sudland", "code": "SU", "colour": 0}),
        ("PATCH", f"/api/delegations/{norland['id']}", {"name": "Mine"}),
        ("PATCH", f"/api/delegations/{unknown_id()}", {"name": "Mine"}),
        ("POST", "/api/invitations", open_invitation),
        ("GET", "/api/invitations", None),
        ("DELETE", f"/api/invitations/{unknown_id()}", None),
        ("PATCH", f"/api/accounts/{administrator.account}", {"disabled": True}),
        ("PATCH", f"/api/accounts/{unknown_id()}", {"disabled": True}),
    ]
    for person in others:
        own = ("PATCH", f"/api/accounts/{person.account}", {"roles": ["administrator"]})
        for method, path, body in [*asked, own]:
            assert person.browser.refused(method, path, body) == "role.required"
        assert person.browser.refused("PATCH", "/api/me", {"roles": ["administrator"]}) == "request.malformed"
    roles = {person["account"]: person["roles"] for person in delegate.browser.ok("GET", "/api/people")}
    assert [account for account, held in roles.items() if "administrator" in held] == [administrator.account]


def test_an_administrator_meets_honest_answers_for_what_is_not_there(administrator: Person) -> None:
    browser = administrator.browser
    nowhere = {"delegation": unknown_id(), "roles": ["delegate"], "days": 1}
    assert browser.refused("POST", "/api/invitations", nowhere) == "delegation.not_found"
    assert browser.refused("PATCH", f"/api/delegations/{unknown_id()}", {"name": "X"}) == "delegation.not_found"
    assert browser.refused("PATCH", f"/api/accounts/{unknown_id()}", {"disabled": True}) == "account.not_found"
    assert browser.refused("PATCH", "/api/accounts/x", {"disabled": True}) == "account.not_found"
    assert browser.refused("DELETE", f"/api/invitations/{unknown_id()}") == "invitation.unknown"
    good: Json = {"delegation": None, "roles": ["delegate"], "days": 1}
    changes: list[Json] = [{"days": 0}, {"days": 31}, {"roles": []}, {"roles": ["king"]}, {"roles": ["chair", "chair"]}]
    for change in changes:
        assert browser.refused("POST", "/api/invitations", good | change) == "request.malformed"


def test_an_invitation_lasts_as_the_installation_says_unless_told(
    administrator: Person, portal: Portal, clock: Clock
) -> None:
    new: Json = {"delegation": None, "roles": ["delegate"]}
    usual = administrator.browser.ok("POST", "/api/invitations", new)
    assert usual["expires_s"] == clock.now_ms // 1000 + portal.settings.invitation_days * 86_400
    short = administrator.browser.ok("POST", "/api/invitations", new | {"days": 1})
    assert short["expires_s"] == clock.now_ms // 1000 + 86_400


def test_invitations_are_listed_without_their_secrets(
    administrator: Person, invitation: Json, norland: Json, visitor: Browser
) -> None:
    new = {"delegation": norland["id"], "roles": ["observer", "chair"], "days": 3}
    second = administrator.browser.ok("POST", "/api/invitations", new)
    response = administrator.browser.send("GET", "/api/invitations")
    assert invitation["secret"] not in response.text
    assert second["secret"] not in response.text
    rows = {row["id"]: row for row in response.get_json()}
    assert rows[second["id"]] == {
        "id": second["id"],
        "delegation": norland,
        "roles": ["chair", "observer"],
        "expires_s": second["expires_s"],
        "used": False,
    }
    assert {row["used"] for row in rows.values()} == {False, True}  # the first administrator's was used


def test_roles_and_delegation_change_and_sockets_come_back_with_them(
    administrator: Person, delegate: Person, norland: Json, delivered: Delivered
) -> None:
    path = f"/api/accounts/{delegate.account}"
    delivered.clear()
    changed = administrator.browser.ok("PATCH", path, {"roles": ["chair", "delegate"], "delegation": norland["id"]})
    assert (changed["roles"], changed["delegation"]) == (["chair", "delegate"], norland)
    assert delivered.closings == [f"account:{delegate.account}"]
    assert delivered.events == []
    me = delegate.browser.ok("GET", "/api/me")
    assert (me["roles"], me["delegation"]) == (["chair", "delegate"], norland)
    assert administrator.browser.ok("PATCH", path, {"roles": ["observer"]})["delegation"] == norland
    assert administrator.browser.ok("PATCH", path, {"delegation": None})["delegation"] is None
    assert delegate.browser.ok("GET", "/api/me")["roles"] == ["observer"]


def test_disabling_ends_sessions_and_tells_everyone(
    administrator: Person, delegate: Person, delivered: Delivered
) -> None:
    delivered.clear()
    path = f"/api/accounts/{delegate.account}"
    assert administrator.browser.ok("PATCH", path, {"disabled": True})["disabled"] is True
    assert delivered.events == [
        ("session.revoked", (), f"account:{delegate.account}"),
        ("device-list.changed", (delegate.account,), "all"),
    ]
    assert delivered.closings == [f"account:{delegate.account}"]
    assert delegate.browser.refused("GET", "/api/me") == "session.required"
    people = {person["account"]: person for person in administrator.browser.ok("GET", "/api/people")}
    assert people[delegate.account]["disabled"] is True


def test_the_last_administrator_stays(administrator: Person, app: flask.Flask) -> None:
    path = f"/api/accounts/{administrator.account}"
    for change in ({"roles": ["chair"]}, {"disabled": True}, {"roles": ["chair"], "disabled": True}):
        assert administrator.browser.refused("PATCH", path, change) == "account.last_administrator"
    assert administrator.browser.ok("GET", "/api/me")["roles"] == ["administrator"]
    second = administrator.invites(Browser(app), ["administrator"])
    second_path = f"/api/accounts/{second.account}"
    administrator.browser.ok("PATCH", second_path, {"disabled": True})
    assert administrator.browser.refused("PATCH", path, {"roles": ["chair"]}) == "account.last_administrator"
    administrator.browser.ok("PATCH", second_path, {"disabled": False})
    administrator.browser.ok("PATCH", path, {"roles": ["chair"]})
    assert administrator.browser.refused("GET", "/api/invitations") == "role.required"


def test_two_administrators_can_not_depose_each_other_at_once(
    administrator: Person, app: flask.Flask, portal: Portal
) -> None:
    second = administrator.invites(Browser(app), ["administrator"])
    pairs = [(administrator, second), (second, administrator)]
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def depose(actor: Person, other: Person) -> None:
        together.wait()
        response = actor.browser.send("PATCH", f"/api/accounts/{other.account}", {"disabled": True})
        answer: Json = response.get_json()
        outcomes.append("done" if response.status_code == 200 else answer["error"]["code"])

    threads = [threading.Thread(target=depose, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whoever came second was either disabled already or would have been the end of administration.
    assert outcomes.count("done") == 1
    assert set(outcomes) - {"done"} <= {"account.last_administrator", "session.required"}


def test_people_see_everyone_but_no_secret(administrator: Person, delegate: Person, norland: Json) -> None:
    response = delegate.browser.send("GET", "/api/people")
    people = {person["account"]: person for person in response.get_json()}
    assert people[administrator.account] == {
        "account": administrator.account,
        "name": "Grace Example",
        "handle": "root.admin",
        "delegation": None,
        "roles": ["administrator"],
        "languages": ["en", "ko"],
        "disabled": False,
        "interpreter": None,
    }
    assert delegate.browser.ok("GET", "/api/delegations") == [norland]


def test_people_change_only_themselves(administrator: Person, delegate: Person) -> None:
    changed = delegate.browser.ok(
        "PATCH",
        "/api/me",
        {"name": "De Legate", "languages": ["ar", "fr"], "settings": {"presence": False, "typing": True}},
    )
    assert (changed["name"], changed["languages"]) == ("De Legate", ["ar", "fr"])
    assert changed["settings"] == {"presence": False, "typing": True}
    assert delegate.browser.ok("PATCH", "/api/me", {}) == delegate.browser.ok("GET", "/api/me") == changed
    bodies: list[object] = [{"account": administrator.account, "name": "X"}, {"handle": "x.y"}, {"name": "\u202ex"}, []]
    for body in bodies:
        assert delegate.browser.refused("PATCH", "/api/me", body) == "request.malformed"
    assert administrator.browser.ok("GET", "/api/me")["name"] == "Grace Example"
