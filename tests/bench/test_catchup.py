"""A long record is followed in a real browser, under the client's policy, with helpers and without."""

from pathlib import Path

import pytest

from portal.bench import catchup

# More than the least number for which helpers are started.
ITEMS = 600


def test_a_long_record_is_followed_on_one_core_and_on_all(chromium: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_CHROMIUM", str(chromium))
    alone, together = catchup.measured(ITEMS)
    assert (alone.helpers, together.helpers >= 1) == (0, True)
    assert alone.portal_per_s > 0
    assert together.portal_per_s > 0
