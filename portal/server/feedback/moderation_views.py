"""/moderate: the queue, the submission that is open, and what can be done with it. Works without scripts.

The queue's filter travels in the address, so that what follows a decision is the next of the same queue.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

import flask

from portal.server.core import pages
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.core.pages import Form, FormModel
from portal.server.feedback import (
    decisions,
    moderation,
    moderators,
    personal_data,
    queue,
    readings,
    redaction,
    suggestions,
    surges,
    topics,
    weeks,
)
from portal.server.feedback import moderation_schemas as forms
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.moderation_models import Decision
from portal.server.feedback.moderation_page import constants, refusal
from portal.server.feedback.queue import Filter, Item
from portal.server.feedback.redaction import MarksError
from portal.wire.errors import UserError

PART: Final = "moderate"
OPEN: Final = "#item"
"""Where on the page the submission that is open begins."""
blueprint = moderators.blueprint("moderate")


@dataclass(frozen=True)
class Action:
    """What can be done with the submission that is open. ``stays``: the page stays at it afterwards."""

    model: type[FormModel]
    work: Callable[[Unit, Actor, str, Any], Decision | None]
    stays: bool = False


@dataclass(frozen=True)
class Refused:
    """Why something was not done, and the form as it was sent, to be shown again."""

    action: str
    form: Form[Any]
    code: str = ""


@blueprint.get("/moderate")
def show() -> flask.Response:
    """Show the queue, with one submission open."""
    return _page(flask.request.args.get("item"))


@blueprint.post("/moderate/s/<submission>/<name>")
def act(submission: str, name: str) -> flask.Response:
    """Do what was decided with a submission, then open the next one."""
    action = ACTIONS.get(name)
    if action is None:
        raise UserError("request.not_found")
    form: Form[Any] = pages.form(action.model)
    if name == "accept" and form.value is not None:
        _count_topics(form)
    if form.value is None:
        return _page(submission, Refused(name, form))
    try:
        return _done(submission, action, form.value)
    except MarksError as error:
        return _page(submission, Refused(name, form.refuse("marked", error.kind)))
    except UserError as error:
        return _page(submission, Refused(name, form, refusal(error)))


@blueprint.post("/moderate/undo")
def undo() -> flask.Response:
    """Take back the newest decision about a submission, and open it again."""
    form = pages.form(forms.Undo)
    if form.value is None:
        raise UserError("request.not_found")
    named = form.value.decision
    row = moderators.write_as(lambda unit, actor: moderation.undo(unit, actor, named))
    return pages.see_other(_address(chosen_filter(), item=row.subject_id, done=row.id) + OPEN)


def chosen_filter() -> Filter:
    """Return the filter that stands in the address; what is unknown there counts as not said."""
    said = flask.request.args
    page = said.get("page", "1")
    shelf, mark = said.get("shelf", "waiting"), said.get("mark", "")
    return Filter(
        shelf if shelf in queue.SHELVES else "waiting",
        mark if mark in queue.MARKS else "",
        said.get("written", "")[:35],
        said.get("week", "")[: weeks.ID_CHARS],
        said.get("group", "")[:22],
        max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )


def address_of(chosen: Filter, path: str = "/moderate", **more: str | None) -> str:
    """Return ``path`` with the filter in it."""
    plain = Filter()
    said = {
        "shelf": chosen.shelf,
        "mark": chosen.mark,
        "written": chosen.written,
        "week": chosen.week,
        "group": chosen.group,
        "page": str(chosen.page),
    }
    kept = {name: value for name, value in said.items() if value != str(getattr(plain, name))}
    query = urlencode(kept | {name: value for name, value in more.items() if value})
    return f"{path}?{query}" if query else path


_address = address_of


def _done(submission: str, action: Action, value: FormModel) -> flask.Response:
    chosen = chosen_filter()

    def work(unit: Unit, actor: Actor) -> tuple[str | None, str | None]:
        following = submission if action.stays else queue.after(unit, chosen, submission)
        row = action.work(unit, actor, submission, value)
        return None if row is None else row.id, following if following != submission or action.stays else None

    decision, following = moderators.write_as(work)
    return pages.see_other(_address(chosen, item=following, done=decision) + OPEN)


def _page(opened: str | None, refused: Refused | None = None) -> flask.Response:
    chosen, language = chosen_filter(), pages.language()

    def work(unit: Unit, actor: Actor) -> dict[str, Any]:
        listing = queue.listing(unit, chosen, language)
        shown = [line.id for line in listing.lines]
        current = opened or next(iter(shown), None)
        item = None if current is None else queue.item(unit, current, language, actor.account)
        following = _following(unit, chosen, shown, item)
        return {
            "listing": listing,
            "counts": queue.counts(unit),
            "written": queue.languages(unit),
            "item": item,
            "next_item": following,
            "topics": topics.all_topics(unit, language),
            "surges": surges.now(unit),
            "done": _just_done(unit, language),
            "bulk_done": _count("bulk"),
            "bulk_left": _count("left"),
        }

    values = moderators.read_as(work)
    status = 200 if refused is None else 409 if refused.code else 422
    return pages.page(
        "moderate/queue.html",
        part=PART,
        status=status,
        **values,
        **constants(),
        chosen=chosen,
        address=lambda **more: _address(replace(chosen, **more)),
        with_filter=lambda path, **more: _address(chosen, path, **more),
        forms=_forms(refused),
        refused=refused,
        marked=_marked(values["item"]),
    )


def _following(unit: Unit, chosen: Filter, shown: list[str], item: Item | None) -> str | None:
    """The submission after the one that is open: the next of the list, or beyond it."""
    if item is None:
        return None
    beside = shown[shown.index(item.id) + 1 :] if item.id in shown else []
    following = beside[0] if beside else queue.after(unit, chosen, item.id)
    return following if following != item.id else None


def _forms(refused: Refused | None) -> dict[str, Form[Any]]:
    blank: dict[str, Form[Any]] = {name: Form() for name in ACTIONS}
    return blank if refused is None else blank | {refused.action: refused.form}


def _count(name: str) -> int:
    """A number that the address tells: how many of several were done, or left."""
    said = flask.request.args.get(name, "0")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else 0


def _just_done(unit: Unit, language: str) -> decisions.DecisionView | None:
    """What was decided a moment ago, as the address says, for the notice with the undo button."""
    row = unit.session.get(Decision, flask.request.args.get("done", ""))
    return None if row is None else decisions.views(unit, [row], language)[0]


def _marked(item: Item | None) -> dict[str, str]:
    """The text with marks around what seems to name somebody, and the marks, for the form that takes parts out."""
    if item is None or item.original is None:
        return {"text": "", "opening": "", "closing": ""}
    try:
        marks = redaction.marks_for(item.original)
    except MarksError:
        return {"text": item.original, "opening": "", "closing": ""}
    spans = [(found.start, found.end) for found in personal_data.findings(item.original)]
    return {"text": redaction.marked(item.original, spans), "opening": marks.opening, "closing": marks.closing}


def _count_topics(form: Form[forms.Accept]) -> None:
    """Refuse a form that names no topic, or too many."""
    value = form.value
    number = 0 if value is None else len(set(value.topics)) + bool(value.title)
    if number == 0:
        form.refuse("topics", "none")
    elif number > moderation.TOPICS_MAX:
        form.refuse("topics", "many")


def _accept(unit: Unit, actor: Actor, submission: str, value: forms.Accept) -> Decision:
    under = list(value.topics)
    if value.title:
        week = weeks.current(unit)
        made = topics.make(
            unit, actor, week.id, value.title, value.title_language, theme=value.theme, minutes=value.minutes
        )
        under.append(made.id)
    return moderation.accept(unit, actor, submission, value.revision, under)


def _merge(unit: Unit, actor: Actor, submission: str, value: forms.Merge) -> Decision:
    return moderation.merge(unit, actor, submission, value.revision, value.into)


def _reject(unit: Unit, actor: Actor, submission: str, value: forms.Reject) -> Decision:
    grounds = Grounds(value.reason, value.why, value.why_language)
    return moderation.reject(unit, actor, submission, value.revision, grounds)


def _ask(unit: Unit, actor: Actor, submission: str, value: forms.Ask) -> Decision:
    question = Grounds(None, value.question, value.question_language)
    return moderation.ask_citizen(unit, actor, submission, value.revision, question)


def _redact(unit: Unit, actor: Actor, submission: str, value: forms.Redact) -> Decision:
    return moderation.redact(unit, actor, submission, value.revision, value.marked, Grounds(value.cause))


def _language(unit: Unit, actor: Actor, submission: str, value: forms.Language) -> Decision:
    return moderation.set_language(unit, actor, submission, value.revision, value.language)


def _translate(unit: Unit, actor: Actor, submission: str, value: forms.Translated) -> None:
    if value.translated:
        readings.correct(unit, actor, submission, pages.language(), value.translated)
    else:
        readings.ask(unit, submission, pages.language())


def _judge(unit: Unit, actor: Actor, _submission: str, value: forms.Judge) -> None:
    suggestions.judge(unit, actor, value.group, value.state)


ACTIONS: Final[dict[str, Action]] = {
    "accept": Action(forms.Accept, _accept),
    "merge": Action(forms.Merge, _merge),
    "reject": Action(forms.Reject, _reject),
    "ask": Action(forms.Ask, _ask),
    "redact": Action(forms.Redact, _redact, stays=True),
    "language": Action(forms.Language, _language, stays=True),
    "translate": Action(forms.Translated, _translate, stays=True),
    "judge": Action(forms.Judge, _judge, stays=True),
}
