"""Where programs of readers fetch what is new: /feeds/<what>.<format>, /calendar.ics. The same for everyone."""

import json
from collections.abc import Callable
from typing import Final

import flask

from portal.server.core import pages
from portal.server.core.catalogues import Words
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.work import run_in_thread
from portal.server.official import news
from portal.server.official.feature import Official
from portal.server.official.feeds import CALENDAR_TYPE, JSON_TYPE, RSS_TYPE, Entry, Feed, calendar, json_feed, rss
from portal.wire.errors import UserError

CACHE_S: Final = 300
_Source = Callable[[Unit, Words, str], list[Entry]]
_SOURCES: Final[dict[str, tuple[_Source, str]]] = {
    "weeks": (news.week_entries, "/town-hall"),
    "topics": (news.topic_entries, "/topics"),
    "outcomes": (news.outcome_entries, "/said-done"),
}
blueprint = pages.blueprint("feeds")


@blueprint.get("/feeds/<any(weeks, topics, outcomes):what>.<any(rss, json):form>")
def feed(what: str, form: str) -> flask.Response:
    """One feed, in the language of ?lang or of the program that asks."""
    source, page = _SOURCES[what]
    words, base = pages.words(news.PART), portal().get(Official).public_url
    database = portal().database
    entries = run_in_thread(lambda: database.read(lambda unit: source(unit, words, base)))
    address = f"{base}/feeds/{what}.{form}?lang={words.language}"
    title = f"{words('site.name')}: {words(f'feed.{what}')}"
    return _told(Feed(title, words(f"feed.{what}_about"), address, f"{base}{page}", words.language, entries), form)


@blueprint.get("/feeds/topics/<topic>.<any(rss, json):form>")
def story(topic: str, form: str) -> flask.Response:
    """What becomes of one topic: published, on an agenda, answered."""
    words, base = pages.words(news.PART), portal().get(Official).public_url
    database = portal().database
    found = run_in_thread(lambda: database.read(lambda unit: news.story_of(unit, words, base, topic)))
    if found is None:
        raise UserError("request.not_found")
    title, entries = found
    address = f"{base}/feeds/topics/{topic}.{form}?lang={words.language}"
    page = f"{base}/topics#{topic}"
    return _told(Feed(title, words("feed.topic_about"), address, page, words.language, entries), form)


@blueprint.get("/calendar.ics")
def dates() -> flask.Response:
    """The dates of the weeks, to subscribe to."""
    words, official = pages.words(news.PART), portal().get(Official)
    database = portal().database
    events = run_in_thread(lambda: database.read(lambda unit: news.dates(unit, words, official.public_url)))
    now_s = database.clock_ms() // 1000
    return _sent(calendar(words("site.name"), events, host=official.host, now_s=now_s), CALENDAR_TYPE)


def _told(found: Feed, form: str) -> flask.Response:
    if form == "rss":
        return _sent(rss(found), RSS_TYPE)
    return _sent(json.dumps(json_feed(found), ensure_ascii=False).encode(), JSON_TYPE)


def _sent(body: bytes, kind: str) -> flask.Response:
    response = flask.Response(body, content_type=kind)
    response.headers["Cache-Control"] = f"public, max-age={CACHE_S}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.vary.update(("Accept-Language", "Cookie"))
    return response
