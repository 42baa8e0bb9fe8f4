"""What a process must not keep to itself: two applications of one installation, asked in turn."""

import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import flask
import opaquepy.lib as opaque
import pytest
import sqlalchemy as sa

from portal.config import Settings
from portal.server.accounts import service, sessions
from portal.server.app import create_app
from portal.server.core.at_rest import AtRest
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.limits import limiter
from portal.server.feedback import weeks
from portal.server.feedback.feature import Feedback
from portal.server.feedback.proof_of_work import PATIENT_AT_ONCE, Load
from portal.server.feedback.service import UsedPassError, use
from portal.server.ledger import service as ledger_service
from portal.server.ledger.feature import Ledger, LedgerRolledBackError
from portal.server.ledger.keys import SIGNED_FILE, open_signer
from portal.server.ledger.models import LedgerEntry
from portal.server.rooms.blob_store import CHUNK_BYTES, chunk_size
from portal.server.rooms.feature import Rooms
from portal.server.townhall.tickets import Tickets
from portal.tlog.verifiers import verify_checkpoint
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import new_id
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.entries import Kind
from tests.conftest import TEMPLATE
from tests.machine.postgresql import Cluster
from tests.server.accounts.enrolling import approves, asks
from tests.server.accounts.people import COOKIE, ORIGIN, Browser, enrol
from tests.server.rooms.driver import Peer, new_delegation
from tests.server.townhall.hall_kit import Citizen, Meeting, meeting

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def apps(postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[flask.Flask, flask.Flask]]:
    """Two processes of one installation, but for the process."""
    folder: Path = tmp_path_factory.mktemp("shared")
    with postgresql.database(TEMPLATE) as url, ExitStack() as stack:
        settings = Settings(data_dir=folder, database_url=url, several=True, public_url=ORIGIN, worker=False)
        one, two = create_app(settings), create_app(settings)
        for app in (one, two):
            stack.callback(portal_of(app).database.close)
            portal_of(app).get(Rooms).start()
            stack.callback(portal_of(app).get(Rooms).close)
        yield one, two


@pytest.fixture
def one(apps: tuple[flask.Flask, flask.Flask]) -> Iterator[flask.Flask]:
    limiter.enabled = False
    yield apps[0]
    limiter.enabled = True


@pytest.fixture
def two(apps: tuple[flask.Flask, flask.Flask]) -> flask.Flask:
    return apps[1]


def portal_of(app: flask.Flask) -> Portal:
    portal: Portal = app.extensions[EXTENSION]
    return portal


@pytest.fixture
def in_turn(one: flask.Flask, two: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> flask.Flask:
    """A door to both: each request meets the other one than the one before."""
    doors = cycle([one.wsgi_app, two.wsgi_app])

    def door(*request: Any) -> Iterable[bytes]:
        return next(doors)(*request)

    monkeypatch.setattr(one, "wsgi_app", door)
    return one


def at(app: flask.Flask, browser: Browser) -> Browser:
    """The same browser, answered by another process."""
    other = Browser(app)
    assert browser.token is not None
    other.client.set_cookie(COOKIE, browser.token)
    return other


def test_keys_that_processes_make_at_once_are_the_same(tmp_path: Path) -> None:
    def keys(_process: int) -> tuple[bytes, str, bytes]:
        at_rest = AtRest.open(tmp_path / "keys/at-rest").derive("a purpose")
        log = open_signer(tmp_path / "keys", "portal.example").key.to_text()
        ticket = Tickets.open(tmp_path / "keys/hall-tickets").issue("hall", "en")
        return at_rest, log, Tickets.open(tmp_path / "keys/hall-tickets").read("hall", ticket).community.encode()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(keys, range(8)))) == 1


def test_a_sign_in_goes_on_at_another_process_and_counts_once(one: flask.Flask, two: flask.Flask) -> None:
    issued = portal_of(one).database.write(service.administrator_invitation)
    person = enrol(Browser(one), issued.model_dump())
    here, there = Browser(one), Browser(two)
    request, state = opaque.login_client(person.passphrase)
    started = here.ok("POST", "/api/sign-in/start", {"handle": person.handle, "request": request})
    finish, _ = opaque.login_client_finish(state, person.passphrase, started["response"])
    body = {"attempt": started["attempt"], "finish": finish}
    assert there.ok("POST", "/api/sign-in/finish", body)
    assert here.refused("POST", "/api/sign-in/finish", body) == "signin.expired"
    person.add_device(there)
    ticket = at(one, there).ok("POST", "/api/socket-ticket", {})["ticket"]

    def sign_in(app: flask.Flask) -> str | None:
        actor = portal_of(app).database.write(lambda unit: sessions.actor_of_ticket(unit, ticket))
        return actor.account

    assert sign_in(two) == person.account
    for app in (one, two):
        with pytest.raises(UserError, match=r"session\.ticket"):
            sign_in(app)
    at(two, there).ok("POST", "/api/sign-out", {})
    assert at(one, there).refused("POST", "/api/socket-ticket", {}) == "session.required"


def test_people_and_interpreters_get_in_from_process_to_process(in_turn: flask.Flask) -> None:
    database = portal_of(in_turn).database
    administrator = enrol(Browser(in_turn), database.write(service.administrator_invitation).model_dump())
    owner = administrator.invites(Browser(in_turn), ["delegate"], delegation=new_delegation(database))
    program = asks(in_turn)
    assert program.state()["state"] == "waiting"
    approves(owner, program)
    assert program.state()["state"] == "approved"
    last = program.last_request()
    program.person.browser.ok("POST", "/api/onboarding/finish", last)
    assert Browser(in_turn).refused("POST", "/api/onboarding/finish", last) == "invitation.used"
    owner.another_browser()


def test_a_file_goes_up_through_two_processes(one: flask.Flask, two: flask.Flask) -> None:
    chair = Peer.settle(one, ("chair",))
    room, blob, size = chair.found(), new_id(), 2 * CHUNK_BYTES + 5000
    here, there = chair.browser, at(two, chair.browser)
    chunks = [secrets.token_bytes(chunk_size(size, index)) for index in range(3)]
    here.ok("POST", f"/api/rooms/{room}/blobs", {"blob": blob, "size_bytes": size})
    for browser, index in ((there, 2), (here, 0), (there, 1)):
        browser.ok("PUT", f"/api/blobs/{blob}/chunks/{index}", chunks[index])
    there.ok("POST", f"/api/blobs/{blob}/complete", {})
    assert [here.send("GET", f"/api/blobs/{blob}/chunks/{index}").data for index in range(3)] == chunks


def test_a_pass_counts_at_one_process_only_once(one: flask.Flask, two: flask.Flask) -> None:
    here, there = portal_of(one).get(Feedback), portal_of(two).get(Feedback)
    now_s = portal_of(one).database.clock_ms() // 1000
    text = here.passes.issue("patience", now_s - 60, 14)
    used = there.passes.waited(text, now_s)
    portal_of(two).database.write(lambda unit: use(unit, there, used))
    with pytest.raises(UsedPassError):
        portal_of(one).database.write(lambda unit: use(unit, here, here.passes.waited(text, now_s)))
    assert here.code_of(used) == there.code_of(used)


def test_processes_tell_one_another_how_busy_they_are() -> None:
    here, there = (Load(lambda: 1000.0) for _ in range(2))
    here.tell, there.tell = there.hear, here.hear
    for taker in (here, there) * (PATIENT_AT_ONCE // 2):
        taker.note(patient=True)
    assert here.patient_wait_s() > 0
    assert there.patient_wait_s() > 0
    for _ in range(300):
        here.note()
    assert here.cost() == there.cost() > here.base_cost


def test_the_weeks_are_made_once(one: flask.Flask, two: flask.Flask) -> None:
    def make(app: flask.Flask) -> None:
        portal_of(app).database.write(lambda unit: weeks.ensure(unit, "UTC", 90))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(make, (one, two) * 4))
    held = portal_of(one).database.read(lambda unit: unit.session.scalars(sa.select(weeks.IntakeWeek.id)).all())
    assert len(held) == len(set(held)) == weeks.AHEAD + 1


@pytest.fixture
def hall(one: flask.Flask, two: flask.Flask) -> Meeting:
    """A hall whose moderator is at the first process."""
    made = meeting(one)
    portal_of(two).database.clock_ms = made.clock
    made.begin()
    return made


def _elsewhere(citizen: Citizen, app: flask.Flask) -> Citizen:
    """The same citizen, answered by another process."""
    client = app.test_client()
    ticket = citizen.client.get_cookie("hall", path=f"/hall/{citizen.hall}")
    assert ticket is not None
    client.set_cookie("hall", ticket.value, path=f"/hall/{citizen.hall}")
    return Citizen(client, citizen.hall)


def test_a_hall_is_one_at_all_processes(hall: Meeting, two: flask.Flask) -> None:
    here = hall.citizen().enters()
    there = _elsewhere(here, two)
    there.does("hand")
    assert here.refused("hand") == "hand_up"
    poll = hall.does("poll", text="Should it stay?", options="Yes\nNo", lang="en")
    assert [browser.does("vote", poll=poll, option=1)["repeated"] for browser in (there, here)] == [False, True]
    view = two.test_client().get(f"/hall/{hall.name}/state").get_json()
    assert view["polls"][str(poll)]["counts"] is None, "running counts are hidden"
    hall.does("close_poll", poll=poll)
    late = _elsewhere(hall.citizen().enters(), two)
    assert late.refused("vote", poll=poll, option=0) == "hall.poll_closed"
    assert hall.view()["polls"][str(poll)]["counts"] == [0, 1]


def test_who_follows_a_hall_at_another_process_misses_no_change(hall: Meeting, two: flask.Flask) -> None:
    """A part that changed and changed back between two looks of that process is in none of its frames."""
    there = portal_of(two).get(type(hall.halls)).find(hall.name)
    there.fresh()
    hall.does("announce", text="Soon.", lang="en")
    seen = hall.view()["seq"]
    hall.does("clear")
    there.look()
    assert hall.live.projection.frames_since(seen) is not None
    assert there.projection.frames_since(seen) is None


def test_the_ledger_grows_by_one_order_whoever_lets_entries_in(one: flask.Flask, two: flask.Flask) -> None:
    def record(app: flask.Flask) -> None:
        for number in range(25):
            portal_of(app).database.write(
                lambda unit, number=number: ledger_service.record(unit, Kind.HALL, {"number": number})  # type: ignore[misc]
            )
            portal_of(app).get(Ledger).sequence(batch_max=7)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(record, (one, two)))
    portal = portal_of(one)
    places = portal.database.read(
        lambda unit: unit.session.scalars(sa.select(LedgerEntry.place).order_by(LedgerEntry.place)).all()
    )
    assert places == list(range(len(places)))
    assert len(places) >= 50
    notes = {app.test_client().get("/ledger/checkpoint").text for app in (one, two)}
    assert [verify_checkpoint(note, portal.get(Ledger).key).size for note in notes] == [len(places)]


def test_what_one_process_is_shown_keeps_all_from_signing(one: flask.Flask, two: flask.Flask) -> None:
    here, there = portal_of(one).get(Ledger), portal_of(two).get(Ledger)
    here.sequence()
    folder = portal_of(one).settings.keys_dir
    signed = (folder / SIGNED_FILE).read_bytes()
    lost = Checkpoint(here.key.name, 1_000_000, bytes(32))  # as if an older copy had been put back since
    note = open_signer(folder, here.key.name).sign(lost.to_text()).to_text()
    with pytest.raises(PeerError):
        there.take_cosignatures(note)
    portal_of(one).database.write(lambda unit: ledger_service.record(unit, Kind.HALL, {"number": 0}))
    with pytest.raises(LedgerRolledBackError):
        here.sequence()
    (folder / SIGNED_FILE).write_bytes(signed)
