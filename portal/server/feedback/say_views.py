"""/say: from a thought to its receipt, one question a page.

What was answered travels in the form; nothing is kept until the last page is sent.

    page        asks                                        left out when
    text        what should the town hall deal with
    privacy     this may give somebody away: keep it?       nothing was found
    language    which language is it                        it was recognised (the last page shows it)
    similar     somebody said something alike: support it   nothing is alike
    visibility  may everybody read it, or moderators only
    region      where it matters to you                     the installation has no regions
    check       all of it once more; the work goes on here
    wait        patience, where no script can work          there is work
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import flask

from portal.server.core import pages
from portal.server.core.context import portal
from portal.server.core.pages import Form
from portal.server.core.work import run_in_thread
from portal.server.feedback import personal_data, receipt_page, service, topics
from portal.server.feedback.earning import Due, begun_s, earned, work_due
from portal.server.feedback.feature import WRITTEN_LANGUAGES, Feedback
from portal.server.feedback.proof_of_work import Pass
from portal.server.feedback.schemas import Say, Step
from portal.server.feedback.service import Said, Taken, UsedPassError
from portal.server.feedback.similar import Candidate, most_alike
from portal.server.feedback.supports import SUPPORTS_MAX
from portal.server.feedback.texts import TEXT_MAX_CHARS, has_tricks
from portal.server.feedback.topics import TopicView

PART = "say"
CARRIED = ("text", "lang", "corrected", "kept", "seen", "visibility", "region", "begun")
ABOUT_THE_TEXT = frozenset({"kept", "seen"})
"""What was answered about one text, and is asked again about another."""
blueprint = pages.blueprint("say")


@dataclass
class Way:
    """How far somebody has come: the form as typed, what it means, and what the server knows to it."""

    form: Form[Say]
    feedback: Feedback
    now_s: int
    alike: list[TopicView] = field(default_factory=list)
    chosen: list[TopicView] = field(default_factory=list)

    @property
    def said(self) -> Say:
        """What was answered so far."""
        if self.form.value is None:
            msg = "the form has problems"
            raise ValueError(msg)
        return self.form.value


@blueprint.get("/say")
def begin() -> flask.Response:
    """Show the first question."""
    feedback, now_s = portal().get(Feedback), _now_s()
    begun = feedback.passes.issue("begun", now_s)
    response = _page("text", Form[Say]({"begun": [begun]}))
    # Nothing of anybody is on it yet: whoever comes back to it finds in it what they had typed.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.post("/say")
def go_on() -> flask.Response:
    """Take one page's answer and show the next page; after the last, the receipt."""
    form = pages.form(Say)
    if form.value is None:
        return _with_problems(form)
    return run_in_thread(lambda: _next(form))


def _next(form: Form[Say]) -> flask.Response:
    way = Way(form, portal().get(Feedback), _now_s())
    _recognise(way)
    if way.said.at == "text":
        _note(way, seen="")
    way.chosen, way.alike = _topics(way)
    said = way.said
    if said.go:
        return _show(way, said.at if said.go == "again" else said.go)
    lacking = _lacking(way)
    if lacking is not None:
        if lacking == said.at:
            form.refuse(_field(lacking), "missing")
            return _show(way, lacking, status=422, said=said)
        return _show(way, lacking)
    if said.at not in {"check", "wait"}:
        return _show(way, "check")
    return _send(way)


def _lacking(way: Way) -> Step | None:
    """The first page that was not answered and has something to ask."""
    said = way.said
    if personal_data.findings(said.text) and said.kept != _name_of(said.text):
        return "privacy"
    if not said.lang:
        return "language"
    if way.alike and not said.seen:
        return "similar"
    if not said.visibility:
        return "visibility"
    if way.feedback.regions and "region" not in way.form.typed:
        return "region"
    return None


def _send(way: Way) -> flask.Response:
    said = way.said
    result = earned(way.feedback, said, way.now_s)
    if isinstance(result, Due):
        return _earn(way, result)
    used: Pass = result
    sent = Said(
        text=said.text,
        lang=said.lang,
        visibility=said.visibility or "moderators",
        begun_s=begun_s(way.feedback, said.begun, way.now_s),
        region=said.region if said.region in way.feedback.regions else None,
        supports=tuple(topic.id for topic in way.chosen),
    )
    taken = _taken(way, sent, used)
    if taken is None:
        return _earn(way, work_due(way.feedback, way.now_s, "used"))
    if not taken.again:
        way.feedback.load.note(patient=used.kind == "patience")
    return receipt_page.show(way.feedback, taken)


def _taken(way: Way, sent: Said, used: Pass) -> Taken | None:
    """What was taken; None if the pass was used for something else."""
    for _ in range(2):  # of a form that is sent twice at once, the second try finds what the other one left
        with suppress(UsedPassError):
            return portal().database.write(lambda unit: service.take(unit, way.feedback, sent, used))
    return None


def _earn(way: Way, due: Due) -> flask.Response:
    return _show(way, due.page, due=due, status=200 if not due.why else 422)


def _show(
    way: Way, step: Step, *, due: Due | None = None, status: int = 200, said: Say | None = None
) -> flask.Response:
    said = said or way.said
    if step in {"check", "wait"} and due is None:
        due = work_due(way.feedback, way.now_s)
    left_out = {_field(step)} | (ABOUT_THE_TEXT if step == "text" else frozenset())
    carried = {name: getattr(said, name) for name in CARRIED if name not in left_out and getattr(said, name)}
    if "region" in way.form.typed and step != "region":
        carried["region"] = said.region
    values = {
        "said": said,
        "carried": carried,
        "findings": personal_data.findings(said.text) if step == "privacy" else [],
        "text_name": _name_of(said.text),
        "alike": way.alike,
        "chosen": way.chosen,
        "regions": way.feedback.regions,
        "due": due,
        "tricks": has_tricks(way.form.text("text")),
    }
    return _page(
        "check" if step == "wait" and due is not None and due.page == "check" else step, way.form, status, values
    )


def _with_problems(form: Form[Say]) -> flask.Response:
    """What can not be read as an answer: mostly the text itself, so its page is shown; everything typed is still there.

    Where a text is wrong that a script or an old page sent, the rest is of no use either.
    """
    carried = {
        name: form.text(name) for name in CARRIED if name != "text" and form.text(name) and name not in form.problems
    }
    step: Step = "language" if "lang" in form.problems and "text" not in form.problems else "text"
    if step == "language":
        carried["text"] = form.text("text")
    again = form.chosen("go", "again") and step == "text"
    if again:
        form.problems.clear()
    return _page(step, form, 200 if again else 422, {"carried": carried})


def _page(step: Step, form: Form[Say], status: int = 200, values: dict[str, Any] | None = None) -> flask.Response:
    known: dict[str, Any] = {"carried": {"begun": form.text("begun")}}
    return pages.page(
        f"feedback/say_{step}.html",
        part=PART,
        status=status,
        form=form,
        step=step,
        language_form="say",
        limit=TEXT_MAX_CHARS,
        written_languages=WRITTEN_LANGUAGES,
        **(known | (values or {})),
    )


def _recognise(way: Way) -> None:
    """Note the language that the text seems to be in, unless its writer said it."""
    said = way.said
    if said.at == "language":
        _note(way, corrected="yes")
    elif not said.corrected and (said.at == "text" or not said.lang):
        found = way.feedback.detector.detect(said.text)
        if found.language is not None:
            _note(way, lang=found.language)


def _note(way: Way, **values: str) -> None:
    """Take ``values`` for answers."""
    way.form.value = way.said.model_copy(update=values)
    way.form.typed.update({name: [value] for name, value in values.items()})


def _topics(way: Way) -> tuple[list[TopicView], list[TopicView]]:
    """The topics that were chosen to be supported, and those that the text is like; looked for once for each text."""
    said = way.said
    if said.seen and not said.supports and said.go != "similar":
        return [], []
    language, database = pages.language(), portal().database

    def read() -> list[TopicView]:
        return database.read(lambda unit: topics.published_topics(unit, language))

    there = {topic.id: topic for topic in way.feedback.topics_lately(language, read)}
    chosen = [there[topic] for topic in dict.fromkeys(said.supports) if topic in there][:SUPPORTS_MAX]
    candidates = [Candidate(topic.id, (topic.title, topic.original)) for topic in there.values()]
    alike = [there[topic] for topic in most_alike(said.text, candidates)]
    if not alike:
        _note(way, seen="yes")
    return chosen, alike


def _field(step: Step) -> str:
    return {"language": "lang", "similar": "seen", "privacy": "kept"}.get(step, step)


def _name_of(text: str) -> str:
    """What ``kept`` says: that the warning was seen for this very text, and not for an earlier one."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _now_s() -> int:
    return portal().database.clock_ms() // 1000
