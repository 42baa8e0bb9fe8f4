"""Pages of the weekly letter: ask for it, say yes, stop it. Following a link changes nothing; a button does.

(Mail programs fetch links to look for harm, and must subscribe nobody.)
"""

from typing import Annotated, Final

import flask
from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from portal.server.core import pages
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.web import form_bytes
from portal.server.core.work import run_in_thread
from portal.server.feedback.earning import Due, earned, work_due
from portal.server.feedback.feature import Feedback
from portal.server.feedback.proof_of_work import Pass
from portal.server.feedback.schemas import Earned
from portal.server.feedback.service import UsedPassError, use
from portal.server.official import digest
from portal.server.official.feature import Official

PART: Final = "digest"
ONE_CLICK_BYTES: Final = 4096
blueprint = pages.blueprint("digest")


def _address(text: str) -> str:
    if not digest.is_address(text):
        raise PydanticCustomError("address", "no address")
    return text


class Ask(Earned):
    """Where the letter shall go, and what asking for it cost: a letter to a stranger must not be for free."""

    address: Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_address)] = ""


@blueprint.get("/digest")
def show() -> flask.Response:
    """The form; where no mail server is set, what else there is."""
    return _form(pages.Form[Ask]())


@blueprint.post("/digest")
def ask() -> flask.Response:
    """Have the letter sent that asks for a yes; the answer never tells whether an address is known."""
    if not portal().get(Official).mail.configured:
        return _form(pages.Form[Ask](), status=503)
    form = pages.form(Ask)
    if form.value is not None and not form.value.address:
        form.refuse("address", "address")
    if form.value is None:
        return _form(form, status=422)
    feedback, now_s = portal().get(Feedback), portal().database.clock_ms() // 1000
    result = earned(feedback, form.value, now_s)
    if isinstance(result, Due):
        return _earn(form, result)
    try:
        _take(form.value.address, pages.language(), result)
    except UsedPassError:
        return _earn(form, work_due(feedback, now_s, "used"))
    except digest.CrowdedError:
        return _form(form.refuse("address", "crowded"), status=503)
    feedback.load.note()
    return _said("asked")


@blueprint.get("/digest/<any(confirm, stop):what>")
def look(what: str) -> flask.Response:
    """The page with the button."""
    token = flask.request.args.get("t", "")
    return pages.page("data/digest_button.html", part=PART, what=what, token=token)


@blueprint.post("/digest/<any(confirm, stop):what>")
def press(what: str) -> flask.Response:
    """Say yes, or stop it."""
    form_bytes(ONE_CLICK_BYTES)  # a mail program says List-Unsubscribe=One-Click there (RFC 8058), our page nothing
    token, database = flask.request.args.get("t", ""), portal().database
    work = digest.confirm if what == "confirm" else digest.stop
    if not run_in_thread(lambda: database.write(lambda unit: work(unit, token))):
        return _said("bad_link", status=404)
    return _said("confirmed" if what == "confirm" else "stopped")


def _take(address: str, language: str, used: Pass) -> None:
    feedback, database = portal().get(Feedback), portal().database

    def work(unit: Unit) -> None:
        use(unit, feedback, used)
        digest.ask(unit, address, language)

    run_in_thread(lambda: database.write(work))


def _earn(form: pages.Form[Ask], due: Due) -> flask.Response:
    status = 422 if due.why else 200
    if due.page == "wait":
        return pages.page("data/digest_wait.html", part=PART, status=status, form=form, due=due)
    return _form(form, status=status, due=due)


def _form(form: pages.Form[Ask], *, status: int = 200, due: Due | None = None) -> flask.Response:
    configured = portal().get(Official).mail.configured
    due = due or work_due(portal().get(Feedback), portal().database.clock_ms() // 1000)
    return pages.page("data/digest.html", part=PART, status=status, form=form, configured=configured, due=due)


def _said(what: str, *, status: int = 200) -> flask.Response:
    return pages.page("data/digest_said.html", part=PART, status=status, what=what)
