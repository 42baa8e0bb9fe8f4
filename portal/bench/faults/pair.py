"""Two processes on one database: one dies, the other has its members within seconds; and what wakes them goes away."""

import time
from typing import Any, Final

from portal.bench.faults.fleet import NotBackError
from portal.bench.faults.members import Member, Way
from portal.bench.faults.portals import PortalProcess
from portal.bench.faults.services import await_acknowledgements, restart_under_load
from portal.bench.faults.stage import BACK_S, Report, Stage
from portal.bench.postgresql import Cluster
from portal.bench.process import free_port
from portal.bench.redis_server import Redis

TAKEN_OVER_S: Final = 3.0
BETWEEN: Final = 500
AWAY_S: Final = (0.3, 1.5)


class Pair:
    """Two portals that serve one database; each member has one of them that it prefers."""

    def __init__(self, stage: Stage, redis: Redis | None) -> None:
        self.stage = stage
        self.ports = (stage.port, free_port())
        self._settings: dict[str, Any] = {
            "several": True,
            "redis_url": "" if redis is None else redis.url,
            "public_url": f"http://localhost:{self.ports[0]}",
            "allowed_origins": tuple(Way.to(port).origin for port in self.ports),
        }
        self.running: dict[int, PortalProcess] = {}
        for port in self.ports:
            self.start(port)
        stage.fleet.route = self._route

    def start(self, port: int) -> None:
        """Start the portal of ``port``."""
        self.running[port] = self.stage.start(**self._settings, port=port)

    def members_of(self, port: int) -> list[Member]:
        """Return the members who prefer ``port``."""
        place = self.ports.index(port)
        return [member for number, member in enumerate(self.stage.members) if number // 2 % 2 == place]

    def stop(self) -> None:
        """End both."""
        for process in self.running.values():
            process.stop()

    def _route(self, member: Member) -> Way:
        first = next(port for port in self.ports if member in self.members_of(port))
        other = next(port for port in self.ports if port != first)
        return Way.to(first if self.running[first].alive else other)


def kill_one_of_two(stage: Stage, times: int, report: Report) -> None:
    """Kill one, either of them, under load; its members go to the other, and home again when it is back."""
    pair = Pair(stage, None)
    stage.connect()
    for done in range(times):
        stage.load_until(stage.random.randint(1, BETWEEN), BACK_S)
        port = stage.random.choice(pair.ports)
        pair.running[port].kill()
        await_acknowledgements(stage)
        if stage.outcome.back_s[-1] > TAKEN_OVER_S:
            stage.outcome.remarks.append(f"the other took over in {stage.outcome.back_s[-1]:.1f} s, not in 3")
        pair.start(port)
        stage.outcome.away_s.append(pair.running[port].started_s)
        for member in pair.members_of(port):
            stage.fleet.drop(member)
        stage.outcome.times += 1
        report((done + 1) / times)
    stage.conclude()
    pair.stop()


def restart_postgresql_under_two(stage: Stage, cluster: Cluster, times: int, report: Report) -> None:
    """Take away for a moment what puts the two in one order, and what one says to the other."""
    pair = Pair(stage, None)
    stage.connect()
    restart_under_load(stage, cluster, times, report)
    stage.conclude()
    pair.stop()


def restart_redis(stage: Stage, redis: Redis, times: int, report: Report) -> None:
    """Take away what wakes the two, for a while: what is written then reaches everybody all the same."""
    pair = Pair(stage, redis)
    stage.connect()
    for done in range(times):
        stage.load_until(BETWEEN, BACK_S)
        begun_s = time.monotonic()
        redis.stop()
        stage.load(stage.random.uniform(*AWAY_S))
        _await_readers(stage)
        redis.start()
        stage.outcome.away_s.append(time.monotonic() - begun_s)
        await_acknowledgements(stage)
        stage.outcome.times += 1
        report((done + 1) / times)
    stage.conclude()
    pair.stop()


def _await_readers(stage: Stage) -> None:
    """Wait until every reader was pushed what was acknowledged by now, wherever it was written."""
    due = {place.name: stage.journal.newest(place.name) for place in stage.places}
    until_s = time.monotonic() + BACK_S

    def told() -> bool:
        return all(one.number >= due[name] for member in stage.members for name, one in member.following.items())

    stage.fleet.run(lambda: told() or time.monotonic() > until_s)
    if not told():
        msg = "readers were not told what the other process took"
        raise NotBackError(msg)
