"""What the documents say of tests and commands is there: a requirement answered by a test is answered by one."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from portal.cli import main
from tests.machine.tools import ROOT

DOCUMENTS: Final = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
ANSWERS: Final = ROOT / "docs/asvs.md"
_FILE: Final = re.compile(r"(?<![\w/.])([\w/]*\btest_\w+\.py|(?:static/)?test/[\w/]+\.test\.ts)(?:::(test_\w+))?")
_NAME: Final = re.compile(r"`(test_\w+)`")
_FOLDER: Final = re.compile(r"`((?:static/)?tests?/[\w/]*)`")
_BENCH: Final = re.compile(r"portal bench (\w+)")
_REQUIREMENT: Final = re.compile(r"V\d+\.\d+\.\d+")


@cache
def files_of_tests() -> tuple[Path, ...]:
    """All files of tests, in both languages."""
    return (*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "static/test").rglob("*.test.ts"))


@cache
def functions() -> frozenset[str]:
    """The names of all tests in Python."""
    return frozenset(name for path in files_of_tests() if path.suffix == ".py" for name in named_in(path))


def named_in(path: Path) -> list[str]:
    return re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)


def meant(name: str) -> list[Path]:
    """The files that a document may mean by ``name``: their last parts are those."""
    parts = Path(name).parts
    return [path for path in files_of_tests() if path.relative_to(ROOT).parts[-len(parts) :] == parts]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_a_document_names_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    missing = []
    for file, function in _FILE.findall(text):
        paths = meant(file)
        if not paths or (function and not any(function in named_in(path) for path in paths)):
            missing.append(f"{file}::{function}")
    missing += [name for name in _NAME.findall(text) if name not in functions()]
    folders = [name for name in _FOLDER.findall(text) if not name.endswith((".py", ".ts"))]
    missing += [name for name in folders if not any((ROOT / base / name).is_dir() for base in ("", "static"))]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_bench_that_a_document_names_is_a_command(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    named = set(_BENCH.findall((ROOT / document).read_text(encoding="utf-8")))
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    offered = set(re.findall(r"^    (\w+)\b", capsys.readouterr().out, re.MULTILINE))
    assert offered
    assert named <= offered


def test_each_requirement_is_answered_once() -> None:
    text = ANSWERS.read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| V")]
    ids = [one for row in rows for one in _REQUIREMENT.findall(row[1])]
    assert len(ids) == len(set(ids))
    said = re.search(r"Each of the (\d+) requirements", text)
    assert said is not None
    assert len(ids) == int(said[1])
    assert [row[1] for row in rows if not row[2].strip()] == []
