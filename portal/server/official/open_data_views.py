"""Open data for everyone: the files of each week as published, tables with their dictionary, how long answers take."""

import json
from collections.abc import Callable
from typing import Final, TypeVar

import flask
import sqlalchemy as sa

from portal.server.core import pages
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.work import run_in_thread
from portal.server.official import answers
from portal.server.official.feature import Official
from portal.server.official.tables import TABLES
from portal.server.townhall import publications
from portal.server.townhall.agenda_models import Publication, PublicationKind
from portal.wire.errors import UserError

T = TypeVar("T")
PART: Final = "data"
CACHE_S: Final = 60
YEAR_S: Final = 365 * 86_400
WEEKS_SHOWN: Final = 26
REVISIONS_MAX: Final = 1 << 31
_KINDS: Final[dict[str, PublicationKind]] = {"ballots": "ballots", "agenda": "agenda", "account": "account"}
blueprint = pages.blueprint("open_data")


@blueprint.get("/open-data")
def show() -> flask.Response:
    """All that there is, with how to check it."""
    found = _read(_files)
    return pages.page("data/open_data.html", part=PART, cache_s=CACHE_S, weeks=found, tables=TABLES.values())


@blueprint.get("/open-data/dictionary")
def dictionary() -> flask.Response:
    """What each column of each table means."""
    return pages.page("data/dictionary.html", part=PART, cache_s=CACHE_S, tables=TABLES.values())


@blueprint.get("/open-data/answers")
def scoreboard() -> flask.Response:
    """How long answers take, week by week."""
    return pages.page("data/answers.html", part=PART, cache_s=CACHE_S, weeks=_read(answers.scoreboard))


@blueprint.get("/open-data/<week>/<any(ballots, agenda, account):what>.json")
def file(week: str, what: str) -> flask.Response:
    """One file exactly as its hash stands in the ledger; ?revision= for an older one.

    Raises UserError: request.not_found.
    """
    kind, revision = _KINDS[what], flask.request.args.get("revision", type=int)

    def find(unit: Unit) -> Publication | None:
        if revision is None:
            return publications.newest(unit, week, kind)
        return publications.get(unit, week, kind, revision)

    # Beyond that a database has no number.
    found = None if revision is not None and revision >= REVISIONS_MAX else _read(find)
    if found is None:
        raise UserError("request.not_found")
    name = f"{week}-{what}-{found.revision}.json"
    return _sent(found.file, "application/json", name, YEAR_S if revision is not None else CACHE_S)


@blueprint.get("/open-data/dictionary.json")
def dictionary_file() -> flask.Response:
    """The dictionary of all tables as one file."""
    value = {name: table.dictionary() for name, table in TABLES.items()}
    return _sent(_json(value), "application/json", "dictionary.json", CACHE_S)


@blueprint.get("/open-data/<name>.<any(csv, json):form>")
def table(name: str, form: str) -> flask.Response:
    """One table.

    Raises UserError: request.not_found.
    """
    if name not in TABLES:
        raise UserError("request.not_found")
    found, database = TABLES[name], portal().database

    def make() -> bytes:
        if form == "csv":
            # The mark tells spreadsheets that this is UTF-8.
            return ("\ufeff" + database.read(found.as_csv)).encode()
        return _json(database.read(found.as_json))

    body = portal().get(Official).shelf.get(f"{name}.{form}", make)
    return _sent(body, "text/csv; charset=utf-8" if form == "csv" else "application/json", f"{name}.{form}", CACHE_S)


def _files(unit: Unit) -> list[tuple[str, list[Publication]]]:
    names = sa.select(Publication.week_id).distinct().order_by(Publication.week_id.desc()).limit(WEEKS_SHOWN)
    return [(week, publications.of_week(unit, week)) for week in unit.session.scalars(names)]


def _read(work: Callable[[Unit], T]) -> T:
    database = portal().database
    return run_in_thread(lambda: database.read(work))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _sent(body: bytes, kind: str, name: str, cache_s: int) -> flask.Response:
    response = flask.Response(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = f"public, max-age={cache_s}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
