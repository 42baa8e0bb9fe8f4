"""/moderate/topics: the list, and what can be done with one topic."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import flask

from portal.server.core import pages
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.core.pages import Form, FormModel
from portal.server.feedback import decisions, moderators, queue, topic_changes, topics, weeks
from portal.server.feedback import moderation_schemas as forms
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.moderation_models import Decision
from portal.server.feedback.moderation_page import constants, reason_choices, refusal
from portal.server.feedback.topic_changes import About
from portal.wire.errors import UserError

blueprint = moderators.blueprint("moderate_topics")


@dataclass(frozen=True)
class Action:
    """What can be done with a topic; ``away``: it is no longer open afterwards."""

    model: type[FormModel]
    work: Callable[[Unit, Actor, str, Any], Decision]
    away: bool = False


@blueprint.get("/moderate/topics")
def show_all() -> flask.Response:
    """Show the topics that are open."""
    return _list(Form())


@blueprint.post("/moderate/topics")
def make() -> flask.Response:
    """Make a topic."""
    form: Form[forms.NewTopic] = pages.form(forms.NewTopic)
    value = form.value
    if value is None:
        return _list(form)

    def work(unit: Unit, actor: Actor) -> str:
        week = weeks.current(unit).id
        return topics.make(
            unit, actor, week, value.title, value.title_language, theme=value.theme, minutes=value.minutes
        ).id

    return pages.see_other(f"/moderate/topics/{moderators.write_as(work)}")


@blueprint.get("/moderate/topics/<topic>")
def show(topic: str) -> flask.Response:
    """Show one topic with its submissions."""
    return _page(topic)


@blueprint.post("/moderate/topics/<topic>/<name>")
def act(topic: str, name: str) -> flask.Response:
    """Do what was decided with a topic."""
    action = ACTIONS.get(name)
    if action is None:
        raise UserError("request.not_found")
    form: Form[Any] = pages.form(action.model)
    if name == "split" and form.value is not None and not form.value.away:
        form.refuse("away", "missing")
    value = form.value
    if value is None:
        return _page(topic, name, form)
    try:
        moderators.write_as(lambda unit, actor: action.work(unit, actor, topic, value))
    except UserError as error:
        return _page(topic, name, form, refusal(error))
    return pages.see_other("/moderate/topics" if action.away else f"/moderate/topics/{topic}")


@blueprint.post("/moderate/topics/<topic>/undo")
def undo(topic: str) -> flask.Response:
    """Take back the newest decision about a topic."""
    form = pages.form(forms.Undo)
    if form.value is None:
        raise UserError("request.not_found")
    named = form.value.decision
    moderators.write_as(lambda unit, actor: topic_changes.undo(unit, actor, named))
    return pages.see_other(f"/moderate/topics/{topic}")


def _list(form: Form[forms.NewTopic]) -> flask.Response:
    language = pages.language()
    found = moderators.read_as(lambda unit, _actor: topics.all_topics(unit, language))
    status = 422 if form.problems else 200
    return pages.page("moderate/topics.html", part="moderate", status=status, topics=found, form=form, **constants())


def _page(topic: str, name: str = "", form: Form[Any] | None = None, code: str = "") -> flask.Response:
    language = pages.language()

    def work(unit: Unit, _actor: Actor) -> dict[str, Any]:
        view = topics.view(unit, topic, language)
        if view is None:
            raise UserError("request.not_found")
        newest = decisions.newest(unit, topic)
        return {
            "topic": view,
            "lines": queue.lines_under(unit, topic, language),
            "others": [one for one in topics.all_topics(unit, language) if one.id != topic],
            "history": decisions.of(unit, topic, language),
            "undoable": None if newest is None else newest.id,
            "waits": bool(decisions.proposed(unit, [topic])),
        }

    values = moderators.read_as(work)
    blank: dict[str, Form[Any]] = {known: Form() for known in ACTIONS}
    return pages.page(
        "moderate/topic.html",
        part="moderate",
        status=409 if code else 422 if form is not None else 200,
        **values,
        **constants(),
        forms=blank if form is None else blank | {name: form},
        refused=name,
        code=code,
        problems=form,
        topic_reasons=reason_choices(decisions.TOPIC_REASONS),
        many=decisions.MANY_SUPPORTERS,
    )


def _change(unit: Unit, actor: Actor, topic: str, value: forms.TopicChange) -> Decision:
    about = About(value.title, value.title_language, value.theme, value.minutes)
    return topic_changes.change(unit, actor, topic, value.revision, about, _grounds(value.why))


def _merge(unit: Unit, actor: Actor, topic: str, value: forms.TopicMerge) -> Decision:
    return topic_changes.merge(unit, actor, topic, value.revision, value.into, _grounds(value.merge_why))


def _split(unit: Unit, actor: Actor, topic: str, value: forms.TopicSplit) -> Decision:
    about = About(value.new_title, value.new_language, value.new_theme, value.new_minutes)
    return topic_changes.split(unit, actor, topic, value.revision, value.away, about, _grounds(value.split_why))


def _reject(unit: Unit, actor: Actor, topic: str, value: forms.TopicReject) -> Decision:
    grounds = Grounds(value.reason, value.reject_why, pages.language())
    return topic_changes.reject(unit, actor, topic, value.revision, grounds)


def _grounds(words: str) -> Grounds:
    return Grounds(None, words, pages.language())


ACTIONS: Final[dict[str, Action]] = {
    "change": Action(forms.TopicChange, _change),
    "merge": Action(forms.TopicMerge, _merge, away=True),
    "split": Action(forms.TopicSplit, _split),
    "reject": Action(forms.TopicReject, _reject, away=True),
}
