"""A new passphrase is set by whoever knows the present one or has the recovery key, and by nobody else."""

import flask
import opaquepy.lib as opaque
import pytest

from portal.server.accounts.sign_in import RECOVERED_S
from portal.wire.ids import b64, unb64
from tests.server.accounts.conftest import Clock
from tests.server.accounts.people import COOKIE, Browser, Json, Person, new_wrap, registered, sign_in

NEW = "a new passphrase"


def change(browser: Browser, passphrase: str = NEW) -> Json:
    """What sets a new passphrase, without any proof."""
    return {"opaque_record": registered(browser, "/api/passphrase/start", {}, passphrase), "wrap": new_wrap()}


def proof(browser: Browser, passphrase: str) -> Json:
    """The proof that a right passphrase gives."""
    request, state = opaque.login_client(passphrase)
    started = browser.ok("POST", "/api/passphrase/prove", {"request": request})
    finish, _key = opaque.login_client_finish(state, passphrase, started["response"])
    return {"attempt": started["attempt"], "finish": finish}


def signed_in_elsewhere(person: Person) -> Json:
    """The last message of a right sign-in of ``person``, on its way from another browser."""
    request, state = opaque.login_client(person.passphrase)
    begun = person.browser.ok("POST", "/api/sign-in/start", {"handle": person.handle, "request": request})
    finish, _key = opaque.login_client_finish(state, person.passphrase, begun["response"])
    return {"attempt": begun["attempt"], "finish": finish}


def stolen(person: Person) -> Browser:
    """A browser of somebody who has got hold of the person's cookie, and of nothing else."""
    thief = Browser(person.browser.app)
    thief.client.set_cookie(COOKIE, person.browser.token or "", path="/")
    assert thief.ok("GET", "/api/me")["account"] == person.account
    return thief


def still_has(person: Person, wrap: str) -> None:
    """``person``'s old passphrase counts, and opens the vault."""
    assert sign_in(Browser(person.browser.app), person.handle, person.passphrase)["wraps"]["passphrase"] == wrap


@pytest.fixture
def wrap(delegate: Person) -> str:
    """The vault key as the delegate's present passphrase opens it."""
    wrap: str = delegate.browser.ok("GET", "/api/vault")["wraps"]["passphrase"]
    return wrap


def test_a_new_passphrase_counts_and_the_old_one_does_not(delegate: Person, visitor: Browser) -> None:
    unseen = Browser(visitor.app)
    delegate.sign_in(unseen)
    other_device = delegate.another_browser()
    pending = signed_in_elsewhere(delegate)
    body = change(delegate.browser)
    delegate.browser.ok(
        "POST", "/api/passphrase/finish", body | {"proof": proof(delegate.browser, delegate.passphrase)}
    )

    assert visitor.refused("POST", "/api/sign-in/finish", pending) == "signin.refused"
    with pytest.raises(ValueError, match="InvalidLogin"):
        sign_in(visitor, delegate.handle, delegate.passphrase)
    assert sign_in(visitor, delegate.handle, NEW)["wraps"]["passphrase"] == body["wrap"]
    # Sessions that no device list shows end with the old passphrase; those of devices and this one go on.
    assert unseen.refused("GET", "/api/me") == "session.required"
    delegate.browser.ok("GET", "/api/me")
    other_device.browser.ok("GET", "/api/me")


def test_a_stolen_session_without_the_passphrase_changes_nothing(delegate: Person, wrap: str) -> None:
    thief = stolen(delegate)
    body = change(thief)
    with pytest.raises(ValueError, match="InvalidLogin"):
        proof(thief, "a guess")
    request, _state = opaque.login_client("a guess")
    made_up = {"attempt": thief.ok("POST", "/api/passphrase/prove", {"request": request})["attempt"]}
    tries: list[Json] = [
        {},
        {"proof": made_up | {"finish": b64(bytes(64))}},
        {"recovery_auth": b64(bytes(32))},
    ]
    refusals = [thief.send("POST", "/api/passphrase/finish", body | shown) for shown in tries]
    assert {(refusal.status_code, refusal.data) for refusal in refusals} == {(401, refusals[0].data)}
    assert refusals[0].get_json()["error"]["code"] == "signin.refused"
    still_has(delegate, wrap)


def test_a_proof_is_of_the_session_that_asks_of_this_account_and_counts_once(
    delegate: Person, administrator: Person, clock: Clock, wrap: str
) -> None:
    thief = stolen(administrator)
    body = change(thief)
    own, late = (proof(delegate.browser, delegate.passphrase) for _ in range(2))
    attempts = [
        own,  # somebody else's, of another session
        signed_in_elsewhere(administrator),  # overheard on its way to a sign-in
        own | {"attempt": b64(bytes(64))},
    ]
    for shown in attempts:
        assert thief.refused("POST", "/api/passphrase/finish", body | {"proof": shown}) == "signin.expired"
    assert thief.refused("POST", "/api/sign-in/finish", own) == "signin.expired"
    clock.pass_s(60)
    mine = change(delegate.browser)
    assert delegate.browser.refused("POST", "/api/passphrase/finish", mine | {"proof": late}) == "signin.expired"
    still_has(delegate, wrap)
    used = proof(delegate.browser, delegate.passphrase)
    delegate.browser.ok("POST", "/api/passphrase/finish", mine | {"proof": used})
    again = change(delegate.browser, "yet another")
    assert delegate.browser.refused("POST", "/api/passphrase/finish", again | {"proof": used}) == "signin.expired"


def test_a_wrong_proof_spends_its_attempt(delegate: Person, wrap: str) -> None:
    right, body = proof(delegate.browser, delegate.passphrase), change(delegate.browser)
    wrong = right | {"finish": b64(bytes(64))}
    assert delegate.browser.refused("POST", "/api/passphrase/finish", body | {"proof": wrong}) == "signin.refused"
    assert delegate.browser.refused("POST", "/api/passphrase/finish", body | {"proof": right}) == "signin.expired"
    still_has(delegate, wrap)


def test_another_session_of_the_same_account_proves_for_itself_alone(delegate: Person, wrap: str) -> None:
    other = delegate.another_browser()
    shown = {"proof": proof(other.browser, delegate.passphrase)}
    assert delegate.browser.refused("POST", "/api/passphrase/finish", change(delegate.browser) | shown) == (
        "signin.expired"
    )
    still_has(delegate, wrap)


def test_the_recovery_key_sets_a_passphrase_after_signing_in_with_it_once(
    delegate: Person, visitor: Browser, clock: Clock
) -> None:
    delegate.recover(visitor)
    clock.pass_s(RECOVERED_S - 1)
    visitor.ok("POST", "/api/passphrase/finish", change(visitor))
    sign_in(Browser(visitor.app), delegate.handle, NEW)
    assert visitor.refused("POST", "/api/passphrase/finish", change(visitor, "yet another")) == "signin.refused"


def test_later_the_recovery_key_is_asked_for_again(delegate: Person, visitor: Browser, clock: Clock, wrap: str) -> None:
    delegate.recover(visitor)
    clock.pass_s(RECOVERED_S)
    body = change(visitor)
    assert visitor.refused("POST", "/api/passphrase/finish", body) == "signin.refused"
    still_has(delegate, wrap)
    visitor.ok("POST", "/api/passphrase/finish", body | {"recovery_auth": b64(delegate.recovery_auth)})
    sign_in(Browser(visitor.app), delegate.handle, NEW)


def test_a_broken_new_passphrase_changes_nothing(delegate: Person, wrap: str) -> None:
    shown = proof(delegate.browser, delegate.passphrase)
    body = {"opaque_record": b64(bytes(192)), "wrap": new_wrap(), "proof": shown}
    assert delegate.browser.refused("POST", "/api/passphrase/finish", body) == "request.malformed"
    still_has(delegate, wrap)


def test_guesses_by_a_session_run_out_as_those_of_a_sign_in(delegate: Person, app: flask.Flask) -> None:
    thief = stolen(delegate)
    request, _state = opaque.login_client("guess")
    codes = [thief.send("POST", "/api/passphrase/prove", {"request": request}).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]
    # Guesses by keys are of the same number; and no change of place helps: the handle pays with the address.
    shown = change(thief) | {"recovery_auth": b64(bytes(32))}
    assert thief.refused("POST", "/api/passphrase/finish", shown) == "request.too_many"
    assert Browser(app).refused("POST", "/api/sign-in/start", {"handle": delegate.handle, "request": request}) == (
        "request.too_many"
    )


def test_nobody_proves_without_a_session(visitor: Browser) -> None:
    request, _state = opaque.login_client("guess")
    assert visitor.refused("POST", "/api/passphrase/prove", {"request": request}) == "session.required"
    assert visitor.refused("POST", "/api/passphrase/prove", {"request": b64(bytes(95))}) == "request.malformed"


def test_a_proof_for_an_account_is_not_told_apart_from_a_sign_in(delegate: Person) -> None:
    request, _state = opaque.login_client("guess")
    proving = delegate.browser.ok("POST", "/api/passphrase/prove", {"request": request})
    entering = delegate.browser.ok("POST", "/api/sign-in/start", {"handle": delegate.handle, "request": request})
    assert len(unb64(proving["response"])) == len(unb64(entering["response"]))
    assert unb64(proving["response"])[:32] == unb64(entering["response"])[:32]
