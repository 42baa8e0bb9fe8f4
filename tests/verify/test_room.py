"""Exported records, with what the ledger holds of them."""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portal.cli import main
from portal.member.e2ee.bundle import LoggedRoot, write_bundle
from portal.tlog.signers import NoteSigner
from portal.verify.asked import Trust
from portal.verify.room import check_room
from portal.verify.verdict import Outcome, Verdict
from portal.wire.ids import b64
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.entries import Entry, Kind, commitment
from portal.wire.ledger.merkle import leaf_hash
from portal.wire.ledger.proof import LedgerProof
from tests.member.test_bundle import bundle_input, found_by_both, recorded
from tests.member.twin import Twin

LOG = NoteSigner.from_seed("portal.example/ledger", b"l" * 32)


def logged(kind: Kind, statement: dict[str, Any]) -> tuple[bytes, bytes, str]:
    """Nonce, tag and proof of an entry that stands alone in its ledger."""
    nonce, tag = secrets.token_bytes(32), secrets.token_bytes(16)
    entry = Entry(kind, tag, commitment(kind, nonce, statement))
    note = LOG.sign(Checkpoint(LOG.name, 1, leaf_hash(entry.to_bytes())).to_text())
    return nonce, tag, LedgerProof(0, (), note).to_text()


def told(verdict: Verdict, outcome: Outcome) -> set[str]:
    return {one.code for one in verdict.findings if one.outcome is outcome}


def test_a_record_says_up_to_where_the_ledger_holds_it(twin: Twin, tmp_path: Path) -> None:
    ledger, key = recorded()
    head = ledger.heads[3]
    nonce, tag, proof = logged(Kind.ROOM_ROOT, {"room": ledger.room, "number": 3, "head": b64(head)})
    root = LoggedRoot(3, nonce, tag, LOG.key.to_text(), proof)
    file = tmp_path / "export.jsonl"
    lines = list(write_bundle(replace(bundle_input(ledger, key), roots=[root])))
    assert found_by_both(twin, lines) == []
    file.write_text("".join(lines), "utf-8")
    verdict = check_room(file, Trust((LOG.key,)))
    assert verdict.outcome is Outcome.GOOD, verdict.to_text()
    assert verdict.facts["logged_to"] == 3
    for other in (replace(root, number=2), replace(root, nonce=bytes(32)), replace(root, proof="none")):
        lines = list(write_bundle(replace(bundle_input(ledger, key), roots=[other])))
        file.write_text("".join(lines), "utf-8")
        assert told(check_room(file, Trust()), Outcome.BAD) == {"ledger"}
    misplaced = list(write_bundle(replace(bundle_input(ledger, key), roots=[replace(root, number=9)])))
    assert found_by_both(twin, misplaced) == [("line", 9)]


def test_a_changed_record_is_bad_and_another_file_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "export.jsonl"
    text = "".join(write_bundle(bundle_input(*recorded())))
    file.write_text(text, "utf-8")
    assert main(["verify", "room", str(file)]) == 0
    file.write_text(text.replace("12 %", "21 %"), "utf-8")
    assert main(["verify", "room", str(file), "--json"]) == 1
    capsys.readouterr()
    file.write_bytes(b"\xff\xfe")
    assert main(["verify", "room", str(file)]) == 2
    assert "no exported record" in capsys.readouterr().err
