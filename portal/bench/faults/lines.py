"""The line that real members keep, in the client for command lines: how soon it is back when a server is.

The light members of the other faults try every moment, so that the server is what is measured. This is the other half:
what the pauses between a real client's attempts come to. The browser's client has the same pauses.
"""

import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from portal.bench.faults.fleet import NotBackError
from portal.bench.faults.stage import BACK_S, Report, Stage
from portal.member.transport import CONNECTED, Http, Line, ticket_of

SOON_S: Final = 3.0
"""A member is back that soon after the server, however long that was away."""
AWAY_S: Final = (0.1, 8.0)
_LOOK_S: Final = 0.01


def restart_under_lines(stage: Stage, times: int, report: Report) -> None:
    """Kill and start a portal, away for longer and shorter; every line must be back within 3 s of its listening."""
    outcome = stage.outcome
    process = stage.start()
    with _lines(stage) as lines:
        _all_back(lines)
        for done in range(times):
            begun_s = time.monotonic()
            process.kill()
            time.sleep(stage.random.uniform(*AWAY_S))
            process = stage.start()
            listening_s = time.monotonic()
            outcome.away_s.append(listening_s - begun_s)
            back_s = [at_s - listening_s for at_s in _all_back(lines)]
            outcome.back_s += back_s
            if max(back_s) > SOON_S:
                outcome.findings.note("other", f"a line was back after {max(back_s):.1f} s, not within {SOON_S:g}")
            outcome.times += 1
            report((done + 1) / times)
    process.stop()


@contextmanager
def _lines(stage: Stage) -> Iterator[Sequence[Line]]:
    origin = stage.fleet.route(stage.members[0]).origin
    https = [Http(origin, member.device.token) for member in stage.members]
    lines = [Line(origin, lambda http=http: ticket_of(http)) for http in https]  # type: ignore[misc]
    for line in lines:
        line.start()
    try:
        yield lines
    finally:
        for line in lines:
            line.stop()
        for http in https:
            http.close()


def _all_back(lines: Sequence[Line]) -> list[float]:
    """Wait until every line is connected; return when each was, by the monotonic clock. Raises NotBackError."""
    until_s, waiting, back = time.monotonic() + BACK_S, list(lines), []
    while waiting and time.monotonic() < until_s:
        time.sleep(_LOOK_S)
        for line in tuple(waiting):
            with suppress(queue.Empty):
                while line.events.get_nowait()[0] != CONNECTED:
                    pass  # it was disconnected before
                back.append(time.monotonic())
                waiting.remove(line)
    if waiting:
        msg = f"a real member's line was not back within {BACK_S:g} s"
        raise NotBackError(msg)
    return back
