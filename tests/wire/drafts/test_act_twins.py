"""Streams of acts come to the same in both languages, whatever is in them."""

import hashlib
import json
from pathlib import Path

import pytest

from portal.wire.drafts.jcs import jcs
from portal.wire.drafts.reading import ACT_TYPES
from tests.machine.tools import NODE, STATIC, run
from tests.wire.drafts.act_scripts import CONTEXT, Script
from tests.wire.drafts.random_acts import random_script


@pytest.mark.slow
def test_three_hundred_negotiations_come_to_the_same_in_the_browser(tmp_path: Path) -> None:
    played = compared(range(300), tmp_path / "streams")
    # The chance reaches what could differ: every act counts in some stream, and most reasons are met.
    judged = [pair for script in played for pair in zip(script.lines, script.verdicts, strict=True)]
    assert {line.content["t"] for line, verdict in judged if verdict is None} == {*ACT_TYPES, "founding", "rights"}
    assert len({verdict for script in played for verdict in script.verdicts}) > 40
    stages = [script.state["stage"] for script in played]
    assert {"draft", "revision", "adopted", "initialled", "signed", "submitted", "deposited", "in_force"} <= set(stages)
    adoptions = [script.state["adoption"] for script in played]
    assert {adoption["status"] for adoption in adoptions if adoption} == {"adopted", "disputed", "void"}


def test_some_negotiations_come_to_the_same_in_the_browser(tmp_path: Path) -> None:
    compared(range(1000, 1020), tmp_path / "streams")


def compared(seeds: range, source: Path) -> list[Script]:
    """Return these streams, after the browser said the same of each: at once, act by act, from the middle on."""
    played = [random_script(seed) for seed in seeds]
    context = {"draft": CONTEXT.draft, "silence_min_ms": CONTEXT.silence_min_ms}
    source.write_text("\n".join(json.dumps({"context": context, "lines": one.to_json()}) for one in played), "utf-8")
    answers = run(NODE, "test/wire/drafts/reduce-lines.ts", source, cwd=STATIC).removesuffix("\n").split("\n")
    for script, answer in zip(played, answers, strict=True):
        said = json.loads(answer)
        assert said["verdicts"] == script.verdicts, script.name
        assert said["states"] == [hashlib.sha256(jcs(script.state)).hexdigest()] * 3, script.name
    return played
