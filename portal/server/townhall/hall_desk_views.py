"""The moderators' side of halls: plan one, run one. Every action is a form, and one key where scripts run."""

from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import flask
from pydantic import Field, StringConstraints

from portal.server.core import pages
from portal.server.core.actor import Actor
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.pages import Form, FormModel
from portal.server.core.web import error_reply, reply
from portal.server.feedback import moderators, weeks
from portal.server.townhall import clock, commands, orders, planning
from portal.server.townhall.hall_desk import desk
from portal.server.townhall.hall_live import Halls, LiveHall
from portal.server.townhall.hall_log import Done, carry_out, hall_named
from portal.server.townhall.orders import ModeratorOrder
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import new_id

_STREAM_HEADERS: Final = (("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"))
_DAY: Final = "%Y-%m-%dT%H:%M"
blueprint = moderators.blueprint("hall_desk")


class Planning(FormModel):
    """A new hall. ``starts`` is on the wall clock of the installation's zone, as browsers send a moment."""

    starts: str = ""
    minutes: int = Field(default=90, ge=5, le=600)
    week: Annotated[str, StringConstraints(max_length=8)] = ""
    meeting: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] = ""
    framed: bool = False


@blueprint.get("/moderate/hall")
def index() -> flask.Response:
    """List the halls, and plan a new one."""
    return _index(Form[Planning]())


@blueprint.post("/moderate/hall")
def plan() -> flask.Response:
    """Plan a hall: that of a week, or one by itself."""
    form = pages.form(Planning)
    wanted = None if form.value is None else _wanted(form, form.value)
    if wanted is None:
        return _index(form, 422)
    hall = moderators.write_as(lambda unit, _actor: planning.plan(unit, wanted).id)
    return pages.see_other(f"/moderate/hall/{hall}")


@blueprint.get("/moderate/hall/<name>")
def run(name: str) -> flask.Response:
    """Show the hall as its moderators run it."""
    return _run_page(_halls().find(name))


@blueprint.get("/moderate/hall/<name>/events")
def pulse(name: str) -> flask.Response:
    """Stream the number of the newest event, so that the page knows when to look again."""
    moderators.actor()
    live = _halls().find(name)
    live.fresh()
    return flask.Response(live.pulse(), headers=_STREAM_HEADERS, content_type="text/event-stream")


@blueprint.post("/moderate/hall/<name>/agenda")
def take_agenda(name: str) -> flask.Response:
    """Add what came onto the week's published agenda since the hall was planned."""
    halls = _halls()
    live = halls.find(name)

    def work(unit: Unit, _actor: Actor) -> int:
        halls.tell(unit, live)
        return planning.take_agenda(unit, hall_named(unit, name, lock=True))

    moderators.write_as(work)
    return pages.see_other(f"/moderate/hall/{name}")


@blueprint.post("/moderate/hall/<name>/cmd")
def command(name: str) -> flask.Response:
    """Carry out one of orders.MODERATORS."""
    live = _halls().find(name)
    model = orders.MODERATORS.get(flask.request.args.get("order", ""))
    if model is None:
        raise PeerError("request.malformed", field="order")
    form = pages.form(model)
    if form.value is None:
        if _wants_json():
            return error_reply(PeerError("request.malformed", field=next(iter(form.problems))))
        return _run_page(live, form, status=422)
    try:
        done = _carry_out(live, form.value)
    except UserError as error:
        if not error.code.startswith("hall."):
            raise
        return _refused(live, form, error)
    if _wants_json():
        return reply({"seq": done.seq, "last": done.last, "repeated": done.repeated})
    return pages.see_other(f"/moderate/hall/{name}")


def _carry_out(live: LiveHall, order: ModeratorOrder) -> Done:
    halls = _halls()

    def work(unit: Unit, _actor: Actor) -> Done:
        halls.tell(unit, live)
        done = carry_out(unit, live.projection, order, commands.decide, "moderator")
        if order.command == "close":
            week = hall_named(unit, live.projection.hall).week
            if week is not None:
                clock.held(unit, week)
        return done

    return moderators.write_as(work)


def _refused(live: LiveHall, form: Form[Any], error: UserError) -> flask.Response:
    """Say why nothing was done; what was typed stays in its place, to be sent again once the hall was looked at."""
    words = pages.words("moderate_hall")
    reason = words(f"refused.{error.detail.get('reason', error.code.removeprefix('hall.'))}")
    if _wants_json():
        body = {"code": error.code, "message": reason, "detail": error.detail}
        return reply({"error": body}, error.http_status)
    return _run_page(live, form, refused=reason, status=error.http_status)


def _run_page(live: LiveHall, form: Form[Any] | None = None, *, refused: str = "", status: int = 200) -> flask.Response:
    lang = pages.language()
    name = live.projection.hall
    seen = moderators.read_as(lambda unit, _actor: desk(unit, hall_named(unit, name), live.projection, lang))
    return pages.page(
        "hall/run.html",
        part="moderate_hall",
        status=status,
        desk=seen,
        form=form or Form[ModeratorOrder](),
        refused=refused,
        now_ms=portal().database.clock_ms(),
        new_key=new_id,
        zone=portal().settings.time_zone,
    )


def _index(form: Form[Planning], status: int = 200) -> flask.Response:
    halls, week = moderators.read_as(lambda unit, _actor: (planning.halls(unit), weeks.latest(unit, "published")))
    return pages.page(
        "hall/index.html",
        part="moderate_hall",
        status=status,
        halls=halls,
        week=week,
        form=form,
        zone=portal().settings.time_zone,
    )


def _wanted(form: Form[Planning], given: Planning) -> planning.Plan | None:
    """The plan that the form describes; None, and problems in ``form``, if it describes none."""
    if given.meeting and planning.problem_of_url(given.meeting):
        form.refuse("meeting", "url")
        return None
    try:
        local = datetime.strptime(given.starts, _DAY)  # noqa: DTZ007 - the zone comes in the next line
    except ValueError:
        form.refuse("starts", "moment")
        return None
    starts_s = int(local.replace(tzinfo=ZoneInfo(portal().settings.time_zone)).timestamp())
    return planning.Plan(starts_s, given.minutes, given.week or None, given.meeting or None, given.framed)


def _wants_json() -> bool:
    return flask.request.accept_mimetypes.best == "application/json"


def _halls() -> Halls:
    return portal().get(Halls)
