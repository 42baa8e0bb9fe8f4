"""A machine's date that jumps, by a day either way, under a portal that serves."""

import shutil
import struct
import subprocess
from itertools import cycle
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from portal.bench.faults.services import await_acknowledgements
from portal.bench.faults.stage import BACK_S, Report, Stage, opened
from portal.server.rooms.models import RecordItem

DAY_S: Final = 86_400
STEPS: Final = (DAY_S, 0, -DAY_S, 0, DAY_S, -DAY_S)
BETWEEN: Final = 300
SOURCE: Final = Path(__file__).parents[1] / "servers" / "stepped_clock.c"


class Clock:
    """What stands between a process and its machine's clock; made by ``compiled``."""

    def __init__(self, library: Path, offset: Path) -> None:
        self._offset = offset
        self.variables = {"LD_PRELOAD": str(library), "PORTAL_BENCH_CLOCK": str(offset)}
        """The environment of a process whose date this is."""
        offset.write_bytes(bytes(8))

    @classmethod
    def compiled(cls, folder: Path) -> "Clock | None":
        """Make the library in ``folder``; None on a machine without a C compiler."""
        compiler = shutil.which("cc")
        if compiler is None:
            return None
        library = folder / "stepped_clock.so"
        command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
        done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - our own source
        return cls(library, folder / "offset") if done.returncode == 0 else None

    def step(self, offset_s: int) -> None:
        """Be ``offset_s`` ahead of the machine from now on."""
        with self._offset.open("r+b") as file:
            file.write(struct.pack("=q", offset_s))


def step_the_clock(stage: Stage, clock: Clock, times: int, report: Report) -> None:
    """Let the portal's date jump under load, members come and go meanwhile; in the end it is right again."""
    process = stage.start()
    stage.connect()
    for done, offset_s in zip(range(times), cycle(STEPS), strict=False):
        stage.load_until(BETWEEN, BACK_S)
        clock.step(offset_s)
        stage.load(0.2)
        stage.fleet.drop(stage.random.choice(stage.members))
        await_acknowledgements(stage)
        stage.outcome.times += 1
        report((done + 1) / times)
    clock.step(0)
    stage.conclude()
    process.stop()
    hours = _hours_between_items(stage)
    stage.outcome.remarks.append(f"by the server's own times {hours:.0f} hours lie between the first item and the last")
    if hours < DAY_S / 3600:
        stage.outcome.findings.note("other", "the server did not notice that its date had changed")


def _hours_between_items(stage: Stage) -> float:
    with opened(stage.url) as database:
        first_ms, last_ms = database.read(
            lambda unit: unit.connection.execute(
                sa.select(sa.func.min(RecordItem.at_ms), sa.func.max(RecordItem.at_ms))
            ).one()
        )
    return float(last_ms - first_ms) / 3_600_000
