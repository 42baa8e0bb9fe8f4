"""What is looked at on the machine itself: settings, the data folder, the files of keys, the disk, the clock."""

import ctypes
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from portal.config import Settings, is_loopback
from portal.server.upkeep.findings import Finding, fine, size_text, warning, wrong

DISK_LOW_BYTES: Final = 4 << 30
DISK_FULL_BYTES: Final = 512 << 20
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_TIMEX_BYTES: Final = 256
_TIME_ERROR: Final = 5
"""What adjtimex(2) answers while nothing sets the clock."""


def settings(chosen: Settings) -> Iterator[Finding]:
    """Whether others can reach the portal by these settings, and are told apart."""
    is_local = is_loopback(urlsplit(chosen.public_url).hostname or "")
    if chosen.demonstration:
        yield warning("settings", "demonstration")
    elif is_local:
        yield warning("settings", "local", address=chosen.public_url)
    elif not chosen.trusted_proxies:
        yield warning("settings", "one_address")
    else:
        yield fine("settings", address=chosen.public_url)


def folder(chosen: Settings) -> Iterator[Finding]:
    """Whether the data folder is there, the server's, and closed to others."""
    path = chosen.data_dir
    if not path.is_dir():
        yield wrong("folder", "missing", path=str(path))
        return
    found = path.stat()
    if found.st_mode & _OTHERS:
        yield wrong("folder", "open", path=str(path), mode=f"{stat.S_IMODE(found.st_mode):o}")
    elif found.st_uid != os.geteuid():
        yield warning("folder", "other_owner", path=str(path), user=str(found.st_uid))
    elif not os.access(path, os.W_OK):
        yield wrong("folder", "closed", path=str(path))
    else:
        yield fine("folder", path=str(path))


def keys(chosen: Settings) -> Iterator[Finding]:
    """Whether the files of keys are there, and for their owner alone. Nothing is read of them."""
    needed = (chosen.opaque_setup_path, chosen.keys_dir / "at-rest", chosen.keys_dir / "ledger")
    lying = [path for path in chosen.keys_dir.glob("*") if path.is_file()] if chosen.keys_dir.is_dir() else []
    absent = [path.name for path in needed if not path.is_file()]
    if absent:
        yield wrong("keys", "missing", names=", ".join(absent), n=len(absent))
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in {*lying, *needed} if path.is_file()}
    opened = sorted(path for path, mode in modes.items() if mode & _OTHERS)
    for path in opened:
        yield wrong("keys", "open", path=str(path), mode=f"{modes[path]:o}")
    if not absent and not opened:
        yield fine("keys", n=len(modes))


def disk(chosen: Settings) -> Iterator[Finding]:
    """How much may still be written beside the data folder."""
    free_bytes, _ = disk_space(chosen.data_dir)
    free = size_text(free_bytes)
    if free_bytes < DISK_FULL_BYTES:
        yield wrong("disk", "full", free=free)
    elif free_bytes < DISK_LOW_BYTES:
        yield warning("disk", "low", free=free)
    else:
        yield fine("disk", free=free)


def clock(_chosen: Settings) -> Iterator[Finding]:
    """Whether the kernel says that somebody keeps the clock right."""
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    yield fine("clock", now=now) if _is_kept() else warning("clock", "unkept", now=now)


def disk_space(path: Path) -> tuple[int, int]:
    """Return free and total bytes of the disk on which ``path``, or the nearest folder above it, lies."""
    while not path.exists():
        path = path.parent
    usage = shutil.disk_usage(path)
    return usage.free, usage.total


def _is_kept() -> bool:
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    # All zero: asks, and changes nothing. Where there is no such call (not Linux), nothing is said.
    return adjtimex is None or adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) != _TIME_ERROR
