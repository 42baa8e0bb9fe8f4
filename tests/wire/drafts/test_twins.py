"""A draft comes to the same in both languages, to the last byte of the last hash."""

import json
import unicodedata
from pathlib import Path

import pytest

from portal.wire.drafts.clauses import document_hash
from portal.wire.drafts.projection_types import Projection
from portal.wire.ids import b64
from tests.machine.tools import NODE, STATIC, run
from tests.wire.drafts.random_drafts import DRAFT, random_draft


@pytest.mark.slow
def test_a_thousand_drafts_of_many_scripts_are_the_same_in_the_browser(tmp_path: Path) -> None:
    seen = compared(range(1000), tmp_path / "drafts")
    clauses = [clause for projection in seen for clause in projection["clauses"]]
    # The chance reaches everything that could differ.
    assert {clause["state"] for clause in clauses} == {"open", "bracketed", "conflicted", "agreed_ad_ref", "agreed"}
    assert {view["state"] for projection in seen for view in projection["brackets"].values()} == {
        "open", "conflicted", "decided",
    }  # fmt: skip
    assert {obstacle["why"] for projection in seen for obstacle in projection["blocked"]} == {
        "bracket", "conflict", "concordance", "missing", "characters",
    }  # fmt: skip
    for said in ("voided", "waitsFor", "packages", "stale", "concord", "positions", "gone", "number"):
        assert any(clause[said] for clause in clauses), said
    assert sum(projection["root"] is not None for projection in seen) > 50
    words = "".join(run["text"] for clause in clauses for runs in clause["runs"].values() for run in runs)
    assert {"CJK", "HANGUL", "ARABIC", "COMBINING", "DEVANAGARI", "ZERO"} <= {
        unicodedata.name(character, "").split(" ")[0] for character in set(words)
    }


def test_some_drafts_are_the_same_in_the_browser(tmp_path: Path) -> None:
    compared(range(1000, 1030), tmp_path / "drafts")


def compared(seeds: range, source: Path) -> list[Projection]:
    """Return what these drafts come to, after the browser said the same of each."""
    drafts = [random_draft(seed) for seed in seeds]
    source.write_text("\n".join(json.dumps([document, acts, DRAFT]) for document, acts, _ in drafts), encoding="ascii")
    answers = run(NODE, "test/wire/drafts/project-lines.ts", source, cwd=STATIC).removesuffix("\n").split("\n")
    for (document, _, projection), answer in zip(drafts, answers, strict=True):
        assert json.loads(answer) == {"document": b64(document_hash(document)), "projection": projection}
    return [projection for _, _, projection in drafts]
