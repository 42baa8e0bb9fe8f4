"""/r: what became of it, for whoever holds the number. The number travels in forms only, never in an address.

Whoever lacks it learns nothing here: every number that is not of a receipt gets the same answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import flask

from portal.server.core import pages
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.pages import Form
from portal.server.core.work import run_in_thread
from portal.server.feedback import decisions, receipt_page, receipts, service, supports, threads, topics, weeks
from portal.server.feedback.decisions import DecisionView
from portal.server.feedback.earning import begun_s
from portal.server.feedback.feature import Answer, Feedback
from portal.server.feedback.models import Receipt, Submission
from portal.server.feedback.receipts import CodeError
from portal.server.feedback.schemas import REPLY_MAX_CHARS, Code, Reply, TakeBack, Withdrawal
from portal.server.feedback.service import Taken
from portal.server.feedback.states import day_text, set_state
from portal.server.feedback.threads import Message
from portal.server.feedback.topics import TopicView
from portal.server.ledger import service as ledger_service

PART: Final = "follow"
F = TypeVar("F", bound=Code)
blueprint = pages.blueprint("follow")


@dataclass(frozen=True, slots=True)
class Found:
    """A receipt that was asked for by its number."""

    code: str
    receipt: Receipt
    submission: Submission | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that the follow page shows. ``index`` is the place in the ledger; None while it is on its way."""

    code: str
    grouped: str
    day: str
    submission: Submission | None
    text: str
    index: int | None
    is_counted: bool
    decisions: list[DecisionView]
    topics: list[TopicView]
    answers: list[Answer]
    thread: list[Message]
    supported: list[TopicView]
    supports_left: int
    begun: str


@blueprint.get("/r")
def ask() -> flask.Response:
    """Ask for the number."""
    return _ask(Form[Code]())


@blueprint.post("/r")
def show() -> flask.Response:
    """Show what became of what this receipt was given for."""
    form = pages.form(Code)
    return _with_receipt(form, _standing)


@blueprint.post("/r/file")
def give_file() -> flask.Response:
    """Give the receipt as a file."""
    feedback, words = portal().get(Feedback), pages.words(receipt_page.PART)

    def work(unit: Unit, found: Found) -> Callable[[], flask.Response]:
        text = receipt_page.file_text(unit, feedback, found.receipt, found.code, words)
        return lambda: _file(receipt_page.file_name(found.code), text)

    return _with_receipt(pages.form(Code), work)


@blueprint.post(receipt_page.AGAIN_PATH)
def show_again() -> flask.Response:
    """Show the receipt's page in another language, as long as nobody said that the number is kept safe."""
    feedback = portal().get(Feedback)

    def work(unit: Unit, found: Found) -> Callable[[], flask.Response]:
        if found.receipt.confirmed:
            return _standing(unit, found)
        taken = Taken(found.code, found.receipt, again=True)
        return lambda: receipt_page.show(feedback, taken)

    return _with_receipt(pages.form(Code), work)


@blueprint.post("/r/kept")
def confirm() -> flask.Response:
    """Note that the number is kept safe."""

    def work(unit: Unit, found: Found) -> Callable[[], flask.Response]:
        service.confirm(unit, found.code)
        return lambda: pages.page("feedback/kept.html", part=receipt_page.PART, language_path=receipt_page.FOLLOW_PATH)

    return _with_receipt(pages.form(Code), work, write=True)


@blueprint.post("/r/reply")
def reply() -> flask.Response:
    """Send a word to the moderators."""
    form = pages.form(Reply)

    def work(unit: Unit, found: Found) -> Callable[[], flask.Response]:
        if form.value is not None and found.submission is not None:
            _send(unit, found.receipt, found.submission, form)
        return _standing(unit, found, form, done="" if form.problems else "sent")

    return _with_receipt(form, work, write=True)


@blueprint.post("/r/withdraw")
def withdraw() -> flask.Response:
    """Ask whether somebody is sure, then take back and erase what they said."""
    form = pages.form(Withdrawal)

    def work(unit: Unit, found: Found) -> Callable[[], flask.Response]:
        if form.value is None or found.submission is None:
            return _standing(unit, found)
        if not form.value.sure:
            counted = service.is_counted(unit, found.submission)
            return lambda: _following("feedback/withdraw.html", code=found.code, is_counted=counted)
        return _standing(unit, found, done=service.withdraw(unit, found.submission))

    return _with_receipt(form, work, write=True)


@blueprint.post("/r/back")
def take_back() -> flask.Response:
    """Take a support back."""
    form, feedback = pages.form(TakeBack), portal().get(Feedback)

    def work(unit: Unit, found: Found) -> Callable[[], flask.Response]:
        if form.value is not None:
            begun = begun_s(feedback, form.value.begun, unit.now_s)
            supports.take_back(unit, found.code, form.value.topic, begun)
        return _standing(unit, found, done="taken_back")

    return _with_receipt(form, work, write=True)


def _send(unit: Unit, receipt: Receipt, submission: Submission, form: Form[Reply]) -> None:
    if form.value is None:
        return
    try:
        threads.reply(unit, receipt, form.value.text, receipt.community)
    except threads.UnansweredError:
        form.refuse("text", "unanswered", n=threads.UNANSWERED_MAX)
        return
    if submission.state == "returned":
        set_state(unit, submission, "waiting")


def _with_receipt(
    form: Form[F], work: Callable[[Unit, Found], Callable[[], flask.Response]], *, write: bool = False
) -> flask.Response:
    """Do ``work`` for the receipt whose number was typed; show what is wrong with the number otherwise."""
    database = portal().database
    try:
        code = receipts.parse_code(form.text("code"))
    except CodeError as error:
        return _ask(_refused(form, error.kind, n=error.digits, due=receipts.CODE_DIGITS))

    def find(unit: Unit) -> Callable[[], flask.Response]:
        receipt = service.find(unit, code)
        if receipt is None:
            return lambda: _ask(_refused(form, "unknown"))
        return work(unit, Found(code, receipt, service.submission_of(unit, receipt)))

    transact = database.write if write else database.read

    def answer() -> flask.Response:
        answered = transact(find)
        return answered()

    return run_in_thread(answer)


def _refused(form: Form[F], kind: str, **values: int) -> Form[Code]:
    return Form[Code](form.typed).refuse("code", kind, **values)


def _ask(form: Form[Code]) -> flask.Response:
    return pages.page("feedback/ask.html", part=PART, status=422 if form.problems else 200, form=form)


def _standing(
    unit: Unit, found: Found, form: Form[Reply] | None = None, *, done: str = ""
) -> Callable[[], flask.Response]:
    """Read what the page shows, in the transaction; the page itself is made after it."""
    feedback, language = portal().get(Feedback), pages.language()
    submission, week = found.submission, weeks.current(unit)
    own = [] if submission is None else topics.topics_of(unit, submission.id)
    given = supports.supported(unit, found.code, week.id)
    standing = Standing(
        code=found.code,
        grouped=receipts.grouped(found.code),
        day=day_text(found.receipt.created_day),
        submission=submission,
        text="" if submission is None else service.text_of(unit, submission),
        index=None if submission is None else ledger_service.index_of(unit, submission.ledger_entry),
        is_counted=submission is not None and service.is_counted(unit, submission),
        decisions=[] if submission is None else decisions.of(unit, submission.id, language),
        topics=_views(unit, own, language),
        answers=[] if submission is None else _answers(unit, feedback, submission, language),
        thread=threads.for_citizen(unit, found.receipt, found.code),
        supported=_views(unit, given, language),
        supports_left=supports.SUPPORTS_MAX - len(given),
        begun=feedback.passes.issue("begun", unit.now_s),
    )
    shown = form if form is not None and form.problems else Form[Reply]()
    status = 422 if shown.problems else 200
    return lambda: _following(
        "feedback/standing.html",
        status=status,
        form=shown,
        here_is=standing,
        done=done,
        limit=REPLY_MAX_CHARS,
        day_text=day_text,
        moderation=pages.words("moderation"),
    )


def _following(template: str, *, status: int = 200, **values: Any) -> flask.Response:
    """A page that only the number opens: in another language it is asked for with the number again."""
    language: dict[str, Any] = {"language_form": "standing", "language_path": receipt_page.FOLLOW_PATH}
    return pages.page(template, part=PART, status=status, **language, **values)


def _views(unit: Unit, identifiers: list[str], language: str) -> list[TopicView]:
    found = (topics.view(unit, identifier, language) for identifier in identifiers)
    return [view for view in found if view is not None]


def _answers(unit: Unit, feedback: Feedback, submission: Submission, language: str) -> list[Answer]:
    return [answer for answers_of in feedback.answers for answer in answers_of(unit, submission, language)]


def _file(name: str, text: str) -> flask.Response:
    response = flask.Response(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
