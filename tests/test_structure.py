"""The rules of the tree, each enforced by a tool: style, types, who may import whom. ``./dev lint`` runs only these."""

import sys
from pathlib import Path
from typing import Final

import pytest

from tests.machine.tools import NODE, ROOT, STATIC, run

LONGEST_FILE_LINES: Final = 600


def python(module: str, *arguments: str) -> str:
    """Run a tool of this environment, such as ``ruff``."""
    return run(sys.executable, "-m", module, *arguments)


def test_ruff_finds_nothing() -> None:
    python("ruff", "check", "--quiet", ".")


def test_the_python_sources_are_formatted() -> None:
    python("ruff", "format", "--check", "--quiet", ".")


@pytest.mark.slow  # half a minute; ``./dev lint`` does not leave it out
def test_the_types_hold() -> None:
    python("mypy")


def test_who_may_import_whom() -> None:
    # lint-imports has no module to be run by; it stands beside the interpreter.
    run(Path(sys.executable).with_name("lint-imports"), "--no-cache")


@pytest.mark.parametrize("project", ["tsconfig.json", "tsconfig.worker.json"])
def test_the_client_s_types_hold(project: str, client_packages: Path) -> None:
    run(NODE, client_packages / "typescript/bin/tsc", "--project", project, cwd=STATIC)


@pytest.mark.parametrize("root", ["portal.server.app", "portal.cli"])
def test_the_server_loads_nothing_that_opens(root: str) -> None:
    """The server's process must not even contain the code that could read a room."""
    script = f"import sys, {root}; print(*(name for name in sys.modules if name.startswith('portal.member')))"
    assert run(sys.executable, "-c", script).strip() == ""


def test_the_command_is_quick_to_answer() -> None:
    """``portal --version`` loads neither gevent nor the database."""
    script = "import sys, portal.cli; print(*({'gevent', 'sqlalchemy', 'flask'} & sys.modules.keys()))"
    assert run(sys.executable, "-c", script).strip() == ""


def test_no_file_is_longer_than_a_person_can_hold() -> None:
    found = [
        path
        for folder in ("portal", "static/src", "tests", "deploy")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".ts", ".tsx", ".css"} and path.is_file()
    ]
    lengths = {path.relative_to(ROOT).as_posix(): path.read_bytes().count(b"\n") for path in [*found, ROOT / "dev"]}
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE_LINES}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "static/package-lock.json"])
def test_locks_name_no_address(name: str) -> None:
    """Where packages come from is the machine's business; what they are is the lock's, by hash."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "--index-url" not in text
    assert "--find-links" not in text
    assert "resolved" not in text
    assert str(Path.home()) not in text
