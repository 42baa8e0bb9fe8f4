"""Three delegations bring a text from its first alternative to their signatures, in two languages, in real browsers."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from portal.wire.ids import b64
from tests.browser.navigators.negotiation import Negotiation
from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.stage import Stage
from tests.browser.test_accessibility import RULES, violations
from tests.browser.test_screenshots import DESKTOP, PHONE, overflow, sized

TITLE: Final = "Verification accord"
CUT_OFF: Final = "Statement of who is cut off"
BEFORE: Final = "They decided to"
ENGLISH: Final = "They decided to admit inspectors within 24 hours."
KOREAN: Final = "양측은 24시간 이내에 사찰관을 받아들이기로 하였다."


class Delegate(Negotiation, Person):
    """A person who negotiates."""


@dataclass
class Table:
    """Who sits at it. Kim chairs the draft."""

    kim: Delegate
    weber: Delegate
    martin: Delegate

    @property
    def everyone(self) -> list[Delegate]:
        return [self.kim, self.weber, self.martin]


@pytest.fixture(scope="module")
def table(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    """Three delegations before one draft, at a demonstration, where a silence of seconds is long enough."""
    with (
        PortalProcess(tmp_path_factory.mktemp("negotiation") / "data", demonstration=True) as portal,
        Stage(browser, portal.origin) as stage,
    ):
        administrator = Person("Anna Keller", stage.profile("Anna Keller"))
        administrator.onboards(portal.administrator_link)
        seated = []
        for name, delegation, code in (
            ("Kim Seo-yeon", "Republic of Korea", "KR"),
            ("Jonas Weber", "Germany", "DE"),
            ("Claire Martin", "France", "FR"),
        ):
            administrator.makes_delegation(delegation, code)
            person = Delegate(name, stage.profile(name))
            person.onboards(administrator.invites(delegation, ["chair", "delegate"]))
            seated.append(person)
        kim, weber, martin = seated
        stage.leaves(administrator.profile)
        for person in seated:
            person.goes_home()
        kim.creates_room("working_group", "Verification", with_=[weber, martin])
        kim.begins_draft({"en": TITLE, "ko": "검증 합의"}, template="statement")
        for person in (weber, martin):
            person.opens_room("Verification")
            person.opens_draft(TITLE)
        yield Table(kim, weber, martin)


def test_from_the_first_alternative_to_the_last_signature(table: Table) -> None:
    kim, weber, martin = table.kim, table.weber, table.martin
    words_are_found(table)
    the_text_is_read_in_four_ways(table.weber)
    decisions_conflict_and_are_resolved(table)
    the_text_converges(table.martin)
    clauses_are_tied(table)

    kim.fixes_languages()
    kim.signs_off_translations(8)
    for person in table.everyone:
        person.accepts_everything()
    martin.objects_to(row=2)
    kim.agrees_everything()
    kim.turns_to("acts")
    kim.sees("negotiation.refused.standing_objection")
    martin.accepts_everything()
    kim.agrees_everything()
    weber.looks_at(ENGLISH)
    expect(weber.inspector()).to_contain_text(weber.words("negotiation.state.agreed"))
    an_agreement_ends(table)

    silence_is_broken_and_then_is_not(table)
    everybody_signs(table)
    what_follows_is_recorded(table)
    it_becomes_public_when_all_consent(table)
    no_side_of_a_signed_text_breaks_a_rule(kim)


def test_an_objection_that_was_kept_out_is_brought_as_a_file(table: Table, tmp_path: Path) -> None:
    """Whoever was cut off hands it over by another way: it disputes the adoption for all, and no other file does."""
    kim, weber, martin = table.kim, table.weber, table.martin
    kim.opens_room("Verification")
    kim.begins_draft({"en": CUT_OFF}, template="statement")
    for person in (weber, martin):
        person.opens_room("Verification")
        person.opens_draft(CUT_OFF)
    kim.opens_silence(seconds=40)
    weber.turns_to("acts")
    weber.sees("negotiation.silence.phase.running")
    kim.extends_silence(seconds=60)
    for person in (weber, martin):
        person.turns_to("acts")
        person.sees("negotiation.silence.extended.one")

    weber.profile.watch.expects("net::ERR_|WebSocket connection to")
    weber.profile.context.set_offline(True)
    weber.breaks_silence("Paragraph 3 goes too far.")
    objection = weber.takes_objection_along()
    kim.closes_silence("Adopted")
    martin.sees("negotiation.silence.phase.adopted")

    kim.brings_objection(altered(objection, tmp_path, reason="Paragraph 5 goes too far."))
    kim.sees("negotiation.refused.bad_signature")
    for file, told in ((tmp_path / "none.json", "{}"), (tmp_path / "words.json", "I object.")):
        file.write_text(told, "utf-8")
        kim.is_refused_as_objection(file)
    martin.sees("negotiation.silence.phase.adopted")

    kim.brings_objection(objection)
    for person in (kim, martin):
        person.sees("negotiation.silence.phase.disputed")
        person.sees("negotiation.silence.disputedText")
    # What the cut-off browser still had waiting comes too late to be an act, and nothing of it is lost on its person.
    weber.profile.context.set_offline(False)
    weber.sees("negotiation.silence.phase.disputed")
    weber.sees("negotiation.refused.not_running")


def altered(objection: Path, folder: Path, **changes: str) -> Path:
    """The file with another statement under the same signature."""
    content = json.loads(objection.read_text("utf-8"))
    statement = json.loads(content["objection"]["statement"])
    content["objection"]["statement"] = json.dumps(statement | changes, separators=(",", ":"), sort_keys=True)
    file = folder / "altered.json"
    file.write_text(json.dumps(content), "utf-8")
    return file


def words_are_found(table: Table) -> None:
    """One proposes, the pen-holder takes it over, the third supports what was there: all see the same."""
    kim, weber, martin = table.kim, table.weber, table.martin
    weber.looks_at(BEFORE)
    weber.proposes(ENGLISH, KOREAN, reason="Short notice is what works.", source="CWC, Part II, para. 20")
    kim.looks_at(BEFORE)
    expect(kim.inspector()).to_contain_text("CWC, Part II, para. 20")
    kim.takes_over()
    martin.looks_at(BEFORE)
    martin.button("negotiation.option.support", martin.option(BEFORE).first).click()
    expect(weber.bracket).to_contain_text("Short notice is what works.")
    expect(weber.option(ENGLISH)).to_contain_text("Germany proposed it")
    expect(weber.option(BEFORE).first).to_contain_text("France supports it")


def the_text_is_read_in_four_ways(weber: Delegate) -> None:
    """With those who stand behind each option, without any name, with brackets alone, and as far as it is settled."""
    read = {reading: weber.reads_as(reading) for reading in ("compilation", "unattributed", "chair", "clean")}
    assert "[ FR France : They decided to …][ DE Germany : They decided to admit inspectors" in read["compilation"]
    assert "[They decided to …][They decided to admit inspectors within 24 hours.]" in read["unattributed"]
    assert "[They decided to …][They decided to admit inspectors within 24 hours.]" in read["chair"]
    assert "[…]" in read["clean"]
    assert "admit inspectors" not in read["clean"]
    alternative = weber.words("negotiation.alternative.number", number="1")
    assert {reading for reading, text in read.items() if alternative in text} == {"compilation", "unattributed"}
    weber.reads_as("compilation")
    assert violations(weber.page, {"runOnly": RULES}) == []
    sized(weber.page, PHONE)
    assert overflow(weber.page) == []
    sized(weber.page, DESKTOP)
    weber.looks_at(BEFORE)


def the_text_converges(martin: Delegate) -> None:
    """A bracket is put, decided, decided otherwise, which opens it again, and settled: as a line and as a table."""
    martin.turns_to("positions")
    chart = martin.page.get_by_role("region", name=martin.words("negotiation.convergence.title"))
    now = {"brackets": "0", "options": "0", "agreed": "0"}
    expect(chart).to_contain_text(martin.words("negotiation.convergence.now", **now))
    expect(chart.get_by_role("img")).to_be_visible()
    martin.button("negotiation.convergence.table", chart).click()
    rows = chart.get_by_role("row")
    expect(rows).to_have_count(6)
    counted = [[int(cell) for cell in row.get_by_role("cell").all_inner_texts()] for row in rows.all()[1:]]
    assert counted == [[0, 0, 0], [1, 2, 0], [0, 0, 0], [1, 2, 0], [0, 0, 0]]


def decisions_conflict_and_are_resolved(table: Table) -> None:
    """Two decide otherwise without having heard of each other: neither counts, for anybody, until one names both."""
    kim, weber, martin = table.kim, table.weber, table.martin
    weber.profile.watch.expects("net::ERR_|WebSocket connection to")
    weber.profile.context.set_offline(True)
    kim.button("negotiation.bracket.decideFor", kim.option(BEFORE).first).click()
    kim.signs("negotiation.decide.sign")
    weber.decides(ENGLISH)
    weber.profile.context.set_offline(False)
    for person in table.everyone:
        expect(person.bracket).to_contain_text(person.words("negotiation.conflict.title"), timeout=90_000)
        expect(person.bracket).to_contain_text("Kim Seo-yeon")
        expect(person.bracket).to_contain_text("Jonas Weber")
    kim.decides(ENGLISH, resolving=True)
    expect(martin.option(ENGLISH)).to_contain_text(martin.words("negotiation.option.chosen"))


def clauses_are_tied(table: Table) -> None:
    """Nothing of a package is agreed before all of it; a clause waits for another one."""
    kim, weber = table.kim, table.weber
    kim.makes_package("Verification")
    kim.looks_at(ENGLISH)
    kim.links_to("Paragraph 3")
    weber.turns_to("positions")
    weber.sees("negotiation.package.progress", ready="0", all="8")
    weber.sees("negotiation.link.line", clause="Paragraph 4", others="Paragraph 3")


def an_agreement_ends(table: Table) -> None:
    """It is opened again with a reason, and agreed anew."""
    kim, weber = table.kim, table.weber
    weber.picks(weber.button("negotiation.clause.more", weber.inspector()), "negotiation.reopen.action")
    weber.textbox("negotiation.reopen.reason").fill("New instructions.")
    weber.signs("negotiation.reopen.sign", shows="New instructions.")
    kim.turns_to("acts")
    kim.sees("negotiation.said.reopen", clauses="Paragraph 4", reason="New instructions.")
    kim.agrees_everything()


def silence_is_broken_and_then_is_not(table: Table) -> None:
    kim, weber, martin = table.kim, table.weber, table.martin
    kim.opens_silence(seconds=600)
    martin.turns_to("acts")
    martin.profile.watch.expects("net::ERR_|WebSocket connection to")
    martin.profile.context.set_offline(True)
    martin.breaks_silence("Paragraph 4 goes too far.")
    objection = martin.takes_objection_along()
    martin.profile.context.set_offline(False)
    kim.sees("negotiation.silence.phase.broken")
    expect(kim.page.locator(".neg-silence")).to_contain_text("Paragraph 4 goes too far.")
    expect(kim.page.locator(".neg-silence")).to_contain_text(kim.words("negotiation.silence.receipt"))
    statement = json.loads(json.loads(objection.read_text("utf-8"))["objection"]["statement"])
    assert statement["reason"] == "Paragraph 4 goes too far."
    kim.closes_silence("Broken")
    kim.opens_silence(seconds=14)
    weber.turns_to("acts")
    weber.sees("negotiation.silence.phase.running")
    kim.closes_silence("Adopted")
    for person in table.everyone:
        person.sees("negotiation.silence.phase.adopted")


def everybody_signs(table: Table) -> None:
    """In the order that the chair has fixed, over the roots of both languages; then nobody's turn is left."""
    kim, weber, martin = table.kim, table.weber, table.martin
    weber.initials()
    kim.opens_signing()
    martin.signs_text("Ambassador")
    weber.signs_text("Plenipotentiary")
    kim.signs_text("Head of Delegation")
    for person in table.everyone:
        turns = person.page.locator(".neg-turns").get_by_role("listitem")
        expect(turns).to_have_count(3)
        for turn, capacity in zip(turns.all(), ("Ambassador", "Plenipotentiary", "Head of Delegation"), strict=True):
            expect(turn).to_contain_text(capacity)
    roots = {
        person.page.locator(".neg-turns").evaluate("e => e.previousElementSibling.previousElementSibling.innerText")
        for person in table.everyone
    }
    assert len(roots) == 1


def what_follows_is_recorded(table: Table) -> None:
    """Each delegation's own steps; and an error in the signed text, whose correction one of them does not want."""
    kim, weber, martin = table.kim, table.weber, table.martin
    weber.records_step("ratified", "2026-12-01")
    expect(martin.page.get_by_role("row", name="Germany")).to_contain_text("2026-12-01")
    kim.opens_rectification("Paragraph 4", "24 hours", "48 hours")
    martin.objects_to_rectification("It is no error.")
    expect(kim.rectification).to_contain_text("It is no error.")
    kim.closes_rectification("rejected")
    for person in table.everyone:
        expect(person.rectification).to_contain_text(person.words("negotiation.rectify.status.rejected"))


def it_becomes_public_when_all_consent(table: Table) -> None:
    """The register shows who signed and the hash of the file that they hand out, and no word of the text."""
    kim, weber, martin = table.kim, table.weber, table.martin
    file = kim.proposes_publication("Verification accord, Geneva")
    weber.consents_to_publication("Verification accord, Geneva")
    kim.sees("negotiation.register.waits", names="France")
    martin.consents_to_publication("Verification accord, Geneva")
    kim.sees("negotiation.register.public")
    register = kim.page.request.get(f"{kim.profile.origin}/instruments.json")
    (instrument,) = register.json()
    assert instrument["bundle"] == b64(hashlib.sha256(file.read_bytes()).digest())
    assert sorted(signer["delegation_code"] for signer in instrument["signatures"]) == ["DE", "FR", "KR"]
    page = kim.page.request.get(f"{kim.profile.origin}/instruments?lang=en").text()
    assert "Verification accord, Geneva" in page
    assert "Plenipotentiary" in page
    assert ENGLISH not in page + register.text()
    anybody_checks_the_file(file, kim.page.request.get(f"{kim.profile.origin}/ledger/key").text().strip())


def no_side_of_a_signed_text_breaks_a_rule(person: Delegate) -> None:
    """By axe, and on a phone: silence, signatures, instruments, a rectification, the register."""
    problems = list[str]()
    for side in ("acts", "positions", "languages", "text"):
        person.turns_to(side)
        problems += [f"{side}: {line}" for line in violations(person.page, {"runOnly": RULES})]
        sized(person.page, PHONE)
        problems += [f"{side} on a phone: {line}" for line in overflow(person.page)]
        sized(person.page, DESKTOP)
    assert problems == [], "\n".join(problems)


def anybody_checks_the_file(file: Path, ledger_key: str) -> None:
    """Without an account or a connection, by the ledger's key alone; a changed word is found."""
    told = verified(file, ledger_key)
    assert told.returncode == 0, told.stdout + told.stderr
    for words in (ENGLISH, KOREAN, "Ambassador", "Plenipotentiary", "Head of Delegation"):
        assert words in file.read_text("utf-8")
    forged = file.with_name("forged.jsonl")
    forged.write_text(file.read_text("utf-8").replace("24 hours", "48 hours"), "utf-8")
    assert verified(forged, ledger_key).returncode == 1


def verified(file: Path, ledger_key: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("portal")), "verify", "draft", str(file), "--key", ledger_key]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
