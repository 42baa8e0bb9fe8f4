"""Pages of a hall's minutes: for everyone from the phase "amend" on, and for those who write them."""

import difflib
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import flask
from pydantic import Field, StringConstraints

from portal.server.core import pages
from portal.server.core.actor import Actor
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.pages import Form, FormModel
from portal.server.core.work import run_in_thread
from portal.server.feedback import moderators
from portal.server.townhall import minutes
from portal.server.townhall.hall_live import Halls
from portal.server.townhall.hall_log import hall_named
from portal.server.townhall.hall_models import Minute, MinutesPhase
from portal.server.townhall.statements import Language, Record
from portal.wire.errors import PeerError, UserError

T = TypeVar("T")
public = pages.blueprint("minutes")
desk = moderators.blueprint("minutes_desk")


class Writing(FormModel):
    """A new revision of one item's minutes, after the one that its author saw."""

    item: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    revision: int = Field(ge=0)
    text: Record
    lang: Language


class Advancing(FormModel):
    """Out of which phase the minutes go."""

    after: MinutesPhase


@public.get("/hall/<name>/minutes")
def show(name: str) -> flask.Response:
    """Show the minutes, once they are laid open."""
    projection, lang = _halls().find(name).projection, pages.language()

    def work(unit: Unit) -> dict[str, Any]:
        where = minutes.standing(unit, name)
        is_open = where is not None and where.phase in minutes.PUBLIC
        return {
            "hall": hall_named(unit, name),
            "where": where,
            "items": minutes.items(unit, projection, lang) if is_open else [],
            "published": minutes.published(unit, name),
        }

    return pages.page("hall/minutes.html", part="minutes", **_read(work))


@public.get("/hall/<name>/minutes/<item>")
def history(name: str, item: str) -> flask.Response:
    """Show all revisions of one item's minutes since they were laid open, and what each changed."""
    _halls().find(name)
    rows = _read(lambda unit: minutes.revisions(unit, name, item, public=True))
    if not rows:
        raise UserError("request.not_found")
    return pages.page(
        "hall/history.html", part="minutes", name=name, revisions=changes(rows), back=f"/hall/{name}/minutes"
    )


@public.get("/hall/<name>/minutes.json")
def file(name: str) -> flask.Response:
    """Return the newest final minutes as the file whose hash is in the ledger."""
    _halls().find(name)
    row = _read(lambda unit: minutes.published(unit, name))
    if row is None or row.file is None:
        raise UserError("request.not_found")
    response = flask.Response(row.file, content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@desk.get("/moderate/minutes/<name>")
def write_page(name: str) -> flask.Response:
    """Show what is to be written; the draft is made at the first look."""
    return _desk_page(name, Form[Writing]())


@desk.post("/moderate/minutes/<name>")
def write(name: str) -> flask.Response:
    """Add a revision of one item's minutes."""
    form = pages.form(Writing)
    sent = form.value
    if sent is None:
        return _desk_page(name, form, 422)
    try:
        moderators.write_as(
            lambda unit, actor: minutes.write(
                unit, actor, name, sent.item, sent.text, sent.lang, revision=sent.revision
            )
        )
    except UserError as error:
        return _desk_page(name, form, error.http_status, refused=_reason(error))
    return pages.see_other(f"/moderate/minutes/{name}?kept=1#i-{sent.item}")


@desk.post("/moderate/minutes/<name>/phase")
def advance(name: str) -> flask.Response:
    """Bring the minutes into the next phase."""
    form = pages.form(Advancing)
    sent = form.value
    if sent is None:
        raise PeerError("request.malformed", field="after")
    try:
        moderators.write_as(lambda unit, _actor: minutes.advance(unit, name, sent.after))
    except UserError as error:
        return _desk_page(name, Form[Writing](), error.http_status, refused=_reason(error))
    return pages.see_other(f"/moderate/minutes/{name}")


@desk.get("/moderate/minutes/<name>/<item>")
def all_revisions(name: str, item: str) -> flask.Response:
    """Show all revisions of one item's minutes to those who write them."""
    _halls().find(name)
    rows = moderators.read_as(lambda unit, _actor: minutes.revisions(unit, name, item, public=False))
    back = f"/moderate/minutes/{name}"
    return pages.page("hall/history.html", part="minutes", name=name, revisions=changes(rows), back=back)


def changes(rows: list[Minute]) -> list[tuple[Minute, list[tuple[str, str]]]]:
    """Return each revision (newest first) with its lines: (sign, line), signs as in a diff, "" for unchanged ones."""
    found = []
    for number, row in enumerate(rows):
        before = rows[number + 1].text.splitlines() if number + 1 < len(rows) else []
        lines = difflib.ndiff(before, row.text.splitlines())
        found.append((row, [(line[0].strip(), line[2:]) for line in lines if line[0] != "?"]))
    return found


def _desk_page(name: str, form: Form[Writing], status: int = 200, refused: str = "") -> flask.Response:
    projection, lang = _halls().find(name).projection, pages.language()

    def work(unit: Unit, _actor: Actor) -> dict[str, Any]:
        where = minutes.begin(unit, projection)
        return {
            "hall": hall_named(unit, name),
            "where": where,
            "next": minutes.NEXT[where.phase],
            "items": minutes.items(unit, projection, lang),
            "unchecked": minutes.unchecked(unit, name),
        }

    try:
        values = moderators.write_as(work)
    except UserError as error:
        if error.code != "hall.refused":
            raise
        return pages.page("hall/minutes_wait.html", part="moderate_hall", name=name, status=409)
    return pages.page(
        "hall/minutes_desk.html", part="moderate_hall", status=status, form=form, refused=refused, **values
    )


def _reason(error: UserError) -> str:
    if not error.code.startswith("hall."):
        raise error
    words = pages.words("moderate_hall")
    return words(f"refused.{error.detail.get('reason', 'minutes_' + error.code.removeprefix('hall.'))}")


def _read(work: Callable[[Unit], T]) -> T:
    database = portal().database
    return run_in_thread(lambda: database.read(work))


def _halls() -> Halls:
    return portal().get(Halls)
