"""Files: sealed in the browser, sent in parts with a progress bar, opened at the other's."""

import hashlib
import os
import random
from pathlib import Path
from typing import Final

from playwright.sync_api import expect

from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess

LARGE_BYTES: Final = int(os.environ.get("LARGE_FILE_BYTES", "48000000"))
"""48 parts show what 200 would: LARGE_FILE_BYTES=200000000 sends those, at the price of a minute."""


def written(path: Path, size_bytes: int) -> str:
    """Fill a file with bytes that can not be guessed from their size; return their SHA-256."""
    source = random.Random(size_bytes)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for at in range(0, size_bytes, 1 << 20):
            block = source.randbytes(min(1 << 20, size_bytes - at))
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def test_a_file_arrives_as_it_was_sent(kim: Person, weber: Person, tmp_path: Path) -> None:
    path = tmp_path / "Anhang ⅠⅠ (entwurf).pdf"
    digest = written(path, 3_300_001)
    kim.creates_room("bilateral", "Annex", with_=[weber])
    kim.sends_file(path, "Annex two, as promised.")
    weber.opens_room("Annex")
    weber.reads("Annex two, as promised.")
    assert hashlib.sha256(weber.saves_file(path.name)).hexdigest() == digest


def test_a_picture_is_shown_in_place(kim: Person, weber: Person, tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    kim.page.screenshot(path=path)
    kim.creates_room("bilateral", "Map", with_=[weber])
    kim.sends_file(path)
    weber.opens_room("Map")
    picture = weber.page.get_by_role("article").get_by_role("img", name="map.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("(shown) => shown.naturalWidth") == 1440


def test_an_upload_that_is_cancelled_leaves_nothing(kim: Person, weber: Person, tmp_path: Path) -> None:
    path = tmp_path / "draft.bin"
    written(path, 64 << 20)
    kim.creates_room("bilateral", "Cancelled", with_=[weber])
    kim.attaches(path)
    kim.button("transfer.cancel", name="draft.bin").click()
    expect(kim.page.get_by_text("draft.bin")).to_have_count(0)
    kim.says("Without the file.")
    weber.opens_room("Cancelled")
    weber.reads("Without the file.")
    expect(weber.page.get_by_text("draft.bin")).to_have_count(0)


def test_a_large_file_with_a_pause_in_between(
    portal: PortalProcess, kim: Person, weber: Person, tmp_path: Path
) -> None:
    path = tmp_path / "recording.bin"
    digest = written(path, LARGE_BYTES)
    kim.creates_room("bilateral", "Recording", with_=[weber])
    kim.attaches(path)
    bar = kim.page.get_by_role("progressbar", name=kim.words("transfer.progress", name="recording.bin"))
    expect(bar).to_be_visible()
    kim.page.wait_for_function(
        "(bar) => bar.value > bar.max / 10 && bar.value < bar.max", arg=bar.element_handle(), timeout=60_000
    )
    with portal.frozen():  # else a fast machine would be done before the button is found
        kim.button("transfer.pause", name="recording.bin").click()
    kim.button("transfer.resume", name="recording.bin").wait_for()
    before = bar.evaluate("(bar) => bar.value / bar.max")
    kim.page.wait_for_timeout(1500)
    after = bar.evaluate("(bar) => bar.value / bar.max")
    assert 0.1 < after < 1
    assert after - before < 0.05, "the upload went on while it was paused"
    kim.button("transfer.resume", name="recording.bin").click()
    expect(kim.button("transfer.remove", name="recording.bin")).to_be_visible(timeout=180_000)
    kim.says_with_file("The whole recording.", "recording.bin")
    weber.opens_room("Recording")
    weber.page.set_default_timeout(180_000)
    try:
        received = weber.saves_file("recording.bin")
    finally:
        weber.page.set_default_timeout(30_000)
    assert hashlib.sha256(received).hexdigest() == digest
