"""/week/<id>: the agenda of a week, why each item is on it, the data behind it, and the week's account."""

import flask

from portal.server.core import pages
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.work import run_in_thread
from portal.server.feedback import weeks
from portal.server.townhall import publications, week_view
from portal.server.townhall.week_view import WeekView
from portal.wire.errors import UserError

CACHE_S = 30
blueprint = pages.blueprint("week")


@blueprint.get("/week/")
def newest() -> flask.Response:
    """The newest week with a published agenda; the present one if there is none."""
    identifier = run_in_thread(lambda: portal().database.read(_newest))
    return pages.see_other(f"/week/{identifier}")


@blueprint.get("/week/<identifier>")
def show(identifier: str) -> flask.Response:
    """One week."""
    language = pages.language()
    view = run_in_thread(lambda: portal().database.read(lambda unit: _view(unit, identifier, language)))
    return pages.page("townhall/week.html", part="week", cache_s=CACHE_S, view=view)


@blueprint.get("/week/<identifier>/<name>.json")
def file(identifier: str, name: str) -> flask.Response:
    """A published file, exactly as its hash says; for everyone, from anywhere, for good."""
    what, _, revision = name.rpartition("-")
    found = run_in_thread(lambda: portal().database.read(lambda unit: _file(unit, identifier, what, revision)))
    response = flask.Response(found, content_type="application/json; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "public, max-age=86400, immutable"
    return response


def _newest(unit: Unit) -> str:
    return (weeks.latest(unit, "published") or weeks.current(unit)).id


def _view(unit: Unit, identifier: str, language: str) -> WeekView:
    week = weeks.get(unit, identifier)
    if week is None:
        raise UserError("request.not_found")
    return week_view.of(unit, week, language)


def _file(unit: Unit, week: str, what: str, revision: str) -> bytes:
    if what not in {"ballots", "agenda", "account"} or not revision.isdecimal() or len(revision) > 9:
        raise UserError("request.not_found")
    found = publications.get(unit, week, what, int(revision))  # type: ignore[arg-type]
    if found is None:
        raise UserError("request.not_found")
    return found.file
