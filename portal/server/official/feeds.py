"""Feeds that readers' programs fetch: RSS 2.0, JSON Feed 1.1 and iCalendar, of the same entries."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from xml.etree import ElementTree as ET

RSS_TYPE: Final = "application/rss+xml; charset=utf-8"
JSON_TYPE: Final = "application/feed+json; charset=utf-8"
CALENDAR_TYPE: Final = "text/calendar; charset=utf-8"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_LINE_BYTES: Final = 75  # RFC 5545 §3.1, without the line break
# What XML 1.0 and calendars can not hold: controls but for tab and line feed, halves of surrogate pairs, and the like.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``id`` never changes; ``address`` is where to read on; ``at_s`` since 1970."""

    id: str
    title: str
    text: str
    address: str
    at_s: int
    language: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Entries, the newest first, with what the feed is and where it is."""

    title: str
    about: str
    address: str
    """Of the feed itself."""
    page: str
    """Of the page for people that shows the same."""
    language: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Event:
    """One date of a calendar, from ``begins_s`` for ``minutes``; ``revision`` grows when it changes."""

    id: str
    title: str
    text: str
    address: str
    begins_s: int
    minutes: int
    revision: int = 0


def rss(feed: Feed) -> bytes:
    """Return ``feed`` as RSS 2.0 (rssboard.org/rss-specification), with its own address as Atom says it."""
    ET.register_namespace("atom", _ATOM)
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    for name, text in (("title", feed.title), ("link", feed.page), ("description", feed.about)):
        _put(channel, name, text)
    _put(channel, "language", feed.language)
    own = {"href": feed.address, "rel": "self", "type": RSS_TYPE.partition(";")[0]}
    ET.SubElement(channel, f"{{{_ATOM}}}link", own)
    for entry in feed.entries:
        item = ET.SubElement(channel, "item")
        _put(item, "title", entry.title)
        _put(item, "link", entry.address)
        _put(item, "description", entry.text)
        _put(item, "guid", entry.id, isPermaLink="false")
        _put(item, "pubDate", format_datetime(_time(entry.at_s)))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def json_feed(feed: Feed) -> dict[str, Any]:
    """Return ``feed`` as JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    items = [
        {
            "id": entry.id,
            "url": entry.address,
            "title": _writable(entry.title),
            "content_text": _writable(entry.text),
            "date_published": _time(entry.at_s).isoformat(),
            "language": entry.language,
        }
        for entry in feed.entries
    ]
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.about,
        "home_page_url": feed.page,
        "feed_url": feed.address,
        "language": feed.language,
        "items": items,
    }


def calendar(title: str, events: Sequence[Event], *, host: str, now_s: int) -> bytes:
    """Return ``events`` as a calendar to subscribe to (RFC 5545, RFC 7986); times are UTC, so no zone can be wrong."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//portal//town hall//EN", "METHOD:PUBLISH"]
    lines += [f"NAME:{_escaped(title)}", f"X-WR-CALNAME:{_escaped(title)}", "REFRESH-INTERVAL;VALUE=DURATION:PT6H"]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.id}@{host}",
            f"DTSTAMP:{_stamp(now_s)}",
            f"SEQUENCE:{event.revision}",
            f"DTSTART:{_stamp(event.begins_s)}",
            f"DURATION:PT{max(event.minutes, 0)}M",
            f"SUMMARY:{_escaped(event.title)}",
            f"DESCRIPTION:{_escaped(event.text)}",
            f"URL:{event.address}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) + "\r\n" for line in lines).encode()


def _put(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = _writable(text)


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _time(at_s: int) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


def _stamp(at_s: int) -> str:
    return _time(at_s).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """RFC 5545 §3.3.11."""
    plain = _writable(text.replace("\r\n", "\n")).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Break a content line after at most 75 bytes, never within a character."""
    parts: list[str] = []
    room, size = _LINE_BYTES, 0
    start = 0
    for position, character in enumerate(line):
        length = len(character.encode())
        if size + length > room:
            parts.append(line[start:position])
            start, size, room = position, 0, _LINE_BYTES - 1  # the blank that continues a line counts
        size += length
    parts.append(line[start:])
    return "\r\n ".join(parts)
