"""Sessions, cookies, tickets, and requests that other sites could cause."""

import pytest

from portal.server.accounts import sessions
from portal.server.accounts.feature import Accounts
from portal.server.accounts.limits import payers
from portal.server.accounts.models import SignedInSession, SocketTicket
from portal.server.accounts.sessions import Lifetimes
from portal.server.core.context import Portal
from portal.wire.errors import PortalError
from portal.wire.ids import b64, unb64
from tests.server.accounts.conftest import Clock, Delivered
from tests.server.accounts.people import COOKIE, ORIGIN, Browser, Person, text

DAY_S = 86_400


def refusal_of_ticket(portal: Portal, ticket: str | None) -> str:
    with pytest.raises(PortalError) as refused:
        portal.database.write(lambda unit: sessions.actor_of_ticket(unit, ticket))
    return refused.value.code


def test_without_a_session_nothing_is_shown(visitor: Browser, delegate: Person) -> None:
    for method, path in [
        ("GET", "/api/me"),
        ("GET", "/api/vault"),
        ("GET", "/api/devices"),
        ("GET", "/api/people"),
        ("GET", "/api/delegations"),
        ("GET", "/api/invitations"),
    ]:
        assert visitor.refused(method, path) == "session.required"
    assert visitor.refused("POST", "/api/socket-ticket", {}) == "session.required"
    assert visitor.refused("POST", "/api/device-lists", {"accounts": [delegate.account]}) == "session.required"
    for token in ("", "x", b64(bytes(32)), "A" * 44):
        visitor.client.set_cookie(COOKIE, token, path="/")
        assert visitor.refused("GET", "/api/me") == "session.required"


def test_only_hashes_of_tokens_are_kept(delegate: Person, portal: Portal) -> None:
    ticket = delegate.ticket()
    token = unb64(delegate.browser.token or "")
    kept = portal.database.read(
        lambda unit: (
            [row.token_sha256 for row in unit.session.query(SignedInSession)]
            + [row.ticket_sha256 for row in unit.session.query(SocketTicket)]
        )
    )
    assert token not in kept
    assert unb64(ticket) not in kept


def test_sign_out_ends_the_session_and_the_devices_sockets(delegate: Person, delivered: Delivered) -> None:
    token = delegate.browser.token
    delivered.clear()
    cookie = delegate.browser.send("POST", "/api/sign-out", {}).headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=;")
    assert "Secure" in cookie
    assert delivered.closings == [f"device:{delegate.device}"]
    delegate.browser.client.set_cookie(COOKIE, token or "", path="/")
    assert delegate.browser.refused("GET", "/api/me") == "session.required"
    assert delegate.browser.refused("POST", "/api/sign-out", {}) == "session.required"


def lasting(portal: Portal, *, unused_days: int, longest_days: int) -> Lifetimes:
    """Have sessions last so long from now on."""
    lifetimes = Lifetimes(unused_days * DAY_S, longest_days * DAY_S)
    portal.get(Accounts).lifetimes = lifetimes
    return lifetimes


def test_an_unused_session_ends_and_a_used_one_goes_on(
    administrator: Person, visitor: Browser, portal: Portal, clock: Clock
) -> None:
    lasting(portal, unused_days=10, longest_days=30)
    delegate = administrator.invites(visitor, ["delegate"])
    used = delegate.another_browser()
    clock.pass_s(9 * DAY_S)
    used.ticket()
    clock.pass_s(2 * DAY_S)
    assert delegate.browser.refused("GET", "/api/me") == "session.required"
    used.browser.ok("GET", "/api/me")


def test_a_session_ends_however_much_it_is_used_and_its_device_signs_in_anew(
    delegate: Person, portal: Portal, clock: Clock, delivered: Delivered
) -> None:
    session = delegate.browser
    clock.pass_s(-clock.now_ms // 1000 % DAY_S)  # begin with a day, so that the last use is well before the end
    delegate.sign_in(session)
    session.ok("POST", "/api/devices", {"statement": text(delegate.statements[1])})
    for _ in range(portal.settings.session_longest_days - 1):
        clock.pass_s(DAY_S)
        delegate.ticket()
    clock.pass_s(DAY_S - 30)
    ticket, token = delegate.ticket(), session.token or ""
    session.ok("GET", "/api/me")
    clock.pass_s(30)

    for method, path, body in [
        ("GET", "/api/me", None),
        ("GET", "/api/vault", None),
        ("POST", "/api/socket-ticket", {}),
        ("POST", "/api/passphrase/prove", {"request": b64(bytes(96))}),
        ("POST", "/api/devices", {"statement": text(delegate.statements[1])}),
    ]:
        assert session.error(method, path, body) == session.error("GET", "/api/me")
        assert session.refused(method, path, body) == "session.required"
    assert refusal_of_ticket(portal, ticket) == "session.ticket"  # not even one that was issued in time
    delivered.clear()
    lifetimes = portal.get(Accounts).lifetimes
    assert portal.database.write(lambda unit: sessions.end_expired_sessions(unit, lifetimes)) >= 1
    assert f"device:{delegate.device}" in delivered.closings

    delegate.sign_in(session)
    assert session.token != token
    session.ok("POST", "/api/devices", {"statement": text(delegate.statements[1])})
    assert session.ok("GET", "/api/me")["device"] == delegate.device
    renewed = delegate.ticket()
    actor = portal.database.write(lambda unit: sessions.actor_of_ticket(unit, renewed))
    assert actor.device == delegate.device


def test_a_limit_that_was_lowered_is_for_sessions_from_before_too(
    delegate: Person, portal: Portal, clock: Clock, delivered: Delivered
) -> None:
    clock.pass_s(7 * DAY_S)
    fresh = delegate.another_browser()
    lower = lasting(portal, unused_days=30, longest_days=7)
    delivered.clear()
    portal.database.write(lambda unit: sessions.end_expired_sessions(unit, lower))
    assert f"device:{delegate.device}" in delivered.closings
    assert delegate.browser.refused("GET", "/api/me") == "session.required"
    fresh.browser.ok("GET", "/api/me")


def test_the_sweep_ends_expired_sessions_and_their_sockets(
    delegate: Person, portal: Portal, clock: Clock, delivered: Delivered
) -> None:
    lifetimes = portal.get(Accounts).lifetimes
    assert portal.database.write(lambda unit: sessions.end_expired_sessions(unit, lifetimes)) == 0
    clock.pass_s((portal.settings.session_days + 1) * DAY_S)
    delivered.clear()
    ended = portal.database.write(lambda unit: sessions.end_expired_sessions(unit, lifetimes))
    assert ended == 2  # the administrator's and the delegate's
    assert f"device:{delegate.device}" in delivered.closings
    assert portal.database.read(lambda unit: unit.session.query(SignedInSession).count()) == 0


def test_last_seen_is_a_day(delegate: Person, clock: Clock) -> None:
    day = clock.now_ms // 86_400_000
    assert delegate.browser.ok("GET", "/api/devices")[0]["last_seen_day"] == day
    clock.pass_s(3 * DAY_S + 1234)
    delegate.browser.ok("GET", "/api/me")
    assert delegate.browser.ok("GET", "/api/devices")[0]["last_seen_day"] == day
    delegate.ticket()
    assert delegate.browser.ok("GET", "/api/devices")[0]["last_seen_day"] == day + 3


def test_a_ticket_signs_one_socket_in_once(delegate: Person, portal: Portal) -> None:
    ticket = delegate.ticket()
    actor = portal.database.write(lambda unit: sessions.actor_of_ticket(unit, ticket))
    assert (actor.account, actor.device) == (delegate.account, delegate.device)
    assert refusal_of_ticket(portal, ticket) == "session.ticket"
    assert refusal_of_ticket(portal, b64(bytes(32))) == "session.ticket"
    assert refusal_of_ticket(portal, delegate.browser.token) == "session.ticket"
    assert refusal_of_ticket(portal, "?") == "session.ticket"
    assert refusal_of_ticket(portal, None) == "session.ticket"


def test_a_ticket_lasts_a_minute(delegate: Person, portal: Portal, clock: Clock) -> None:
    in_time, late = delegate.ticket(), delegate.ticket()
    clock.pass_s(59)
    portal.database.write(lambda unit: sessions.actor_of_ticket(unit, in_time))
    clock.pass_s(1)
    assert refusal_of_ticket(portal, late) == "session.ticket"
    delegate.ticket()
    assert portal.database.read(lambda unit: unit.session.query(SocketTicket).count()) == 1


def test_a_ticket_ends_with_its_session(delegate: Person, portal: Portal) -> None:
    ticket = delegate.ticket()
    delegate.browser.ok("POST", "/api/sign-out", {})
    assert refusal_of_ticket(portal, ticket) == "session.ticket"


def test_a_session_without_a_device_gets_no_ticket(delegate: Person, visitor: Browser) -> None:
    delegate.sign_in(visitor)
    assert visitor.refused("POST", "/api/socket-ticket", {}) == "session.device_required"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN + ".evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_sites_change_nothing(headers: dict[str, str], delegate: Person) -> None:
    before = delegate.browser.ok("GET", "/api/me")
    for method, path, body in [
        ("PATCH", "/api/me", {"name": "Mallory"}),
        ("POST", "/api/sign-out", {}),
        ("POST", "/api/socket-ticket", {}),
    ]:
        response = delegate.browser.send(method, path, body, headers=headers)
        assert (response.status_code, response.get_json()["error"]["code"]) == (403, "request.origin")
    assert delegate.browser.ok("GET", "/api/me") == before


def test_who_is_signed_in_pays_from_an_own_bucket_and_made_up_cookies_from_the_address(delegate: Person) -> None:
    token = delegate.browser.token or ""
    assert payers.key(token, "192.0.2.1") != f"account:{delegate.account}"  # not seen since it was made
    delegate.browser.ok("GET", "/api/me")
    assert payers.key(token, "192.0.2.1") == f"account:{delegate.account}"
    addresses = {payers.key(made_up, "192.0.2.1") for made_up in (None, "", b64(bytes(32)), token[::-1])}
    assert len(addresses) == 1
    assert addresses != {payers.key(None, "192.0.2.2")}
    assert "192.0.2.1" not in addresses.pop()


def test_a_form_can_not_post(delegate: Person) -> None:
    response = delegate.browser.client.post(
        "/api/me", data={"name": "Mallory"}, headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    )
    assert response.status_code in {400, 404, 405}
    ticket = delegate.browser.client.post("/api/socket-ticket", data="{}", headers={"Origin": ORIGIN})
    assert ticket.get_json()["error"]["code"] == "request.malformed"
