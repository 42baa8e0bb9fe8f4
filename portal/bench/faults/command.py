"""The command: faults one after the other, a table in the end."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from portal.bench.faults.catalogue import FAULTS, machine_of
from portal.bench.faults.report import Progress, print_table
from portal.bench.faults.stage import Outcome

ACKNOWLEDGED_LEAST: Final = 100_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the faults and print the table; 1 if anything was lost, doubled, reordered or left out, else 0.

    Without ``--quick`` and ``--only`` it is also 1 if fewer than 100,000 items were acknowledged.
    """
    options = _parser().parse_args(arguments)
    begun_s = time.monotonic()
    outcomes: list[Outcome] = []
    try:
        with _clearing_up():
            _try(options, outcomes)
    finally:  # what was found before somebody, or a defect, ended the run counts
        print_table(outcomes, time.monotonic() - begun_s)
        if options.json is not None:
            options.json.write_text(json.dumps([outcome.to_json() for outcome in outcomes], indent=2) + "\n")
    acknowledged = sum(one.acknowledged for one in outcomes)
    if not (options.quick or options.only) and acknowledged < ACKNOWLEDGED_LEAST:
        print(f"MISSED: {acknowledged:,} acknowledgements, fewer than {ACKNOWLEDGED_LEAST:,}")
        return 1
    return 0 if all(one.findings.clean and not one.left_out for one in outcomes) else 1


@contextmanager
def _clearing_up() -> Iterator[None]:
    """Turn SIGTERM into an exit: servers, databases and small disks must not outlive this."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _try(options: argparse.Namespace, outcomes: list[Outcome]) -> None:
    with machine_of(options.seed) as machine:
        for name, entry in FAULTS.items():
            times = options.times or (entry.quick if options.quick else entry.times)
            if times == 0 or (options.only and name not in options.only):
                continue
            outcome = Outcome(entry.words)
            outcomes.append(outcome)
            with Progress(entry.words, sys.stderr) as progress:
                entry.fault(machine, outcome, times, progress.reached)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="portal bench faults", description="Do to a portal what machines do, and count what is lost."
    )
    parser.add_argument("--quick", action="store_true", help="each fault a few times")
    parser.add_argument("--only", choices=FAULTS, action="append", help="leave the others out")
    parser.add_argument("--times", type=int, help="how often each, instead of the usual")
    parser.add_argument("--seed", type=int, default=1, help="other moments (default: 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    return parser
