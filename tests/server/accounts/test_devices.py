"""Devices over HTTP: what the server lets into a device list, and what a revocation ends."""

import json
import threading

import flask
import pytest
from nacl.signing import SigningKey

from portal.server.accounts import sessions
from portal.server.accounts.devices import REVOKED_OFF_MAX_S
from portal.server.accounts.feature import Accounts
from portal.server.accounts.models import Account, DeviceStatement
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.wire.box_key import BOX_KEY_BYTES
from portal.wire.device_list import SignedStatement
from portal.wire.errors import PortalError
from portal.wire.ids import AccountId, b64
from tests.server.accounts.conftest import Clock, Delivered
from tests.server.accounts.people import Browser, Json, Person, new_box, signed_vault, text, unknown_id


def listed(person: Person, reader: Browser) -> list[Json]:
    """The device list of ``person`` as the server gives it, without what the ledger says of it."""
    lists: dict[str, list[Json]] = reader.ok("POST", "/api/device-lists", {"accounts": [person.account]})
    return [{"body": one["body"], "sig": one["sig"]} for one in lists[person.account]]


def refusal(browser: Browser, statement: SignedStatement) -> str:
    return browser.refused("POST", "/api/devices", {"statement": text(statement)})


@pytest.fixture
def second(delegate: Person) -> Browser:
    """A second browser of the delegate, signed in, without a device yet."""
    browser = Browser(delegate.browser.app)
    delegate.sign_in(browser)
    return browser


def test_a_second_browser_becomes_a_device(delegate: Person, second: Browser, delivered: Delivered) -> None:
    delivered.clear()
    device, _key = delegate.add_device(second)
    assert delivered.events == [("device-list.changed", (delegate.account,), "all")]
    assert second.ok("GET", "/api/me")["device"] == device
    rows = second.ok("GET", "/api/devices")
    assert {row["device"]: (row["current"], row["revoked"], row["kind"]) for row in rows} == {
        delegate.device: (False, False, "browser"),
        device: (True, False, "browser"),
    }
    assert listed(delegate, second) == [text(statement) for statement in delegate.statements]
    second.ok("POST", "/api/socket-ticket", {})


def test_a_statement_that_breaks_a_rule_changes_nothing(
    delegate: Person, second: Browser, administrator: Person
) -> None:
    key = SigningKey.generate()
    forger = SigningKey.generate()
    good = delegate.addition(unknown_id(), key)
    last = delegate.statements[-1]
    fields: Json = {
        "op": "add",
        "device": unknown_id(),
        "key": b64(bytes(key.verify_key)),
        "kind": "browser",
        "vault": 1,
    }
    broken = {
        "forged": delegate.statement(by=forger, **fields),
        "signed by another account": delegate.statement(by=administrator.sign, **fields),
        "for another account": delegate.statement(**fields, account=administrator.account),
        "forked": delegate.statement(**fields, prev=b64(delegate.statements[0].sha256)),
        "out of order": delegate.statement(**fields, seq=3),
        "known key": delegate.addition(unknown_id(), delegate.device_key),
        "the sign key as device key": delegate.addition(unknown_id(), delegate.sign),
        "another account's device key": delegate.addition(unknown_id(), administrator.device_key),
        "known device": delegate.addition(delegate.device, key),
        "another account's device": delegate.addition(administrator.device, key),
        "future vault": delegate.statement(**fields | {"vault": 2}),
        "older vault": delegate.statement(**fields | {"vault": 0}),
        "unknown kind": delegate.statement(**fields | {"kind": "toaster"}),
        "unknown field": delegate.statement(**fields, note="x"),
        "unknown version": delegate.statement(**fields, v=2),
        "founded again": delegate.statement(op="found", sign=b64(bytes(forger.verify_key)), box=new_box()),
        "a revocation here": delegate.revocation(delegate.device),
        "truncated": SignedStatement(good.body[:-1], good.signature),
        "not canonical": SignedStatement(b" " + good.body, good.signature),
        "another's signature": SignedStatement(good.body, last.signature),
    }
    before = listed(delegate, second)
    for what, statement in broken.items():
        error = second.error("POST", "/api/devices", {"statement": text(statement)})
        assert (error["code"], bool(error["detail"]["reason"])) == ("device.refused", True), what
    assert listed(delegate, second) == before
    assert second.ok("GET", "/api/me")["device"] is None
    second.ok("POST", "/api/devices", {"statement": text(good)})


def test_a_statement_for_an_older_list_is_told_apart(delegate: Person, second: Browser) -> None:
    stale = delegate.addition(unknown_id(), SigningKey.generate())
    delegate.add_device(second)
    third = Browser(second.app)
    delegate.sign_in(third)
    error = third.error("POST", "/api/devices", {"statement": text(stale)})
    assert (error["code"], error["detail"]) == ("device.list_moved", {"seq": 2})
    # The founding again is of an older list, too, and binds nothing.
    assert refusal(third, delegate.statements[0]) == "device.refused"
    assert third.ok("GET", "/api/me")["device"] is None


def test_the_stored_statement_binds_a_fresh_session_to_its_device(
    delegate: Person, second: Browser, delivered: Delivered
) -> None:
    delivered.clear()
    second.ok("POST", "/api/devices", {"statement": text(delegate.statements[1])})
    assert second.ok("GET", "/api/me")["device"] == delegate.device
    assert delivered.events == []
    assert listed(delegate, second) == [text(statement) for statement in delegate.statements]


def test_the_stored_statement_of_another_account_binds_nothing(delegate: Person, administrator: Person) -> None:
    visitor = Browser(delegate.browser.app)
    administrator.sign_in(visitor)
    assert refusal(visitor, delegate.statements[1]) == "device.refused"
    assert visitor.ok("GET", "/api/me")["device"] is None


def test_the_stored_body_with_another_signature_binds_nothing(delegate: Person, second: Browser) -> None:
    stored = delegate.statements[1]
    assert refusal(second, SignedStatement(stored.body, bytes(64))) == "device.list_moved"
    assert second.ok("GET", "/api/me")["device"] is None


def test_a_session_that_takes_another_device_closes_the_former_ones_sockets(
    delegate: Person, delivered: Delivered
) -> None:
    former = delegate.device
    delivered.clear()
    device, _key = delegate.add_device()
    assert delivered.closings == [f"device:{former}"]
    assert delegate.browser.ok("GET", "/api/me")["device"] == device


def test_two_additions_at_once_make_one_chain(delegate: Person, app: flask.Flask) -> None:
    browsers = [Browser(app) for _ in range(3)]
    for browser in browsers:
        delegate.sign_in(browser)
    additions = [delegate.addition(unknown_id(), SigningKey.generate()) for _ in browsers]
    together = threading.Barrier(len(browsers))
    outcomes: list[str] = []

    def add(browser: Browser, statement: SignedStatement) -> None:
        together.wait()
        response = browser.send("POST", "/api/devices", {"statement": text(statement)})
        answer: Json = response.get_json()
        outcomes.append("added" if response.status_code == 201 else answer["error"]["code"])

    threads = [threading.Thread(target=add, args=pair) for pair in zip(browsers, additions, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added", "device.list_moved", "device.list_moved"]
    assert len(listed(delegate, delegate.browser)) == 3


def test_a_revoked_device_is_out_at_once_and_told_why(
    delegate: Person, second: Browser, portal: Portal, delivered: Delivered, clock: Clock
) -> None:
    device, _key = delegate.add_device(second)
    again = Browser(second.app)
    delegate.sign_in(again)
    again.ok("POST", "/api/devices", {"statement": text(delegate.statements[2])})
    delivered.clear()
    clock.pass_s(5)
    delegate.revoke_device(device)
    assert delivered.events == [
        ("session.revoked", (), f"device:{device}"),
        ("device-list.changed", (delegate.account,), "all"),
    ]
    assert delivered.closings == [f"device:{device}"]
    for browser in (second, again):
        error = browser.error("GET", "/api/me")
        assert (error["code"], error["detail"]) == ("session.required", {"revoked": True})
        assert browser.refused("POST", "/api/socket-ticket", {}) == "session.required"
    rows = {row["device"]: row["revoked"] for row in delegate.browser.ok("GET", "/api/devices")}
    assert rows == {delegate.device: False, device: True}
    newest_box = portal.database.read(lambda unit: unit.session.get_one(Account, delegate.account).box_key)
    assert b64(newest_box) == json.loads(delegate.statements[-1].body)["box"]


def test_what_was_revoked_stays_revoked(delegate: Person, second: Browser) -> None:
    device, key = delegate.add_device(second)
    addition = delegate.statements[-1]
    delegate.revoke_device(device)
    third = Browser(second.app)
    delegate.sign_in(third)
    assert refusal(third, addition) == "device.refused"
    assert refusal(third, delegate.addition(device, SigningKey.generate())) == "device.refused"
    assert refusal(third, delegate.addition(unknown_id(), key)) == "device.refused"
    body = {"statement": text(delegate.revocation(device)), "vault": delegate.sealed_vault()}
    assert third.refused("POST", "/api/devices/revoke", body) == "device.refused"


def test_a_ticket_of_a_revoked_device_is_void(delegate: Person, app: flask.Flask, portal: Portal) -> None:
    other = delegate.another_browser()
    ticket = other.ticket()
    delegate.statements = other.statements
    delegate.revoke_device(other.device)
    with pytest.raises(PortalError, match=r"session\.ticket"):
        portal.database.write(lambda unit: sessions.actor_of_ticket(unit, ticket))


def test_a_revocation_is_whole_or_nothing(delegate: Person, second: Browser, administrator: Person) -> None:
    device, _key = delegate.add_device(second)
    revocation = delegate.revocation(device)
    old_box = json.loads(delegate.statements[0].body)["box"]
    good_vault = delegate.sealed_vault()
    attempts = [
        (revocation, delegate.sealed_vault(1), "vault.version"),
        (revocation, delegate.sealed_vault(3), "vault.version"),
        (revocation, delegate.sealed_vault(by=SigningKey.generate()), "vault.refused"),
        (revocation, signed_vault(administrator.sign, administrator.account, 2), "vault.refused"),
        (delegate.statement(op="revoke", device=device, box=old_box), good_vault, "device.refused"),
        (delegate.statement(op="revoke", device=device), good_vault, "device.refused"),
        (delegate.statement(op="revoke", device=administrator.device, box=new_box()), good_vault, "device.refused"),
        (delegate.addition(unknown_id(), SigningKey.generate()), good_vault, "device.refused"),
        (
            delegate.statement(by=administrator.sign, op="revoke", device=device, box=new_box()),
            good_vault,
            "device.refused",
        ),
    ]
    before = listed(delegate, second)
    for statement, vault, code in attempts:
        body = {"statement": text(statement), "vault": vault}
        assert delegate.browser.refused("POST", "/api/devices/revoke", body) == code
        assert listed(delegate, second) == before
        assert second.ok("GET", "/api/vault")["version"] == 1
    delegate.browser.ok("POST", "/api/devices/revoke", {"statement": text(revocation), "vault": good_vault})


def test_another_account_revokes_nothing(delegate: Person, administrator: Person) -> None:
    body = {"statement": text(delegate.revocation(delegate.device)), "vault": delegate.sealed_vault()}
    assert administrator.browser.refused("POST", "/api/devices/revoke", body) == "device.refused"
    delegate.browser.ok("GET", "/api/me")


def test_someone_who_lost_everything_revokes_with_the_recovery_key(delegate: Person, visitor: Browser) -> None:
    delegate.recover(visitor)
    device, _key = delegate.add_device(visitor)
    delegate.revoke_device(delegate.device, visitor)
    assert visitor.ok("GET", "/api/me")["device"] == device
    assert delegate.browser.refused("GET", "/api/me") == "session.required"


def test_listeners_hear_of_devices_and_standing_inside_the_transaction(
    portal: Portal, administrator: Person, app: flask.Flask
) -> None:
    heard: list[tuple[AccountId, int]] = []

    def listen(unit: Unit, account: AccountId) -> None:
        heard.append((account, unit.session.query(DeviceStatement).filter_by(account_id=account).count()))

    portal.get(Accounts).listeners.append(listen)
    person = administrator.invites(Browser(app), ["delegate"])
    device, _key = person.add_device()
    person.revoke_device(device)
    path = f"/api/accounts/{person.account}"
    administrator.browser.ok("PATCH", path, {"disabled": True})
    administrator.browser.ok("PATCH", path, {"disabled": True})
    administrator.browser.ok("PATCH", path, {"disabled": False})
    assert heard == [(person.account, count) for count in (2, 3, 4, 4, 4)]


def test_a_device_that_a_session_never_saw_is_refused_for_someone_elses_list(
    delegate: Person, app: flask.Flask, administrator: Person
) -> None:
    """A whole valid list of another account can not be grafted onto this one."""
    other = administrator.invites(Browser(app), ["delegate"])
    addition = other.addition(unknown_id(), SigningKey.generate())
    assert refusal(delegate.browser, addition) == "device.refused"


@pytest.mark.parametrize("seconds", [-REVOKED_OFF_MAX_S - 5, REVOKED_OFF_MAX_S + 5])
def test_a_revocation_is_dated_now(delegate: Person, second: Browser, clock: Clock, seconds: int) -> None:
    """Else it would make everything that the device ever wrote look forged."""
    device, _key = delegate.add_device(second)
    now_s = clock() // 1000
    for at_s, refused in [(now_s + seconds, True), (0, True), (now_s, False)]:
        body = {"statement": text(delegate.revocation(device, at=at_s)), "vault": delegate.sealed_vault()}
        if refused:
            assert delegate.browser.refused("POST", "/api/devices/revoke", body) == "device.refused"
        else:
            delegate.browser.ok("POST", "/api/devices/revoke", body)


def test_a_revocation_brings_a_key_that_can_be_sealed_to(delegate: Person, second: Browser) -> None:
    """Clients refuse a list with another one; what the server kept beyond it, nobody could verify."""
    device, _key = delegate.add_device(second)
    revocation = delegate.revocation(device, box=b64(b"\xff" * BOX_KEY_BYTES))
    body = {"statement": text(revocation), "vault": delegate.sealed_vault()}
    assert delegate.browser.refused("POST", "/api/devices/revoke", body) == "device.refused"
    delegate.revoke_device(device)
