"""Receipts: good ones, such as are not proven yet, and ten thousand changed ones."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from portal.cli import main
from portal.server.ledger import service
from portal.tlog.signers import Cosigner, NoteSigner
from portal.verify.asked import Trust
from portal.verify.receipt import check_online, check_receipt
from portal.verify.verdict import Outcome
from portal.wire.ids import b64
from portal.wire.ledger.checkpoint import parse_checkpoint
from portal.wire.ledger.entries import Kind
from portal.wire.ledger.note import Note, parse_note, parse_vkey
from portal.wire.ledger.policy import parse_policy
from portal.wire.ledger.proof import parse_proof
from portal.wire.ledger.receipt import Receipt, light_proof
from tests.server.ledger.conftest import NORTH, POLICY, SOUTH
from tests.verify.conftest import Shown
from tests.verify.mutated import accepted
from tests.wire.ledger import make_receipt_vectors as vectors

SAID: Final = "더 많은 가로등을 켜 주십시오.\n"
TODAY: Final = date(2026, 11, 23)
MUTATIONS: Final = 10_000
LARGEST_BYTES: Final = 5_000


def taken(shown: Shown, *, entered: bool = True) -> Receipt:
    """A receipt of what was said, as the portal gives it."""
    statement = {"week": "2026-W48", "lang": "ko", "text": b64(hashlib.sha256(SAID.encode()).digest())}
    recorded = shown.portal.database.write(lambda unit: service.record(unit, Kind.SUBMISSION, statement))
    proof = None
    if entered:
        shown.record(5)
        for witness in (NORTH, SOUTH):
            cosign(shown, witness)
        text = shown.portal.database.read(lambda unit: service.proof(unit, recorded.entry))
        assert text is not None
        proof = text
    promise = shown.ledger.promise(recorded.commitment, "2026-11-22")
    key = shown.ledger.key
    return Receipt(recorded.commitment, recorded.nonce, recorded.tag, statement, promise, proof, key)


def cosign(shown: Shown, witness: Cosigner) -> None:
    """Let a witness stand behind the newest state."""
    note = parse_note(shown.reader.checkpoint())
    line = witness.cosign(parse_checkpoint(note.text), 1_790_000_000)
    shown.ledger.take_cosignatures(Note(note.text, (*note.signatures, line)).to_text())


def trust(shown: Shown) -> Trust:
    return Trust((shown.ledger.key,), parse_policy(POLICY))


def test_a_receipt_shows_offline_that_the_text_was_taken_and_stands_in_the_ledger(shown: Shown) -> None:
    receipt = taken(shown)
    file = f"Thank you.\r\n\r\n{receipt.to_block()}".replace("\n", "\r\n").replace("\r\r", "\r")
    verdict, read = check_receipt(file, trust(shown), TODAY, SAID.replace("\n", "\r\n"))
    assert read == receipt
    assert verdict.outcome is Outcome.GOOD, verdict.to_text()
    assert {one.code for one in verdict.findings} == {
        *("statement", "text", "key", "promise", "signature", "witnesses", "entry"),
    }
    check_online(verdict, receipt, shown.reader)
    assert verdict.findings[-1].code == "growth"
    assert verdict.outcome is Outcome.GOOD


def test_what_does_not_hold_is_said(shown: Shown) -> None:
    receipt = taken(shown)
    other = NoteSigner.from_seed(receipt.key.name, b"o" * 32).key
    for changed, code in [
        (replace(receipt, statement={**receipt.statement, "lang": "en"}), "statement"),
        (replace(receipt, nonce=bytes(32)), "statement"),
        (replace(receipt, promise=shown.ledger.promise(bytes(32), "2026-11-22")), "promise"),
        (replace(receipt, tag=bytes(16)), "entry"),
        (replace(receipt, key=other), "signature"),
    ]:
        verdict, _ = check_receipt(changed.to_block(), Trust(), TODAY)
        assert verdict.outcome is Outcome.BAD
        assert code in {one.code for one in verdict.findings if one.outcome is Outcome.BAD}
    verdict, _ = check_receipt(receipt.to_block(), Trust((other,)), TODAY)
    assert [one.code for one in verdict.findings if one.outcome is Outcome.BAD] == ["key"]
    verdict, _ = check_receipt(receipt.to_block(), trust(shown), TODAY, "Something else.")
    assert [one.code for one in verdict.findings if one.outcome is Outcome.BAD] == ["text"]


def test_before_it_is_entered_it_can_not_be_told_and_the_portal_can_be_asked(shown: Shown) -> None:
    receipt = taken(shown, entered=False)
    verdict, _ = check_receipt(receipt.to_block(), trust(shown), TODAY)
    assert {one.outcome for one in verdict.findings} == {Outcome.GOOD, Outcome.UNKNOWN}
    check_online(verdict, receipt, shown.reader)
    assert verdict.outcome is Outcome.BAD
    verdict, _ = check_receipt(receipt.to_block(), trust(shown), TODAY)
    shown.ledger.sequence()
    check_online(verdict, receipt, shown.reader)
    assert "found" in {one.code for one in verdict.findings if one.outcome is Outcome.GOOD}
    assert Outcome.BAD not in {one.outcome for one in verdict.findings}


def test_a_receipt_without_the_long_signatures_is_small(shown: Shown) -> None:
    receipt = taken(shown)
    assert receipt.proof is not None
    light = replace(receipt, proof=light_proof(parse_proof(receipt.proof)).to_text())
    assert len(light.to_block()) < LARGEST_BYTES / 2 < len(receipt.to_block())
    verdict, _ = check_receipt(light.to_block(), Trust((shown.ledger.key,)), TODAY)
    assert verdict.outcome is Outcome.GOOD


@pytest.mark.slow
def test_of_ten_thousand_changed_receipts_none_is_accepted() -> None:
    block, known = vectors.receipt().to_block().rstrip("\n"), Trust((vectors.LOG.key,), parse_policy(vectors.POLICY))
    assert check_receipt(block, known, vectors.DAY)[0].outcome is Outcome.GOOD
    assert accepted(block, known, vectors.DAY, MUTATIONS) == 0


def test_the_command_tells_people_programs_and_shells(
    shown: Shown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, key = tmp_path / "receipt.txt", tmp_path / "key"
    file.write_text(taken(shown).to_block(), "utf-8")
    key.write_text(shown.ledger.key.to_text() + "\n", "utf-8")
    assert main(["verify", "receipt", str(file), "--key", str(key)]) == 0
    assert capsys.readouterr().out.endswith("GOOD: this receipt\n")
    file.write_text(file.read_text("utf-8").replace("2026-W48", "2026-W47"), "utf-8")
    assert main(["verify", "receipt", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], parse_vkey(told["facts"]["key"])) == ("bad", shown.ledger.key)
    file.write_text("Thank you.", "utf-8")
    assert main(["verify", "receipt", str(file)]) == 2
    assert "holds no receipt" in capsys.readouterr().err
