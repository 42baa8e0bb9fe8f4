"""The measurement of a long text: what counts as met, and a few keys in a real browser."""

import re
import subprocess
import sys

import pytest

from portal.bench import clauses
from portal.bench.clauses import Found
from portal.member.drafts.document import DraftDocument
from portal.wire.drafts.streams import StreamKind


def found(key_ms: float) -> Found:
    return Found(900.0, 100.0, (5.0,) * 98 + (key_ms,) * 2, 60.0)


def test_the_slowest_in_a_hundred_decide() -> None:
    measured = {
        (clauses.SHORT, 1): found(6.0),
        (clauses.SHORT, clauses.SLOWER): found(30.0),
        (clauses.LONG, 1): found(49.0),
        (clauses.LONG, clauses.SLOWER): found(201.0),
    }
    assert [row.met for row in clauses.targets(measured, clauses.LONG)] == [True, False]


def test_the_text_has_as_many_clauses_with_words_in_both_languages() -> None:
    text = DraftDocument(StreamKind.TEXT, clauses.text_of(40)).text()
    assert len(text["nodes"]) == 40
    assert all(set(node["text"]) == {"en", "ko"} for node in text["nodes"])
    assert all(runs[0]["text"] for node in text["nodes"] for runs in node["text"].values())


@pytest.mark.slow
def test_keys_are_seen_to_be_painted() -> None:
    """In a process of its own: Playwright runs once in each, and tests of browsers may have begun it in this one."""
    command = [sys.executable, "-m", "portal", "bench", "clauses", "--keys", "4", "--long", "30"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if "PORTAL_CHROMIUM" in done.stderr or "Playwright is missing" in done.stderr:
        pytest.skip(f"NOT CHECKED: {done.stderr}")
    rows = re.findall(r"^ +(\d+) +(\d)x +\d+ +\d+ +(\d+) +(\d+) +(\d+) +\d+$", done.stdout, re.MULTILINE)
    assert [row[:2] for row in rows] == [("20", "1"), ("20", "4"), ("30", "1"), ("30", "4")], done.stderr
    for _, _, middle, late, worst in rows:
        assert 0 < int(middle) <= int(late) <= int(worst)
    assert "30 clauses against 20" in done.stdout
