"""``portal bench siege``: strangers wear the server out in every way that they have before sign-in.

Each attack comes from a process of its own, alone first, then all together. Meanwhile honest people sign in, one after
the other, with passphrase and socket. Measured: how much more memory the server's process ever held than before, how
long the slowest honest sign-in took, and whether one failed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.bench.attacks import ATTACKS
from portal.bench.honest import Besieged, besieged
from portal.bench.process import cores
from portal.member.work import MemberError

MEMORY_MIB: Final = 64.0
SIGN_IN_S: Final = 1.0
SECONDS: Final = 20.0
PEOPLE: Final = 12
WARM_UP: Final = 6
CALM_S: Final = 3.0
"""Between two attacks: what the last one left is closed."""
TOGETHER: Final = "all of them"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attack went; ``signed_in_s`` has how long each honest sign-in took."""

    words: str
    opened: int
    sent_bytes: int
    more_mib: float
    signed_in_s: tuple[float, ...]
    failed: int

    @property
    def reached(self) -> bool:
        """Whether the server bore it."""
        slowest_s = max(self.signed_in_s, default=float("inf"))
        return self.more_mib <= MEMORY_MIB and slowest_s <= SIGN_IN_S and not self.failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a goal is missed, else 0."""
    options = _parser().parse_args(arguments)
    server_core, load_core = cores()
    if load_core is not None:
        os.sched_setaffinity(0, {load_core})
    outcomes = []
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as name,
        besieged(Path(name), PEOPLE, core=server_core) as portal,
    ):
        calm_s = [_sign_in(portal, number) for number in range(WARM_UP)]
        base_mib = portal.server.rss_kib() / 1024
        calm = statistics.median(one for one in calm_s if one is not None)
        print(f"in peace: {base_mib:.0f} MiB, a sign-in takes {calm:.2f} s")
        print(f"{'':30}{'sockets':>9}{'MB sent':>9}{'MiB more':>10}{'sign-in s':>11}{'slowest':>9}{'failed':>8}")
        for names in [*([one] for one in options.attacks), *([options.attacks] if len(options.attacks) > 1 else [])]:
            outcomes.append(_besiege(portal, names, options.seconds, base_mib))
            _print(outcomes[-1])
    return 0 if all(outcome.reached for outcome in outcomes) else 1


def _besiege(portal: Besieged, names: Sequence[str], seconds: float, base_mib: float) -> Outcome:
    signed_in_s: list[float] = []
    failed = 0
    portal.forget_high()
    with _attackers(portal.port, names) as attackers:
        until_s = time.monotonic() + seconds
        number = 0
        while time.monotonic() < until_s:
            took_s = _sign_in(portal, number)
            number += 1
            if took_s is None:
                failed += 1
            else:
                signed_in_s.append(took_s)
            time.sleep(max(0.0, seconds / (3 * PEOPLE) - (took_s or 0)))
        more_mib = portal.high_kib() / 1024 - base_mib
        said, _ = attackers.communicate()
    opened, _refused, sent_bytes = map(int, said.split())
    time.sleep(CALM_S)
    words = TOGETHER if len(names) > 1 else ATTACKS[names[0]].words
    return Outcome(words, opened, sent_bytes, more_mib, tuple(signed_in_s), failed)


def _sign_in(portal: Besieged, number: int) -> float | None:
    """Return how long a sign-in took; None if it failed."""
    try:
        took_s, http, listener = portal.people[number % len(portal.people)].sign_in()
    except (MemberError, OSError):
        return None
    listener.connection.close()
    http.close()
    return took_s


@contextmanager
def _attackers(port: int, names: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "portal.bench.attacks", str(port), *names]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as attackers:  # noqa: S603
        try:
            yield attackers
        finally:
            attackers.terminate()


def _print(outcome: Outcome) -> None:
    middle_s = statistics.median(outcome.signed_in_s) if outcome.signed_in_s else float("nan")
    slowest_s = max(outcome.signed_in_s, default=float("nan"))
    print(
        f"{'reached' if outcome.reached else 'MISSED '} {outcome.words:<22}{outcome.opened:>9}"
        f"{outcome.sent_bytes / 1e6:>9.0f}{outcome.more_mib:>10.1f}{middle_s:>11.2f}{slowest_s:>9.2f}"
        f"{outcome.failed:>8}",
        flush=True,
    )


def _parser() -> argparse.ArgumentParser:
    words = "Attacks before sign-in: memory of the server, and how long honest people wait."
    parser = argparse.ArgumentParser(prog="portal bench siege", description=words)
    parser.add_argument(
        "--attacks", nargs="+", choices=tuple(ATTACKS), default=tuple(ATTACKS), help="which (default: all)"
    )
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of each attack (default: {SECONDS:.0f})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
