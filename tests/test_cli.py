"""The command ``portal``, run as a person runs it: a process of its own, judged by what it prints and how it ends."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal import __version__
from tests.machine.postgresql import Cluster

COMMAND = str(Path(sys.executable).with_name("portal"))
LINK = re.compile(r"http://localhost:\d+/#/invitation/[\w-]{22}[./][\w-]{43}")
PATIENCE_S = 60


def portal(*arguments: str, environ: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end in an environment with nothing in it."""
    return subprocess.run(
        [COMMAND, *arguments], env=environ or {}, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@contextlib.contextmanager
def running(*arguments: str, environ: dict[str, str] | None = None) -> "Iterator[subprocess.Popen[str]]":
    """A server until the block ends."""
    with subprocess.Popen(
        [COMMAND, "run", *arguments],
        env={"PYTHONUNBUFFERED": "1", "PORTAL_WORKER": "false"} | (environ or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def greeting(process: "subprocess.Popen[str]") -> str:
    """What it prints until it serves."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if "Ctrl+C" in line:
            return said
    pytest.fail(f"the server ended:\n{said}")


def test_it_tells_its_version() -> None:
    done = portal("--version")
    assert (done.returncode, done.stdout) == (0, f"portal {__version__}\n")


def test_it_serves_and_greets_the_first_administrator(tmp_path: Path, port: int) -> None:
    with running("--data", str(tmp_path / "data"), "--port", str(port)) as process:
        said = greeting(process)
        assert f"open at http://localhost:{port}\n" in said
        assert LINK.search(said)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE_S) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0, "others could read the data folder"


@pytest.mark.slow
def test_it_serves_from_postgresql(tmp_path: Path, port: int, postgresql: Cluster) -> None:
    with postgresql.database() as url:
        environ = {"PORTAL_DATABASE_URL": url, "PORTAL_DATA_DIR": str(tmp_path), "PORTAL_PORT": str(port)}
        with running(environ=environ) as process:
            assert LINK.search(greeting(process))
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0


@pytest.mark.slow
def test_each_start_makes_a_new_first_link(tmp_path: Path, port: int) -> None:
    links = []
    for _ in range(2):
        with running("--data", str(tmp_path), "--port", str(port)) as process:
            links.append(LINK.findall(greeting(process)))
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
    assert len(links[0]) == len(links[1]) == 1
    assert links[0] != links[1]


@pytest.mark.slow
def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path, port: int) -> None:
    with running("--data", str(tmp_path), "--port", str(port)) as process:
        greeting(process)
        done = portal("run", "--data", str(tmp_path))
    assert done.returncode == 1
    assert f"another portal runs on {tmp_path}" in done.stderr


@pytest.mark.slow
def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        done = portal("run", "--data", str(tmp_path), "--port", number)
    assert done.returncode == 1
    assert f"can not listen on 127.0.0.1 port {number}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_another_administrator_is_invited_from_the_command_line(tmp_path: Path) -> None:
    done = portal("admin", "invite-link", "--data", str(tmp_path))
    assert done.returncode == 0
    assert LINK.fullmatch(done.stdout.strip())


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (["run"], {"PORTAL_PROT": "1"}, "did you mean 'PORTAL_PORT'"),
        (["run", "--config", "/nowhere.toml"], {}, "can not read the settings file /nowhere.toml"),
        (["run", "--port", "70000"], {}, "port is 70000"),
        (["admin", "invite-link", "--days", "0"], {}, "--days is 0"),
        (["fly"], {}, "invalid choice"),
        ([], {}, "required"),
    ],
)
def test_a_wrong_question_is_answered_with_status_2(arguments: list[str], environ: dict[str, str], said: str) -> None:
    done = portal(*arguments, environ=environ)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("task", [["run"], ["admin", "invite-link"]])
@pytest.mark.slow
def test_a_database_that_does_not_answer_is_named(tmp_path: Path, task: list[str]) -> None:
    environ = {"PORTAL_DATABASE_URL": f"postgresql://nobody@/none?host={tmp_path}"}
    done = portal(*task, "--data", str(tmp_path), environ=environ)
    assert done.returncode == 1
    assert "the database does not answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = portal("admin", "invite-link", "--data", str(tmp_path / "file/data"))
    assert done.returncode == 1
    assert "can not make the data folder" in done.stderr
