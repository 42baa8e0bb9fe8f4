"""The systemd units: systemd understands them, and they take from their programs what they do not need."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
UNITS = ROOT / "deploy/systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
HIGHEST_EXPOSURE = 1.5
"""Of 10, by systemd's own count; what is left is the network, which all of them need."""
INSTALLED = "/opt/portal/.venv/bin/portal"


@pytest.fixture
def analyze() -> list[str]:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("the machine lacks systemd-analyze: the systemd units were NOT CHECKED")
    return [found]


@pytest.fixture(params=SERVICES)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit with the program where it is here; of one for many ports, that of one port."""
    program = Path(sys.executable).with_name("portal")
    name: str = request.param
    copied = tmp_path / name.replace("@.", "@8701.")
    text = (UNITS / name).read_text(encoding="utf-8")
    assert INSTALLED in text
    text = text.replace(INSTALLED, str(program)).replace("file:/opt/portal", f"file:{ROOT}")
    copied.write_text(text, encoding="utf-8")
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
    told = said([*analyze, "security", "--offline=true", "--threshold=20", "--no-pager", str(unit)])
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", told)
    assert exposure is not None, told
    assert float(exposure[1]) <= HIGHEST_EXPOSURE, told


def test_the_unit_asks_for_what_the_program_takes(unit: Path) -> None:
    program = Path(sys.executable).with_name("portal")
    started = re.search(rf"^ExecStart=.*?{program} ([a-z ]+) (.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    assert started is not None
    usage = said([str(program), *started[1].split(), "--help"])
    assert all(option in usage for option in re.findall(r"--\w+", started[2]))


def test_the_interpreter_s_options_and_credential_are_known() -> None:
    program = str(Path(sys.executable).with_name("portal"))
    usage = said([program, "interpreter", "run", "--help"])
    options = re.findall(r"--\w+", (UNITS / "options.example").read_text(encoding="utf-8"))
    assert options
    assert all(option in usage for option in options)
    assert "credential called passphrase" in " ".join(usage.split())


def test_systemd_understands_the_timer(analyze: list[str], tmp_path: Path) -> None:
    for name in ("portal-backup.timer", "portal-backup.service"):
        text = (
            (UNITS / name).read_text(encoding="utf-8").replace(INSTALLED, str(Path(sys.executable).with_name("portal")))
        )
        (tmp_path / name).write_text(text.replace("file:/opt/portal", f"file:{ROOT}"), encoding="utf-8")
    assert said([*analyze, "verify", "--man=no", str(tmp_path / "portal-backup.timer")]).strip() == ""


@pytest.mark.parametrize("name", SERVICES)
def test_the_documents_that_a_unit_names_exist(name: str) -> None:
    text = (UNITS / name).read_text(encoding="utf-8")
    named = re.findall(r"^Documentation=file:/opt/portal/(\S+)$", text, re.MULTILINE)
    assert named
    assert all((ROOT / path).is_file() for path in named)


@pytest.mark.parametrize("name", SERVICES)
def test_the_account_of_a_unit_is_made_by_a_file_beside_it(name: str) -> None:
    account = re.findall(r"^User=(\S+)$", (UNITS / name).read_text(encoding="utf-8"), re.MULTILINE)[0]
    made = [line.split()[1] for path in UNITS.glob("*.sysusers.conf") for line in path.read_text().splitlines()[1:]]
    assert account in made
