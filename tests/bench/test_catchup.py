"""A long record is followed in a real browser, under the client's policy: with helpers, without, with broken ones."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.bench import catchup
from portal.bench.chromium import chromium as launched

# More than the least number for which helpers are started.
ITEMS = 600
DEFECTIVE = "addEventListener('message', () => { throw new Error('a defect'); });"


@pytest.mark.slow
def test_a_long_record_is_followed_on_one_core_and_on_all(
    chromium: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PORTAL_CHROMIUM", str(chromium))
    broken = tmp_path / "examiner.js"
    broken.write_text(DEFECTIVE, encoding="utf-8")
    # In a thread of its own: browser tests of the same process may have a Playwright of theirs open in this one.
    with ThreadPoolExecutor(1) as thread:
        alone, together, left_alone = thread.submit(followed, str(broken)).result()
    assert alone.helpers == 0
    assert together.helpers >= 1
    assert left_alone.helpers >= 1
    # Each has read and verified all items, or it would not have come so far.
    assert min(alone.per_s, together.per_s, left_alone.per_s) > 0


def followed(broken: str) -> list[catchup.Catchup]:
    with launched() as browser:
        return [
            catchup.follow(browser, name, ITEMS, helper)
            for name, helper in (("alone", None), ("together", catchup.EXAMINER), ("left alone", broken))
        ]


def test_the_server_hands_out_all_of_a_record() -> None:
    assert catchup.server_cpu_s(50) > 0
