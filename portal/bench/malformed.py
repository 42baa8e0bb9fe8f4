"""``portal bench malformed``: what comes is good input with faults put into it, and honest people go on working.

Requests, forms, events, packets, frames and heads go to a portal without limits on how often one may ask, so that all
of them are read; then every parser that reads what others wrote, a member's and a verifier's too, gets its share.
Measured: crashes, defects in the log, memory, and how long honest people wait for their own writing, in peace and
meanwhile.
"""

import argparse
import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portal.bench import parsing
from portal.bench.honest import Besieged, besieged
from portal.bench.process import cores
from portal.bench.recorded import Writer, recorded, writer

INPUTS: Final = 100_000
PER_S: Final = 400.0
MEMORY_MIB: Final = 50.0
SLOWER_TIMES: Final = 2.0
NO_SLOWER_MS: Final = 20.0
"""A p99 below this is no wait, however short it was in peace."""
PEACE_S: Final = 10.0
HONEST_PAUSE_S: Final = 0.02
PARSED_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Outcome:
    """``defects`` are lines of the log that show one; waits in ms."""

    answers: Counter[str]
    defects: tuple[str, ...]
    log_lines: int
    more_mib: float
    peace_ms: tuple[float, ...]
    siege_ms: tuple[float, ...]
    alive: bool

    @property
    def reached(self) -> bool:
        """Whether nothing broke and nobody waited."""
        broke = self.defects or not self.alive or self.answers["500"] or self.more_mib > MEMORY_MIB
        bearable_ms = max(SLOWER_TIMES * _p99(self.peace_ms), NO_SLOWER_MS)
        return not broke and _p99(self.siege_ms) <= bearable_ms


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a goal is missed, else 0."""
    options = _parser().parse_args(arguments)
    server_core, load_core = cores()
    if load_core is not None:
        os.sched_setaffinity(0, {load_core})
    parsed = int(options.inputs * PARSED_SHARE)
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as name,
        besieged(Path(name), 2, core=server_core, unlimited=True) as portal,
    ):
        outcome = _attack(portal, Path(name), options.inputs - parsed, options.per_second, options.seed)
    _print(outcome, options.inputs - parsed)
    return parsing.main([f"--inputs={parsed}", f"--seed={options.seed}"]) | (0 if outcome.reached else 1)


def _attack(portal: Besieged, folder: Path, inputs: int, per_s: float, seed: int) -> Outcome:
    honest, recording = writer(portal.people[0]), recorded(portal.people[1])
    (folder / "recording").write_bytes(pickle.dumps(recording))
    peace_ms = _waits(honest, _for_seconds(PEACE_S))
    base_kib = portal.server.rss_kib()
    portal.forget_high()
    log_lines = len(portal.log.read_text().splitlines())
    command = [sys.executable, "-m", "portal.bench.malformed_load", str(portal.port), str(folder / "recording")]
    command += [str(inputs), str(per_s), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load:  # noqa: S603 - our own program
        siege_ms = _waits(honest, lambda: load.poll() is None)
        said, _ = load.communicate()
    lines = portal.log.read_text().splitlines()[log_lines:]
    return Outcome(
        answers=Counter(json.loads(said)),
        defects=tuple(line for line in lines if shows_defect(line)),
        log_lines=len(lines),
        more_mib=(portal.high_kib() - base_kib) / 1024,
        peace_ms=peace_ms,
        siege_ms=siege_ms,
        alive=bool(_waits(honest, _for_seconds(0.2))),
    )


def _waits(honest: Writer, goes_on: Callable[[], bool]) -> tuple[float, ...]:
    waits_ms = []
    number = 0
    while goes_on():
        number += 1
        waits_ms.append(1e3 * (honest.write("What I think") if number % 2 else honest.look()))
        time.sleep(HONEST_PAUSE_S)
    return tuple(waits_ms)


def _for_seconds(seconds: float) -> Callable[[], bool]:
    until_s = time.monotonic() + seconds
    return lambda: time.monotonic() < until_s


def shows_defect(line: str) -> bool:
    """A line that is no JSON was not written by our logs: Python's own words about something that nobody caught."""
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError:
        return bool(line.strip())
    return "places" in event


def _p99(waits_ms: Sequence[float]) -> float:
    return statistics.quantiles(waits_ms, n=100)[98] if len(waits_ms) > 1 else float("inf")


def _print(outcome: Outcome, inputs: int) -> None:
    print(f"{inputs} malformed inputs to the server; what came of them:")
    for answer, count in outcome.answers.most_common():
        print(f"  {count:>8}  {answer}")
    for defect in outcome.defects[:20]:
        print(f"  DEFECT {defect[:600]}")
    words = "reached" if outcome.reached else "MISSED "
    print(f"{words}  server alive: {outcome.alive}, defects {len(outcome.defects)}, lines of log {outcome.log_lines}")
    print(f"         memory {outcome.more_mib:+.1f} MiB (at most {MEMORY_MIB:.0f})")
    print(f"         honest p99 {_p99(outcome.peace_ms):.0f} ms in peace, {_p99(outcome.siege_ms):.0f} ms meanwhile")


def _parser() -> argparse.ArgumentParser:
    words = "Malformed input: crashes, memory, and how long honest people wait."
    parser = argparse.ArgumentParser(prog="portal bench malformed", description=words)
    parser.add_argument("--inputs", type=int, default=INPUTS, help=f"default: {INPUTS}")
    parser.add_argument("--per-second", type=float, default=PER_S, help=f"to the server (default: {PER_S:.0f})")
    parser.add_argument("--seed", type=int, default=1, help="of the faults (default: 1)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
