"""Over HTTP, as people run it: a witness, an interpreter that is one, and the verifiers that count on them."""

import json
import time
from pathlib import Path
from typing import Final

import pytest

from portal.cli import main
from portal.interpreter.witnessing import folder_of, witnessing
from portal.verify.verdict import Outcome
from portal.wire.ledger.policy import parse_policy
from portal.witness.keys import new_keys
from tests.verify.conftest import Shown

PATIENCE_S: Final = 30.0


def test_two_witnesses_stand_behind_a_ledger_that_verifies(
    shown: Shown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = (new_keys(tmp_path / name, f"{name}.example/witness") for name in ("kr", "jp"))
    both = "group both all kr.example.witness jp.example.witness\nquorum both\n"
    text = ours.policy_lines() + theirs.policy_lines() + both
    shown.ledger.policy_text, shown.ledger.policy = text, parse_policy(text)
    policy = tmp_path / "both"
    policy.write_text(text, "utf-8")
    with shown.served() as address:
        arguments = ["--portal", address, "--keys", str(tmp_path / "kr"), "--state", str(tmp_path / "state")]
        assert main(["witness", "run", *arguments, "--once"]) == 0
        assert main(["verify", "log", address, "--policy", str(policy)]) == Outcome.UNKNOWN
        with witnessing(address, theirs, tmp_path / "interpreter", interval_s=0.05):
            until = time.monotonic() + PATIENCE_S
            while shown.reader.witnessed() is None:
                assert time.monotonic() < until
                time.sleep(0.02)
        capsys.readouterr()
        assert main(["verify", "log", address, "--policy", str(policy), "--json"]) == Outcome.GOOD
        assert len(json.loads(capsys.readouterr().out)["facts"]["witnesses"]) == 4
        key = ["--key", shown.ledger.key.to_text()]
        assert main(["verify", "code", address, *key, "--policy", str(policy)]) == Outcome.GOOD
    remembered = folder_of(tmp_path / "interpreter").read()
    assert remembered is not None
    assert remembered.note is not None
    assert main(["verify", "log", address]) == Outcome.UNKNOWN, "nobody is there"
    assert main(["verify", "log", "http://portal.example"]) == Outcome.UNKNOWN, "not encrypted"
