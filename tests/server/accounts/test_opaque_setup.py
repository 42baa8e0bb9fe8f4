"""The file of the OPAQUE setup: made once, for its owner only, never silently replaced."""

import stat
import threading
from pathlib import Path

import opaquepy.lib as opaque
import pytest

from portal.server.accounts.opaque import OpaqueServer
from portal.server.core.secret_files import SecretFileError
from portal.wire.ids import AccountId, new_id

NOW_S = 1_790_000_000


def test_the_file_is_its_owners_and_lasts(tmp_path: Path) -> None:
    path = tmp_path / "data" / "opaque-setup"
    first = OpaqueServer.open(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["opaque-setup"]
    content = path.read_bytes()
    second = OpaqueServer.open(path)
    assert path.read_bytes() == content

    account, request = AccountId(new_id()), opaque.register_client("a passphrase")
    record = second.record(
        opaque.register_client_finish(request[1], "a passphrase", first.registration_response(account, request[0]))
    )
    ke1, state = opaque.login_client("a passphrase")
    sealed, response = first.start("someone", (account, record), ke1, NOW_S)
    ke3, _session_key = opaque.login_client_finish(state, "a passphrase", response)
    attempt = second.open_attempt(sealed, NOW_S)
    assert second.finished(attempt, ke3, record)
    assert not second.finished(attempt, ke3, None)


def test_of_two_processes_that_start_at_once_both_use_one_setup(tmp_path: Path) -> None:
    path = tmp_path / "opaque-setup"
    request, _state = opaque.register_client("x")
    account = AccountId(new_id())
    answers: list[str] = []
    together = threading.Barrier(4)

    def start() -> None:
        together.wait()
        answers.append(OpaqueServer.open(path).registration_response(account, request))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "opaque-setup"
    OpaqueServer.open(path)
    path.chmod(mode)
    with pytest.raises(SecretFileError, match="chmod 600"):
        OpaqueServer.open(path)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "null", '{"setup": "", "dummy_record": ""}', '{"setup": 1, "dummy_record": 2}', "\xff"]
)
def test_a_damaged_file_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "opaque-setup"
    path.write_bytes(content.encode("latin-1"))
    path.chmod(0o600)
    with pytest.raises(SecretFileError, match="backup"):
        OpaqueServer.open(path)
    assert path.read_bytes() == content.encode("latin-1")


def test_another_servers_attempt_is_refused(tmp_path: Path) -> None:
    ours, other = OpaqueServer.open(tmp_path / "ours"), OpaqueServer.open(tmp_path / "other")
    sealed, _response = other.start("someone", None, opaque.login_client("x")[0], NOW_S)
    with pytest.raises(Exception, match=r"signin\.expired"):
        ours.open_attempt(sealed, NOW_S)
