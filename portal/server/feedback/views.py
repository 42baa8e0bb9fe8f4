"""The front page of the town hall, and the topics with their supports."""

from typing import Any, Final

import flask

from portal.server.core import pages
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.pages import Form
from portal.server.core.work import run_in_thread
from portal.server.feedback import receipt_page, receipts, service, supports, topics, weeks
from portal.server.feedback.earning import Due, begun_s, earned, work_due
from portal.server.feedback.feature import Feedback
from portal.server.feedback.receipts import CodeError
from portal.server.feedback.schemas import Support
from portal.server.feedback.service import Taken, UsedPassError
from portal.server.feedback.topics import TopicView
from portal.server.feedback.weeks import IntakeWeek
from portal.wire.ids import id_bytes

FRONT: Final = "front"
TOPICS: Final = "topics"
ON_PAGE: Final = 50
blueprint = pages.blueprint("feedback")


@blueprint.get("/town-hall")
def front() -> flask.Response:
    """Show this week, the next hall, and the ways in."""
    language = pages.language()

    def read(unit: Unit) -> dict[str, Any]:
        published = topics.published_topics(unit, language)
        return {
            "week": weeks.current(unit),
            "next_hall": next((one for one in weeks.unfinished(unit) if _is_to_come(one, unit.now_s)), None),
            "topics": published[:5],
            "more": max(len(published) - 5, 0),
        }

    database = portal().database
    return pages.page("feedback/front.html", part=FRONT, cache_s=30, **run_in_thread(lambda: database.read(read)))


@blueprint.get("/topics")
def show_topics() -> flask.Response:
    """Show what others raised, most supported first."""
    language, database = pages.language(), portal().database
    found = run_in_thread(lambda: database.read(lambda unit: topics.published_topics(unit, language)))
    number = max(flask.request.args.get("page", 1, type=int), 1)
    numbers = max(-(-len(found) // ON_PAGE), 1)
    shown = found[(number - 1) * ON_PAGE : number * ON_PAGE]
    return pages.page(
        "feedback/topics.html",
        part=TOPICS,
        cache_s=30,
        topics=shown,
        number=number,
        pages=numbers,
        left=supports.SUPPORTS_MAX,
    )


@blueprint.get("/topics/support")
def ask_support() -> flask.Response:
    """Ask with which receipt a topic is to be supported."""
    topic = _topic(flask.request.args.get("topic", ""))
    return _ask(topic, Form[Support]({"topic": [topic.id]}))


@blueprint.post("/topics/support")
def give_support() -> flask.Response:
    """Support a topic with a receipt, or with a new one for work or patience."""
    form = pages.form(Support)
    topic = _topic(form.text("topic"))
    sent = form.value
    if sent is None or sent.go == "again":
        return _ask(topic, form)
    return run_in_thread(lambda: _with_new(topic, form, sent) if sent.new else _with_known(topic, form, sent))


def _with_known(topic: TopicView, form: Form[Support], sent: Support) -> flask.Response:
    feedback, database = portal().get(Feedback), portal().database
    try:
        code = receipts.parse_code(sent.code)
    except CodeError as error:
        return _ask(topic, form.refuse("code", error.kind, n=error.digits, due=receipts.CODE_DIGITS))

    def work(unit: Unit) -> list[str] | None:
        receipt = service.find(unit, code)
        if receipt is None:
            return None
        supports.support(unit, receipt, code, topic.id, begun_s(feedback, sent.begun, unit.now_s))
        return supports.supported(unit, code, weeks.current(unit).id)

    try:
        given = database.write(work)
    except supports.NoSupportLeftError:
        return _ask(topic, form.refuse("code", "none_left", n=supports.SUPPORTS_MAX))
    except supports.ClosedTopicError:
        return _ask(topic, form.refuse("code", "closed"))
    if given is None:
        return _ask(topic, form.refuse("code", "unknown"))
    left = max(supports.SUPPORTS_MAX - len(given), 0)
    return pages.page("feedback/supported.html", part=TOPICS, topic=topic, left=left, language_path="/topics")


def _with_new(topic: TopicView, form: Form[Support], sent: Support) -> flask.Response:
    feedback, database = portal().get(Feedback), portal().database
    now_s = database.clock_ms() // 1000
    result = earned(feedback, sent, now_s)
    if isinstance(result, Due):
        return _ask(topic, form, result)
    used = result

    def work(unit: Unit) -> Taken:
        taken = service.take_supporter(unit, feedback, pages.language(), used)
        supports.support(unit, taken.receipt, taken.code, topic.id, begun_s(feedback, sent.begun, unit.now_s))
        return taken

    try:
        taken = database.write(work)
    except UsedPassError:
        return _ask(topic, form, work_due(feedback, now_s, "used"))
    except supports.ClosedTopicError:
        return _ask(topic, form.refuse("code", "closed"))
    if not taken.again:
        feedback.load.note(patient=used.kind == "patience")
    return receipt_page.show(feedback, taken)


def _ask(topic: TopicView, form: Form[Support], due: Due | None = None) -> flask.Response:
    feedback, now_s = portal().get(Feedback), portal().database.clock_ms() // 1000
    waits = due is not None and due.page == "wait"
    refused = bool(form.problems) or (due is not None and bool(due.why))
    return pages.page(
        "feedback/support_wait.html" if waits else "feedback/support.html",
        part=TOPICS,
        status=422 if refused else 200,
        form=form,
        topic=topic,
        due=due or work_due(feedback, now_s),
        begun=form.text("begun") or feedback.passes.issue("begun", now_s),
        language_form="support",
    )


def _is_to_come(week: IntakeWeek, now_s: int) -> bool:
    return week.hall_s + week.hall_minutes * 60 > now_s and not week.has_reached("held")


def _topic(identifier: str) -> TopicView:
    try:
        id_bytes(identifier)
    except ValueError:
        flask.abort(404)
    language, database = pages.language(), portal().database
    view = run_in_thread(lambda: database.read(lambda unit: topics.view(unit, identifier, language)))
    if view is None or view.status != "published":
        flask.abort(404)
    return view
