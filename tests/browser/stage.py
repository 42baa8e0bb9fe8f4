"""Browser profiles, each watched, at one address."""

import os
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.watch import LOOPBACK, Watch

LAUNCH_ARGUMENTS: Final = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--no-first-run",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),  # Chromium's sandbox refuses to run as root
]
SURROUNDINGS: Final[dict[str, Any]] = {
    "locale": "en-GB",
    "timezone_id": "Europe/Zurich",
    "viewport": {"width": 1440, "height": 900},
}


class Profile:
    """One browser profile with its first page and its watch."""

    def __init__(self, owner: str, context: BrowserContext, origin: str, hosts: frozenset[str] = LOOPBACK) -> None:
        self.owner = owner
        self.context = context
        self.origin = origin
        self.watch = Watch(owner, context, hosts)
        self.heard: list[str] = []
        """What the server said to this browser by socket, frame by frame."""
        for page in context.pages:
            self._listen(page)
        context.on("page", self._listen)
        self.page = context.pages[0] if context.pages else context.new_page()

    def _listen(self, page: Page) -> None:
        page.on("websocket", lambda opened: opened.on("framereceived", lambda frame: self.heard.append(str(frame))))

    def opens(self, fragment: str = "") -> Page:
        """Open the portal, or a place in it, in the first page."""
        self.page.goto(f"{self.origin}/{fragment}")
        return self.page


class Stage:
    """Opens profiles and, at the end, closes them and verifies that nothing went wrong unseen.

    ``hosts`` are those that pages may speak to; ``surroundings`` are further options of every profile.
    """

    def __init__(
        self,
        browser: Browser,
        origin: str,
        *,
        hosts: frozenset[str] = LOOPBACK,
        surroundings: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.browser = browser
        self.origin = origin
        self._hosts = hosts
        self._surroundings = {**SURROUNDINGS, **surroundings}
        self._profiles: list[Profile] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.verify()
        finally:
            for profile in self._profiles:
                profile.context.close()

    def profile(self, owner: str, *, origin: str | None = None, **options: Any) -> Profile:
        """A fresh profile that speaks English, unless the options of Playwright's new_context say otherwise."""
        return self.takes(owner, self.browser.new_context(**(self._surroundings | options)), origin=origin)

    def takes(self, owner: str, context: BrowserContext, *, origin: str | None = None) -> Profile:
        """Watch and, at the end, close a context that the caller has launched."""
        profile = Profile(owner, context, origin or self.origin, self._hosts)
        self._profiles.append(profile)
        return profile

    def leaves(self, profile: Profile) -> None:
        """Destroy a profile with all that it keeps, as a lost device is."""
        profile.watch.verify()
        profile.context.close()
        self._profiles.remove(profile)

    def empties(self) -> None:
        """Have everybody leave."""
        for profile in list(self._profiles):
            self.leaves(profile)

    def verify(self) -> None:
        for profile in self._profiles:
            profile.watch.verify()
