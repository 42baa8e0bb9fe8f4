"""/moderate/agenda/<week>: move, lengthen, add and take off items with public reasons; agree; publish. Forms only."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

import flask
from pydantic import Field, StringConstraints

from portal.server.core import pages
from portal.server.core.actor import Actor
from portal.server.core.catalogues import LANGUAGES
from portal.server.core.db import Unit
from portal.server.core.pages import Form, FormModel
from portal.server.feedback import decisions, moderators, topics, weeks
from portal.server.feedback.moderation_page import reason_choices
from portal.server.feedback.weeks import IntakeWeek
from portal.server.townhall import agenda, agenda_changes, agenda_desk, clock, objections
from portal.server.townhall.agenda_changes import MINUTES_MAX, REASON_CHARS, TITLE_CHARS_MAX, Reason
from portal.server.townhall.agenda_models import ItemKind
from portal.wire.errors import UserError

PART: Final = "moderate_agenda"
TITLED: Final[dict[str, ItemKind]] = {"fixed": "fixed", "internal": "internal"}
"""What can be added that is no topic, by what the form sends in a topic's place."""
blueprint = moderators.blueprint("agenda_desk")

Revision = Annotated[int, Field(ge=0)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=REASON_CHARS[0], max_length=REASON_CHARS[1])]
Language = Literal["en", "ko", "ja", "zh", "ar", "fr", "es", "ru"]
Place = Annotated[int, Field(ge=1, le=999)]
Minutes = Annotated[int, Field(ge=1, le=MINUTES_MAX)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]


class Change(FormModel):
    """One change of one item. ``place`` counts for "to", ``minutes`` for "minutes"."""

    revision: Revision
    item: Identifier
    do: Literal["up", "down", "top", "bottom", "to", "minutes", "remove"]
    place: Place = 1
    minutes: Minutes = 10
    reason: Words
    language: Language


class Addition(FormModel):
    """A further item: a topic, or what has a title of its own."""

    revision: Revision
    topic: Identifier | Literal["fixed", "internal"]
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=TITLE_CHARS_MAX)] = ""
    place: Place = 1
    minutes: Minutes = 10
    reason: Words
    language: Language


class Seen(FormModel):
    """The revision that somebody agrees with, or publishes."""

    revision: Revision


class Hiding(FormModel):
    """Why an objection is taken off the page."""

    objection: Identifier
    cause: Literal["personal_data", "abuse", "advertising", "illegal"]


class Answering(FormModel):
    """The public answer to an objection."""

    objection: Identifier
    answer: Words
    language: Language


@blueprint.get("/moderate/agenda/")
def newest() -> flask.Response:
    """The week whose agenda is being made; else the newest one that has one."""
    return pages.see_other(f"/moderate/agenda/{moderators.read_as(_newest)}")


@blueprint.get("/moderate/agenda/<week>")
def show(week: str) -> flask.Response:
    """One week's agenda."""
    return _page(week, Form[Change]())


@blueprint.post("/moderate/agenda/<week>/change")
def change(week: str) -> flask.Response:
    """Change one item."""
    form = pages.form(Change)
    if form.value is None:
        return _page(week, form, status=422)
    wanted = form.value
    return _tried(week, form, lambda unit, actor: _change(unit, actor, week, wanted))


@blueprint.post("/moderate/agenda/<week>/add")
def add(week: str) -> flask.Response:
    """Add an item."""
    form = pages.form(Addition)
    if form.value is not None and form.value.topic in TITLED and not form.value.title:
        form.refuse("title", "missing")
        return _page(week, form, status=422)
    if form.value is None:
        return _page(week, form, status=422)
    wanted = form.value
    return _tried(week, form, lambda unit, actor: _add(unit, actor, week, wanted))


@blueprint.post("/moderate/agenda/<week>/approve")
def approve(week: str) -> flask.Response:
    """Agree with the agenda as it stands."""
    form = pages.form(Seen)
    if form.value is None:
        raise UserError("request.not_found")
    seen = form.value.revision
    return _tried(week, form, lambda unit, actor: agenda.approve(unit, actor, agenda_changes.begin(unit, week, seen)))


@blueprint.post("/moderate/agenda/<week>/publish")
def publish(week: str) -> flask.Response:
    """Publish at once what would be published at its time, or a changed agenda anew."""
    form = pages.form(Seen)
    if form.value is None:
        raise UserError("request.not_found")
    seen = form.value.revision
    return _tried(week, form, lambda unit, _actor: _publish(unit, week, seen))


@blueprint.post("/moderate/agenda/<week>/answer")
def answer(week: str) -> flask.Response:
    """Answer an objection."""
    form = pages.form(Answering)
    if form.value is None:
        return _page(week, form, status=422)
    said = form.value
    return _tried(
        week, form, lambda unit, _actor: objections.answer(unit, week, said.objection, said.answer, said.language)
    )


@blueprint.post("/moderate/agenda/<week>/hide")
def hide(week: str) -> flask.Response:
    """Take an objection off the page."""
    form = pages.form(Hiding)
    if form.value is None:
        return _page(week, form, status=422)
    wanted = form.value
    return _tried(week, form, lambda unit, _actor: objections.hide(unit, week, wanted.objection, wanted.cause))


def _tried(week: str, form: Form[Any], work: Callable[[Unit, Actor], object]) -> flask.Response:
    """Do ``work``; show the page again, with what was typed, if somebody else was faster."""
    try:
        moderators.write_as(work)
    except UserError as error:
        if error.code not in {"moderation.moved", "moderation.closed"}:
            raise
        return _page(week, form, status=409, refused=error.code)
    return pages.see_other(f"/moderate/agenda/{week}")


def _page(week: str, form: Form[Any], *, status: int = 200, refused: str = "") -> flask.Response:
    language = pages.language()
    desk = moderators.read_as(lambda unit, actor: agenda_desk.of(unit, actor, _week(unit, week), language))
    return pages.page(
        "townhall/agenda_desk.html",
        part=PART,
        status=status,
        desk_view=desk,
        form=form,
        refused=refused,
        lengths=topics.MINUTES,
        tongues=tuple(LANGUAGES),
        approvals_due=agenda.APPROVALS_DUE,
        opened=form.text("item"),
        reason_chars=REASON_CHARS,
        causes=reason_choices(decisions.REDACTION_REASONS),
        key_of_change=agenda.key_of_change,
    )


def _newest(unit: Unit, _actor: Actor) -> str:
    for week in weeks.unfinished(unit):
        if week.has_reached("drafted") and not week.has_reached("held"):
            return week.id
    return (weeks.latest(unit, "drafted") or weeks.current(unit)).id


def _week(unit: Unit, identifier: str) -> IntakeWeek:
    found = weeks.get(unit, identifier)
    if found is None:
        raise UserError("request.not_found")
    return found


def _change(unit: Unit, actor: Actor, week: str, wanted: Change) -> None:
    row = agenda_changes.begin(unit, week, wanted.revision)
    reason = Reason(wanted.reason, wanted.language)
    if wanted.do == "minutes":
        agenda_changes.set_minutes(unit, actor, row, wanted.item, wanted.minutes, reason)
    elif wanted.do == "remove":
        agenda_changes.remove(unit, actor, row, wanted.item, reason)
    else:
        place = _place(unit, week, wanted)
        agenda_changes.move(unit, actor, row, wanted.item, place, reason)


def _place(unit: Unit, week: str, wanted: Change) -> int:
    """Where the item goes; buttons and the number say the same in other words."""
    order = [item.id for item in agenda.items(unit, week)]
    at = order.index(wanted.item) + 1 if wanted.item in order else 1
    places = {"up": at - 1, "down": at + 1, "top": 1, "bottom": len(order), "to": wanted.place}
    return places[wanted.do]


def _add(unit: Unit, actor: Actor, week: str, wanted: Addition) -> None:
    row = agenda_changes.begin(unit, week, wanted.revision)
    reason, at = Reason(wanted.reason, wanted.language), (wanted.place, wanted.minutes)
    kind = TITLED.get(wanted.topic)
    if kind is None:
        agenda_changes.add_topic(unit, actor, row, wanted.topic, at, reason)
    else:
        agenda_changes.add_item(unit, actor, row, kind, wanted.title, at, reason)


def _publish(unit: Unit, week: str, seen: int) -> None:
    row = agenda_changes.begin(unit, week, seen)
    of_week = _week(unit, week)
    if of_week.state == "drafted":
        clock.publish_early(unit, of_week)
    elif row.shown_revision != row.revision:
        clock.publish_changes(unit, of_week)
