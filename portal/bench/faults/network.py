"""What networks do between members and a portal: break off, hang, crawl. All through the bench's own proxy."""

import time
from collections.abc import Sequence
from itertools import cycle
from typing import Final

from portal.bench.faults.members import Member, Way
from portal.bench.faults.services import await_acknowledgements
from portal.bench.faults.stage import BACK_S, Report, Stage
from portal.bench.proxy import Proxy

BETWEEN: Final = 300
HANGS_S: Final = (0.2, 1.5)
BREAKS: Final = ("reset", "end", "hang", "hang and reset")
SLOW_BYTES_PER_S: Final = 4_000.0
LARGE_BYTES: Final = 4096
"""The padding class of what slow readers have to read."""
FLOOD: Final = 3_000
"""Acknowledgements while they are far behind: more megabytes than all buffers on the way hold."""
FLOOD_S: Final = 60.0
READ_ON_S: Final = 2.0
UNHURT: Final = 0.7
"""What the others must still write, of what they write without slow readers; as much is noise here."""


def cut_the_network(stage: Stage, times: int, report: Report) -> None:
    """Break the members' connections, in the middle of frames as it comes, in each of four ways by turns."""
    process = stage.start()
    with Proxy(stage.port) as proxy:
        origin = Way.to(stage.port).origin
        stage.fleet.route = lambda _member: Way(proxy.port, origin)
        stage.connect()
        for done, how in zip(range(times), cycle(BREAKS), strict=False):
            stage.load_until(stage.random.randint(1, BETWEEN), BACK_S)
            begun_s = time.monotonic()
            if how.startswith("hang"):
                proxy.stalled = True
                stage.load(stage.random.uniform(*HANGS_S))
                proxy.stalled = False
                stage.outcome.away_s.append(time.monotonic() - begun_s)
            if how != "hang":
                proxy.cut(reset=how != "end")
            await_acknowledgements(stage)
            stage.outcome.times += 1
            report((done + 1) / times)
        stage.conclude()
    process.stop()


def crawl(stage: Stage, times: int, report: Report) -> None:
    """Let two readers read at 4 kB/s while the others write as fast as they can: these must not notice.

    The server gives the slow ones up when too much waits for them; in the end their network is good again, they come
    back and fetch what they missed.
    """
    process = stage.start()
    slow = [member for member in stage.members if member.following][:2]
    with Proxy(stage.port) as proxy:
        direct = Way.to(stage.port)
        stage.fleet.route = lambda member: Way(proxy.port, direct.origin) if member in slow else direct
        stage.connect()
        for done in range(times):
            _crawl_once(stage, proxy, slow)
            stage.outcome.times += 1
            report((done + 1) / times)
        stage.conclude()
    process.stop()


def _crawl_once(stage: Stage, proxy: Proxy, slow: Sequence[Member]) -> None:
    """Measure, slow down, measure; then let them catch up."""
    before_per_s = _written_per_s(stage, slow, FLOOD)
    proxy.bytes_per_s = SLOW_BYTES_PER_S
    beside_per_s = _written_per_s(stage, slow, FLOOD)
    behind = sum(stage.journal.newest(name) - one.number for name, one in slow[0].following.items())
    proxy.bytes_per_s = None
    stage.load(READ_ON_S, back=False)  # what was under way arrives, and then that the server has hung up
    given_up = sum(member in stage.fleet.lost for member in slow)
    stage.connect()
    stage.outcome.remarks.append(
        f"the others wrote {before_per_s:.0f} items/s before and {beside_per_s:.0f} beside slow readers, of whom one "
        f"was {behind} items behind; the server gave up {given_up} of {len(slow)}"
    )
    if given_up < len(slow):
        stage.outcome.findings.note("other", "a slow reader was kept, with all that waited for it")
    if beside_per_s < UNHURT * before_per_s:
        stage.outcome.findings.note("other", "slow readers slowed the others down")


def _written_per_s(stage: Stage, slow: Sequence[Member], acknowledged: int) -> float:
    """Items a second that the others write."""
    authors = [author for member in stage.members if member not in slow for author in member.authors]
    for author in authors:
        author.prepare(2 * acknowledged // len(authors))
    begun_s, count = time.monotonic(), sum(author.acknowledged for author in authors)
    due, until_s = count + acknowledged, begun_s + FLOOD_S

    def written() -> int:
        return sum(author.acknowledged for author in authors)

    stage.fleet.run(lambda: written() >= due or time.monotonic() >= until_s, back=False)
    return (written() - count) / (time.monotonic() - begun_s)
