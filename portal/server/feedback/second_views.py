"""/moderate/second: what waits for a second person; /moderate/bulk: one decision for several submissions."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import flask

from portal.server.core import pages
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.core.pages import Form
from portal.server.feedback import (
    decisions,
    moderation,
    moderators,
    queue,
    topic_changes,
    topics,
)
from portal.server.feedback import moderation_schemas as forms
from portal.server.feedback.decisions import Grounds
from portal.server.feedback.moderation_models import Decision
from portal.server.feedback.moderation_page import constants
from portal.server.feedback.moderation_views import address_of, chosen_filter
from portal.wire.errors import UserError
from portal.wire.ids import new_id

blueprint = moderators.blueprint("moderate_second")
AT_ONCE: Final = 500
"""How many submissions of the whole queue are decided about by one form; what is left stays in the queue."""
_LEFT: Final = frozenset({"moderation.moved", "moderation.closed", "moderation.second_person", "request.not_found"})


@dataclass(frozen=True, slots=True)
class Batch:
    """Submissions that are decided about together: the first of them, and how many there are."""

    id: str
    first: str
    size: int


@blueprint.get("/moderate/second")
def show() -> flask.Response:
    """Show what waits for a second person, with all that is needed to judge it."""
    language, batch = pages.language(), flask.request.args.get("batch", "")

    def work(unit: Unit, actor: Actor) -> list[dict[str, Any]]:
        rows = decisions.proposed(unit)
        if batch:
            return [_shown(unit, actor, row, language) | {"count": 1} for row in rows if row.batch == batch]
        sizes = Counter(row.batch or row.id for row in rows)
        firsts = {row.batch or row.id: row for row in reversed(rows)}
        return [_shown(unit, actor, row, language) | {"count": sizes[name]} for name, row in reversed(firsts.items())]

    return pages.page(
        "moderate/second.html",
        part="moderate",
        proposals=moderators.read_as(work),
        many=decisions.MANY_SUPPORTERS,
        **constants(),
    )


@blueprint.post("/moderate/second")
def judge() -> flask.Response:
    """Take the second person's word."""
    value = pages.form(forms.Second).value
    if value is None:
        raise UserError("request.not_found")

    agrees = value.agrees == "yes"
    named = moderators.read_as(lambda unit, _actor: decisions.together_with(unit, value.decision))
    # The first refusal is told; of others that were decided together, what moved meanwhile is left.
    moderators.write_as(partial(_second, decision=named[0], agrees=agrees))
    for decision in named[1:]:
        try:
            moderators.write_as(partial(_second, decision=decision, agrees=agrees))
        except UserError as error:
            if error.code not in _LEFT:
                raise
    return pages.see_other("/moderate/second")


def _second(unit: Unit, actor: Actor, decision: str, *, agrees: bool) -> None:
    row = unit.session.get(Decision, decision)
    if row is None:
        raise UserError("request.not_found")
    if row.subject_kind == "topic":
        topic_changes.second(unit, actor, row.id, agrees=agrees)
    else:
        moderation.second(unit, actor, row.id, agrees=agrees)


@blueprint.post("/moderate/bulk")
def bulk() -> flask.Response:
    """Decide about several submissions, each in a transaction of its own; what moved meanwhile is left."""
    form = pages.form(forms.Bulk)
    value = form.value
    if value is not None:
        _check(form, value)
    if form.value is None or value is None:
        return _problems(form)
    done, left = 0, 0
    pairs = _named(value)
    batch = Batch(new_id(), pairs[0][0], len(pairs))
    for submission, revision in pairs:
        if value.act == "merge" and submission == batch.first:
            continue
        one = partial(_decide, submission=submission, revision=revision, value=value, batch=batch)
        try:
            moderators.write_as(one)
            done += 1
        except UserError as error:
            if error.code not in _LEFT:
                raise
            left += 1
    return pages.see_other(address_of(chosen_filter(), bulk=str(done), left=str(left)))


def _named(value: forms.Bulk) -> list[tuple[str, int]]:
    """What is decided about, each with its revision: what was ticked, or all that is filtered."""
    if value.whole:
        chosen = chosen_filter()
        return moderators.read_as(lambda unit, _actor: queue.everything(unit, chosen, AT_ONCE))
    ticked = (one.split(":") for one in value.chosen)
    return [(submission, int(revision)) for submission, revision in ticked]


def _decide(unit: Unit, actor: Actor, submission: str, revision: int, value: forms.Bulk, batch: Batch) -> Decision:
    grounds = Grounds(value.bulk_reason or None, value.bulk_words, value.bulk_language)
    match value.act:
        case "accept":
            return moderation.accept(unit, actor, submission, revision, [value.bulk_topic], batch=batch.id)
        case "merge":
            return moderation.merge(unit, actor, submission, revision, batch.first, batch=batch.id)
        case "reject":
            many = batch.size >= decisions.MANY_SUPPORTERS
            return moderation.reject(unit, actor, submission, revision, grounds, batch=batch.id, is_of_many=many)
        case "ask":
            return moderation.ask_citizen(unit, actor, submission, revision, grounds, batch=batch.id)


def _check(form: Form[forms.Bulk], value: forms.Bulk) -> None:
    if len(_named(value)) < (2 if value.act == "merge" else 1):
        form.refuse("chosen", "missing")
    if value.act == "accept" and not value.bulk_topic:
        form.refuse("bulk_topic", "missing")
    if value.act == "reject" and value.bulk_reason not in decisions.SUBMISSION_REASONS:
        form.refuse("bulk_reason", "missing")
    if value.act == "ask" and not value.bulk_words:
        form.refuse("bulk_words", "missing")


def _problems(form: Form[forms.Bulk]) -> flask.Response:
    back = address_of(chosen_filter())
    return pages.page("moderate/bulk_problem.html", part="moderate", status=422, form=form, back=back, **constants())


def _shown(unit: Unit, actor: Actor, row: Decision, language: str) -> dict[str, Any]:
    is_topic = row.subject_kind == "topic"
    return {
        "decision": row,
        "is_own": row.account_id == actor.account,
        "topic": topics.view(unit, row.subject_id, language) if is_topic else None,
        "item": None if is_topic else queue.item(unit, row.subject_id, language, actor.account),
    }
