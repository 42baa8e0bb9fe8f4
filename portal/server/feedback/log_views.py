"""/moderation-log and /moderation-policy for everyone, and the moderators' exports.

The log has every decision with its reason, and no names; as a page, as CSV and as JSON.
"""

import csv
import io
import json
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import flask

from portal.server.core import pages
from portal.server.core.actor import Actor
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.work import run_in_thread
from portal.server.feedback import decisions, moderators, queue, review, topics
from portal.server.feedback.decisions import DecisionView
from portal.server.feedback.moderation_page import PUBLIC_PART, constants
from portal.server.feedback.moderation_views import chosen_filter
from portal.server.feedback.states import day_text
from portal.wire.errors import UserError

PAGE: Final = 50
BATCH: Final = 500
CACHE_S: Final = 60
public_views = pages.blueprint("moderation_log")
blueprint = moderators.blueprint("moderate_exports")
LOG_COLUMNS: Final = (
    "id", "day", "week", "about", "topic", "code", "reason", "words", "words_language", "people", "state", "supersedes",
)  # fmt: skip
EXPORT_COLUMNS: Final = (
    "id", "week", "received", "due_in_days", "state", "language", "visibility", "copies", "campaign", "topics", "text",
)  # fmt: skip
# What spreadsheets take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@public_views.get("/moderation-log")
def show_log() -> flask.Response:
    """Show what moderators decided."""
    language, number, week = pages.language(), _number(), flask.request.args.get("week", "")[:8]

    def work(unit: Unit) -> dict[str, Any]:
        total = decisions.log_size(unit, week=week or None)
        rows = decisions.log(unit, language, week=week or None, offset=(number - 1) * PAGE, limit=PAGE)
        named = {one.subject for one in rows if one.subject_kind == "topic"} | {t for one in rows for t in one.topics}
        return {
            "rows": rows,
            "pages": max(1, -(-total // PAGE)),
            "titles": {topic: topics.view(unit, topic, language) for topic in named},
            "weeks": decisions.weeks_of_log(unit),
        }

    values = run_in_thread(lambda: portal().database.read(work))
    return pages.page(
        "moderate/log.html",
        part=PUBLIC_PART,
        cache_s=CACHE_S,
        **values,
        number=number,
        week=week,
        **constants(),
    )


@public_views.get("/moderation-log.json")
def log_as_json() -> flask.Response:
    """Give the whole log as JSON."""
    rows = ({name: value for name, value in zip(LOG_COLUMNS, row, strict=True)} for row in _log_rows())  # noqa: C416 - columns are named
    return _download(_json_lines(rows), "application/json", "moderation-log.json")


@public_views.get("/moderation-log.csv")
def log_as_csv() -> flask.Response:
    """Give the whole log as CSV."""
    return _download(_csv_lines(LOG_COLUMNS, _log_rows()), "text/csv; charset=utf-8", "moderation-log.csv")


@public_views.get("/moderation-policy")
def show_policy() -> flask.Response:
    """Show the rules by which moderators decide."""
    return pages.page(
        "moderate/policy.html",
        part=PUBLIC_PART,
        cache_s=CACHE_S,
        due_days=review.DUE_DAYS,
        many=decisions.MANY_SUPPORTERS,
        topic_reasons=decisions.TOPIC_REASONS,
        **constants(),
    )


@blueprint.get("/moderate/export.<kind>")
def export(kind: str) -> flask.Response:
    """Give the filtered queue to a moderator, with the texts as they may be shown."""
    if kind not in {"csv", "json"}:
        raise UserError("request.not_found")
    moderators.actor()
    if kind == "csv":
        return _download(_csv_lines(EXPORT_COLUMNS, _export_rows()), "text/csv; charset=utf-8", "submissions.csv")
    named = (dict(zip(EXPORT_COLUMNS, row, strict=True)) for row in _export_rows())
    return _download(_json_lines(named), "application/json", "submissions.json")


def _log_rows() -> Iterator[tuple[Any, ...]]:
    language, offset = pages.language(), 0
    database = portal().database
    while True:
        read = partial(decisions.log, language=language, offset=offset, limit=BATCH)
        batch = run_in_thread(partial(database.read, read))
        yield from map(_log_row, batch)
        if len(batch) < BATCH:
            return
        offset += BATCH


def _log_row(one: DecisionView) -> tuple[Any, ...]:
    topic = one.subject if one.subject_kind == "topic" else " ".join(one.topics)
    return (
        one.id,
        day_text(one.day),
        one.week,
        one.subject_kind,
        topic,
        one.code,
        one.reason or "",
        one.original,
        one.original_language if one.original else "",
        2 if one.by_two else 1,
        one.state,
        one.supersedes or "",
    )


def _export_rows() -> Iterator[tuple[Any, ...]]:
    chosen, after = chosen_filter(), None
    while True:

        def work(unit: Unit, _actor: Actor, at: tuple[int, str] | None = after) -> list[queue.Exported]:
            return queue.exported(unit, chosen, after=at, limit=BATCH)

        batch = moderators.read_as(work)
        for one in batch:
            yield one.row
        if len(batch) < BATCH:
            return
        after = batch[-1].place


def _csv_lines(columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    yield _csv_line(columns)
    for row in rows:
        yield _csv_line(tuple(_harmless(value) for value in row))


def _csv_line(values: tuple[Any, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _harmless(value: object) -> object:
    """A spreadsheet must not compute what a citizen wrote."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _json_lines(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows):
        yield ("\n" if number == 0 else ",\n") + json.dumps(row, ensure_ascii=False)
    yield "\n]\n"


def _download(lines: Iterator[str], kind: str, name: str) -> flask.Response:
    response = flask.Response(flask.stream_with_context(lines), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _number() -> int:
    said = flask.request.args.get("page", "1")
    return max(1, int(said)) if said.isascii() and said.isdigit() and len(said) < 7 else 1
