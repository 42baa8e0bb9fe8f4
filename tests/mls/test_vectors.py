"""The official test vectors of RFC 9420, where they are at hand, and the command that runs them."""

import json
from pathlib import Path
from typing import Any

import pytest

from portal.cli import main
from portal.verify.mls import CHECKS, check_file, entries

OWN = Path(__file__).resolve().parents[1] / "vectors/mls_room_suite.json"
NEWER = {"passive-client-random.json"}
"""Official, but 100 MB: not part of the usual selection."""


@pytest.mark.parametrize("name", sorted(set(CHECKS) - NEWER))
def test_official_vectors(name: str, vectors: Path) -> None:
    given = entries(vectors / name)
    # Nearly all of the time would go here; the command runs the whole of it.
    outcome = check_file(name, given[::3] if name == "treekem.json" else given)
    assert not outcome.failures
    assert outcome.passed > 0


def test_a_member_of_ts_mls_s_group_in_the_room_suite() -> None:
    """Nobody publishes vectors for this suite: these were made by ts-mls (tests/mls/make_vectors.py)."""
    outcome = check_file("passive-client-handling-commit.json", entries(OWN))
    assert (outcome.passed, outcome.failures, outcome.not_applicable) == (1, (), 0)


def write(folder: Path, name: str, given: Any) -> None:
    (folder / name).write_text(json.dumps(given), "utf-8")


def test_the_command_counts_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = {"vlbytes_header": "3f", "length": 63}
    write(tmp_path, "deserialization.json", [right, {"vlbytes_header": "4001", "length": 1}, {"length": 2}])
    write(tmp_path, "psk_secret.json", [{"cipher_suite": 2}, {"cipher_suite": 1, "psks": [], "psk_secret": "00" * 32}])
    write(tmp_path, "something-else.json", [])
    assert main(["verify", "mls", "--vectors", str(tmp_path)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "deserialization.json: 1 passed, 2 failed"
    assert "entry 1: malformed.length" in said[1]
    assert "entry 2: not a vector" in said[2]
    assert said[3] == "psk_secret.json: 1 passed, 0 failed, 1 of other suites not applicable"
    assert "something-else.json: not one of the official files that are known here; left out" in said
    assert said[-1] == "2 passed, 2 failed"


def test_the_command_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "deserialization.json", [{"vlbytes_header": "7fff", "length": 16383}])
    assert main(["verify", "mls", "--vectors", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 0 failed"


@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_the_command_without_vectors_is_no_success(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "welcome.json").write_text(content, "utf-8")
    assert main(["verify", "mls", "--vectors", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("portal: ")
