"""Accounts made in Python, for people and interpreters, on a real server in the same process."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest

from portal.member.e2ee.devices import statement_to_json
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vouching import vouch
from portal.member.enrolment import (
    Enrolment,
    begin_enrolment,
    finish_enrolment,
    kept_approval,
    look_for_approval,
    sign_in_again,
)
from portal.member.member import reopen
from portal.member.session import Session, bind, with_passphrase, with_recovery_key
from portal.member.work import Ask, MemberError
from portal.wire.enrolment import parse_enrolment
from portal.wire.ids import AccountId, new_id, unb64
from portal.wire.vouching import Vouching
from tests.member.inside import PASSPHRASE, Inhabitant, newcomer
from tests.member.people import Somebody


@pytest.fixture
def program(app: flask.Flask, tmp_path: Path) -> Inhabitant:
    """An interpreter to be."""
    return newcomer(app, tmp_path, "program")


def approve(by: Inhabitant, enrolment: Enrolment) -> None:
    """What the browser does once its person has typed the code."""
    shown = by.asks("POST", "/api/enrolments/look", {"code": enrolment.code.lower().replace(" ", "-")})
    request = parse_enrolment(unb64(shown["request"]))
    word = Vouching(request.account, int(time.time()), by.member.account, "room", request.sign)
    wish = {"code": enrolment.code, "name": "한국어 통역", "languages": ["ko", "en"]}
    signed = vouch(word, by.member.vault.sign).to_json()
    by.asks("POST", "/api/enrolments/approve", {**wish, "vouch": signed})


def test_a_program_becomes_an_interpreter_and_comes_back(ada: Inhabitant, program: Inhabitant) -> None:
    enrolment = program.run(begin_enrolment("booth 3", time.time))
    assert program.run(begin_enrolment("booth 3", time.time)) == enrolment  # the same code after a restart
    assert program.run(look_for_approval(enrolment)) is None
    approve(ada, enrolment)
    approval = program.run(look_for_approval(enrolment))
    assert approval is not None
    assert (approval.vouching.by, approval.owner_name) == (ada.member.account, "Ada")

    program.http.lose = "/api/onboarding/finish"
    with pytest.raises(MemberError, match=r"network\.timeout"):
        program.run(finish_enrolment(enrolment, approval, time.time))
    member = program.opens(program.run(finish_enrolment(enrolment, approval, time.time)))
    assert member.session.identity == enrolment.keys.identity
    assert member.session.kind == "interpreter"
    assert program.run(kept_approval()) == approval
    # The owner's key is pinned as it was shown, and the server lists the interpreter under its owner's word.
    assert member.vault.content.pins[ada.member.account].sign == ada.member.vault.sign.public
    (listed,) = (one for one in ada.asks("GET", "/api/people") if one["account"] == member.account)
    assert listed["interpreter"]["vouch"] == approval.signed.to_json()
    assert listed["name"] == "한국어 통역"

    program.http.browser.client.delete_cookie("__Host-portal")
    with pytest.raises(MemberError, match=r"session\.required"):
        program.asks("GET", "/api/me")
    again = program.opens(program.run(sign_in_again(time.time)))
    assert again.session == member.session
    kept = program.run(reopen(time.time))
    assert kept is not None
    assert kept.session == member.session


@pytest.mark.slow
def test_a_person_made_here_signs_in_by_passphrase_and_recovery_key(ada: Inhabitant, tmp_path: Path) -> None:
    session = ada.member.session
    proof = ada.run(with_passphrase("ada", PASSPHRASE))
    assert ada.run(bind(*proof, session, "browser", time.time)).session == session
    elsewhere = newcomer(ada.http.app, tmp_path, "elsewhere")
    recovery_key = ada.recovery_key
    there = elsewhere.run(bind(*elsewhere.run(with_recovery_key("ada", recovery_key)), None, "browser", time.time))
    assert there.vault.content.sign == ada.member.vault.content.sign
    assert there.session.device != session.device
    with pytest.raises(MemberError, match=r"signin\.refused"):
        elsewhere.run(with_passphrase("ada", PASSPHRASE + "!"))


@pytest.mark.slow
def test_a_refused_onboarding_leaves_nobody_behind(ada: Inhabitant, app: flask.Flask, tmp_path: Path) -> None:
    invitation = ada.asks("POST", "/api/invitations", {"delegation": None, "roles": ["delegate"]})
    bob = newcomer(app, tmp_path, "bob")
    with pytest.raises(MemberError, match=r"handle\.taken"):
        bob.comes_in(invitation, "ada", "Bob")
    assert bob.run(reopen(time.time)) is None
    assert bob.comes_in(invitation, "bob", "Bob").session.handle == "bob"


def _as_if(program: Inhabitant, enrolment: Enrolment, change: Callable[[dict[str, Any]], Any]) -> None:
    """What the program makes of an answer that the server changed."""
    real = program.http.ask(Ask("POST", "/api/enrolments/state", {"id": enrolment.id, "secret": enrolment.secret}))
    change(real)
    work = look_for_approval(enrolment)
    next(work)
    work.send(real)


def test_an_approval_that_is_not_what_it_says_is_not_believed(ada: Inhabitant, program: Inhabitant) -> None:
    enrolment = program.run(begin_enrolment("booth 3", time.time))
    approve(ada, enrolment)
    mallory, keys = Somebody(), enrolment.keys
    key = SigningKey(keys.sign).public

    def answered(word: Vouching, by: SigningKey) -> Callable[[dict[str, Any]], None]:
        return lambda answer: answer.update(vouch=vouch(word, by).to_json())

    def by_another(answer: dict[str, Any]) -> None:
        statements = list(map(statement_to_json, mallory.statements))
        answer["owner"] |= {"account": mallory.account, "statements": statements}

    me = ada.member.account
    for change, code in [
        (answered(Vouching(keys.account, 1, me, "room", key), mallory.sign), "vouching.forged"),
        (answered(Vouching(AccountId(new_id()), 1, me, "room", key), ada.member.vault.sign), "vouching.other"),
        (answered(Vouching(keys.account, 1, me, "room", mallory.sign.public), ada.member.vault.sign), "vouching.other"),
        (answered(Vouching(keys.account, 1, mallory.account, "room", key), ada.member.vault.sign), "vouching.other"),
        (by_another, "vouching.forged"),
        (lambda answer: answer["owner"]["statements"].pop(0), "device_list.malformed"),
        (lambda answer: answer.update(vouch={"body": 1}), "vouching.malformed"),
    ]:
        with pytest.raises(Refusal) as refusal:
            _as_if(program, enrolment, change)
        assert refusal.value.code == code
    with pytest.raises(MemberError, match=r"server\.fault"):
        _as_if(program, enrolment, lambda answer: answer.pop("owner"))


def test_nothing_is_kept_that_signs_in_without_an_enrolment(program: Inhabitant) -> None:
    with pytest.raises(MemberError, match=r"signin\.refused"):
        program.run(sign_in_again(time.time))
    assert program.store.get("session", Session) is None
