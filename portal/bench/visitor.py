"""A portal of the measurement's own, and a browser signed in there, with a room: for what is measured in Chromium."""

import base64
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from portal.bench.process import ServerProcess, free_port

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

ROOM: Final = "Room of the measurement"
PATIENCE_MS: Final = 60_000
# The page's worker, so that an account can be made without a person; it is the page's own way of asking it.
_EXPOSE: Final = "window.Worker = class extends Worker { constructor(...a) { super(...a); window.member = this; } };"
_CALL: Final = """([method, args]) => new Promise((resolve, reject) => {
  const call = 1e9 + Math.floor(Math.random() * 1e9);
  const bytes = (value) => {
    if (Array.isArray(value)) return value.map(bytes);
    if (value === null || typeof value !== "object") return value;
    if ("base64" in value) return Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0));
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bytes(each)]));
  };
  window.member.addEventListener('message', ({data}) => {
    if (data.call !== call) return;
    if (data.failure) reject(new Error(JSON.stringify(data.failure))); else resolve(data.value);
  });
  window.member.postMessage({call, method, args: bytes(args)});
})"""


@dataclass(frozen=True, slots=True)
class Place:
    """A portal that runs: where browsers reach it, and its folder of data."""

    origin: str
    folder: str


@contextmanager
def served() -> Iterator[Place]:
    """A portal on this machine, without anybody in it."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        port = free_port()
        origin = f"http://localhost:{port}"
        command = [sys.executable, "-m", "portal", "run", "--data", folder, "--port", str(port), "--public-url", origin]
        with ServerProcess(command, port, core=None):
            yield Place(origin, folder)


def settled(context: "BrowserContext", place: Place) -> "tuple[Page, str]":
    """Make somebody with a room, signed in in this browser profile; return the page, and the room's id."""
    page = context.new_page()
    page.add_init_script(_EXPOSE)
    page.goto(place.origin)
    page.locator("input").first.wait_for(timeout=PATIENCE_MS)
    invitation, _, secret = _invitation(place.folder).rpartition("/")[2].partition(".")
    account = {"handle": "bench", "name": "Bench", "languages": ["en"], "passphrase": "measured and thrown away"}
    ask(page, "prepareAccount", invitation, secret, account)
    ask(page, "confirmAccount")
    room = str(ask(page, "createRoom", "plenary", ROOM, [], "all"))
    page.locator(f"text={ROOM}").first.wait_for(timeout=PATIENCE_MS)
    return page, room


def ask(page: "Page", method: str, *arguments: object) -> object:
    """Have the member worker do something; ``in_base64`` for bytes among the arguments."""
    return page.evaluate(_CALL, [method, list(arguments)])


def in_base64(content: bytes) -> dict[str, str]:
    """Bytes, as ``ask`` hands them to the worker."""
    return {"base64": base64.b64encode(content).decode()}


def _invitation(folder: str) -> str:
    command = [sys.executable, "-m", "portal", "admin", "invite-link", "--data", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    return next(line for line in done.stdout.splitlines() if "/#/invitation/" in line).strip()
