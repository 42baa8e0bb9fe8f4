"""The start script ``dev``, as far as it goes without installing anything."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

DEV: Final = Path(__file__).resolve().parent.parent / "dev"


@pytest.fixture(scope="module")
def dev() -> dict[str, Any]:
    return runpy.run_path(str(DEV))


def ask(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, DEV, *arguments], env={}, capture_output=True, text=True, check=False)


def test_it_can_be_started_by_its_name() -> None:
    assert os.access(DEV, os.X_OK)
    assert DEV.read_text(encoding="utf-8").startswith("#!/usr/bin/env python3\n")


def test_it_stands_on_the_standard_library_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", DEV, "--help"], env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert {"run", "test", "build", "lint", "format", "lock"} <= set(done.stdout.split())


@pytest.mark.parametrize("arguments", [["run", "--prot", "1"], ["run", "--port", "many"], ["walk"], []])
def test_a_wrong_question_is_refused_before_anything_is_installed(arguments: list[str]) -> None:
    done = ask(*arguments)
    assert done.returncode == 2
    assert "usage: ./dev" in done.stderr


def test_what_it_does_not_know_goes_on_to_pytest(dev: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["./dev", "test", "--fast", "-k", "rooms", "-x"])
    options, rest = dev["arguments"]()
    assert options.fast
    assert rest == ["-k", "rooms", "-x"]


def test_only_the_whole_suite_is_shared_out_over_processes(
    dev: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(DEV.parent)
    assert dev["shared_out"](["-k", "rooms"])[0] == "--numprocesses"
    assert dev["shared_out"](["tests/test_dev.py::test_a", "-x"]) == []


def test_variables_that_could_mislead_are_dropped_and_those_that_lead_to_the_index_kept(dev: dict[str, Any]) -> None:
    dropped = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER", "PYTEST_ADDOPTS", "CONDA_PREFIX"}
    kept = {"HOME", "PATH", "PIP_INDEX_URL", "PIP_CERT", "HTTPS_PROXY", "PORTAL_CHROMIUM", "SSL_CERT_FILE"}
    assert set(dev["misleading"](dropped | kept)) == dropped


@pytest.mark.parametrize("contents", [None, "", "{", '{"installed": '])
def test_an_unreadable_memory_is_no_memory(
    dev: dict[str, Any], contents: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state.json"
    if contents is not None:
        state.write_text(contents, encoding="utf-8")
    monkeypatch.setitem(dev["read_state"].__globals__, "STATE", state)
    assert dev["read_state"]() == {}


def test_progress_counts_packages_where_there_is_no_terminal(
    dev: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    progress = dev["Progress"](2)
    for line in ("Collecting flask==3.1", "  Downloading flask.whl", "Installing collected packages: flask"):
        progress.read(line)
    progress.end()
    assert capsys.readouterr().out == "  1/2 flask\n  unpacking\n"
