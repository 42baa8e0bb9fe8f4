"""A full disk under a portal that writes: it says so, keeps what it promised, and goes on when there is room."""

import errno
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from portal.bench.faults.portals import PortalProcess
from portal.bench.faults.services import await_acknowledgements
from portal.bench.faults.stage import BACK_S, Report, Stage

DISK_MIB: Final = 192
BETWEEN: Final = 400
FULL_S: Final = 0.7
LEFT_BYTES: Final = 256 * 1024
SAID: Final = "storage.full"


@contextmanager
def small_disk(within: Path) -> Iterator[Path | None]:
    """Mount a small disk in memory at a folder in ``within``; None where one must be root for that, and is not."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or mount is None or umount is None:
        yield None
        return
    with tempfile.TemporaryDirectory(dir=within) as name:
        options = f"size={DISK_MIB}m,mode=0755"
        command = [mount, "-t", "tmpfs", "-o", options, "portal-bench", name]
        if subprocess.run(command, check=False).returncode != 0:  # noqa: S603
            yield None
            return
        try:
            yield Path(name)
        finally:
            # Lazily: what failed in the block may have left a server on it, and is what has to be told.
            subprocess.run([umount, "--lazy", name], check=True)  # noqa: S603


def fill_the_disk(stage: Stage, disk: Path | None, times: int, report: Report) -> None:
    """Leave the database without room, and give it back; ``disk`` is where it lies, None: bound its files' size."""
    process = stage.start()
    stage.connect()
    refused = 0
    for done in range(times):
        stage.load_until(BETWEEN, BACK_S)
        begun_s, before = time.monotonic(), _refusals(stage)
        with _filled(disk) if disk is not None else _bounded(process, Path(stage.folder)):
            due_s = begun_s + BACK_S
            stage.fleet.run(lambda: _refusals(stage) > before or time.monotonic() > due_s)  # noqa: B023 - run at once
            stage.load(FULL_S)
        refused += _refusals(stage) > before
        stage.outcome.away_s.append(time.monotonic() - begun_s)
        await_acknowledgements(stage)
        stage.outcome.times += 1
        report((done + 1) / times)
    stage.conclude()
    process.stop()
    stage.outcome.remarks.append(_said(stage, disk))
    if refused < times:
        stage.outcome.findings.note("other", f"the server noticed {refused} of {times} full disks")


@contextmanager
def _filled(disk: Path) -> Iterator[None]:
    """Take all room but a little, which the load then uses up."""
    ballast = disk / "ballast"
    try:
        with ballast.open("wb") as file:
            while (size := shutil.disk_usage(disk).free - LEFT_BYTES) > 0:
                try:
                    os.posix_fallocate(file.fileno(), 0, size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    continue  # the load took of it meanwhile
                break
        yield
    finally:
        ballast.unlink(missing_ok=True)


@contextmanager
def _bounded(process: PortalProcess, folder: Path) -> Iterator[None]:
    """Let no file of the portal's grow beyond what the largest of its database has now."""
    largest = max(path.stat().st_size for path in folder.glob("portal.sqlite3*"))
    before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)


def _refusals(stage: Stage) -> int:
    return sum(author.refused.get(SAID, 0) for member in stage.members for author in member.authors)


def _said(stage: Stage, disk: Path | None) -> str:
    said: dict[str, int] = {}
    for member in stage.members:
        for author in member.authors:
            for code, count in author.refused.items():
                said[code] = said.get(code, 0) + count
    words = ", ".join(f"{code} {count} times" for code, count in sorted(said.items()))
    how = f"a disk of {DISK_MIB} MiB" if disk is not None else "no root here: the size of its files was bounded instead"
    return f"{how}; the server said {words or 'nothing'}"
