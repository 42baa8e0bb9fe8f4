"""The receipt checker and the auditor's page, in a browser: what they find, and that nothing is sent."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from deploy.build import build
from portal.server.ledger import keys
from portal.wire.ledger.checkpoint import Checkpoint
from tests.browser.test_accessibility import RULES, violations
from tests.server.ledger.conftest import NORTH, SOUTH
from tests.verify.conftest import Shown
from tests.verify.test_receipt import SAID, cosign, taken


@pytest.fixture(scope="module", autouse=True)
def _client() -> None:
    build(say=lambda _: None)


def gives(page: Page, file: Path, verdict: str) -> None:
    """The page comes to this verdict; the one on the file before may stand there for a moment."""
    page.set_input_files("#receipt-file", file)
    expect(page.locator("#result h2")).to_have_text(verdict)


@pytest.mark.slow
def test_a_receipt_is_checked_without_a_connection_and_without_sending_anything(
    shown: Shown, browser: Browser, tmp_path: Path
) -> None:
    receipt = taken(shown)
    good, changed, early = tmp_path / "good.txt", tmp_path / "changed.txt", tmp_path / "early.txt"
    good.write_text(f"Thank you.\n\n{receipt.to_block()}", "utf-8")
    changed.write_text(good.read_text("utf-8").replace("2026-W48", "2026-W47"), "utf-8")
    early.write_text(replace(receipt, proof=None).to_block(), "utf-8")
    with shown.served() as address, browser.new_context() as context:
        page = context.new_page()
        sent: list[str] = []
        faults: list[str] = []
        page.goto(f"{address}/verify?lang=en")
        page.on("request", lambda request: sent.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        context.set_offline(True)
        page.locator("#sent").evaluate("(area, text) => { area.value = text; }", SAID)
        gives(page, good, "✓ The receipt is good")
        expect(page.locator("#result")).to_contain_text("north.example, south.example")
        expect(page.locator("#result")).to_contain_text("Your text is the one that was taken.")
        gives(page, changed, "✗ Something is wrong with this receipt")
        gives(page, early, "? It can not be told yet")
        expect(page.locator("#result")).to_contain_text("after 2026-11-23")
        assert (sent, faults) == ([], [])


@pytest.mark.slow
def test_the_auditor_s_page_reads_the_ledger_and_notices_that_it_was_rewritten(shown: Shown, browser: Browser) -> None:
    shown.record(300)
    for witness in (NORTH, SOUTH):
        cosign(shown, witness)
    with shown.served() as address, browser.new_context(locale="en") as context:
        page = context.new_page()
        page.goto(f"{address}/ledger?lang=en")
        expect(page.locator("#growth")).to_contain_text("for the first time")
        expect(page.locator("#witnesses .finding.good")).to_be_visible()
        expect(page.locator("#witnesses th")).to_have_text(["north.example", "south.example"])
        page.locator("#everything").click()
        expect(page.locator("#entries .finding.good")).to_be_visible()
        expect(page.locator("#entries tr", has_text="town halls and minutes").locator(".count")).to_have_text("300")
        shown.record(3)
        page.reload()
        expect(page.locator("#growth .finding.good")).to_be_visible()
        expect(page.locator("#growth svg")).to_be_visible()
        signer = keys.open_signer(shown.portal.settings.keys_dir, shown.ledger.key.name)
        fork = signer.sign(Checkpoint(signer.name, 200, b"f" * 32).to_text()).to_text()
        page.evaluate(
            """(note) => {
              const name = "portal ledger seen v1";
              const seen = JSON.parse(localStorage.getItem(name));
              localStorage.setItem(name, JSON.stringify([...seen, { ...seen[0], size: 200, note }]));
            }""",
            fork,
        )
        page.reload()
        expect(page.locator("#growth .finding.bad")).to_contain_text("rewritten")


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "scheme"), [("ar", "dark"), ("ko", "light")])
def test_both_pages_are_for_everybody(
    shown: Shown, browser: Browser, tmp_path: Path, lang: str, scheme: Literal["dark", "light"]
) -> None:
    """By axe (WCAG 2.2 AA), mirrored and dark, on the narrowest telephone: with all that the scripts put there."""
    receipt = tmp_path / "receipt.txt"
    receipt.write_text(taken(shown).to_block().replace("2026-W48", "2026-W47"), "utf-8")
    narrow: ViewportSize = {"width": 320, "height": 640}
    with shown.served() as address, browser.new_context(viewport=narrow, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(f"{address}/verify?lang={lang}")
        page.set_input_files("#receipt-file", receipt)
        expect(page.locator("#result h2")).to_be_visible()
        assert violations(page, {"runOnly": RULES}) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= narrow["width"]
        page.goto(f"{address}/ledger?lang={lang}")
        page.locator("#everything").click()
        expect(page.locator("#entries .finding.good")).to_be_visible()
        page.locator("#state summary").click()
        assert violations(page, {"runOnly": RULES}) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= narrow["width"]
