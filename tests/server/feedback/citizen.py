"""A citizen whose browser knows forms and links and no script, and one whose browser does the work as well."""

import http.client
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Protocol

import flask

from portal.server.feedback import proof_of_work

ORIGIN = "http://localhost:8700"
VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


@dataclass
class FormOnPage:
    """A form as a browser has it: what would be sent, and its buttons as (name, value, words)."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    def put(self, name: str, *values: str) -> None:
        """Type or choose."""
        self.values = [(key, value) for key, value in self.values if key != name] + [(name, value) for value in values]

    def value(self, name: str) -> str:
        """What stands in a field."""
        return dict(self.values)[name]


class Response(Protocol):
    """What a page is made of."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Received:
    """A response that came over a socket."""

    status_code: int
    headers: Mapping[str, str]
    text: str


class Wire:
    """What Flask's test client is to an application, to a server at ``origin``: from the address ``source``."""

    def __init__(self, origin: str, source: str) -> None:
        self.origin = origin
        self._source = source

    def get(self, path: str, headers: Mapping[str, str]) -> Received:
        """Follow a link."""
        return self._asked("GET", path, headers)

    def post(self, path: str, data: Mapping[str, list[str]], headers: Mapping[str, str]) -> Received:
        """Send a form."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._asked("POST", path, form | dict(headers), urllib.parse.urlencode(data, doseq=True))

    def _asked(self, method: str, path: str, headers: Mapping[str, str], body: str | None = None) -> Received:
        place = urllib.parse.urlsplit(self.origin)
        assert place.port is not None
        connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=60, source_address=(self._source, 0))
        try:
            connection.request(method, path, body, {"Host": place.netloc} | dict(headers))
            answer = connection.getresponse()
            return Received(answer.status, dict(answer.headers.items()), answer.read().decode())
        finally:
            connection.close()


class Page(HTMLParser):
    """A page as one without scripts sees it."""

    def __init__(self, response: Response) -> None:
        super().__init__(convert_charrefs=True)
        self.status = response.status_code
        self.headers = response.headers
        self.html = response.text
        self.forms: list[FormOnPage] = []
        self.links: list[str] = []
        self._text: list[str] = []
        self._form: FormOnPage | None = None
        self._textarea = self._select = self._button = ""
        self._typed: list[str] = []
        self._attributes: dict[str, str] = {}
        self.feed(self.html)

    @property
    def text(self) -> str:
        """Everything that can be read, in one line."""
        return " ".join("".join(self._text).split())

    def form(self, action: str) -> FormOnPage:
        """The form that is sent to ``action``."""
        return next(form for form in self.forms if form.action.partition("?")[0] == action)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "form":
            self._form = FormOnPage(found.get("action", ""), found.get("method", "get"))
            self.forms.append(self._form)
        if self._form is not None:
            self._field(tag, found)

    def _field(self, tag: str, found: dict[str, str]) -> None:
        assert self._form is not None
        if tag == "input":
            checkable = found.get("type") in {"radio", "checkbox"}
            if not checkable or "checked" in found:
                self._form.values.append((found["name"], found.get("value", "on" if checkable else "")))
        elif tag == "textarea":
            self._textarea, self._typed = found["name"], []
        elif tag == "select":
            self._select = found["name"]
            self._form.values.append((self._select, ""))
        elif tag == "option" and "selected" in found:
            self._form.put(self._select, found["value"])
        elif tag == "button":
            self._button, self._typed, self._attributes = "button", [], found

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._form is not None:
            # A browser drops the line break after the tag.
            self._form.values.append((self._textarea, "".join(self._typed).removeprefix("\n")))
            self._textarea = ""
        elif tag == "button" and self._form is not None and self._button:
            words = " ".join("".join(self._typed).split())
            self._form.buttons.append((self._attributes.get("name", ""), self._attributes.get("value", ""), words))
            self._button = ""

    def handle_data(self, data: str) -> None:
        self._text.append(data)
        if self._textarea or self._button:
            self._typed.append(data)


class Citizen:
    """Somebody at a browser of a portal in this process, or elsewhere; ``headers`` are what it tells of itself."""

    def __init__(self, place: flask.Flask | Wire, *, language: str = "en", **headers: str) -> None:
        self.client: Any = place.test_client() if isinstance(place, flask.Flask) else place
        self.origin = ORIGIN if isinstance(place, flask.Flask) else place.origin
        self.headers = {"Accept-Language": language} | {name.replace("_", "-"): text for name, text in headers.items()}
        self.page = self.open("/town-hall")

    def open(self, path: str) -> Page:
        """Follow a link."""
        self.page = Page(self.client.get(path, headers=self.headers))
        return self.page

    def send(self, form: FormOnPage, name: str = "", value: str = "") -> Page:
        """Press a button of a form."""
        typed: dict[str, list[str]] = {}
        for key, text in [*form.values, *([(name, value)] if name else [])]:
            typed.setdefault(key, []).append(text)
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"} | self.headers
        response = self.client.post(form.action, data=typed, headers=headers)
        if response.status_code == 303:
            return self.open(response.headers["Location"])
        self.page = Page(response)
        return self.page

    def work(self) -> None:
        """Do what the page's script does."""
        form = next(form for form in self.page.forms if "work" in dict(form.values))
        cost = int(re.findall(r'data-cost="(\d+)"', self.page.html)[0])
        form.put("solution", proof_of_work.solve(form.value("work"), cost))

    def write(self, text: str) -> Page:
        """Answer the first question of /say."""
        form = self.open("/say").form("/say")
        form.put("text", text)
        return self.send(form)

    def come_to_check(self, text: str, *, visibility: str = "public", lang: str = "en") -> Page:
        """Write, and answer every question up to the last page."""
        page = self.write(text)
        for _ in range(6):
            form = page.form("/say")
            step = form.value("at")
            if step == "check":
                return page
            if step == "privacy":
                keep = next(button for button in form.buttons if button[0] == "kept")
                page = self.send(form, *keep[:2])
                continue
            form.put(
                {"language": "lang", "visibility": "visibility"}.get(step, "seen"),
                {"language": lang, "visibility": visibility}.get(step, "yes"),
            )
            page = self.send(form)
        msg = f"no way to the last page: {page.text}"
        raise AssertionError(msg)

    def say(self, text: str, *, visibility: str = "public", lang: str = "en") -> str:
        """Say something; the receipt's number."""
        self.come_to_check(text, visibility=visibility, lang=lang)
        self.work()
        return code_on(self.send(self.page.form("/say")))

    def follow(self, code: str) -> Page:
        """Look what became of it."""
        form = self.open("/r").form("/r")
        form.put("code", code)
        return self.send(form)


def code_on(page: Page) -> str:
    """The number that a receipt's page shows."""
    assert page.status == 200, page.text
    return page.form("/r/kept").value("code")
