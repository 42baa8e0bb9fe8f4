"""``portal bench scale``: what one installation carries, what breaks first, and what many processes change.

Arithmetic and a simulation, fed by figures that other benchmarks measured: with ``--measure`` they are measured here,
small, before; else ``MEASURED`` holds those of docs/scale.md, each with the command that made it. Nothing here proves
a load: it says where to look first, and what the answer rests on.
"""

import argparse
import hashlib
import heapq
import itertools
import math
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

WEEK_S: Final = 7 * 24 * 3600
HOURS: Final = 7 * 24
SUBMISSIONS: Final = 1_000_000
ROOMS: Final = 20_000
RUSH_HOURS: Final = 6
RUSH_SHARE: Final = 0.20
"""Of a week's submissions, in the last hours before the week closes."""
BROADCAST_SHARE: Final = 0.05
BROADCAST_S: Final = 600
"""Of a week's submissions, in the ten minutes after the evening news named the address."""
BROADCAST_AT_S: Final = 3 * 24 * 3600 + 20 * 3600
WAIT_MAX_S: Final = 2.0
"""The longest that one submission in a hundred may wait before its page comes."""
JOB_MAX_S: Final = 6 * 3600
"""Between the week's close and the agenda's draft, if moderators are to sort in between."""
JOB_MAX_MB: Final = 24_000
MODERATORS: Final = 20
MODERATOR_HOURS: Final = 30
READS_A_WEEK: Final = 5_000_000
SAMPLE: Final = 100_000
"""People of the simulated weeks by which the largest bearable one is sought."""
POINTS: Final = 160
"""Places of each process on the ring, as nginx's `hash … consistent` has them."""
_GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Costs:
    """What one thing costs. Seconds and milliseconds are of one processor core."""

    intake_ms: float = 38.2
    """A submission, all four pages: `portal bench intake`."""
    stored_bytes: int = 2030
    """A submission with review, ballot, receipt and its ledger entry, in the database: `portal bench agenda`."""
    job: tuple[tuple[int, float, float], ...] = ((1000, 2.2, 187.0), (10_000, 21.0, 278.0), (100_000, 132.0, 697.0))
    """Submissions, seconds and MB of the weekly job: `portal bench agenda`."""
    page_bytes: int = 15_000
    """A citizens' page, the most that one may have."""
    page_ms: float = 2.9
    """The same, made by a process: `portal bench intake`, what the pages before the last one cost."""
    moderator_s: float = 30.0
    """Of a person, for one submission in the queue. Not measured: an assumption, to be replaced by one's own."""
    alike_share: float = 0.35
    """Of submissions, near-duplicates that one decision answers together. An assumption, likewise."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Of one simulated week: the longest queue, and how long people waited, in seconds."""

    longest: int
    p99_s: float
    max_s: float


def arrivals(count: int, *, seed: int = 1) -> NDArray[np.float64]:
    """Return when ``count`` submissions come, seconds from the week's beginning, ascending.

    By day more than by night, with a rush before the week closes and a broadcast in mid-week.
    """
    rng = np.random.default_rng(seed)
    rush, broadcast = round(count * RUSH_SHARE), round(count * BROADCAST_SHARE)
    by_hour = np.array([1.1 + math.cos((hour % 24 - 20) / 24 * 2 * math.pi) for hour in range(HOURS)])
    hours = rng.choice(HOURS, size=count - rush - broadcast, p=by_hour / by_hour.sum())
    parts = (
        (hours + rng.random(len(hours))) * 3600,
        WEEK_S - rng.random(rush) * RUSH_HOURS * 3600,
        BROADCAST_AT_S + rng.random(broadcast) * BROADCAST_S,
    )
    return np.sort(np.concatenate(parts))


def queue(at_s: Iterable[float], service_s: float, processes: int, *, seed: int = 1) -> Waits:
    """Serve arrivals in their order by ``processes``, each one at a time; services vary as pages do (log-normal)."""
    times = np.fromiter(at_s, float)
    needs = np.random.default_rng(seed).lognormal(math.log(service_s) - 0.125, 0.5, len(times))
    free = [0.0] * processes
    ends: list[float] = []
    waits = np.empty(len(times))
    longest = 0
    for index, (at, need) in enumerate(zip(times.tolist(), needs.tolist(), strict=True)):
        begun = max(at, free[0])
        heapq.heapreplace(free, begun + need)
        waits[index] = begun - at
        heapq.heappush(ends, begun)
        while ends and ends[0] <= at:
            heapq.heappop(ends)
        longest = max(longest, len(ends))
    return Waits(longest, float(np.quantile(waits, 0.99)), float(waits.max()))


def job(costs: Costs, count: int) -> tuple[float, float]:
    """Return seconds and MB of the weekly job for ``count`` submissions, by the growth between the two largest known.

    A growth below proportion is not trusted beyond what was measured: time then grows in proportion.
    """
    known = costs.job
    for (small, low_s, low_mb), (large, high_s, high_mb) in itertools.pairwise(known):
        if count <= large or (large, high_s, high_mb) == known[-1]:
            beyond = count > large
            time_power = math.log(high_s / low_s) / math.log(large / small)
            space_power = math.log(high_mb / low_mb) / math.log(large / small)
            ratio = count / large
            return (
                high_s * ratio ** (max(1.0, time_power) if beyond else time_power),
                high_mb * ratio ** (max(1.0, space_power) if beyond else space_power),
            )
    msg = "the weekly job needs two measured sizes"
    raise ValueError(msg)


def ring(processes: int) -> list[tuple[int, int]]:
    """Return the places of ``processes`` on a ring of 2^32, ascending, each with the process that has it."""
    points = (
        (int.from_bytes(hashlib.sha256(f"{process}-{point}".encode()).digest()[:4], "big"), process)
        for process in range(processes)
        for point in range(POINTS)
    )
    return sorted(points)


def owners(rooms: int, places: Sequence[tuple[int, int]]) -> list[int]:
    """Return which process each of ``rooms`` rooms falls to."""
    keys = [place for place, _ in places]
    hashed = (int.from_bytes(hashlib.sha256(f"room {room}".encode()).digest()[:4], "big") for room in range(rooms))
    return [places[bisect_left(keys, value) % len(places)][1] for value in hashed]


@dataclass(frozen=True, slots=True)
class Spread:
    """Rooms over processes: the busiest against the mean, the share of the busiest room, what moves if one dies."""

    busiest: float
    largest_room: float
    moved: float


def spread(rooms: int, processes: int) -> Spread:
    """Spread rooms, of which few are busy (Zipf, exponent 1), over processes."""
    weights = 1.0 / np.arange(1, rooms + 1)
    weights /= weights.sum()
    np.random.default_rng(5).shuffle(weights)
    places = ring(processes)
    before = owners(rooms, places)
    load = np.bincount(before, weights=weights, minlength=processes)
    after = owners(rooms, [place for place in places if place[1] != 0])
    moved = sum(1 for old, new in zip(before, after, strict=True) if old != new) / rooms
    return Spread(float(load.max() * processes), float(weights.max()), moved)


def most(holds: Callable[[int], bool], *, top: int = 100_000_000) -> int:
    """Return the largest weekly count, to 2 %, for which ``holds``; 0 if it holds for none, ``top`` if for all."""
    low, high = 1000, top
    if not holds(low):
        return 0
    if holds(high):
        return top
    while high / low > 1.02:
        middle = round(math.sqrt(low * high))
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def limits(costs: Costs, processes: int) -> list[tuple[int, str, str]]:
    """Return, the first to break first: the most submissions a week that it carries, what it is, what to change."""
    sample = arrivals(SAMPLE)

    def patient(count: int) -> bool:
        # Fewer people with longer services are as much work at each moment, so they queue as long; what chance adds is
        # more than it would be, so the answer is on the safe side.
        return queue(sample, costs.intake_ms / 1e3 * count / SAMPLE, processes).p99_s <= WAIT_MAX_S

    hours = MODERATORS * MODERATOR_HOURS * 3600
    found = [
        (
            most(lambda count: count * (1 - costs.alike_share) * costs.moderator_s <= hours),
            f"{MODERATORS} moderators with {MODERATOR_HOURS} h each",
            "more people, bulk answers, a sample where the rule allows it: no machine takes this one away",
        ),
        (
            most(patient),
            f"processes that take submissions: {processes}; one in a hundred waits longer than {WAIT_MAX_S:.0f} s",
            "more processes: intake shares nothing but the database",
        ),
        (
            most(lambda count: job(costs, count)[0] <= JOB_MAX_S),
            f"the weekly job within {JOB_MAX_S // 3600} h on two cores",
            "near-duplicates and topics by community, a job each, merged by signature",
        ),
        (
            most(lambda count: job(costs, count)[1] <= JOB_MAX_MB),
            f"the weekly job within {JOB_MAX_MB / 1000:.0f} GB",
            "the same: memory follows the largest community",
        ),
        (
            most(lambda count: count * 52 * costs.stored_bytes <= 500 * _GIB),
            "a year of submissions on 500 GB",
            "retention: words erased after their time; the ledger's entries stay, 100 bytes each",
        ),
    ]
    return sorted(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; always 0: there is no target, only an answer."""
    options = _parser().parse_args(arguments)
    costs = _measured() if options.measure else Costs()
    if options.moderator_s is not None:
        costs = replace(costs, moderator_s=options.moderator_s)
    _print_intake(costs, options.submissions)
    _print_job(costs, options.submissions)
    _print_rooms(options.rooms)
    _print_readers(costs)
    print("\nWhat breaks first, with one process for citizens and with four (submissions a week):")
    for processes in (1, 4):
        for count, what, change in limits(costs, processes):
            print(f"{count:>14,}  {what}\n{'':16}then: {change}")
        print()
    return 0


def _print_intake(costs: Costs, count: int) -> None:
    at_s = arrivals(count)
    peak = int(np.histogram(at_s, bins=WEEK_S // 60)[0].max())
    print(f"{count:,} submissions a week: {count / WEEK_S:.1f}/s on average, {peak / 60:.1f}/s in the busiest minute")
    print(f"{'processes':>10}{'busy':>8}{'longest queue':>15}{'p99 wait s':>12}{'longest s':>11}")
    for processes in (1, 2, 4, 8):
        waits = queue(at_s, costs.intake_ms / 1e3, processes)
        busy = count * costs.intake_ms / 1e3 / (WEEK_S * processes)
        print(f"{processes:>10}{busy:>8.1%}{waits.longest:>15,}{waits.p99_s:>12.2f}{waits.max_s:>11.1f}")


def _print_job(costs: Costs, count: int) -> None:
    print(f"\n{'submissions':>12}{'job':>12}{'MB':>10}{'database GB':>13}   of which measured")
    sizes = {size for size, _, _ in costs.job}
    for size in sorted({*sizes, count, 10 * count}):
        seconds, space_mb = job(costs, size)
        words = "measured" if size in sizes else "by the growth of the two largest"
        took = f"{seconds:.0f} s" if seconds < 3600 else f"{seconds / 3600:.1f} h"
        print(f"{size:>12,}{took:>12}{space_mb:>10,.0f}{size * costs.stored_bytes / _GIB:>13.1f}   {words}")


def _print_rooms(rooms: int) -> None:
    print(f"\n{rooms:,} rooms by consistent hash; few rooms are busy (Zipf):")
    print(f"{'processes':>10}{'busiest / mean':>16}{'busiest room':>14}{'moved when one dies':>21}")
    for processes in (2, 4, 8, 16):
        found = spread(rooms, processes)
        print(f"{processes:>10}{found.busiest:>16.2f}{found.largest_room:>14.1%}{found.moved:>21.1%}")


def _print_readers(costs: Costs) -> None:
    busiest_s = READS_A_WEEK * BROADCAST_SHARE / BROADCAST_S
    print(
        f"\n{READS_A_WEEK:,} pages read a week: {READS_A_WEEK * costs.page_bytes / _GIB:.0f} GB, "
        f"{busiest_s:.0f}/s in a broadcast's ten minutes"
        f"\n  by processes: {busiest_s * costs.page_ms / 1e3:.1f} cores then; "
        f"by a CDN that keeps a page for a minute: one request a minute, page and language to them"
        f"\n  tiles of the ledger never change once full: a CDN keeps them for ever, the newest checkpoint for seconds"
    )


def _measured() -> Costs:
    """Measure, small, on this machine. Takes about two minutes."""
    from portal.bench import agenda, intake  # noqa: PLC0415 - they load the whole server

    print("measuring intake …", flush=True)
    (_, last), (_, whole) = intake.measure("", 200, None)
    sizes, stored = [], 0
    for size in (1000, 10_000):
        print(f"measuring the weekly job with {size:,} submissions …", flush=True)
        took_s, space_mb, stored = agenda.one_size(size)
        sizes.append((size, took_s, space_mb))
    costs = replace(Costs(), intake_ms=whole.cpu_ms, page_ms=(whole.cpu_ms - last.cpu_ms) / (intake.PAGES - 1))
    print(
        f"{costs.intake_ms:.1f} ms a submission, {costs.page_ms:.1f} ms a page, {stored // sizes[-1][0]:,} bytes kept"
    )
    print(*(f"{size:,}: {took_s:.1f} s, {space_mb:.0f} MB" for size, took_s, space_mb in sizes), sep="\n", end="\n\n")
    return replace(costs, job=tuple(sizes), stored_bytes=stored // sizes[-1][0])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal bench scale", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--submissions", type=int, default=SUBMISSIONS, help=f"a week (default: {SUBMISSIONS:,})")
    parser.add_argument("--rooms", type=int, default=ROOMS, help=f"rooms in use (default: {ROOMS:,})")
    parser.add_argument("--moderator-s", type=float, help="seconds that a moderator needs for one submission")
    parser.add_argument("--measure", action="store_true", help="measure costs on this machine first")
    return parser


if __name__ == "__main__":
    sys.exit(main())
