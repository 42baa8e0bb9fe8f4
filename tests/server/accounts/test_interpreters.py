"""Interpreters: nobody gets one in but a person who typed its code and answers for it, and it is nothing else."""

import secrets
import threading

import flask
import pytest
from nacl.signing import SigningKey

from portal.server.accounts import enrolments
from portal.server.accounts.device_lists import verify_ed25519
from portal.server.accounts.limits import ENROLMENTS
from portal.server.accounts.models import Enrolment, EnrolmentApproval, Invitation
from portal.server.core.context import Portal
from portal.server.ledger import service
from portal.wire.canonical import canonical_json, parse_canonical
from portal.wire.device_list import read_device_list
from portal.wire.enrolment import LIFETIME_S, ONBOARDING_S
from portal.wire.ids import DeviceId, b64, new_id, unb64
from portal.wire.ledger.entries import Kind
from portal.wire.vouching import read_vouching, vouching_signed_bytes
from tests.server.accounts.conftest import Clock, Delivered
from tests.server.accounts.enrolling import approval, approves, asks, vouch, vouching
from tests.server.accounts.people import Browser, Json, Person, last_request, prepared, statement_of, stranger, text

APPROVE = "/api/enrolments/approve"
EQUIPMENT = "/api/interpreters/equipment"
FINISH = "/api/onboarding/finish"
LOOK = "/api/enrolments/look"
STATE = "/api/enrolments/state"


@pytest.fixture
def norland(administrator: Person) -> Json:
    made: Json = administrator.browser.ok("POST", "/api/delegations", {"name": "Norland", "code": "NO", "colour": 3})
    return made


@pytest.fixture
def owner(administrator: Person, norland: Json, app: flask.Flask) -> Person:
    """A delegate of a delegation."""
    return administrator.invites(Browser(app), ["delegate"], delegation=norland["id"])


@pytest.fixture
def interpreter(owner: Person, app: flask.Flask) -> Person:
    """An interpreter that the owner let in."""
    program = asks(app)
    approves(owner, program)
    return program.onboards()


def reason(browser: Browser, path: str, body: Json) -> tuple[str, str]:
    """Code and reason of a refusal."""
    error = browser.error("POST", path, body)
    return error["code"], str(error["detail"].get("reason") or error["detail"].get("field"))


def test_a_program_whose_code_was_typed_becomes_an_interpreter(
    owner: Person, administrator: Person, norland: Json, app: flask.Flask
) -> None:
    program = asks(app)
    assert program.state() == {"state": "waiting"}
    typed = program.code.lower().replace(" ", "-").replace("0", "o").replace("1", "l")
    assert owner.browser.ok("POST", LOOK, {"code": typed}) == {"request": b64(program.request)}
    body = approves(owner, program)
    state = program.state()
    # All that the program needs to believe it: the owner's list, and the owner's signature for its own key.
    statements = list(map(statement_of, state["owner"].pop("statements")))
    assert statements == owner.statements
    devices = read_device_list(statements, verify_ed25519)
    said = read_vouching(unb64(state["vouch"]["body"]), unb64(state["vouch"]["sig"]), devices.sign, verify_ed25519)
    assert state == {
        "state": "approved",
        "vouch": body["vouch"],
        "owner": {
            "account": owner.account,
            "name": "Ada Example",
        },
    }
    assert (said.account, said.by) == (program.person.account, owner.account)
    last = program.last_request()
    program.person.browser.ok("POST", FINISH, last)
    interpreter = program.person
    me = interpreter.browser.ok("GET", "/api/me")
    assert (me["name"], me["languages"], me["roles"]) == ("Interpreter", ["ko", "en"], ["interpreter"])
    assert (me["delegation"], me["device"]) == (norland, interpreter.device)
    people = {person["account"]: person for person in administrator.browser.ok("GET", "/api/people")}
    shown = {"owner": owner.account, "for": "room", "vouch": body["vouch"]}
    assert people[interpreter.account]["interpreter"] == shown
    assert people[owner.account]["interpreter"] is None
    assert interpreter.browser.refused("POST", FINISH, last) == "invitation.used"


def test_what_an_interpreter_runs_on_is_entered_when_it_changes(
    owner: Person, interpreter: Person, portal: Portal
) -> None:
    package = {"pair": "en_ko", "version": "1.9", "sha256": "0f" * 32}
    report = {"version": "1.0", "packages": [package, package | {"pair": "ko_en"}]}
    assert interpreter.browser.ok("POST", EQUIPMENT, report) == {"entered": 3}
    assert interpreter.browser.ok("POST", EQUIPMENT, report) == {"entered": 0}
    assert interpreter.browser.ok("POST", EQUIPMENT, report | {"version": "1.1"}) == {"entered": 1}
    opened = portal.database.read(lambda unit: service.opened(unit, Kind.EQUIPMENT, (interpreter.account,)))
    assert [parse_canonical(one.statement)["version"] for one in opened] == ["1.1", "1.0"]
    assert owner.browser.refused("POST", EQUIPMENT, report) == "role.required"
    for wrong in ({"pair": "en"}, {"version": "1 0"}, {"sha256": "0F" * 32}):
        assert interpreter.browser.refused("POST", EQUIPMENT, report | {"packages": [package | wrong]}) == (
            "request.malformed"
        )


def test_only_who_speaks_for_a_delegation_approves(
    administrator: Person, norland: Json, owner: Person, interpreter: Person, app: flask.Flask
) -> None:
    program = asks(app)
    others = [
        administrator,
        administrator.invites(Browser(app), ["observer"], delegation=norland["id"]),
        administrator.invites(Browser(app), ["delegate"]),
        interpreter,
    ]
    for other in others:
        assert other.browser.refused("POST", LOOK, {"code": program.code}) == "role.required"
        assert other.browser.refused("POST", APPROVE, approval(other, program)) == "role.required"
    unbound = Browser(app)
    owner.sign_in(unbound)
    assert unbound.refused("POST", LOOK, {"code": program.code}) == "session.device_required"
    assert unbound.refused("POST", APPROVE, approval(owner, program)) == "session.device_required"
    assert Browser(app).refused("POST", LOOK, {"code": program.code}) == "session.required"
    assert program.state() == {"state": "waiting"}


@pytest.mark.slow
def test_a_wrong_an_expired_and_a_used_code(
    owner: Person, administrator: Person, norland: Json, clock: Clock, app: flask.Flask
) -> None:
    program = asks(app)
    body = approval(owner, program)
    for code in ("", "0000 0000 0000 0000", program.code[:-1], f"{program.code[:-1]}U"):
        assert owner.browser.refused("POST", LOOK, {"code": code}) == "enrolment.unknown"
        assert owner.browser.refused("POST", APPROVE, body | {"code": code}) == "enrolment.unknown"
    clock.pass_s(LIFETIME_S)
    assert owner.browser.refused("POST", APPROVE, body) == "enrolment.unknown"
    assert program.person.browser.refused("POST", STATE, program.link) == "enrolment.unknown"
    used = asks(app)
    assert used.person.browser.refused("POST", "/api/enrolments", {"request": b64(used.request)}) == "enrolment.used"
    body = approves(owner, used)
    # The answer may have been lost; nobody else gets in between.
    assert owner.browser.ok("POST", APPROVE, body) == {"account": used.person.account}
    rival = administrator.invites(Browser(app), ["chair"], delegation=norland["id"])
    assert rival.browser.refused("POST", LOOK, {"code": used.code}) == "enrolment.used"
    assert rival.browser.refused("POST", APPROVE, approval(rival, used)) == "enrolment.used"
    assert used.state()["owner"]["account"] == owner.account
    clock.pass_s(ONBOARDING_S)
    link = used.link | {"account": used.person.account, "request": b64(bytes(32))}
    assert used.person.browser.refused("POST", "/api/onboarding/start", link) == "invitation.expired"


def test_a_forged_or_foreign_vouching_is_refused(owner: Person, clock: Clock, app: flask.Flask) -> None:
    program, other = asks(app), asks(app)
    elsewhere = "it is for another interpreter, or by another person"
    by_another = vouching(stranger(Browser(app)), program.person)
    cases: list[tuple[str, Json]] = [
        ("the signature is not its owner's", approval(owner, program, by=SigningKey.generate())),
        ("it is not dated now", approval(owner, program, at_s=clock.now_ms // 1000 - 2 * 3600)),
        ("nobody answers for oneself", approval(owner, program, account=owner.account)),
        (elsewhere, approval(owner, program, account=other.person.account)),
        (elsewhere, approval(owner, program, sign=bytes(other.person.sign.verify_key))),
        (elsewhere, approval(owner, program) | {"vouch": vouch(owner, by_another)}),
    ]
    for expected, body in cases:
        assert reason(owner.browser, APPROVE, body) == ("request.malformed", expected)
    fields = parse_canonical(unb64(approval(owner, program)["vouch"]["body"]))
    for change in ({"for": "all"}, {"op": "add"}, {"v": 2}, {"more": 1}):
        raw = canonical_json(fields | change)
        vouched = {"body": b64(raw), "sig": b64(owner.sign.sign(vouching_signed_bytes(raw)).signature)}
        assert owner.browser.refused("POST", APPROVE, approval(owner, program) | {"vouch": vouched}) == (
            "request.malformed"
        )
    assert program.state() == {"state": "waiting"}


def test_of_two_who_approve_at_once_one_answers_for_it(
    owner: Person, administrator: Person, norland: Json, app: flask.Flask
) -> None:
    rival, program = administrator.invites(Browser(app), ["chair"], delegation=norland["id"]), asks(app)
    bodies = [(person, approval(person, program)) for person in (owner, rival)]
    together, outcomes = threading.Barrier(2), dict[str, str]()

    def approve(person: Person, body: Json) -> None:
        together.wait()
        response = person.browser.send("POST", APPROVE, body)
        answer: Json = response.get_json()
        outcomes["done" if response.status_code == 200 else answer["error"]["code"]] = person.account

    threads = [threading.Thread(target=approve, args=pair) for pair in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.keys() == {"done", "enrolment.used"}
    assert program.state()["owner"]["account"] == outcomes["done"]
    program.onboards()


def test_an_approval_is_for_this_account_key_and_device_alone(owner: Person, app: flask.Flask) -> None:
    program = asks(app)
    approves(owner, program)
    browser, own = program.person.browser, program.person
    start = program.link | {"account": new_id(), "request": b64(bytes(32))}
    assert reason(browser, "/api/onboarding/start", start) == ("request.malformed", "account")
    swapped_sign, swapped_device, swapped_key = (stranger(browser, handle=f"thief.{at}") for at in range(3))
    for thief in (swapped_sign, swapped_device, swapped_key):
        thief.account = own.account
    swapped_sign.device, swapped_sign.device_key = own.device, own.device_key
    swapped_device.sign, swapped_device.device_key = own.sign, own.device_key
    swapped_key.sign, swapped_key.device = own.sign, own.device
    for thief, why in (
        (swapped_sign, "another sign key was approved"),
        (swapped_device, "another device was approved"),
        (swapped_key, "another device was approved"),
    ):
        body = last_request(thief, program.link, kind="interpreter")
        assert reason(browser, FINISH, body) == ("device.refused", why)
    as_browser = last_request(own, program.link)
    kind = "an interpreter's devices are of that kind, and no others"
    assert reason(browser, FINISH, as_browser) == ("device.refused", kind)
    assert program.onboards().browser.ok("GET", "/api/me")["account"] == own.account


def test_an_approval_lapses_with_its_owner(
    owner: Person, interpreter: Person, administrator: Person, app: flask.Flask
) -> None:
    program = asks(app)
    approves(owner, program)
    last = program.last_request()
    administrator.browser.ok("PATCH", f"/api/accounts/{owner.account}", {"disabled": True})
    assert program.person.browser.refused("POST", FINISH, last) == "invitation.unknown"
    assert interpreter.browser.refused("GET", "/api/me") == "session.required"
    administrator.browser.ok("PATCH", f"/api/accounts/{owner.account}", {"disabled": False})
    assert interpreter.browser.refused("GET", "/api/me") == "session.required"


def test_an_interpreter_is_nothing_else_and_nobody_else_is_one(
    administrator: Person, owner: Person, interpreter: Person, norland: Json, app: flask.Flask
) -> None:
    browser = administrator.browser
    new = {"delegation": None, "roles": ["interpreter"], "days": 1}
    assert browser.refused("POST", "/api/invitations", new) == "request.malformed"
    assert browser.refused("POST", "/api/invitations", new | {"roles": ["delegate", "interpreter"]}) == (
        "request.malformed"
    )
    for account, changes in (
        (owner, [{"roles": ["interpreter"]}, {"roles": ["delegate", "interpreter"]}]),
        (interpreter, [{"roles": ["delegate"]}, {"roles": ["interpreter"]}, {"delegation": None}]),
    ):
        for change in changes:
            assert browser.refused("PATCH", f"/api/accounts/{account.account}", change) == "request.malformed"
    for person, kind in ((owner, "interpreter"), (interpreter, "browser"), (interpreter, "archive")):
        addition = person.addition(DeviceId(new_id()), SigningKey.generate(), kind=kind)  # type: ignore[arg-type]
        assert person.browser.refused("POST", "/api/devices", {"statement": text(addition)}) == "device.refused"
    invitation = browser.ok("POST", "/api/invitations", new | {"roles": ["delegate"]})
    impostor, _body = prepared(Browser(app), invitation)
    as_interpreter = last_request(impostor, invitation, kind="interpreter")
    assert impostor.browser.refused("POST", FINISH, as_interpreter) == "device.refused"
    interpreter.add_device(kind="interpreter")
    for change in ({"name": "Somebody"}, {"languages": ["en"]}):
        assert interpreter.browser.refused("PATCH", "/api/me", change) == "role.required"
    hidden = {"presence": False, "typing": False}
    assert interpreter.browser.ok("PATCH", "/api/me", {"settings": hidden})["settings"] == hidden
    assert interpreter.browser.ok("GET", "/api/me")["delegation"] == norland


def test_its_owner_and_administrators_end_it_for_good(
    administrator: Person, owner: Person, interpreter: Person, delegate: Person, delivered: Delivered
) -> None:
    path = f"/api/interpreters/{interpreter.account}/end"
    for nobody in (delegate, interpreter):
        assert nobody.browser.refused("POST", path, {}) == "account.not_found"
    assert administrator.browser.refused("POST", f"/api/interpreters/{owner.account}/end", {}) == "account.not_found"
    account = f"/api/accounts/{interpreter.account}"
    for disabled in (True, False):  # Administrators suspend and resume it as any account…
        administrator.browser.ok("PATCH", account, {"disabled": disabled})
    interpreter.sign_in()
    delivered.clear()
    owner.browser.ok("POST", path, {})
    assert delivered.closings == [f"account:{interpreter.account}"]
    assert [name for name, _payload, _audience in delivered.events] == ["session.revoked", "device-list.changed"]
    assert interpreter.browser.refused("GET", "/api/me") == "session.required"
    assert administrator.browser.ok("POST", path, {}) == {}
    # …but what its owner has ended stays so.
    assert administrator.browser.refused("PATCH", account, {"disabled": False}) == "request.malformed"
    people = {person["account"]: person["disabled"] for person in administrator.browser.ok("GET", "/api/people")}
    assert people[interpreter.account]


def test_requests_are_small_well_formed_few_and_forgotten(
    owner: Person, portal: Portal, clock: Clock, app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale, approved = asks(app), asks(app)
    approves(owner, approved)
    fields = parse_canonical(stale.request)
    browser = Browser(app)
    for change in ({"machine": "x" * 65}, {"op": "vouch"}, {"key": fields["sign"]}, {"sign": ""}, {"more": ""}):
        raw = canonical_json(fields | {"account": new_id()} | change)
        assert browser.refused("POST", "/api/enrolments", {"request": b64(raw)}) == "request.malformed"
    wrong = stale.link | {"secret": b64(secrets.token_bytes(32))}
    assert browser.refused("POST", STATE, wrong) == "enrolment.unknown"
    monkeypatch.setattr(enrolments, "WAITING_MAX", 2)
    full = canonical_json(fields | {"account": new_id()})
    assert browser.refused("POST", "/api/enrolments", {"request": b64(full)}) == "request.too_many"

    def left() -> list[int]:
        kinds = (Enrolment, EnrolmentApproval)
        waiting = Invitation.id.in_([stale.link["id"], approved.link["id"]])
        return portal.database.read(
            lambda unit: [
                *(unit.session.query(kind).count() for kind in kinds),
                unit.session.query(Invitation).filter(waiting).count(),
            ]
        )

    for passes_s, remain in ((0, [2, 1, 1]), (LIFETIME_S, [1, 1, 1]), (ONBOARDING_S, [0, 0, 0])):
        clock.pass_s(passes_s)
        portal.database.write(enrolments.drop_expired)
        assert left() == remain


def test_one_address_asks_so_often_and_no_more(app: flask.Flask) -> None:
    often = int(ENROLMENTS.split(" ", 1)[0])
    for _ in range(often):
        asks(app)
    with pytest.raises(AssertionError, match=r"request\.too_many"):
        asks(app)
