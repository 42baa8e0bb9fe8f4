"""Listens to everything that goes on in a browser profile, and remembers what must not be."""

import re
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})
LOCAL_SCHEMES: Final = frozenset({"blob", "data", "about"})
# Chromium reports each answer of 400 and above as an error of the page. A refusal by the API is part of the contract.
_REFUSAL: Final = re.compile(r"^Failed to load resource: the server responded with a status of 4\d\d ")


class Watch:
    """Errors and warnings of the console, uncaught errors, and requests to other hosts, of one profile."""

    def __init__(self, owner: str, context: BrowserContext, hosts: frozenset[str] = LOOPBACK) -> None:
        self.owner = owner
        self._hosts = hosts
        self.requests: list[str] = []
        self._problems: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        context.on("console", self._console)
        context.on("weberror", self._uncaught)
        context.on("request", self._request)
        context.on("page", self._page)
        for page in context.pages:
            self._page(page)

    def expects(self, pattern: str) -> None:
        """From here to the next `verify`, problems that match are what the test provokes."""
        self._expected.append(re.compile(pattern))

    def all_problems(self) -> list[str]:
        """Expected or not, since the last `verify`."""
        return list(self._problems)

    def problems(self) -> list[str]:
        return [text for text in self._problems if not any(pattern.search(text) for pattern in self._expected)]

    def verify(self) -> None:
        """Fail if there was a problem that nobody expected; begin anew."""
        problems = self.problems()
        self._problems.clear()
        self._expected.clear()
        assert problems == [], f"in {self.owner}'s browser: " + "\n".join(problems)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning", "assert"}:
            return
        where = message.location
        path = urlsplit(where["url"]).path
        if _REFUSAL.match(message.text) and path.startswith("/api/"):
            return
        self._problems.append(f"console {message.type}: {message.text} ({path}:{where['lineNumber']})")

    def _uncaught(self, error: WebError) -> None:
        self._problems.append(f"uncaught: {error.error.message}\n{error.error.stack}")

    def _request(self, request: Request) -> None:
        self.requests.append(f"{request.method} {request.url}")
        self._check_host("request", request.url)

    def _page(self, page: Page) -> None:
        page.on("crash", lambda _: self._problems.append("the page crashed"))
        page.on("websocket", lambda opened: self._check_host("socket", opened.url))

    def _check_host(self, what: str, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in LOCAL_SCHEMES and parts.hostname not in self._hosts:
            self._problems.append(f"{what} to another host: {url}")
