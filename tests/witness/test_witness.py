"""Witnesses: they sign what goes on from what they saw, and never anything else, whatever happens to them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from portal.cli import main
from portal.server.ledger import keys as server_keys
from portal.tlog.verifiers import cosigned
from portal.verify.web import Answer, UnreachableError
from portal.wire.ledger.base64 import std_b64
from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint
from portal.wire.ledger.note import parse_note
from portal.wire.ledger.policy import parse_policy
from portal.witness.follow import RENEWED_S, Follower, Step
from portal.witness.keys import KeysError, WitnessKeys, new_keys, read_keys
from portal.witness.state import StateError, StateFolder
from tests.verify.conftest import Shown

FORKS: Final = 100
START_S: Final = 2_000_000_000  # later than any server of these tests was started


@pytest.fixture
def keys(tmp_path: Path) -> WitnessKeys:
    return new_keys(tmp_path / "keys", "kr.example/witness")


@pytest.fixture
def known(shown: Shown, keys: WitnessKeys) -> Shown:
    """A portal whose policy is this witness."""
    text = keys.policy_lines() + "quorum kr.example.witness\n"
    shown.ledger.policy_text, shown.ledger.policy = text, parse_policy(text)
    shown.portal.database.clock_ms = lambda: START_S * 1000
    return shown


def follower(shown: Shown, keys: WitnessKeys, folder: Path, now_s: Callable[[], float] = lambda: START_S) -> Follower:
    return Follower(shown.reader, keys, StateFolder(folder), now_s=now_s)


def test_a_witness_cosigns_what_is_new_and_says_from_time_to_time_that_it_is_awake(
    known: Shown, keys: WitnessKeys, tmp_path: Path
) -> None:
    now_s = START_S
    witness = follower(known, keys, tmp_path / "state", lambda: now_s)
    assert [witness.step(), witness.step()] == [Step.COSIGNED, Step.NOTHING_NEW]
    note = parse_note(known.reader.milestone())
    assert cosigned(note, known.ledger.policy.witnesses).keys() == set(known.ledger.policy.witnesses)
    assert known.reader.witnessed() == known.reader.milestone()
    now_s += RENEWED_S + 1
    known.portal.database.clock_ms = lambda: now_s * 1000
    assert [witness.step(), witness.step()] == [Step.COSIGNED, Step.NOTHING_NEW]


def test_a_ledger_that_forks_gets_no_signature_and_both_states_are_kept(
    known: Shown, keys: WitnessKeys, tmp_path: Path
) -> None:
    """A hundred forks, smaller, as large and larger: each is a state that the log's own key signed."""
    settings = known.portal.settings
    signer = server_keys.open_signer(settings.keys_dir, settings.ledger_origin)
    seen = tmp_path / "seen"
    assert follower(known, keys, seen).step() is Step.COSIGNED
    honest = known.reader.milestone()
    size = parse_checkpoint(parse_note(honest).text).size
    found = 0
    for number in range(FORKS):
        fork = Checkpoint(signer.name, max(1, size - 1 + number % 3), bytes([number + 1]) * 32)
        text = signer.sign(fork.to_text()).to_text()
        # Of a larger one the forked server has a proof, which holds for some other tree.
        consistency = f"/ledger/consistency?old={size}&new={fork.size}"
        known.requests.changed = {
            "/ledger/milestone": text.encode(),
            consistency: json.dumps({"hashes": [std_b64(fork.root), std_b64(bytes(32))]}).encode(),
        }
        folder = tmp_path / f"fork-{number}"
        shutil.copytree(seen, folder)
        found += follower(known, keys, folder).step() is Step.CONTRADICTED
        known.requests.changed = {}
        assert follower(known, keys, folder).step() is Step.CONTRADICTED, "it would sign again"
        (evidence,) = folder.glob("*.evidence-*")
        kept = evidence.read_text("utf-8")
        assert text in kept
        assert honest.partition("\n\n")[0] in kept
    assert found == FORKS


def test_what_is_cosigned_is_on_disk_before_anybody_has_it(
    known: Shown, keys: WitnessKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(path: str, body: bytes) -> Answer:
        raise UnreachableError(path, len(body))

    folder = StateFolder(tmp_path / "state")
    monkeypatch.setattr(known.requests, "post", lost)
    assert follower(known, keys, folder.folder).step() is Step.WAITING
    remembered = folder.read()
    assert remembered is not None
    assert remembered.note == known.reader.milestone()
    assert remembered.trouble is not None
    monkeypatch.undo()
    assert follower(known, keys, folder.folder).step() is Step.COSIGNED


def test_an_older_copy_of_the_ledger_is_waited_out(known: Shown, keys: WitnessKeys, tmp_path: Path) -> None:
    older = known.reader.milestone()
    known.portal.database.clock_ms = lambda: (START_S + 3600) * 1000
    known.record(5)
    assert known.reader.milestone() != older
    witness = follower(known, keys, tmp_path / "state")
    assert witness.step() is Step.COSIGNED
    known.requests.changed = {"/ledger/milestone": older.encode()}
    assert witness.step() is Step.WAITING
    known.requests.changed = {}
    assert witness.step() is Step.NOTHING_NEW


_WRITER: Final = """
import sys
from pathlib import Path
from portal.witness.state import Remembered, StateFolder
folder = StateFolder(Path(sys.argv[1]))
with folder.held():
    number = folder.read().cosigned_s if folder.read() else 0
    while True:
        number += 1
        folder.write(Remembered("http://localhost", "key", "note" * 300, number))
        print(number, flush=True)
"""


@pytest.mark.slow
def test_what_is_remembered_survives_kills(tmp_path: Path) -> None:
    last = 0
    for kill in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for line in writer.stdout:
                last = int(line)
                if last % 20 == kill:
                    os.kill(writer.pid, signal.SIGKILL)
                    break
            last = max([last, *map(int, writer.stdout.read().split())])
        remembered = StateFolder(tmp_path).read()
        assert remembered is not None
        assert remembered.cosigned_s >= last


def test_keys_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    made = new_keys(file, "kr.example/witness")
    assert read_keys(file).policy_lines() == made.policy_lines()
    with pytest.raises(KeysError, match="there already"):
        new_keys(file, "kr.example/witness")
    file.chmod(0o644)
    with pytest.raises(KeysError, match="chmod 600"):
        read_keys(file)
    with pytest.raises(KeysError, match="no spaces"):
        new_keys(tmp_path / "other", "two words")


def test_two_witnesses_never_share_what_they_remember(tmp_path: Path) -> None:
    with StateFolder(tmp_path).held(), pytest.raises(StateError, match="another witness"), StateFolder(tmp_path).held():
        pass
    StateFolder(tmp_path).file.write_text("{", "utf-8")
    with pytest.raises(StateError, match="damaged"):
        StateFolder(tmp_path).read()


def test_the_command_makes_keys_and_tells_of_a_contradiction(
    known: Shown, keys: WitnessKeys, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["witness", "keygen", "--keys", str(tmp_path / "made"), "--name", "jp.example/witness"]) == 0
    assert "group jp.example.witness any" in capsys.readouterr().out
    state = tmp_path / "state"
    assert main(["witness", "status", "--state", str(state)]) == 1
    follower(known, keys, state).step()
    assert main(["witness", "status", "--state", str(state), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["size"] >= 1
    other = server_keys.open_signer(tmp_path / "other", known.ledger.key.name)
    fork = other.sign(Checkpoint(other.name, 9, bytes(32)).to_text()).to_text()
    known.requests.changed = {"/ledger/milestone": fork.encode()}
    told: list[Step] = []
    last = follower(known, keys, state).follow(threading.Event(), 0.01, lambda step, _: told.append(step))
    assert [last, told] == [Step.CONTRADICTED, [Step.CONTRADICTED]]
    assert main(["witness", "status", "--state", str(state)]) == 3
    assert "CONTRADICTED ITSELF" in capsys.readouterr().out
    arguments = ["--portal", "http://localhost:1", "--keys", str(tmp_path / "keys"), "--state", str(state)]
    assert main(["witness", "run", *arguments]) == 3
