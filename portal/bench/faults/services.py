"""What a portal stands on goes away and comes back: PostgreSQL, in two ways, and Redis."""

import time
from itertools import cycle
from typing import Final

from portal.bench.faults.fleet import NotBackError
from portal.bench.faults.portals import DidNotStartError
from portal.bench.faults.stage import BACK_S, Report, Stage
from portal.bench.postgresql import FAST, IMMEDIATE, Cluster
from portal.bench.process import free_port

BETWEEN: Final = 600
"""Acknowledgements between two restarts."""
AWAY_S: Final = (0.0, 0.6)
RIGHT_AGAIN_S: Final = 2.0
"""By then a server has taken the right to serve again."""


def restart_postgresql(stage: Stage, cluster: Cluster, times: int, report: Report) -> None:
    """Stop and start PostgreSQL under a portal that goes on: by turns in order, and as a crash would."""
    process = stage.start()
    stage.connect()
    restart_under_load(stage, cluster, times, report)
    if times > 1:
        _try_another(stage)  # which takes a while
    stage.conclude()
    process.stop()


def restart_under_load(stage: Stage, cluster: Cluster, times: int, report: Report) -> None:
    """Do that while members write, wherever they are connected."""
    for done, how in zip(range(times), cycle((FAST, IMMEDIATE)), strict=False):
        stage.load_until(BETWEEN, BACK_S)
        begun_s = time.monotonic()
        cluster.stop(how)
        stage.load(stage.random.uniform(*AWAY_S))
        cluster.start()
        stage.outcome.away_s.append(time.monotonic() - begun_s)
        await_acknowledgements(stage)
        stage.outcome.times += 1
        report((done + 1) / times)


def _try_another(stage: Stage) -> None:
    """Start a second portal beside the first: it must be refused, also after PostgreSQL has forgotten who serves."""
    stage.load(RIGHT_AGAIN_S)
    try:
        second = stage.start(port=free_port())
    except DidNotStartError:
        return
    second.stop()
    stage.outcome.findings.note("other", "a second server could start beside the first")


def await_acknowledgements(stage: Stage) -> None:
    """Wait until every author was acknowledged something again, and note how long that took. Raises NotBackError."""
    begun_s = time.monotonic()
    authors = [author for member in stage.members for author in member.authors]
    before = {author: author.acknowledged for author in authors}
    until_s = begun_s + BACK_S

    def all_again() -> bool:
        return all(author.acknowledged > before[author] for author in authors)

    stage.fleet.run(lambda: (all_again() and not stage.fleet.lost) or time.monotonic() > until_s)
    if not all_again():
        msg = f"{stage.outcome.name}: not everybody was acknowledged again within {BACK_S:g} s"
        raise NotBackError(msg)
    stage.outcome.back_s.append(time.monotonic() - begun_s)
