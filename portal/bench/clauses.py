"""``portal bench clauses``: whether a long text is as quick to write in as a short one.

The built client in Chromium, a server on this machine, a draft in two languages, every clause with words. What is
measured is what a writer waits for: from a key, as the browser notes it, until the frame with its letter is painted
(after the next animation frame, in a task of its own). Keys come at the pace of a quick typist, so that the work that
follows an edit (reading the text, hashing it, drawing it) falls between and into them. Each length is measured twice:
as it is, and with the page slowed by four as on a cheap telephone (Chromium's throttling; the worker is not slowed).

The limits: 50 ms is what web.dev gives an answer to a key so that it seems to come at once, within 100 ms with all else
(https://web.dev/articles/rail); 200 ms is the most that it calls good (https://web.dev/articles/inp).
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from portal.bench.chromium import UnavailableError, chromium
from portal.bench.targets import Target, print_targets
from portal.bench.visitor import PATIENCE_MS, Place, ask, in_base64, served, settled
from portal.member.drafts.document import DraftDocument
from portal.member.drafts.writing import NewClause, begin_text
from portal.wire.drafts.streams import StreamKind

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SHORT: Final = 20
LONG: Final = 400
SLOWER: Final = 4
LIMIT_MS: Final = 50.0
SLOWED_LIMIT_MS: Final = 200.0
_LANGUAGES: Final = ("en", "ko")
_WORDS: Final = {
    "en": "each party shall within thirty days notify the other of measures that it takes under this article",
    "ko": "각 당사국은 이 조에 따라 취한 조치를 삼십 일 이내에 상대국에 서면으로 통보하여야 한다",
}
_LENGTH: Final = (25, 60)
"""Words of a clause."""
_TYPED: Final = "The parties shall meet again before the end of the year. "
_PAUSE_MS: Final = 120
_SEED: Final = 1

_WATCH: Final = """() => {
  window.painted = [];
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
  }).observe({ type: "longtask" });
  addEventListener("keydown", (event) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.painted.push(performance.now() - event.timeStamp);
      port2.postMessage(0);
    });
  }, { capture: true });
}"""


@dataclass(frozen=True, slots=True)
class Found:
    """Of one text, in milliseconds: until it stands on the screen, until a clause is open, keys, the longest task."""

    shown_ms: float
    opened_ms: float
    keys_ms: tuple[float, ...]
    longest_ms: float

    def quantile(self, part: float) -> float:
        """Return the time within which ``part`` (0 to 1) of the keys were painted."""
        return sorted(self.keys_ms)[min(len(self.keys_ms) - 1, int(part * len(self.keys_ms)))]


Row = tuple[int, int]
"""Clauses, and by how much the page is slowed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a target is missed or nothing can be measured, else 0."""
    parser = argparse.ArgumentParser(
        prog="portal bench clauses", description="Whether a long text is quick to write in."
    )
    parser.add_argument("--keys", type=int, default=300, help="typed into each text (default: %(default)s)")
    parser.add_argument("--long", type=int, default=LONG, help="clauses of the long text (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        found = measured(options.keys, options.long)
    except UnavailableError as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    head = f"{'clauses':>8}{'slowed':>8}{'shown ms':>10}{'opened ms':>11}"
    print(f"{head}{'key p50':>9}{'p99':>7}{'worst':>7}{'longest task':>14}")
    for (clauses, slower), one in found.items():
        keys = f"{one.quantile(0.5):>9.0f}{one.quantile(0.99):>7.0f}{one.quantile(1):>7.0f}"
        print(f"{clauses:>8}{slower:>7}x{one.shown_ms:>10.0f}{one.opened_ms:>11.0f}{keys}{one.longest_ms:>14.0f}")
    rows = targets(found, options.long)
    print_targets(rows)
    more = {part: found[options.long, 1].quantile(part) / found[SHORT, 1].quantile(part) for part in (0.5, 0.99)}
    print(f"\n{options.long} clauses against {SHORT}: {more[0.5]:.1f} times at p50, {more[0.99]:.1f} at p99")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return 1 if any(row.met is False for row in rows) else 0


def targets(found: Mapping[Row, Found], clauses: int) -> list[Target]:
    """Return all targets with what was measured."""
    long, slowed = (found[clauses, slower].quantile(0.99) for slower in (1, SLOWER))
    return [
        Target(f"key p99, {clauses} clauses, ms", long, LIMIT_MS, least=False),
        Target(f"key p99, {clauses} clauses, page slowed by {SLOWER}, ms", slowed, SLOWED_LIMIT_MS, least=False),
    ]


def measured(keys: int, long: int) -> dict[Row, Found]:
    """Measure all rows, at one server and in one browser. Raises UnavailableError."""
    with chromium() as browser, served() as place:
        return dict(_rows(browser, place, keys, long))


def _rows(browser: "Browser", place: Place, keys: int, long: int) -> "Iterator[tuple[Row, Found]]":
    context = browser.new_context(locale="en-GB", viewport={"width": 1400, "height": 900})
    page, room = settled(context, place)
    (account,) = {person["account"] for person in cast("list[dict[str, str]]", ask(page, "people"))}
    for clauses in (SHORT, long):
        rights = [{"account": account, "delegation": "", "right": "chair"}]
        init = {"update": in_base64(text_of(clauses)), "rights": rights, "default": "read"}
        draft = ask(page, "onDrafts", "createDraft", [room, init])
        for slower in (1, SLOWER):
            yield (
                (clauses, slower),
                _written(page, f"{place.origin}/#/room/{room}/draft/{draft}", clauses, slower, keys),
            )
    context.close()


def text_of(clauses: int) -> bytes:
    """Return a text of as many clauses, ten to an article, in two languages, as a Yjs update. The same each time."""
    chance = random.Random(_SEED)  # noqa: S311 - words of a measurement

    def words(lang: str) -> str:
        return " ".join(chance.choices(_WORDS[lang].split(), k=chance.randint(*_LENGTH)))

    nodes: list[NewClause] = []
    article: int | None = None
    for place in range(clauses):
        if place % 10 == 0:
            article = place
            nodes.append(NewClause("article", {lang: words(lang)[:40] for lang in _LANGUAGES}))
        else:
            nodes.append(NewClause("paragraph", {lang: words(lang) for lang in _LANGUAGES}, under=article))
    title = dict.fromkeys(_LANGUAGES, "Measurement")
    return DraftDocument(StreamKind.TEXT).edited(lambda doc: begin_text(doc, title, _LANGUAGES, nodes))


def _written(page: "Page", address: str, clauses: int, slower: int, keys: int) -> Found:
    """Open the draft anew and write in the middle of it."""
    session = page.context.new_cdp_session(page)
    page.goto("about:blank")
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    begun_s = time.monotonic()
    page.goto(address)
    rows = page.locator("[data-row]")
    rows.nth(clauses - 1).wait_for(timeout=PATIENCE_MS)
    shown_ms = (time.monotonic() - begun_s) * 1000
    page.evaluate(_WATCH)
    middle = rows.nth(clauses // 2 + 1).locator(".clause-text")
    middle.scroll_into_view_if_needed()
    begun_s = time.monotonic()
    middle.click()
    page.locator(".clause-editor").wait_for(timeout=PATIENCE_MS)
    opened_ms = (time.monotonic() - begun_s) * 1000
    for place in range(keys):
        page.keyboard.press(_TYPED[place % len(_TYPED)])
        page.wait_for_timeout(_PAUSE_MS)
    painted, longest = page.evaluate("() => [window.painted, window.longest]")
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    if len(painted) < keys:
        msg = f"{keys} keys were pressed and {len(painted)} seen"
        raise RuntimeError(msg)
    return Found(shown_ms, opened_ms, tuple(painted), longest)
