"""/week/<id>: the agenda of a week, why each item is on it, the data behind it, and the week's account."""

from typing import Annotated, Final, Literal

import flask
from pydantic import StringConstraints

from portal.server.core import pages
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.pages import Form, FormModel
from portal.server.core.work import run_in_thread
from portal.server.feedback import receipts, weeks
from portal.server.feedback.states import day_text
from portal.server.townhall import objections, publications, week_view
from portal.server.townhall.week_view import WeekView
from portal.wire.errors import UserError

CACHE_S: Final = 30
blueprint = pages.blueprint("week")


class Objecting(FormModel):
    """An objection, and the receipt that its writer holds. ``go`` is "again" to choose another language."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=objections.TEXT_CHARS_MAX)]
    code: Annotated[str, StringConstraints(max_length=100)]
    go: Literal["send", "again"] = "send"


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
    return pages.page(
        "townhall/week.html", part="week", cache_s=CACHE_S, view=view, moderation=pages.words("moderation")
    )


@blueprint.get("/week/<identifier>/objection")
def objection(identifier: str) -> flask.Response:
    """The form for an objection to the published agenda."""
    return _objection_page(identifier, Form[Objecting]())


@blueprint.post("/week/<identifier>/objection")
def object_to(identifier: str) -> flask.Response:
    """Publish an objection."""
    form = pages.form(Objecting)
    if form.value is None or form.value.go == "again":
        return _objection_page(identifier, form, 200 if form.value is not None else 422)
    said, language = form.value, pages.language()
    try:
        code = receipts.parse_code(said.code)
    except receipts.CodeError:
        return _objection_page(identifier, form.refuse("code", "check"), 422)
    taken = run_in_thread(
        lambda: portal().database.write(lambda unit: _object(unit, identifier, code, said.text, language))
    )
    if not taken:
        return _objection_page(identifier, form.refuse("code", "unknown"), 422)
    return pages.see_other(f"/week/{identifier}#objections")


@blueprint.get("/said-done")
def said_done() -> flask.Response:
    """What came of each week: its account, and every published outcome."""
    language = pages.language()
    chapters = run_in_thread(lambda: portal().database.read(lambda unit: week_view.chapters(unit, language)))
    return pages.page(
        "townhall/said_done.html",
        part="week",
        cache_s=CACHE_S,
        chapters=chapters,
        kinds=pages.words("outcomes"),
        day_text=day_text,
    )


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


def _objection_page(identifier: str, form: Form[Objecting], status: int = 200) -> flask.Response:
    is_over = run_in_thread(lambda: portal().database.read(lambda unit: _is_over(unit, identifier)))
    return pages.page(
        "townhall/objection.html", part="week", status=status, week=identifier, form=form, is_over=is_over
    )


def _is_over(unit: Unit, identifier: str) -> bool:
    week = weeks.get(unit, identifier)
    if week is None:
        raise UserError("request.not_found")
    return not objections.are_taken(unit, week)


def _object(unit: Unit, identifier: str, code: str, text: str, language: str) -> bool:
    """Whether there is such a receipt, and the objection was taken."""
    week = weeks.get(unit, identifier)
    if week is None or not objections.are_taken(unit, week):
        raise UserError("request.not_found")
    return objections.take(unit, week, code, text, language) is not None


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
