"""``portal room`` before anybody is signed in, and what it does with what others wrote."""

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.cli import main
from portal.member import commands
from portal.member.store import exists
from portal.member.transport import AddressError, origin_of


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is typed where no terminal is."""
    typed: list[str] = []
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: typed.pop(0))
    yield typed
    assert typed == []


def test_without_a_store_the_way_in_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for task in ("list", "read", "send", "members", "export"):
        further = {"list": [], "send": ["Plenary", "x"], "export": ["Plenary", "x"]}.get(task, ["Plenary"])
        assert main(["room", task, *further, "--store", str(tmp_path / "none")]) == 1
        assert "portal room sign-in" in capsys.readouterr().err
    with pytest.raises(SystemExit) as usage:
        main(["room", "burn"])
    assert usage.value.code == 2


def test_a_store_is_made_only_with_a_passphrase_that_was_typed_twice(
    tmp_path: Path, prompts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    prompts += ["one", "other"]
    asked = ["room", "sign-in", "http://localhost:1", "ada", "--store", str(tmp_path / "store")]
    assert main(asked) == 1
    assert "not the same" in capsys.readouterr().err
    assert not exists(tmp_path / "store")


def test_only_encrypted_addresses_or_this_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert origin_of("portal.example/rooms") == "https://portal.example"
    assert origin_of("http://localhost:8700/#/") == "http://localhost:8700"
    for address in ("http://portal.example", "ftp://portal.example", "https://"):
        with pytest.raises(AddressError):
            origin_of(address)
    assert main(["room", "sign-in", "http://portal.example", "ada", "--store", str(tmp_path)]) == 1
    assert "use https" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_told(
    tmp_path: Path, prompts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    prompts += ["passphrase"]
    key = ["--store", str(tmp_path / "store"), "--key-file", str(tmp_path / "key")]
    assert main(["room", "sign-in", "http://localhost:1", "ada", *key]) == 1
    assert "can not be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\boot.ini", "boot.ini"),
        ("..", ".."),
        ("", "file"),
        ("a\x1b[2Jb", "a_[2Jb"),
        ("제안.pdf", "제안.pdf"),
        ("x" * 300, "x" * 100),
    ],
)
def test_what_others_call_a_file_is_no_path(name: str, safe: str) -> None:
    assert commands.file_name(name) == safe  # it stands behind the blob's id, so that ".." is harmless
    assert "/" not in safe
