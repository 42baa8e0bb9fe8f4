"""The systemd units: systemd understands them, and they take from their programs what they do not need."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parent.parent / "deploy/systemd"
INTERPRETER = UNITS / "portal-interpreter.service"
HIGHEST_EXPOSURE = 1.5
"""Of 10, by systemd's own count; what is left is the network, which a member needs."""


@pytest.fixture
def analyze(tmp_path: Path) -> list[str]:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("the machine lacks systemd-analyze: the systemd unit was NOT CHECKED")
    return [found]


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with the program where it is here."""
    program = Path(sys.executable).with_name("portal")
    copied = tmp_path / INTERPRETER.name
    copied.write_text(INTERPRETER.read_text().replace("/opt/portal/.venv/bin/portal", str(program)))
    return copied


def said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_understands_the_unit(analyze: list[str], unit: Path) -> None:
    assert said([*analyze, "verify", "--man=no", str(unit)]).strip() == ""


def test_the_unit_leaves_little_open(analyze: list[str], unit: Path) -> None:
    version = int(re.findall(r"\d+", said([*analyze, "--version"]))[0])
    if version < 250:
        pytest.skip(f"systemd-analyze {version} can not judge a unit that is not installed: hardening NOT CHECKED")
    told = said([*analyze, "security", "--offline=true", "--threshold=100", "--no-pager", str(unit)])
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", told)
    assert exposure is not None, told
    assert float(exposure[1]) <= HIGHEST_EXPOSURE, told


def test_the_unit_asks_for_what_the_program_takes(unit: Path) -> None:
    started = re.search(r"^ExecStart=(\S+) (interpreter run) --data", unit.read_text(), re.MULTILINE)
    assert started is not None
    options = re.findall(r"--\w+", (UNITS / "options.example").read_text())
    usage = said([started[1], *started[2].split(), "--help"])
    assert "--data" in usage
    assert all(option in usage for option in options)
    assert "credential called passphrase" in " ".join(usage.split())
