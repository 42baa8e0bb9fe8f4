"""The moderators' page of outcomes: which topics still need one, drafts, and what is published."""

from datetime import date
from typing import Annotated, Any, Final

import flask
from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from portal.server.core import pages
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.core.pages import Form, FormModel
from portal.server.feedback import moderators
from portal.server.feedback.states import day_text
from portal.server.townhall import outcomes
from portal.server.townhall.hall_models import OutcomeKind
from portal.server.townhall.outcomes import Changed, Drafted
from portal.server.townhall.redline import WORDS_MAX_CHARS
from portal.server.townhall.statements import Language, Record, cleaned
from portal.server.translation import service as translation
from portal.wire.errors import UserError
from portal.wire.ids import is_id

_EPOCH: Final = date(1970, 1, 1).toordinal()
blueprint = moderators.blueprint("outcomes")


def _day(text: str) -> str:
    if text:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise PydanticCustomError("day", "no such day") from None
    return text


Place = Annotated[str, StringConstraints(max_length=200), AfterValidator(cleaned)]


class Drafting(FormModel):
    """An outcome as a moderator writes it; ``outcome`` is empty for a new one."""

    outcome: str = ""
    kind: OutcomeKind
    owner: Annotated[str, StringConstraints(max_length=120), AfterValidator(cleaned)] = ""
    due: Annotated[str, AfterValidator(_day)] = ""
    text: Record
    lang: Language
    topics: tuple[str, ...] = ()

    @property
    def drafted(self) -> Drafted:
        """What is to be kept."""
        due_day = date.fromisoformat(self.due).toordinal() - _EPOCH if self.due else None
        return Drafted(self.kind, self.owner, self.text, self.lang, self.topics, due_day)


class Naming(FormModel):
    """Which outcome is meant."""

    outcome: str


class Linking(Naming):
    """Which text an outcome changed."""

    document: Annotated[Place, StringConstraints(min_length=1)]
    clause: Annotated[str, StringConstraints(max_length=80), AfterValidator(cleaned)] = ""
    version: Annotated[str, StringConstraints(max_length=40), AfterValidator(cleaned)] = ""
    before: Annotated[str, StringConstraints(max_length=WORDS_MAX_CHARS), AfterValidator(cleaned)] = ""
    after: Annotated[str, StringConstraints(max_length=WORDS_MAX_CHARS), AfterValidator(cleaned)] = ""


@blueprint.get("/moderate/outcomes")
def index() -> flask.Response:
    """Show topics without an answer, drafts, and what is published."""
    return _page(Form[Drafting]())


@blueprint.post("/moderate/outcomes")
def draft() -> flask.Response:
    """Keep a draft: a new one, or one that is changed."""
    form = pages.form(Drafting)
    sent = form.value
    if sent is not None and not sent.outcome and not sent.topics:
        form.refuse("topics", "missing")
        sent = None
    if sent is None:
        return _page(form, 422)

    def work(unit: Unit, _actor: Actor) -> str:
        if sent.outcome:
            return outcomes.change(unit, _name(sent.outcome), sent.drafted).id
        return outcomes.draft(unit, sent.drafted).id

    return _done(form, work)


@blueprint.post("/moderate/outcomes/<any(publish, discard, done):act>")
def step(act: str) -> flask.Response:
    """Publish or remove a draft, or note that what was promised has happened."""
    form = pages.form(Naming)
    if form.value is None:
        return _page(Form[Drafting](), 422)
    name = _name(form.value.outcome)
    does = {"publish": outcomes.publish, "discard": outcomes.discard, "done": outcomes.mark_done}[act]
    return _done(Form[Drafting](), lambda unit, _actor: does(unit, name))


@blueprint.post("/moderate/outcomes/link")
def link() -> flask.Response:
    """Note which text an outcome changed."""
    form = pages.form(Linking)
    sent = form.value
    if sent is None:
        return _page(Form[Drafting](), 422)
    name = _name(sent.outcome)
    changed = Changed(sent.document, sent.clause, sent.version, sent.before, sent.after)
    return _done(Form[Drafting](), lambda unit, _actor: outcomes.link(unit, name, changed))


def _done(form: Form[Drafting], work: Any) -> flask.Response:
    """Do ``work``; what was typed stays where it is refused."""
    try:
        moderators.write_as(work)
    except UserError as error:
        if not error.code.startswith("hall."):
            raise
        words = pages.words("moderate_hall")
        reason = words(f"refused.{error.detail.get('reason', error.code.removeprefix('hall.'))}")
        return _page(form, error.http_status, refused=reason)
    return pages.see_other("/moderate/outcomes")


def _page(form: Form[Drafting], status: int = 200, refused: str = "") -> flask.Response:
    lang = pages.language()

    def work(unit: Unit, _actor: Actor) -> dict[str, Any]:
        drafts = outcomes.drafts(unit, lang)
        keys = [outcomes.outcome_key(view.id) for view in drafts]
        return {
            "open_topics": outcomes.without_answer(unit, lang),
            "drafts": drafts,
            "missing": translation.missing(unit, keys),
            "published": outcomes.published(unit, lang),
        }

    values = moderators.read_as(work)
    return pages.page(
        "hall/outcomes.html",
        part="moderate_hall",
        status=status,
        form=form,
        refused=refused,
        day_text=day_text,
        key_of=outcomes.outcome_key,
        **values,
    )


def _name(text: str) -> str:
    if not is_id(text):
        raise UserError("request.not_found")
    return text
