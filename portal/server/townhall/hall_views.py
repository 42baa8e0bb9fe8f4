"""A hall's public pages and its live stream: docs/halls.md. Everything works without scripts.

The page with what happens now is made anew every 20 seconds where no script follows the stream; so nothing is typed on
it: questions and votes have pages of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import flask

from portal.server.core import pages
from portal.server.core.catalogues import LANGUAGES, Words
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.pages import Form
from portal.server.core.web import error_reply, reply
from portal.server.core.work import run_in_thread
from portal.server.feedback.earning import Due, earned, work_due
from portal.server.feedback.feature import Feedback
from portal.server.feedback.schemas import Earned
from portal.server.feedback.service import UsedPassError, use
from portal.server.townhall import citizens, orders
from portal.server.townhall.hall_live import Halls, LiveHall
from portal.server.townhall.hall_log import Done, hall_named
from portal.server.townhall.hall_models import TownHall
from portal.server.townhall.hall_view import lists
from portal.server.townhall.orders import Order
from portal.server.townhall.planning import origin_of
from portal.server.townhall.statements import Language
from portal.server.townhall.tickets import Ticket
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import new_id

COOKIE: Final = "hall"
STATE_CACHE_S: Final = 1
_STREAM_HEADERS: Final = (("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"))
_NUMBER: Final = re.compile("[0-9]{1,15}")
blueprint = pages.blueprint("hall")


class Entering(Earned):
    """Coming in: the language that somebody speaks is the community for which the balanced queue counts them."""

    community: Language


@dataclass(frozen=True, slots=True)
class Place:
    """One hall as one browser sees it."""

    hall: TownHall
    live: LiveHall
    ticket: Ticket | None
    hand: int | None

    @property
    def document(self) -> dict[str, Any]:
        """The public view in the page's language."""
        return self.live.projection.published.document(pages.language())


@blueprint.get("/hall/<name>")
def show(name: str) -> flask.Response:
    """Show what happens now."""
    place = _place(name)
    return _live_page(place, said=flask.request.args.get("said", ""))


@blueprint.get("/hall/<name>/state")
def state(name: str) -> flask.Response:
    """Return the public view as JSON, in the language that ``lang`` names."""
    live = _halls().find(name)
    published = live.fresh()
    response = flask.Response(published.json(pages.language()), content_type="application/json")
    response.headers["Cache-Control"] = f"public, max-age={STATE_CACHE_S}"
    response.vary.update(("Accept-Language", "Cookie"))
    return response


@blueprint.get("/hall/<name>/events")
def events(name: str) -> flask.Response:
    """Stream the public view: first the whole of it, or what is new since Last-Event-ID, then every change."""
    live, last = _halls().find(name), _last_event()
    if last is not None and last > live.projection.published.seq:
        live.hurry()  # the reader comes from another process, which knew more
    live.fresh()
    stream: Iterator[bytes] = live.follow(pages.language(), last)
    return flask.Response(stream, headers=_STREAM_HEADERS, content_type="text/event-stream")


@blueprint.get("/hall/<name>/projector")
def projector(name: str) -> flask.Response:
    """Show what the projector shows, in two languages."""
    place = _place(name)
    chosen = [code for code in flask.request.args.getlist("with") if code in LANGUAGES and code != pages.language()]
    codes = [pages.language(), *(chosen or ["en" if pages.language() != "en" else "ko"])][:2]
    published = place.live.projection.published
    views = [published.document(code) for code in codes]
    return pages.page(
        "hall/projector.html", part="hall", hall=place.hall, views=views, words_in=_words_in, **_about(views[0])
    )


@blueprint.get("/hall/<name>/enter")
def entrance(name: str) -> flask.Response:
    """Ask which language somebody speaks, before the first question, hand or vote."""
    return _entrance(_place(name), Form[Entering]())


@blueprint.post("/hall/<name>/enter")
def enter(name: str) -> flask.Response:
    """Give the browser a ticket, for the work of a script or for patience, as intake asks for."""
    place = _place(name)
    form = pages.form(Entering)
    if form.value is None:
        return _entrance(place, form)
    due = _earn(form.value)
    if due is not None:
        return _entrance(place, form, due)
    response = pages.see_other(f"/hall/{place.hall.id}{_then()}")
    ticket = _halls().tickets.issue(place.hall.id, form.value.community)
    secure = portal().settings.public_url.startswith("https://")
    path = f"/hall/{place.hall.id}"
    response.set_cookie(COOKIE, ticket, path=path, secure=secure, httponly=True, samesite="Strict")
    return response


@blueprint.get("/hall/<name>/ask")
def ask(name: str) -> flask.Response:
    """Show the page on which a question is written."""
    return _ask_page(_place(name), Form[orders.Ask]())


@blueprint.get("/hall/<name>/poll/<int:poll>")
def poll(name: str, poll: int) -> flask.Response:
    """Show the page on which a vote is cast."""
    return _poll_page(_place(name), poll, Form[orders.Vote]())


@blueprint.post("/hall/<name>/cmd")
def command(name: str) -> flask.Response:
    """Carry out what a citizen asks for: one of orders.CITIZENS, by the browser's ticket."""
    live = _halls().find(name)
    model = orders.CITIZENS.get(flask.request.args.get("order", ""))
    if model is None:
        raise PeerError("request.malformed", field="order")
    form = pages.form(model)
    if form.value is None:
        return _wrong(name, form)
    try:
        done = _carry_out(live, form.value)
    except UserError as error:
        if _wants_json():
            return error_reply(error)
        return _refused(name, form.value, form, error)
    if _wants_json():
        return reply({"seq": done.seq, "repeated": done.repeated})
    return pages.see_other(f"/hall/{name}?said={form.value.command}")


def _carry_out(live: LiveHall, order: Order) -> Done:
    halls = _halls()
    ticket = halls.tickets.read(live.projection.hall, flask.request.cookies.get(COOKIE))

    def work(unit: Unit) -> Done:
        done = citizens.act(unit, live.projection, order, ticket)
        if isinstance(order, orders.Upvote):
            halls.count_later(unit, live)
        else:
            halls.tell(unit, live)
        return done

    return run_in_thread(lambda: halls.database.write(work))


def _place(name: str) -> Place:
    halls = _halls()
    live = halls.find(name)
    live.fresh()
    hall = run_in_thread(lambda: halls.database.read(lambda unit: hall_named(unit, name)))
    try:
        ticket = halls.tickets.read(name, flask.request.cookies.get(COOKIE))
    except UserError:
        return Place(hall, live, None, None)
    with live.projection.lock:
        hand = citizens.own_hand(live.projection.state, ticket)
    return Place(hall, live, ticket, hand)


def _live_page(place: Place, *, said: str = "", refused: str = "", status: int = 200) -> flask.Response:
    view = place.document
    return pages.page(
        "hall/live.html",
        part="hall",
        status=status,
        frames=_frames(place.hall),
        hall=place.hall,
        framed=bool(_frames(place.hall)),
        view=view,
        ticket=place.ticket,
        hand=place.hand,
        said=said if said in orders.CITIZENS else "",
        refused=refused,
        key=new_id(),
        **_about(view),
    )


def _about(view: dict[str, Any]) -> dict[str, Any]:
    """What every page of a hall is made of besides its view."""
    now_ms = portal().database.clock_ms()
    return {"now_ms": now_ms, "lists": lists(view), "zone": portal().settings.time_zone}


def _earn(sent: Earned) -> Due | None:
    """Use up the pass that came with the form; what is still to be done, if it does not count."""
    feedback, database = portal().get(Feedback), portal().database
    now_s = database.clock_ms() // 1000
    result = earned(feedback, sent, now_s)
    if isinstance(result, Due):
        return result
    used = result
    try:
        run_in_thread(lambda: database.write(lambda unit: use(unit, feedback, used)))
    except UsedPassError:
        return work_due(feedback, now_s, "used")
    if used.kind == "patience":
        feedback.load.note(patient=True)  # work is no sign of a flood where a whole town comes in at once
    return None


def _entrance(place: Place, form: Form[Entering], due: Due | None = None) -> flask.Response:
    feedback, now_s = portal().get(Feedback), portal().database.clock_ms() // 1000
    refused = bool(form.problems) or (due is not None and bool(due.why))
    return pages.page(
        "hall/enter_wait.html" if due is not None and due.page == "wait" else "hall/enter.html",
        part="hall",
        status=422 if refused else 200,
        hall=place.hall,
        form=form,
        then=_then(),
        due=due or work_due(feedback, now_s),
    )


def _ask_page(place: Place, form: Form[orders.Ask], status: int = 200) -> flask.Response:
    if place.ticket is None:
        return pages.see_other(f"/hall/{place.hall.id}/enter?then=ask")
    return pages.page("hall/ask.html", part="hall", status=status, hall=place.hall, form=form, key=new_id())


def _poll_page(place: Place, number: int, form: Form[orders.Vote], status: int = 200) -> flask.Response:
    if place.ticket is None:
        return pages.see_other(f"/hall/{place.hall.id}/enter?then=poll/{number}")
    found = place.document["polls"].get(str(number))
    if found is None:
        raise UserError("request.not_found")
    values = {"poll": found, "form": form, "key": new_id()}
    return pages.page("hall/poll.html", part="hall", status=status, hall=place.hall, **values)


def _wrong(name: str, form: Form[Any]) -> flask.Response:
    """Answer a form in which something is wrong: again, as it was typed."""
    if _wants_json():
        return error_reply(PeerError("request.malformed", field=next(iter(form.problems))))
    order = flask.request.args["order"]
    if order == "ask":
        return _ask_page(_place(name), form, 422)
    if order == "vote" and _NUMBER.fullmatch(form.text("poll")):
        return _poll_page(_place(name), int(form.text("poll")), form, 422)
    raise PeerError("request.malformed", field=next(iter(form.problems)))


def _refused(name: str, order: Order, form: Form[Any], error: UserError) -> flask.Response:
    """Answer what the hall does not allow: what was typed stays, and the reason stands above it."""
    if error.code == "hall.ticket":
        return pages.see_other(f"/hall/{name}/enter{'?then=ask' if isinstance(order, orders.Ask) else ''}")
    words = pages.words("hall")
    reason = str(error.detail.get("reason", error.code.removeprefix("hall.")))
    place = _place(name)
    if isinstance(order, orders.Ask):
        return _ask_page(place, form.refuse("text", reason), 409)
    return _live_page(place, refused=words(f"refused.{reason}"), status=error.http_status)


def _frames(hall: TownHall) -> tuple[str, ...]:
    """The origin that the page may embed: that of a meeting which both its moderator and the settings allow."""
    if hall.meeting_url is None or not hall.meeting_framed:
        return ()
    origin = origin_of(hall.meeting_url)
    return (origin,) if origin in _halls().frames else ()


def _words_in(code: str) -> Words:
    return Words("hall", code)


def _last_event() -> int | None:
    """The event that the browser saw last: by its header, or by the address where a script opens the stream itself."""
    text = flask.request.headers.get("Last-Event-ID") or flask.request.args.get("after", "")
    return int(text) if _NUMBER.fullmatch(text) else None


def _then() -> str:
    """Where to go after coming in: one of the hall's own pages."""
    then = flask.request.args.get("then", "")
    kind, _, number = then.partition("/")
    allowed = then == "ask" or (kind == "poll" and _NUMBER.fullmatch(number))
    return f"/{then}" if allowed else ""


def _wants_json() -> bool:
    return flask.request.accept_mimetypes.best == "application/json"


def _halls() -> Halls:
    return portal().get(Halls)
