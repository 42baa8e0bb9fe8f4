"""``portal room ledger``: what this device knows of the portal's public ledger, and what does not agree."""

import argparse
import re
from pathlib import Path
from typing import Any, Final

from portal.member.console import AskedWrongError, SignedIn, say, signed_in, warn
from portal.member.driver import Driver
from portal.member.e2ee.refusal import Refusal
from portal.member.ledger.evidence import LABEL, Verdict, verify_evidence
from portal.member.ledger.kept import Finding, FindingKind
from portal.member.ledger.rounds import answered
from portal.member.member import Member
from portal.member.work import MemberError, is_passing

WORDS: Final[dict[FindingKind, str]] = {
    "split": "the server has shown two histories of its public ledger",
    "key": "the public ledger is signed by another key than before",
    "withheld": "the server keeps back what should stand in its public ledger",
    "other-key": "goes by another key of the public ledger than this device: compare the keys",
    "garbled": "says of the public ledger what nobody signed",
    "own-entry": "the public ledger holds a device list of your account that you did not sign",
    "own-list": "the server shows a device list of your account that you did not sign",
    "own-device": "a device is new on your account; if it was not you, remove it",
}
_VERDICTS: Final[dict[Verdict, str]] = {
    "proven": "the log with this key has signed two histories: the file proves it",
    "signed": "the log with this key has signed both; it owes a proof that one follows from the other: ask it for one",
    "none": "this file shows nothing",
}


def add_ledger_tasks(tasks: Any, common: argparse.ArgumentParser) -> None:
    """Add the task to those of ``portal room``."""
    words = "what is known of the portal's public ledger, and what does not agree"
    ledger = tasks.add_parser("ledger", parents=[common], help=words, description=words)
    ledger.add_argument("--save", type=Path, metavar="DIR", help="write the evidence into files here")
    ledger.add_argument("--seen", metavar="ID", help="say that you have seen a finding (of a new key: follow it)")
    ledger.set_defaults(command=_ledger)


def heed(driver: Driver, member: Member) -> None:
    """Look at the ledger after what was asked for, and tell what its person has not seen yet.

    A server that can not be reached is no news here.
    """
    try:
        driver.run(member.look_at_ledger())
    except (MemberError, Refusal) as error:
        if not is_passing(error):
            warn(f"the public ledger could not be looked at: {error}")
    for finding in member.ledger.state.findings:
        if not finding.answered:
            warn(f"{_told(member, finding)} (portal room ledger)")


def is_evidence(path: Path) -> bool:
    """Tell whether a file says that it is evidence about the ledger."""
    with path.open("rb") as file:
        return LABEL.encode() in file.read(64)


def verify_file(options: argparse.Namespace) -> None:
    """Say what a file of evidence shows; AskedWrongError if that is nothing."""
    verdict = verify_evidence(options.file.read_bytes())
    if verdict == "none":
        raise AskedWrongError(_VERDICTS[verdict])
    say(options, {"verdict": verdict}, _VERDICTS[verdict])


def _ledger(options: argparse.Namespace) -> None:
    with signed_in(options) as session:
        session.driver.run(session.member.catch_up())
        session.driver.run(session.member.look_at_ledger())
        store = session.member.ledger
        if options.seen is not None:
            session.driver.run(answered(store, options.seen))
        state = store.state
        size = 0 if state.newest is None else state.newest.size
        fields = {"key": state.vkey, "size": size, "root": None if state.newest is None else state.newest.root.hex()}
        text = "this portal shows no ledger" if state.vkey is None else f"{state.vkey}: {size} entries"
        say(options, fields, text)
        for finding in state.findings:
            _show(options, session, finding)


def _show(options: argparse.Namespace, session: SignedIn, finding: Finding) -> None:
    path = _save(options.save, finding) if options.save is not None else None
    fields: dict[str, Any] = {
        "id": finding.id,
        "kind": finding.kind,
        "account": finding.account,
        "detail": finding.detail,
    }
    fields |= {"at_s": finding.at_s, "answered": finding.answered, "evidence": None if path is None else str(path)}
    saved = "" if path is None else f" → {path}"
    seen = " (seen)" if finding.answered else ""
    say(options, fields, f"[{finding.id}] {_told(session.member, finding)}{seen}{saved}")


def _told(member: Member, finding: Finding) -> str:
    about = finding.kind in {"other-key", "garbled"}
    who = f"{member.people.name(finding.account)} " if about else ""
    return f"{who}{WORDS[finding.kind]}"


def _save(folder: Path, finding: Finding) -> Path | None:
    if finding.evidence is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^0-9A-Za-z-]+", "-", finding.id)[:80]
    path = folder / f"ledger-{name}.json"
    path.write_text(finding.evidence, encoding="utf-8")
    return path
