"""``portal verify room``: an exported record: by whom each item is, in this order, and what of it the ledger holds."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from portal.member.e2ee.bundle import LoggedRoot
from portal.member.e2ee.verify import BundleReport, verify_bundle
from portal.verify.asked import AskedWrongError, Trust, add_trust, judge_checkpoint, judge_key, run, trust_of
from portal.verify.verdict import Verdict
from portal.wire.ids import RoomId, b64
from portal.wire.ledger.entries import Entry, Kind, commitment
from portal.wire.ledger.note import NoteError, VerifierKey, parse_vkey
from portal.wire.ledger.proof import parse_proof

_LINE_MAX_BYTES: Final = 8 << 20
_PROBLEMS: Final = {
    "line": "there is a line that does not belong there",
    "end": "the export is cut, or was changed after it was signed",
    "list": "somebody's list of devices breaks a rule",
    "envelope": "it is no item of this room",
    "number": "an item is missing or comes twice",
    "forged": "it is not signed by the device that it names",
    "outsider": "its device was not in the room",
    "sequence": "something that this device wrote is missing or comes twice",
    "history": "its author had seen another history",
    "content": "the text beside it is not what was sent",
}
_TOLD_MAX: Final = 10


def main(arguments: Sequence[str]) -> int:
    """Run ``portal verify room``; returns the exit status."""
    words = "Check an exported record: by whom each item is, in this order, and what of it the ledger holds."
    parser = argparse.ArgumentParser(prog="portal verify room", description=words)
    parser.add_argument("file", type=Path, metavar="EXPORT", help="the file that a member exported (JSON lines)")
    add_trust(parser)
    return run(parser, arguments, lambda options: check_room(options.file, trust_of(options)))


def check_room(file: Path, trust: Trust) -> Verdict:
    """Check an exported record by itself; nothing is asked of any server."""
    verdict = Verdict("this record")
    try:
        with file.open(encoding="utf-8", errors="surrogateescape", newline="\n") as opened:
            report = verify_bundle(_lines(opened, file))
    except OSError as error:
        msg = f"can not read {file}: {error.strerror}"
        raise AskedWrongError(msg) from error
    if report.room is None:
        msg = f"{file} is no exported record"
        raise AskedWrongError(msg)
    _judge_record(verdict, report)
    _judge_roots(verdict, report, report.room, trust)
    return verdict


def _lines(opened: Iterator[str], file: Path) -> Iterator[str]:
    for line in opened:
        if len(line) > _LINE_MAX_BYTES:
            msg = f"{file} has lines longer than any export has"
            raise AskedWrongError(msg)
        yield line


def _judge_record(verdict: Verdict, report: BundleReport) -> None:
    authors = Counter(item.account for item in report.items)
    verdict.facts |= {
        "room": report.room,
        "first": report.first,
        "last": report.last,
        "head": None if report.head is None else b64(report.head),
        "whole": report.whole,
        "authors": {author or "?": count for author, count in authors.items()},
        "problems": [{"code": problem.code, "number": problem.number} for problem in report.problems],
    }
    for problem in report.problems[:_TOLD_MAX]:
        place = "" if problem.number is None else f"Item {problem.number}: "
        verdict.bad(problem.code, f"{place}{_PROBLEMS[problem.code]}.")
    if len(report.problems) > _TOLD_MAX:
        verdict.bad("more", f"There are {len(report.problems) - _TOLD_MAX} more of these.")
    if report.sound:
        told = f"Items {report.first:,} to {report.last:,}: each is by whom it says, in this order, nothing left out."
        verdict.good("record", told)
    if report.sound and not report.whole:
        verdict.remark("The record does not begin with its founding: who was in the room could not be checked.")
    verdict.remark("Whose account is whose is for you to compare, by the safety digits.")


def _judge_roots(verdict: Verdict, report: BundleReport, room: RoomId, trust: Trust) -> None:
    """Say up to which item the ledger holds the record's head."""
    if not report.roots:
        verdict.remark("The export does not say what of it stands in the ledger.")
        return
    keys: set[VerifierKey] = set()
    shown = 0
    for root, head in report.roots:
        try:
            key = parse_vkey(root.vkey)
            includes, note = _includes(root, head, room)
        except NoteError as error:
            verdict.bad("ledger", f"Item {root.number:,}: the proof that the ledger holds it is damaged: {error}.")
            continue
        if key not in keys:
            keys.add(key)
            judge_key(verdict, key, trust)
        if judge_checkpoint(verdict, note, key, trust.policy) is None:
            continue
        if includes:
            shown = max(shown, root.number)
        else:
            verdict.bad("ledger", f"Item {root.number:,}: the proof does not show that the ledger holds it.")
    if shown:
        verdict.good("ledger", f"The ledger holds this very record up to item {shown:,}.")
        verdict.facts["logged_to"] = shown


def _includes(root: LoggedRoot, head: bytes, room: RoomId) -> tuple[bool, str]:
    """Whether the proof leads from the root's entry to its checkpoint, and that signed checkpoint."""
    statement = {"room": room, "number": root.number, "head": b64(head)}
    entry = Entry(Kind.ROOM_ROOT, root.tag, commitment(Kind.ROOM_ROOT, root.nonce, statement))
    proof = parse_proof(root.proof)
    return proof.includes(entry.to_bytes()), proof.note.to_text()
