"""The command ``portal witness``: make keys, follow a portal's ledger and cosign it, say how that goes.

Exit status: 0 done or stopped, 1 failed, 2 wrongly asked, 3 the ledger contradicted itself: evidence is kept, nothing
is cosigned from then on.
"""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from portal.verify.web import LedgerReader, Web
from portal.wire.ledger.note import NoteError, parse_vkey
from portal.witness.follow import Follower, Step
from portal.witness.keys import KeysError, new_keys, read_keys
from portal.witness.state import Remembered, StateError, StateFolder
from portal.witness.telling import describe, size_of, words_of

EXIT_FAULT: Final = 1
EXIT_USAGE: Final = 2
EXIT_CONTRADICTED: Final = 3


def main(arguments: Sequence[str]) -> int:
    """Run ``portal witness``; returns the exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except (KeysError, StateError) as error:
        print(f"portal witness: {error}", file=sys.stderr)
        return EXIT_FAULT
    except OSError as error:
        print(f"portal witness: can not keep what it has to remember: {error}", file=sys.stderr)
        return EXIT_FAULT
    except NoteError as error:
        print(f"portal witness: the key is not of its format: {error}", file=sys.stderr)
        return EXIT_USAGE


def _parser() -> argparse.ArgumentParser:
    words = "Follow a portal's ledger, insist that it only grows, and sign what was seen."
    parser = argparse.ArgumentParser(prog="portal witness", description=words)
    tasks = parser.add_subparsers(required=True, metavar="task")

    keygen = tasks.add_parser("keygen", help="make keys; prints the lines for the portal's policy file")
    keygen.add_argument("--keys", type=Path, required=True, metavar="FILE", help="where to write them")
    keygen.add_argument("--name", required=True, help="who the witness is, such as kr.example/witness")
    keygen.set_defaults(command=_keygen)

    run = tasks.add_parser("run", help="follow and cosign, until it is stopped")
    run.add_argument("--portal", required=True, metavar="URL", help="such as https://portal.example")
    run.add_argument("--keys", type=Path, required=True, metavar="FILE", help="the keys of portal witness keygen")
    run.add_argument("--state", type=Path, required=True, metavar="DIR", help="what it remembers, one folder a ledger")
    words = "the ledger's key as you know it from elsewhere (default: the first one seen is pinned)"
    run.add_argument("--log-key", metavar="VKEY", help=words)
    run.add_argument("--interval", type=float, default=10.0, metavar="SECONDS", help="between two looks (default: 10)")
    run.add_argument("--once", action="store_true", help="look once and end")
    run.set_defaults(command=_run)

    status = tasks.add_parser("status", help="what was seen and signed last")
    status.add_argument("--state", type=Path, required=True, metavar="DIR")
    status.add_argument("--json", action="store_true", help="as JSON")
    status.set_defaults(command=_status)
    return parser


def _keygen(options: argparse.Namespace) -> int:
    keys = new_keys(options.keys, options.name)
    # Not beside the lines: they go into a file that is published as it is.
    print(f"Keys are in {options.keys}; keep a copy. Lines for the portal's policy file:", file=sys.stderr)
    print(keys.policy_lines(), end="")
    return 0


def _run(options: argparse.Namespace) -> int:
    if options.interval <= 0:
        print("portal witness: --interval must be more than 0", file=sys.stderr)
        return EXIT_USAGE
    try:
        reader = LedgerReader(Web(options.portal))
    except ValueError as error:
        print(f"portal witness: {error}", file=sys.stderr)
        return EXIT_USAGE
    log_key = None if options.log_key is None else parse_vkey(options.log_key)
    folder = StateFolder(options.state)
    follower = Follower(reader, read_keys(options.keys), folder, log_key=log_key)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if options.once:
        stop.set()
    with folder.held():
        last = follower.follow(stop, options.interval, _Teller())
    if last is Step.CONTRADICTED:
        return EXIT_CONTRADICTED
    return EXIT_FAULT if options.once and last is Step.WAITING else 0


class _Teller:
    """Says on the terminal what changed since it spoke last."""

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, step: Step, remembered: Remembered | None) -> None:
        says = words_of(step, remembered)
        if says != self._said:
            self._said = says
            print(says, file=sys.stderr if step is Step.CONTRADICTED else sys.stdout, flush=True)


def _status(options: argparse.Namespace) -> int:
    remembered = StateFolder(options.state).read()
    if remembered is None:
        print(f"portal witness: {options.state} remembers no ledger yet", file=sys.stderr)
        return EXIT_FAULT
    if options.json:
        print(json.dumps(asdict(remembered) | {"size": size_of(remembered)}, indent=1))
    else:
        print("\n".join(describe(remembered)))
    return EXIT_CONTRADICTED if remembered.evidence else 0
