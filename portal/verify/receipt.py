"""``portal verify receipt``: that a text was taken as it was sent, and stands in the ledger. Offline, unless asked."""

import argparse
import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from portal.tlog.verifiers import verify_note
from portal.verify.asked import (
    AskedWrongError,
    Trust,
    add_trust,
    failed,
    judge_checkpoint,
    judge_key,
    read_text,
    run,
    trust_of,
)
from portal.verify.verdict import Verdict
from portal.verify.web import AnsweredWrongError, LedgerReader, Web, consistent
from portal.wire.ids import b64
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.frontier import Frontier
from portal.wire.ledger.merkle import leaf_hash
from portal.wire.ledger.note import NoteError
from portal.wire.ledger.promise import parse_promise
from portal.wire.ledger.proof import LedgerProof, parse_proof
from portal.wire.ledger.receipt import BEGIN, RECEIPT_MAX_BYTES, Receipt, parse_receipt
from portal.wire.ledger.tiles import TILE_WIDTH

_WITHIN: Final = timedelta(days=1)
"""From the day of receipt (UTC) on, until the entry has to stand in the ledger."""


def main(arguments: Sequence[str]) -> int:
    """Run ``portal verify receipt``; returns the exit status."""
    words = "Check a receipt: that a text was taken as it was sent, and stands in the ledger. Offline, unless asked."
    parser = argparse.ArgumentParser(prog="portal verify receipt", description=words)
    parser.add_argument("file", type=Path, metavar="FILE", help="the receipt, as it was saved")
    parser.add_argument("--text", type=Path, metavar="FILE", help="what you sent, to compare with what was taken")
    words = "ask this portal as well, whose ledger is read whole, so that it can not tell which entry is meant"
    parser.add_argument("--portal", metavar="URL", help=words)
    add_trust(parser)
    return run(parser, arguments, _check)


def _check(options: argparse.Namespace) -> Verdict:
    trust = trust_of(options)
    text = read_text(options.file, RECEIPT_MAX_BYTES)
    if BEGIN not in text:
        msg = f"{options.file} holds no receipt: there is no line {BEGIN}"
        raise AskedWrongError(msg)
    sent = None if options.text is None else read_text(options.text)
    today = datetime.fromtimestamp(time.time(), UTC).date()
    verdict, receipt = check_receipt(text, trust, today, sent)
    if receipt is not None and options.portal is not None:
        try:
            check_online(verdict, receipt, LedgerReader(Web(options.portal)))
        except ValueError as error:
            if isinstance(error, NoteError):
                return failed(verdict, error)
            raise AskedWrongError(str(error)) from error
        except AnsweredWrongError as error:
            return failed(verdict, error)
    return verdict


def check_receipt(text: str, trust: Trust, today: date, sent: str | None = None) -> tuple[Verdict, Receipt | None]:
    """Check a receipt's file by itself; the receipt is None if it can not be read."""
    verdict = Verdict("this receipt")
    try:
        receipt = parse_receipt(text)
    except NoteError as error:
        verdict.bad("block", f"{error}.")
        return verdict, None
    verdict.facts["statement"] = dict(receipt.statement)
    if receipt.is_of_statement():
        verdict.good("statement", "The commitment is to what the receipt states.")
    else:
        verdict.bad("statement", "The commitment is not to what the receipt states.")
    if sent is not None:
        _judge_text(verdict, receipt, sent)
    judge_key(verdict, receipt.key, trust)
    due = _judge_promise(verdict, receipt)
    if receipt.proof is not None:
        _judge_proof(verdict, receipt, parse_proof(receipt.proof), trust)
    elif due is not None:
        _judge_wait(verdict, due, today)
    return verdict, receipt


def _judge_text(verdict: Verdict, receipt: Receipt, sent: str) -> None:
    forms = {sent, sent.replace("\r\n", "\n"), sent.replace("\r\n", "\n").rstrip("\n")}
    if receipt.statement.get("text") in {b64(hashlib.sha256(form.encode()).digest()) for form in forms}:
        verdict.good("text", "The text that you gave is the one that was taken.")
    else:
        verdict.bad("text", "The text that you gave is not the one that was taken.")


def _judge_promise(verdict: Verdict, receipt: Receipt) -> date | None:
    try:
        promise = parse_promise(verify_note(receipt.promise, receipt.key).text)
        due = date.fromisoformat(promise.day) + _WITHIN
    except ValueError as error:
        verdict.bad("promise", f"The portal's signed promise does not hold: {error}.")
        return None
    if promise.commitment != receipt.commitment:
        verdict.bad("promise", "The portal's signed promise is about another entry.")
        return None
    verdict.good("promise", f"The portal signed that it received it on {promise.day} and will enter it within a day.")
    verdict.facts["received"] = promise.day
    return due


def _judge_proof(verdict: Verdict, receipt: Receipt, proof: LedgerProof, trust: Trust) -> None:
    checkpoint = judge_checkpoint(verdict, proof.note.to_text(), receipt.key, trust.policy)
    if checkpoint is None:
        return
    verdict.facts["index"] = proof.index
    if proof.includes(receipt.entry.to_bytes()):
        verdict.good("entry", f"It stands in the ledger, entry {proof.index:,} of {checkpoint.size:,}.")
    else:
        verdict.bad("entry", "The proof does not show that it stands in the ledger.")


def _judge_wait(verdict: Verdict, due: date, today: date) -> None:
    if today <= due:
        verdict.unknown(
            "entry", f"This file does not show yet that it stands in the ledger. Fetch it anew after {due}."
        )
    else:
        words = "The promised day has passed, and this file does not show that it stands in the ledger."
        verdict.unknown("entry", f"{words} Fetch the receipt anew, or ask with --portal URL.")


def check_online(verdict: Verdict, receipt: Receipt, reader: LedgerReader) -> None:
    """Ask the portal whether its ledger of today still holds the entry."""
    if reader.key() != receipt.key:
        verdict.bad("portal key", "The portal signs with another key today than in this receipt.")
        return
    now = judge_checkpoint(verdict, reader.checkpoint(), receipt.key)
    if now is None:
        return
    if receipt.proof is None:
        _find(verdict, receipt, now, reader)
        return
    then = parse_proof(receipt.proof).checkpoint
    old, new = sorted((then, now), key=lambda one: one.size)
    if consistent(old, new, reader):
        verdict.good("growth", "The ledger of today goes on from the one in the receipt.")
    else:
        verdict.bad("growth", "The ledger of today does not go on from the one in the receipt: it was rewritten.")


def _find(verdict: Verdict, receipt: Receipt, now: Checkpoint, reader: LedgerReader) -> None:
    """Read the whole ledger, so that the portal does not learn which entry is asked for."""
    due, frontier, found = receipt.entry.to_bytes(), Frontier(), None
    for index in range(-(-now.size // TILE_WIDTH)):
        for entry in reader.entries(index, now.size):
            if entry == due:
                found = frontier.size
            frontier.append(leaf_hash(entry))
    if frontier.root() != now.root:
        verdict.bad("found", "The entries that the portal shows are not those that it signed for.")
    elif found is None:
        verdict.bad("found", "It does not stand in the ledger of today.")
    else:
        verdict.findings = [finding for finding in verdict.findings if finding.code != "entry"]
        verdict.good("found", f"It stands in the ledger of today, entry {found:,} of {now.size:,}.")
        verdict.facts["index"] = found
