"""Malformed input for every parser of portal.bench.parsers, in this process: defects, memory, and the slowest input."""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from portal.bench.mutation import Mutator
from portal.bench.parsers import PARSERS, Parser
from portal.bench.samples import samples

MEMORY_MIB: Final = 50.0
SLOWEST_S: Final = 1.0
"""What a parser may take for an input of at most INPUT_MAX_BYTES."""
INPUT_MAX_BYTES: Final = 256 * 1024
_WARM_UP: Final = 20


@dataclass
class Outcome:
    """``defects`` maps what was raised where to the first input that did it."""

    inputs: int = 0
    taken: int = 0
    slowest_s: float = 0.0
    slowest: str = ""
    defects: dict[str, bytes] = field(default_factory=dict)


def fuzz(parsers: Mapping[str, Parser], inputs: int, seed: int) -> Outcome:
    """Give each parser its share of ``inputs``."""
    mutator, outcome, good = Mutator(seed), Outcome(), samples()
    for name, parser in parsers.items():
        for _ in range(inputs // len(parsers)):
            raw = malformed(mutator, good.get(name, [b""]))[:INPUT_MAX_BYTES]
            _one(name, parser, raw, outcome)
    return outcome


def malformed(mutator: Mutator, good: Sequence[bytes]) -> bytes:
    """Return a faulty version of one of ``good``, as JSON if it is some."""
    raw: bytes = mutator.choice(good)
    try:
        return mutator.json(json.loads(raw)) if mutator.random.randrange(2) else mutator.octets(raw)
    except (ValueError, RecursionError):
        return mutator.octets(raw)


def _one(name: str, parser: Parser, raw: bytes, outcome: Outcome) -> None:
    begun_s = time.perf_counter()
    try:
        outcome.taken += parser.survives(raw)
    except Exception as error:  # noqa: BLE001 - whatever a parser raises beyond its refusals is what we look for
        place = traceback.extract_tb(error.__traceback__)[-1]
        outcome.defects.setdefault(f"{name}: {type(error).__name__} in {place.name}", raw)
    took_s = time.perf_counter() - begun_s
    outcome.inputs += 1
    if took_s > outcome.slowest_s:
        outcome.slowest_s, outcome.slowest = took_s, name


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz and print; 1 if there is a defect, too much memory or too slow an input, else 0."""
    parser = argparse.ArgumentParser(prog="portal.bench.parsing")
    parser.add_argument("--inputs", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    fuzz(PARSERS, _WARM_UP * len(PARSERS), options.seed + 1)
    base_kib = _rss_kib()
    outcome = fuzz(PARSERS, options.inputs, options.seed)
    more_mib = (_rss_kib() - base_kib) / 1024
    for words, raw in outcome.defects.items():
        print(f"  DEFECT {words}: {raw[:120]!r}")
    reached = not outcome.defects and more_mib <= MEMORY_MIB and outcome.slowest_s <= SLOWEST_S
    print(f"{outcome.inputs} malformed inputs to {len(PARSERS)} parsers, {outcome.taken} of them taken all the same")
    print(
        f"{'reached' if reached else 'MISSED '}  defects {len(outcome.defects)}, memory {more_mib:+.1f} MiB,", end=" "
    )
    print(f"slowest {1e3 * outcome.slowest_s:.0f} ms ({outcome.slowest})")
    return 0 if reached else 1


def _rss_kib() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
