"""Where on this machine the programs lie that tests use but the project does not bring: browser, databases, office."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FETCHED: Final = Path(__file__).resolve().parents[2] / ".dev/machine"
"""What was fetched from a package registry because the machine lacked it (tests/machine/fetch.py)."""
USUAL_FOLDERS: Final = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", "/snap/bin")
# The same browser without the parts that draw windows comes first: it takes two fifths less of a processor's time.
BROWSERS: Final = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
MAC_BROWSERS: Final = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


@dataclass(frozen=True)
class Program:
    """Something that tests need, and what a person calls it."""

    name: str
    executable: Path | None

    @property
    def fetched(self) -> bool:
        """Whether it came from a registry, and not with the machine."""
        return self.executable is not None and self.executable.is_relative_to(FETCHED)


def chromium() -> Program:
    """A Chromium or Chrome; the variable PORTAL_CHROMIUM names one that is elsewhere."""
    named = os.environ.get("PORTAL_CHROMIUM")
    if named:
        return Program("Chromium", _runnable([Path(named)]))
    found = (*_on_path(*BROWSERS), *(Path(path) for path in MAC_BROWSERS), FETCHED / "chromium/chrome")
    return Program("Chromium", _runnable(found))


def postgres() -> Program:
    """The server ``postgres`` with ``initdb`` beside it; the newest first, as Debian keeps several."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    debian = sorted(versions, key=lambda path: float(path.parts[-3]), reverse=True)
    found = (*debian, *_on_path("postgres"), FETCHED / "postgresql/bin/postgres")
    return Program("PostgreSQL", _runnable(path for path in found if path.with_name("initdb").exists()))


def redis() -> Program:
    """A Redis server, or Valkey, which speaks the same."""
    return Program("Redis", _runnable((*_on_path("redis-server", "valkey-server"), FETCHED / "redis/redis-server")))


def nginx() -> Program:
    """The nginx that stands in front; no package registry carries one. It is not on everybody's PATH."""
    return Program("nginx", _runnable((*_on_path("nginx"), Path("/usr/sbin/nginx"), Path("/usr/local/sbin/nginx"))))


def libreoffice() -> Program:
    """LibreOffice, which opens the documents that the portal exports."""
    mac = Path("/Applications/LibreOffice.app/Contents/MacOS/soffice")
    return Program("LibreOffice", _runnable((*_on_path("soffice", "libreoffice"), mac)))


def _on_path(*names: str) -> list[Path]:
    path = os.pathsep.join((os.environ.get("PATH", ""), *USUAL_FOLDERS))
    found = (shutil.which(name, path=path) for name in names)
    return [Path(executable) for executable in found if executable]


def _runnable(candidates: Iterable[Path]) -> Path | None:
    return next((path for path in candidates if path.is_file() and os.access(path, os.X_OK)), None)
