"""Devices that nobody added, put into the database of a real portal: peers do not believe them, the owner is told."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import flask
import pytest
import sqlalchemy as sa

from portal.member.content import Message, encode_content
from portal.member.driver import Driver
from portal.member.e2ee import opaque
from portal.member.e2ee.box import BoxKey
from portal.member.e2ee.devices import add_device, found, verify_device_list
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.verify import verify_bundle
from portal.member.exports import record_bundle
from portal.member.ledger.kept import GRACE_S, LedgerStore
from portal.member.ledger.rounds import Rounds
from portal.member.making import make_room
from portal.member.people import People
from portal.member.vault import Vault
from portal.member.work import Ask, MemberError
from portal.server.accounts.logged import statement_appended
from portal.server.accounts.models import DeviceStatement
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Unit
from portal.server.ledger.feature import Ledger
from portal.wire.device_list import SignedStatement
from portal.wire.ids import AccountId, DeviceId, new_id
from tests.member.inside import Inhabitant, administrator, newcomer, settled
from tests.member.logs import Clock, Memory

HUNDRED: Final = pytest.mark.parametrize("rounds", [1, pytest.param(24, marks=pytest.mark.slow)])
"""With each of the four shapes: 100 ghosts in all."""


@dataclass
class Observer:
    """Somebody's view of people and ledger, with nothing known when it is made; asks the real portal."""

    portal: Portal
    inhabitant: Inhabitant
    hide: Callable[[Any], Any] = lambda answer: answer
    """What the server does to an answer on its way to this person."""

    def __post_init__(self) -> None:
        member, self.clock = self.inhabitant.member, Clock()
        self.driver = Driver(Memory(), self)
        kept = member.vault.keep()["vault"]
        self.vault = Vault(member.account, member.session.vault_key, kept)
        self.ledger = LedgerStore(self.clock.read)
        self.people = People(self.vault, self.ledger)
        self.rounds = Rounds(self.ledger, self.people, member.session.device)

    def ask(self, asked: Ask) -> Any:
        """Carry a request to the portal, and its answer through the liar's hands."""
        answer = self.inhabitant.http.ask(asked)
        return self.hide(answer) if asked.path == "/api/device-lists" else answer

    def looks(self, *accounts: AccountId) -> None:
        """See these accounts' lists, and look at the ledger; an hour later once more."""
        for _ in range(2):
            self.driver.run(self.people.refresh([self.people.own, *accounts]))
            self.driver.run(self.rounds.look([]))
            self.clock.now_s += GRACE_S + 1

    def believes(self, account: AccountId, device: DeviceId) -> bool:
        """Whether something would be sealed to the device, or its words believed."""
        try:
            self.people.require_sound(account)
        except MemberError:
            return False
        return self.people.is_accepted(account, device)

    def kinds(self) -> list[str]:
        """What was found."""
        return [finding.kind for finding in self.ledger.state.findings]


@dataclass
class Stage:
    """A portal with two people: Ada, and Boris, who gets ghosts."""

    portal: Portal
    ada: Inhabitant
    boris: Inhabitant

    @property
    def account(self) -> AccountId:
        """Whose list is attacked."""
        return self.boris.member.account

    @property
    def sign(self) -> SigningKey:
        """Boris's own key, for thieves."""
        return self.boris.member.vault.sign

    def rows(self) -> list[SignedStatement]:
        """Boris's list, as the database has it."""

        def work(unit: Unit) -> list[SignedStatement]:
            mine = sa.select(DeviceStatement).where(DeviceStatement.account_id == self.account)
            return [SignedStatement(row.body, row.signature) for row in unit.session.scalars(mine.order_by("seq"))]

        return self.portal.database.read(work)

    def puts(self, statements: list[SignedStatement], *, logged: bool = False) -> None:
        """Make these the list in the database, past all that the portal checks."""

        def work(unit: Unit) -> None:
            unit.session.execute(sa.delete(DeviceStatement).where(DeviceStatement.account_id == self.account))
            for seq, one in enumerate(statements):
                row = DeviceStatement(account_id=self.account, seq=seq, body=one.body, signature=one.signature)
                unit.session.add(row)
            if logged:
                statement_appended(unit, self.account, len(statements) - 1, statements[-1])

        self.portal.database.write(work)
        self.portal.get(Ledger).sequence()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("ghosts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opaque, "Stretching", partial(opaque.Stretching, 1, 64, 1))
        with settled(folder, sqlite_template) as app:
            ada = administrator(app, folder)
            yield Stage(app.extensions[EXTENSION], ada, _guest(app, ada, folder))


def _guest(app: flask.Flask, ada: Inhabitant, folder: Path) -> Inhabitant:
    invitation = ada.asks("POST", "/api/invitations", {"delegation": None, "roles": ["observer"]})
    boris = newcomer(app, folder, "boris")
    boris.comes_in(invitation, "boris", "Boris")
    app.extensions[EXTENSION].get(Ledger).sequence()
    return boris


def _ghost(statements: list[SignedStatement], account: AccountId, sign: SigningKey) -> tuple[SignedStatement, DeviceId]:
    devices, device = verify_device_list(account, statements), DeviceId(new_id())
    listing = device, SigningKey.generate().public, "browser"
    return add_device(devices, sign, 2_000_000_000, listing, devices.vault), device  # type: ignore[arg-type]


def test_an_honest_list_is_proven_and_nobody_is_told_anything(stage: Stage) -> None:
    peer, owner = Observer(stage.portal, stage.ada), Observer(stage.portal, stage.boris)
    peer.looks(stage.account)
    owner.looks(stage.ada.member.account)
    assert (peer.kinds(), owner.kinds()) == ([], [])
    assert peer.believes(stage.account, stage.boris.member.session.device)
    listing = peer.ledger.listings[stage.account]
    assert (listing.proven, listing.newest, listing.refused) == (1, 1, False)


@HUNDRED
def test_a_device_that_nobody_signed_is_refused_and_shown(stage: Stage, rounds: int) -> None:
    whole = stage.rows()
    try:
        for _ in range(rounds):
            owner, peer = Observer(stage.portal, stage.boris), Observer(stage.portal, stage.ada)
            owner.looks()
            statement, device = _ghost(whole, stage.account, stage.sign)
            stage.puts([*whole, SignedStatement(statement.body, secrets.token_bytes(64))])
            peer.looks(stage.account)
            owner.looks()
            assert not peer.believes(stage.account, device)
            assert owner.kinds() == ["own-list"]
            stage.puts(whole)
    finally:
        stage.puts(whole)


@HUNDRED
def test_a_list_under_another_key_is_refused_and_shown(stage: Stage, rounds: int) -> None:
    whole = stage.rows()
    try:
        for _ in range(rounds):
            owner = Observer(stage.portal, stage.boris)
            owner.looks()
            # A peer who meets Boris for the first time: no key of his is pinned.
            peer, thief = Observer(stage.portal, stage.ada), SigningKey.generate()
            forged = [found(stage.account, thief, BoxKey.generate().public, 1)]
            statement, device = _ghost(forged, stage.account, thief)
            stage.puts([*forged, statement])
            peer.looks(stage.account)
            owner.looks()
            assert not peer.believes(stage.account, device)
            assert owner.kinds() == ["own-list"]
            stage.puts(whole)
    finally:
        stage.puts(whole)


@HUNDRED
def test_a_signed_device_that_is_not_in_the_ledger_is_refused_and_shown(stage: Stage, rounds: int) -> None:
    whole = stage.rows()
    try:
        for _ in range(rounds):
            owner, peer = Observer(stage.portal, stage.boris), Observer(stage.portal, stage.ada)
            owner.looks()
            peer.looks(stage.account)
            statement, device = _ghost(whole, stage.account, stage.sign)
            stage.puts([*whole, statement])
            peer.driver.run(peer.people.refresh([stage.account]))
            assert peer.believes(stage.account, device), "being entered"
            peer.looks(stage.account)
            owner.looks()
            assert not peer.believes(stage.account, device)
            assert peer.people.is_accepted(stage.account, stage.boris.member.session.device)
            assert [(one.kind, one.detail) for one in owner.ledger.state.findings] == [("own-device", device)]
            stage.puts(whole)
    finally:
        stage.puts(whole)


@HUNDRED
def test_a_logged_device_that_the_owner_is_not_shown_comes_out(stage: Stage, rounds: int) -> None:
    whole = stage.rows()
    owner = Observer(stage.portal, stage.boris)
    owner.looks()
    before = len(owner.kinds())
    owner.hide = lambda answer: {
        account: statements[: len(whole)] if account == stage.account else statements
        for account, statements in answer.items()
    }
    statements = list(whole)
    for count in range(1, rounds + 1):
        peer = Observer(stage.portal, stage.ada)
        statement, device = _ghost(statements, stage.account, stage.sign)
        statements.append(statement)
        stage.puts(statements, logged=True)
        peer.looks(stage.account)
        owner.looks()
        # It stands in public, so that peers have to believe it: and therefore its owner hears of it.
        assert peer.believes(stage.account, device)
        assert owner.kinds()[before:] == ["own-entry"] * count
        newest = owner.ledger.state.findings[-1]
        assert newest.evidence is not None
        assert stage.account in newest.evidence


def test_an_exported_record_carries_the_newest_head_in_the_ledger(stage: Stage) -> None:
    ada = stage.ada
    room = ada.run(make_room(ada.member, "huddle", "Exported", [], "all"))
    ada.run(ada.member.send(room, encode_content(Message("Said.", "en"), 1)))
    stage.portal.get(Ledger).record_regularly()
    stage.portal.get(Ledger).sequence()
    ada.run(ada.member.send(room, encode_content(Message("Said later.", "en"), 1)))
    ada.run(ada.member.look_at_ledger())
    entered = ada.member.entry(room).room
    assert entered.problem is None
    (root,) = ada.run(ada.member.logged_roots(entered))
    assert 0 < root.number < entered.data.number
    report = verify_bundle(ada.run(record_bundle(entered, 1, [root])))
    assert report.sound
    assert [found.number for found, _head in report.roots] == [root.number]
