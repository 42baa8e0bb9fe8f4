"""Signing in by passphrase and recovery key, and what strangers can learn from trying."""

import secrets

import flask
import opaquepy.lib as opaque
import pytest

from portal.server.core.context import Portal
from portal.wire.ids import b64, unb64
from tests.server.accounts.conftest import Clock
from tests.server.accounts.people import COOKIE, Browser, Json, Person, sign_in, statement_of


def start(browser: Browser, handle: str, passphrase: str = "wrong") -> tuple[Json, str]:
    """Send a sign-in's first message; return the answer and the client's state."""
    request, state = opaque.login_client(passphrase)
    return browser.ok("POST", "/api/sign-in/start", {"handle": handle, "request": request}), state


def finishing(browser: Browser, person: Person) -> Json:
    """The last message of a right sign-in, not sent yet."""
    started, state = start(browser, person.handle, person.passphrase)
    finish, _key = opaque.login_client_finish(state, person.passphrase, started["response"])
    return {"attempt": started["attempt"], "finish": finish}


def test_a_second_browser_gets_list_vault_and_wraps(delegate: Person, visitor: Browser) -> None:
    answer = sign_in(visitor, delegate.handle.upper(), delegate.passphrase)
    assert answer["account"] == delegate.account
    assert answer["device"] is None
    assert [statement_of(text) for text in answer["statements"]] == delegate.statements
    assert answer["vault"]["version"] == answer["vault_version"] == 1
    assert {kind: len(unb64(wrap)) for kind, wrap in answer["wraps"].items()} == {"passphrase": 60, "recovery": 60}
    own = delegate.browser.ok("GET", "/api/vault")
    assert own == answer["vault"] | {"wraps": answer["wraps"]}
    assert visitor.ok("GET", "/api/me")["device"] is None


def test_the_recovery_key_signs_in_too(delegate: Person, visitor: Browser) -> None:
    answer = delegate.recover(visitor)
    assert answer["account"] == delegate.account
    assert set(answer) == set(delegate.sign_in(Browser(visitor.app)))
    assert visitor.ok("GET", "/api/me")["account"] == delegate.account


def test_a_wrong_passphrase_and_an_unknown_handle_look_alike(delegate: Person, visitor: Browser) -> None:
    known, known_state = start(visitor, delegate.handle)
    unknown, unknown_state = start(visitor, "no.such.person")
    assert set(known) == set(unknown)
    assert {name: len(value) for name, value in known.items()} == {name: len(value) for name, value in unknown.items()}
    for started, state in ((known, known_state), (unknown, unknown_state)):
        with pytest.raises(ValueError, match="InvalidLogin"):
            opaque.login_client_finish(state, "wrong", started["response"])
    refusals = [
        visitor.send("POST", "/api/sign-in/finish", {"attempt": started["attempt"], "finish": b64(bytes(64))})
        for started in (known, unknown)
    ]
    assert [response.status_code for response in refusals] == [401, 401]
    assert refusals[0].data == refusals[1].data
    assert refusals[0].get_json()["error"]["code"] == "signin.refused"
    assert list(refusals[0].headers.keys()) == list(refusals[1].headers.keys())


def test_a_wrong_recovery_key_and_an_unknown_handle_look_alike(delegate: Person, visitor: Browser) -> None:
    wrong = b64(secrets.token_bytes(32))
    answers = [
        visitor.send("POST", "/api/sign-in/recovery", {"handle": handle, "recovery_auth": wrong})
        for handle in (delegate.handle, "no.such.person", "no such \u202e handle")
    ]
    assert {(response.status_code, response.data) for response in answers} == {(401, answers[0].data)}
    assert answers[0].get_json()["error"]["code"] == "signin.refused"
    assert visitor.token is None


def test_the_blinded_answer_for_a_handle_is_the_same_each_time(delegate: Person, visitor: Browser) -> None:
    """The evaluated element (first 32 bytes) depends on the handle alone, or it would tell who exists."""
    request, _state = opaque.login_client("anything")

    def evaluated(handle: str) -> bytes:
        body = {"handle": handle, "request": request}
        return unb64(visitor.ok("POST", "/api/sign-in/start", body)["response"])[:32]

    assert evaluated(delegate.handle) == evaluated(delegate.handle)
    assert evaluated("no.such.person") == evaluated("NO.such.person")
    assert evaluated("no.such.person") != evaluated("no.other.person")


def test_an_attempt_is_answered_once(delegate: Person, visitor: Browser) -> None:
    body = finishing(visitor, delegate)
    visitor.ok("POST", "/api/sign-in/finish", body)
    assert Browser(visitor.app).refused("POST", "/api/sign-in/finish", body) == "signin.expired"


def test_a_wrong_answer_spends_the_attempt(delegate: Person, visitor: Browser) -> None:
    body = finishing(visitor, delegate)
    assert visitor.refused("POST", "/api/sign-in/finish", body | {"finish": b64(bytes(64))}) == "signin.refused"
    assert visitor.refused("POST", "/api/sign-in/finish", body) == "signin.expired"
    assert visitor.token is None


def test_an_attempt_lasts_a_minute(delegate: Person, visitor: Browser, clock: Clock) -> None:
    in_time, late = finishing(visitor, delegate), finishing(visitor, delegate)
    clock.pass_s(59)
    visitor.ok("POST", "/api/sign-in/finish", in_time)
    clock.pass_s(1)
    assert Browser(visitor.app).refused("POST", "/api/sign-in/finish", late) == "signin.expired"


def test_an_attempt_can_not_be_made_up_or_changed(delegate: Person, visitor: Browser) -> None:
    body = finishing(visitor, delegate)
    raw = bytearray(unb64(body["attempt"]))
    raw[-1] ^= 1
    for attempt in (b64(bytes(raw)), b64(bytes(8)), ""):
        assert visitor.refused("POST", "/api/sign-in/finish", body | {"attempt": attempt}) == "signin.expired"
    visitor.ok("POST", "/api/sign-in/finish", body)


def test_a_malformed_first_message_is_refused_alike_for_all(delegate: Person, visitor: Browser) -> None:
    for handle in (delegate.handle, "no.such.person"):
        for request in (b64(b"\xff" * 96), b64(bytes(95)), "*"):
            body = {"handle": handle, "request": request}
            assert visitor.refused("POST", "/api/sign-in/start", body) == "request.malformed"


def test_a_disabled_account_looks_like_an_unknown_one(
    administrator: Person, delegate: Person, visitor: Browser
) -> None:
    pending = finishing(visitor, delegate)
    administrator.browser.ok("PATCH", f"/api/accounts/{delegate.account}", {"disabled": True})
    assert visitor.refused("POST", "/api/sign-in/finish", pending) == "signin.refused"
    with pytest.raises(ValueError, match="InvalidLogin"):
        sign_in(visitor, delegate.handle, delegate.passphrase)
    recovery = {"handle": delegate.handle, "recovery_auth": b64(delegate.recovery_auth)}
    assert visitor.refused("POST", "/api/sign-in/recovery", recovery) == "signin.refused"
    assert delegate.browser.refused("GET", "/api/me") == "session.required"
    administrator.browser.ok("PATCH", f"/api/accounts/{delegate.account}", {"disabled": False})
    assert delegate.browser.refused("GET", "/api/me") == "session.required"
    delegate.sign_in(visitor)


def test_signing_in_again_ends_the_browsers_former_session(delegate: Person, visitor: Browser) -> None:
    delegate.sign_in(visitor)
    former = visitor.token
    delegate.sign_in(visitor)
    assert visitor.token != former
    thief = Browser(visitor.app)
    thief.client.set_cookie(COOKIE, former or "", path="/")
    assert thief.refused("GET", "/api/me") == "session.required"


def test_guesses_with_one_handle_run_out_and_come_back(delegate: Person, visitor: Browser, app: flask.Flask) -> None:
    request, _state = opaque.login_client("guess")
    codes = [
        visitor.send("POST", "/api/sign-in/start", {"handle": handle, "request": request}).status_code
        for handle in [delegate.handle] * 11 + [delegate.handle.upper(), "someone.else"]
    ]
    assert codes == [200] * 10 + [429, 429, 200]
    error = visitor.error("POST", "/api/sign-in/start", {"handle": delegate.handle, "request": request})
    assert error["code"] == "request.too_many"
    elsewhere = app.test_client().open(
        "/api/sign-in/start",
        method="POST",
        json={"handle": delegate.handle, "request": request},
        headers={"Origin": visitor.origin},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert elsewhere.status_code == 200


def test_tries_from_one_address_run_out(visitor: Browser, portal: Portal) -> None:
    body = {"id": b64(bytes(16)), "secret": b64(bytes(32))}
    codes = [visitor.send("POST", "/api/invitations/look", body).status_code for _ in range(241)]
    assert codes == [404] * 240 + [429]
    # Whoever is turned away here still reaches everything else.
    assert visitor.refused("GET", "/api/me") == "session.required"
