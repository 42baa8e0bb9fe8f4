"""The ledger as an auditor sees it: whole, tampered with, rewritten."""

from pathlib import Path
from typing import Final

import pytest

from portal.cli import main
from portal.server.ledger import keys
from portal.verify.asked import AskedWrongError, Trust
from portal.verify.log import check_log
from portal.verify.verdict import Outcome, Verdict
from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint
from portal.wire.ledger.note import parse_note
from tests.server.ledger.conftest import NORTH, SOUTH
from tests.verify.conftest import Shown
from tests.verify.test_receipt import cosign

ENTRIES: Final = 300


def checked(shown: Shown, state: Path | None = None) -> Verdict:
    return check_log(Verdict("it"), shown.reader, Trust((shown.ledger.key,)), state)


def bad(verdict: Verdict) -> list[str]:
    return [one.code for one in verdict.findings if one.outcome is Outcome.BAD]


@pytest.fixture
def grown(shown: Shown) -> Shown:
    shown.record(ENTRIES)
    for witness in (NORTH, SOUTH):
        cosign(shown, witness)
    return shown


def test_a_ledger_is_read_whole_and_compared_with_what_was_seen_before(grown: Shown, tmp_path: Path) -> None:
    state = tmp_path / "seen"
    verdict = checked(grown, state)
    assert verdict.outcome is Outcome.GOOD, verdict.to_text()
    assert verdict.facts["kinds"]["hall"] == ENTRIES
    assert verdict.facts["witnesses"].keys() == {"north", "south"}
    grown.record(7)
    verdict = checked(grown, state)
    assert {"growth", "witnesses"} <= {one.code for one in verdict.findings if one.outcome is Outcome.GOOD}
    assert parse_checkpoint(parse_note(state.read_text("utf-8")).text).size == verdict.facts["size"]


def test_where_there_is_no_ledger_nothing_can_be_told(
    shown: Shown, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = shown.requests.origin
    said = [(address, f"{address} does not answer: no connection\n")]
    said += [(wrong, f"{wrong} is no address of a portal") for wrong in ("ftp://x", "http://[::1", "localhost:99999")]
    for asked, says in said:
        assert main(["verify", "log", asked]) == Outcome.UNKNOWN
        told = capsys.readouterr()
        assert (told.out, says in told.err, told.err.count("\n")) == ("", True, 1)
    for page in (b"<!doctype html>", b"<" * 9_000, b"\xff"):
        monkeypatch.setitem(shown.requests.changed, "/ledger/key", page)
        with pytest.raises(AskedWrongError, match=r"shows no ledger: .*\. Is it the address of a portal\?"):
            checked(shown)


def test_another_key_than_the_known_one_is_bad(shown: Shown, capsys: pytest.CaptureFixture[str]) -> None:
    other = keys.open_signer(shown.portal.settings.keys_dir / "other", shown.ledger.key.name).key
    with shown.served() as address:
        assert main(["verify", "log", address, "--key", other.to_text()]) == Outcome.BAD
        assert f"NO  The ledger's key is another one than you know: {shown.ledger.key.to_text()}" in (
            capsys.readouterr().out
        )
        assert main(["verify", "log", address, "--key", "a+b"]) == Outcome.UNKNOWN
    assert "is not of its format" in capsys.readouterr().err


def test_what_was_seen_can_not_be_kept_nowhere(grown: Shown, capsys: pytest.CaptureFixture[str]) -> None:
    with grown.served() as address:
        assert main(["verify", "log", address, "--quick", "--state", "/nowhere/seen"]) == Outcome.UNKNOWN
    assert "can not use /nowhere/seen" in capsys.readouterr().err


def test_a_changed_entry_and_a_changed_tile_are_found(grown: Shown) -> None:
    for path, code in [("/ledger/tile/entries/000", "entries"), ("/ledger/tile/0/000", "tiles")]:
        raw = bytearray(grown.requests.get(path, 1 << 20).body)
        raw[700] ^= 1
        grown.requests.changed = {path: bytes(raw)}
        assert code in bad(checked(grown))


def test_a_rewritten_ledger_is_found_and_both_states_are_kept(grown: Shown, tmp_path: Path) -> None:
    settings = grown.portal.settings
    signer = keys.open_signer(settings.keys_dir, settings.ledger_origin)
    other = signer.sign(Checkpoint(signer.name, 200, b"o" * 32).to_text()).to_text()
    state = tmp_path / "seen"
    state.write_text(other, "utf-8")
    assert bad(checked(grown, state)) == ["growth"]
    (evidence,) = tmp_path.glob("seen.evidence-*")
    kept = evidence.read_text("utf-8")
    assert other in kept
    assert grown.reader.checkpoint() in kept
    assert state.read_text("utf-8") == other


def test_a_state_that_the_known_key_did_not_sign_is_bad(grown: Shown) -> None:
    unknown = keys.open_signer(grown.portal.settings.keys_dir / "other", grown.ledger.key.name)
    checkpoint = parse_checkpoint(parse_note(grown.reader.checkpoint()).text)
    grown.requests.changed = {"/ledger/checkpoint": unknown.sign(checkpoint.to_text()).to_text().encode()}
    assert bad(checked(grown)) == ["signature"]
    grown.requests.changed |= {"/ledger/key": unknown.key.to_text().encode()}
    assert bad(checked(grown))[0] == "key"
