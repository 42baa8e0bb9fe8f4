"""``portal bench page``: what a visit loads until the sign-in page, and until the list of rooms, can be used.

A cold cache, the built client, a server on this machine. Bytes are those of the compressed bodies on the wire; what is
fetched afterwards in the background, so that the first room opens without waiting, is told beside them.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from portal.bench.chromium import UnavailableError, chromium
from portal.bench.visitor import PATIENCE_MS, ROOM, served, settled

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Response

LIMIT_BYTES: Final = 120_000
LIMIT_FILES: Final = 10
_AFTERWARDS_MS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Visit:
    """Until the page could be used: bytes and number of the client's files, and time."""

    name: str
    file_bytes: int
    files: int
    afterwards_bytes: int
    ready_ms: float

    @property
    def fits(self) -> bool:
        """Whether it keeps within what a visit may load."""
        return self.file_bytes <= LIMIT_BYTES and self.files <= LIMIT_FILES


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a visit loads more than it may, or can not be measured, else 0."""
    parser = argparse.ArgumentParser(prog="portal bench page", description="What a visit loads, and how long it takes.")
    parser.parse_args(arguments)
    try:
        visits = measured()
    except UnavailableError as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    print(f"{'until it can be used':<24}{'KB gz':>8}{'files':>7}{'ready ms':>10}{'afterwards KB':>15}")
    for visit in visits:
        sizes = f"{visit.file_bytes / 1000:>8.1f}{visit.files:>7}"
        word = "met" if visit.fits else "MISSED"
        print(f"{visit.name:<24}{sizes}{visit.ready_ms:>10.0f}{visit.afterwards_bytes / 1000:>15.1f}   {word}")
    print(f"target: ≤ {LIMIT_BYTES / 1000:.0f} KB in ≤ {LIMIT_FILES} files")
    return 0 if all(visit.fits for visit in visits) else 1


def measured() -> list[Visit]:
    """Both visits, at a server of their own. Raises UnavailableError."""
    with chromium() as browser, served() as place:
        visitor = browser.new_context(locale="en-GB")
        sign_in = _visit(visitor, "sign-in page", place.origin, "input")
        visitor.close()
        member = browser.new_context(locale="en-GB")
        page, _ = settled(member, place)
        page.close()
        rooms = _visit(member, "list of rooms", place.origin, f"text={ROOM}")
        member.close()
    return [sign_in, rooms]


def _visit(context: "BrowserContext", name: str, origin: str, ready: str) -> Visit:
    page = context.new_page()
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response))  # noqa: PLW0108 - Playwright marks what it is given
    begun_s = time.monotonic()
    page.goto(origin)
    page.locator(ready).first.wait_for(timeout=PATIENCE_MS)
    ready_ms = (time.monotonic() - begun_s) * 1000
    until = len(answers)
    page.wait_for_timeout(_AFTERWARDS_MS)
    files = [_size(answer) for answer in answers[:until] if _is_file(answer)]
    later = [_size(answer) for answer in answers[until:] if _is_file(answer)]
    page.close()
    return Visit(name, sum(files), len(files), sum(later), ready_ms)


def _is_file(answer: "Response") -> bool:
    return "/api/" not in answer.url


def _size(answer: "Response") -> int:
    """Length of the body on the wire; what Playwright itself counts leaves out what workers load."""
    return int(answer.headers["content-length"])
