"""What all subjects of ``portal verify`` share: whom the asker trusts, and how the verdict is told."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.tlog.verifiers import UnverifiedNoteError, cosigned, verify_checkpoint
from portal.verify.verdict import Outcome, Verdict, printable
from portal.verify.web import AnsweredWrongError, UnreachableError
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.note import NoteError, VerifierKey, parse_note, parse_vkey
from portal.wire.ledger.policy import NO_POLICY, Policy, parse_policy

_FILE_MAX_BYTES = 1 << 20


class AskedWrongError(Exception):
    """The question can not be answered as it was asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Which logs and witnesses the asker knows from elsewhere; ``keys`` is empty if none."""

    keys: tuple[VerifierKey, ...] = ()
    policy: Policy = NO_POLICY

    def knows(self, key: VerifierKey) -> bool:
        """Tell whether ``key`` is one that the asker knows."""
        return key in self.keys


def run(parser: argparse.ArgumentParser, arguments: Sequence[str], check: Callable[..., Verdict]) -> int:
    """Read the arguments, check, tell the verdict; returns the exit status."""
    parser.add_argument("--json", action="store_true", help="tell the verdict as JSON")
    options = parser.parse_args(arguments)
    try:
        verdict = check(options)
    except (AskedWrongError, UnreachableError) as error:
        print(f"{parser.prog}: {printable(str(error))}", file=sys.stderr)
        return Outcome.UNKNOWN
    except OSError as error:
        print(f"{parser.prog}: can not use {error.filename}: {error.strerror}", file=sys.stderr)
        return Outcome.UNKNOWN
    print(verdict.to_json() if options.json else verdict.to_text())
    return verdict.outcome


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Let the asker say what is known from elsewhere."""
    words = "the portal's ledger key as you know it from elsewhere: its text, or a file that holds it"
    parser.add_argument("--key", metavar="VKEY", help=words)
    words = "a policy file: the ledgers and witnesses that you know, and how many of these it takes"
    parser.add_argument("--policy", type=Path, metavar="FILE", help=words)


def trust_of(options: argparse.Namespace) -> Trust:
    """Return what the asker trusts; AskedWrongError for a key or a policy that is none."""
    keys: list[VerifierKey] = []
    policy = NO_POLICY
    try:
        if options.key is not None:
            keys.append(parse_vkey(options.key if "+" in options.key else read_text(Path(options.key)).strip()))
        if options.policy is not None:
            policy = parse_policy(read_text(options.policy))
    except NoteError as error:
        msg = f"the key or policy is not of its format: {error}"
        raise AskedWrongError(msg) from error
    return Trust((*keys, *policy.logs), policy)


def read_text(file: Path, max_bytes: int = _FILE_MAX_BYTES) -> str:
    """Return the text of a file; AskedWrongError if there is none, or it is larger than any of its kind."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(max_bytes + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        msg = f"can not read {file}: {error.strerror}"
        raise AskedWrongError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{file} is no text"
        raise AskedWrongError(msg) from error
    if len(raw) > max_bytes:
        msg = f"{file} is too large"
        raise AskedWrongError(msg)
    return text


def judge_key(verdict: Verdict, key: VerifierKey, trust: Trust) -> None:
    """Say whether the key is known to the asker, or what to compare."""
    verdict.facts["key"] = key.to_text()
    if trust.knows(key):
        verdict.good("key", "The ledger's key is the one that you know.")
    elif trust.keys:
        verdict.bad("key", f"The ledger's key is another one than you know: {key.to_text()}")
    else:
        verdict.remark("Compare the ledger's key with the one that others have, or give it with --key:")
        verdict.remark(key.to_text())


def judge_checkpoint(verdict: Verdict, text: str, key: VerifierKey, policy: Policy = NO_POLICY) -> Checkpoint | None:
    """Say whether the ledger signed the checkpoint, and who stands behind it; None if a signature is wrong."""
    try:
        checkpoint = verify_checkpoint(text, key)
        behind = cosigned(parse_note(text), policy.witnesses)
    except NoteError as error:
        broken = isinstance(error, UnverifiedNoteError)
        says = "A signature under the ledger's state is wrong" if broken else "The ledger's state is no checkpoint"
        verdict.bad("signature", f"{says}: {error}.")
        return None
    verdict.good("signature", f"The ledger signed its state of {checkpoint.size:,} entries.")
    verdict.facts |= {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
    judge_witnesses(verdict, behind, policy)
    return checkpoint


def judge_witnesses(verdict: Verdict, behind: Mapping[str, int], policy: Policy) -> None:
    """Say whether the witnesses ``behind`` (names of the policy, with the seconds since 1970) are enough."""
    if not policy.witnesses:
        return
    verdict.facts["witnesses"] = {name: {"at_s": at_s} for name, at_s in behind.items()}
    names = ", ".join(sorted({policy.witnesses[name].name for name in behind})) or "none"
    if policy.is_met(behind):
        verdict.good("witnesses", f"Enough witnesses stand behind it: {names}.")
    else:
        verdict.unknown("witnesses", f"Witnesses that stand behind it: {names}. The policy asks for more.")


def failed(verdict: Verdict, error: NoteError | AnsweredWrongError) -> Verdict:
    """Return the verdict with an answer that broke a format as its last finding."""
    verdict.bad("answer", f"The portal's answer is not what it should be: {error}.")
    return verdict
