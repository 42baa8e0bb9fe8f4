"""``portal bench agenda``: the weekly job at several sizes: how long each part takes, and how much memory.

For each size a week of invented submissions is made, then a process of its own, on at most two processors, does all
that a worker does between Sunday and the draft of the agenda: near-duplicates, topics, the ballot file with its place
in the ledger, the agenda. What moderators do between is not counted.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from portal.analysis import meaning, synthetic
from portal.analysis.duplicates import near_duplicates
from portal.server.official import meanings

SIZES: Final = (1000, 10_000, 100_000)
LONGEST_S: Final = 600.0
LARGEST_KIB: Final = 3 << 20
CORES: Final = 2
RECALL: Final = 0.93
WRONG: Final = 0.001
PARTS: Final = ("suggest", "freeze", "ledger", "draft")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job at each size and print the table; 1 if a target is missed, else 0."""
    options = _parser().parse_args(arguments)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    if options.job is not None:
        return _job(options.job, options.size[0], seed_only=options.seed, semantic=options.semantic)
    if options.semantic and meaning.installed() is None:
        print(meanings.state(), file=sys.stderr)
        return 2
    sizes = tuple(options.size or SIZES)
    found = []
    for size in sizes:
        print(f"measuring {size:,} submissions …", flush=True)
        found.append(_one_size(size, semantic=options.semantic))
    _print(sizes, found)
    recall, wrong = duplicates_found(max(sizes))
    print(meanings.state() if options.semantic else "without meanings of sentences: --semantic measures with them")
    return _judge(max(sizes), found[-1], recall, wrong)


def one_size(size: int) -> tuple[float, float, int]:
    """Return the seconds and the MB of the job for ``size`` submissions, and the bytes that the database then has."""
    found = _one_size(size, semantic=False)
    return _total(found), found["kib"] / 1024, int(found["stored"])


def _one_size(size: int, *, semantic: bool) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        _child(folder, size, "--seed")
        figures: dict[str, float] = json.loads(_child(folder, size, *(["--semantic"] if semantic else [])))
        figures["stored"] = sum(path.stat().st_size for path in Path(folder).glob("portal.sqlite3*"))
    return figures


def duplicates_found(count: int, *, seed: int = 2) -> tuple[float, float]:
    """Return the share of true pairs that is found among ``count`` texts, and the share of the found that is wrong."""
    week = synthetic.week(count, seed=seed)
    groups = near_duplicates([one.text for one in week])
    true = _pairs(Counter(one.copied_from for one in week).values())
    found = _pairs(len(group.members) for group in groups)
    right = sum(_pairs(Counter(week[i].copied_from for i in group.members).values()) for group in groups)
    return right / true if true else 1.0, (found - right) / found if found else 0.0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal bench agenda", description="The weekly job: time and memory.")
    parser.add_argument("--size", type=int, action="append", help="number of submissions; may be given several times")
    parser.add_argument("--semantic", action="store_true", help="with meanings of sentences, if a model is installed")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    parser.add_argument("--seed", action="store_true", help=argparse.SUPPRESS)
    return parser


def _child(folder: str, size: int, *further: str) -> str:
    command = [sys.executable, "-m", "portal.bench.agenda", "--job", folder, "--size", str(size), *further]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - this very program
    return done.stdout.splitlines()[-1] if done.stdout else ""


def _job(folder: str, size: int, *, seed_only: bool, semantic: bool) -> int:
    # Here, since the parent process has no use for the server.
    from portal.bench import week_seed  # noqa: PLC0415
    from portal.config import Settings  # noqa: PLC0415
    from portal.server.app import create_app  # noqa: PLC0415
    from portal.server.core import migrations  # noqa: PLC0415
    from portal.server.core.context import EXTENSION, Portal  # noqa: PLC0415
    from portal.server.core.db import Database  # noqa: PLC0415

    settings = Settings(data_dir=Path(folder), log_level="error")
    database = Database(settings.database_url)
    migrations.upgrade(database)
    database.close()
    portal: Portal = create_app(settings).extensions[EXTENSION]
    if seed_only:
        week_seed.fill(portal, size)
    else:
        if not semantic:
            portal.features[meanings.Meanings] = meanings.Meanings(None, settings.data_dir)
        print(json.dumps(_timed(portal)))
    portal.database.close()
    return 0


def _timed(portal: Any) -> dict[str, float]:
    from portal.bench import week_seed  # noqa: PLC0415 - as above
    from portal.server.feedback import weeks  # noqa: PLC0415
    from portal.server.ledger.feature import Ledger  # noqa: PLC0415
    from portal.server.official import suggestions  # noqa: PLC0415
    from portal.server.townhall import clock  # noqa: PLC0415

    week = portal.database.read(lambda unit: weeks.current(unit).id)
    figures = {"suggest": _seconds(lambda: suggestions.make(portal, {"week": week}))}
    figures["placed"] = week_seed.sort_by_suggestions(portal, week)

    def freeze() -> None:
        for expected in ("closed", "frozen"):
            _must(clock.advance(portal, week, early=True), expected)

    figures["freeze"] = _seconds(freeze)
    figures["ledger"] = _seconds(lambda: portal.get(Ledger).sequence())
    figures["draft"] = _seconds(lambda: _must(clock.advance(portal, week, early=True), "drafted"))
    figures["kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return figures


def _must(state: object, expected: str) -> None:
    if state != expected:
        msg = f"the week came to {state}, not to {expected}"
        raise RuntimeError(msg)


def _seconds(work: Callable[[], object]) -> float:
    begun_s = time.monotonic()
    work()
    return time.monotonic() - begun_s


def _print(sizes: Sequence[int], found: Sequence[dict[str, float]]) -> None:
    heads = "".join(f"{part + ' s':>12}" for part in PARTS)
    print(f"\n{'submissions':>12}{heads}{'in all s':>12}{'MB':>8}{'in topics':>12}")
    for size, one in zip(sizes, found, strict=True):
        parts = "".join(f"{one[part]:>12.1f}" for part in PARTS)
        print(f"{size:>12,}{parts}{_total(one):>12.1f}{one['kib'] / 1024:>8.0f}{one['placed'] / size:>12.0%}")
    for (small, before), (large, after) in zip(
        zip(sizes, found, strict=True), list(zip(sizes, found, strict=True))[1:], strict=False
    ):
        power = math.log(_total(after) / _total(before)) / math.log(large / small)
        memory = math.log(after["kib"] / before["kib"]) / math.log(large / small)
        print(f"from {small:,} to {large:,}: time grows as n^{power:.2f}, memory as n^{memory:.2f}")


def _judge(size: int, largest: dict[str, float], recall: float, wrong: float) -> int:
    rows = [
        (_total(largest) <= LONGEST_S, f"{size:,} submissions in {_total(largest):.0f} s (at most {LONGEST_S:.0f})"),
        (largest["kib"] <= LARGEST_KIB, f"with {largest['kib'] / 1024:.0f} MB (at most {LARGEST_KIB // 1024})"),
        (recall >= RECALL, f"near-duplicate pairs found: {recall:.1%} (at least {RECALL:.0%})"),
        (wrong <= WRONG, f"pairs found that are none: {wrong:.3%} (at most {WRONG:.1%})"),
    ]
    for reached, words in rows:
        print(f"{'reached' if reached else 'MISSED '}  {words}")
    return 0 if all(reached for reached, _ in rows) else 1


def _total(one: dict[str, float]) -> float:
    return sum(one[part] for part in PARTS)


def _pairs(sizes: Any) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


if __name__ == "__main__":
    sys.exit(main())
