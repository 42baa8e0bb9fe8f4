"""Whose witnesses stand behind the ledger: a policy of two, and what a member's settings say of it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Locator, expect

from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.stage import Stage
from tests.browser.test_accessibility import LOOKS, violations
from tests.browser.test_screenshots import DESKTOP, NARROWEST, overflow, sized

COMMAND: Final = str(Path(sys.executable).with_name("portal"))
OURS: Final = "kr.example/witness"
THEIRS: Final = "de.example/witness"
PICTURES: Final = os.environ.get("WITNESS_PICTURES")
"""A folder for pictures of the panel, for whoever wants to look at it."""


def keys_of(folder: Path, name: str) -> Path:
    return folder / f"{name.partition('.')[0]}.json"


def keygen(folder: Path, name: str) -> str:
    """Make a witness's keys as its delegation does; what it sends to the host."""
    arguments = [COMMAND, "witness", "keygen", "--keys", str(keys_of(folder, name)), "--name", name]
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout


def cosigns(folder: Path, name: str, portal: PortalProcess) -> None:
    """Let a witness look once."""
    keys = keys_of(folder, name)
    arguments = ["--portal", portal.origin, "--keys", str(keys), "--state", str(keys.with_suffix(".state")), "--once"]
    subprocess.run([COMMAND, "witness", "run", *arguments], check=True, capture_output=True, text=True, timeout=60)


def test_the_settings_say_whose_witnesses_stand_behind_the_ledger(browser: Browser, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    both = "group both all kr.example.witness de.example.witness\nquorum both\n"
    policy.write_text(keygen(tmp_path, OURS) + keygen(tmp_path, THEIRS) + both, "utf-8")
    with (
        PortalProcess(tmp_path / "data", ledger_policy=policy) as portal,
        Stage(browser, portal.origin) as stage,
    ):
        kim = Person("Anna Keller", stage.profile("Anna Keller"))
        kim.onboards(portal.administrator_link)
        reads(kim, signed=set(), enough=False)
        cosigns(tmp_path, OURS, portal)
        reads(kim, signed={OURS}, enough=False)
        cosigns(tmp_path, THEIRS, portal)
        reads(kim, signed={OURS, THEIRS}, enough=True)
        is_fit_for_everybody(kim)


def witness(person: Person, name: str) -> Locator:
    return person.page.get_by_role("listitem").filter(has_text=name)


def reads(person: Person, *, signed: set[str], enough: bool) -> None:
    """Open the panel, and find there each witness once, by its own name."""
    person.goes_home()
    person.opens_settings("ledger")
    for name in (OURS, THEIRS):
        line = witness(person, name)
        expect(line).to_have_count(1)
        expect(line).to_contain_text(person.pattern("ledger.signed" if name in signed else "ledger.unsigned"))
    person.sees("ledger.enough" if enough else "ledger.notEnough")
    person.does_not_see("ledger.notEnough" if enough else "ledger.enough")
    person.sees("ledger.witnessed")
    person.sees("ledger.nothing")


def is_fit_for_everybody(person: Person) -> None:
    """By axe in each look, and on the narrowest screen."""
    problems = []
    for look, (theme, language, options) in LOOKS.items():
        person.looks(theme=theme, language=language)
        person.opens_settings("ledger")
        person.sees("ledger.enough")
        problems += [f"{look}: {line}" for line in violations(person.page, options)]
        for size in (DESKTOP, NARROWEST):
            sized(person.page, size)
            problems += [f"{look}, {size[0]} wide: {line}" for line in overflow(person.page)]
            if PICTURES:
                person.page.screenshot(path=f"{PICTURES}/{look}-{size[0]}.png", full_page=True)
        sized(person.page, DESKTOP)
    assert problems == [], "\n".join(problems)
