"""Feeds and the calendar, read back by other programs' parsers and checked against the formats' own rules."""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import icalendar
import pytest
from flask.testing import FlaskClient

from portal.server.core.catalogues import LANGUAGES
from portal.server.core.db import Unit
from portal.server.feedback.moderation_models import Topic
from portal.server.feedback.weeks import IntakeWeek
from portal.server.official.feeds import Entry, Event, Feed, calendar, json_feed, rss
from portal.server.townhall import publications
from portal.server.townhall.hall_models import Outcome
from portal.server.translation import service as public_texts
from tests.server.feedback.desk import Desk

HOSTILE = 'Night bus <b>&amp; "tram"</b>\x00\x0b]]> \u202e버스; a, b\\n'
ENTRY = Entry("https://x.example/a", HOSTILE, f"{HOSTILE}\nsecond", "https://x.example/a?b=1&c=2", 1_795_392_000, "en")
FEED = Feed("T & T", "About <it>", "https://x.example/f.rss?lang=en", "https://x.example/", "en", [ENTRY])


@pytest.fixture(scope="module")
def reader(desk: Desk) -> FlaskClient:
    desk.write(_publish)
    return desk.app.test_client()


def _publish(unit: Unit) -> None:
    unit.session.add(
        Topic(
            id="t" * 22, week_id="2026-W48", theme="Transport", minutes=10, status="published", created_ms=unit.now_ms
        )
    )
    public_texts.put(unit, f"topic:{'t' * 22}", "Night bus to the harbour", "en")
    titles = {"en": "Night bus to the harbour", "ko": "항구로 가는 밤 버스"}
    publications.publish(
        unit, "2026-W48", "agenda", {"items": [{"minutes": 10, "titles": titles, "topic": "t" * 22}]}, revision=1
    )
    week = unit.session.get_one(IntakeWeek, "2026-W48")
    week.state = "published"
    unit.session.add(
        Outcome(
            id="o" * 22,
            kind="action",
            status="published",
            owner="Transit office",
            created_ms=0,
            published_day=20_800,
            topic="t" * 22,
        )
    )
    public_texts.put(unit, f"outcome:{'o' * 22}", "It runs from Monday.", "en")


def test_rss_holds_what_was_meant_whatever_was_written() -> None:
    channel = ET.fromstring(rss(FEED)).find("channel")
    assert channel is not None
    assert {"title", "link", "description"} <= {child.tag for child in channel}
    item = channel.find("item")
    assert item is not None
    assert item.findtext("title") == HOSTILE.replace("\x00", "").replace("\x0b", "")
    assert item.findtext("link") == ENTRY.address
    guid = item.find("guid")
    assert guid is not None
    assert guid.get("isPermaLink") == "false"
    assert parsedate_to_datetime(item.findtext("pubDate") or "") == datetime.fromtimestamp(ENTRY.at_s, UTC)


def test_json_feed_has_what_version_1_1_asks_for() -> None:
    feed = json.loads(json.dumps(json_feed(FEED)))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str)
    (item,) = feed["items"]
    assert isinstance(item["id"], str)
    assert item["content_text"].endswith("second")
    assert datetime.fromisoformat(item["date_published"]).tzinfo is not None


def test_a_calendar_escapes_folds_and_comes_back() -> None:
    long = "긴 제목, 세미콜론; 역슬래시\\ 그리고 줄\n바꿈 " * 6
    raw = calendar(
        "T, T", [Event("w-hall", HOSTILE, long, "https://x.example/w", 1_795_392_000, 90)], host="x.example", now_s=0
    )
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    (event,) = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    assert str(event["DESCRIPTION"]) == long
    assert str(event["SUMMARY"]) == HOSTILE.replace("\x00", "").replace("\x0b", "")
    assert event.decoded("DTSTART") == datetime(2026, 11, 23, tzinfo=UTC)
    assert event.decoded("DURATION").total_seconds() == 5400
    assert {"UID", "DTSTAMP"} <= event.keys()


@pytest.mark.parametrize("what", ["weeks", "topics", "outcomes"])
def test_ical_rss_json_validate(reader: FlaskClient, what: str) -> None:
    answer = reader.get(f"/feeds/{what}.rss?lang=ko")
    assert answer.content_type.startswith("application/rss+xml")
    titles = [item.findtext("title") for item in ET.fromstring(answer.data).iter("item")]
    feed = reader.get(f"/feeds/{what}.json?lang=ko").get_json(force=True)
    assert [item["title"] for item in feed["items"]] == titles
    assert len(titles) == 1
    assert feed["feed_url"].endswith(f"/feeds/{what}.json?lang=ko")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_calendar_and_its_agenda(reader: FlaskClient, language: str) -> None:
    events = icalendar.Calendar.from_ical(reader.get(f"/calendar.ics?lang={language}").data).walk("VEVENT")
    uids = [str(event["UID"]) for event in events]
    assert len(uids) == len(set(uids))
    halls = [event for event in events if str(event["UID"]).startswith("2026-W48-hall@")]
    assert [event.decoded("DTSTART") for event in halls] == [datetime(2026, 12, 3, 18, tzinfo=UTC)]
    (entry,) = reader.get(f"/feeds/weeks.json?lang={language}").get_json(force=True)["items"]
    assert ("항구로 가는 밤 버스" if language == "ko" else "Night bus to the harbour") in entry["content_text"]
    assert not re.search(r"letter\.|feed\.", entry["content_text"] + entry["title"])


def test_one_topic_is_followed_from_its_publication_to_its_answer(reader: FlaskClient) -> None:
    feed = reader.get(f"/feeds/topics/{'t' * 22}.json?lang=ko").get_json(force=True)
    assert [item["title"] for item in feed["items"]] == [
        "조치: Transit office",
        "2026-W48주 의제에 올랐습니다",
        "Night bus to the harbour",
    ]
    assert feed["items"][0]["content_text"] == "It runs from Monday."
    page = reader.get("/topics?lang=ko").get_data(as_text=True)
    assert f"/feeds/topics/{'t' * 22}.rss" in page
    titles = [
        item.findtext("title")
        for item in ET.fromstring(reader.get(f"/feeds/topics/{'t' * 22}.rss?lang=ko").data).iter("item")
    ]
    assert titles == [item["title"] for item in feed["items"]]


def test_what_citizens_never_saw_has_no_feed(reader: FlaskClient, desk: Desk) -> None:
    desk.write(
        lambda unit: unit.session.add(
            Topic(id="p" * 22, week_id="2026-W48", theme="Hidden", minutes=5, status="rejected", created_ms=0)
        )
    )
    assert reader.get(f"/feeds/topics/{'p' * 22}.rss").status_code == 404
    assert reader.get(f"/feeds/topics/{'x' * 22}.json").status_code == 404


def test_what_is_no_feed_is_a_page_that_says_so(reader: FlaskClient) -> None:
    assert reader.get("/feeds/accounts.rss").status_code == 404
    assert reader.get("/feeds/weeks.exe").status_code == 404
