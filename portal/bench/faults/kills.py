"""kill -9, again and again, at moments that nothing chooses: under load, and while members come back."""

import time
from typing import Final

from portal.bench.faults.portals import PortalProcess
from portal.bench.faults.stage import Report, Stage, spread

UP_TO: Final = 700
"""Acknowledgements of one life, at most; how many it is to be is thrown before each."""
EARLY: Final = 0.15
"""The part of all lives that ends within EARLY_S, whatever the members are about to do."""
EARLY_S: Final = 0.3
COLD_EVERY: Final = 20
LIFE_S: Final = 10.0
"""No life lasts longer, on however slow a machine."""
AHEAD: Final = 60
"""Items that each author has signed before the portal listens."""


def kill_again_and_again(stage: Stage, times: int, report: Report) -> None:
    """Start the portal, load it, kill it; every twentieth is started as a program from nothing. Then compare."""
    outcome = stage.outcome
    cold_s: list[float] = []
    for done in range(times):
        stage.prepare(AHEAD)
        cold = done % COLD_EVERY == COLD_EVERY - 1
        process = _started(stage, cold=cold)
        (cold_s if cold else outcome.away_s).append(process.started_s)
        _load_until_killed(stage, process)
        outcome.times += 1
        report((done + 1) / times)
    process = stage.start()
    stage.connect()
    stage.load(0.2)
    stage.conclude()
    process.stop()
    if (started := spread(cold_s)) is not None:
        outcome.remarks.append(
            f"away is from programs that were loaded already; {len(cold_s)} of {times} were started from nothing and "
            f"listened after {started['p50']:.1f} s, at most {started['max']:.1f} s"
        )


def _started(stage: Stage, *, cold: bool) -> PortalProcess:
    return stage.nursery.start_cold(stage.port, stage.folder, stage.url) if cold else stage.start()


def _load_until_killed(stage: Stage, process: PortalProcess) -> None:
    """Come back and write, all at once; and kill."""
    begun_s, fleet, journal = time.monotonic(), stage.fleet, stage.journal
    early = stage.random.random() < EARLY
    until_s = begun_s + (stage.random.uniform(0, EARLY_S) if early else LIFE_S)
    due = journal.count + stage.random.randint(1, UP_TO)
    fleet.all_back_at = None
    fleet.run(lambda: journal.count >= due or time.monotonic() >= until_s)
    process.kill()
    if fleet.all_back_at is not None:
        stage.outcome.back_s.append(fleet.all_back_at - begun_s)
    # What the dead server had written into the sockets still comes: acknowledgements among it.
    fleet.run(lambda: False, back=False, fresh=False)
