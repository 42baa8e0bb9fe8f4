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
from portal.server.official import digest
from portal.server.official.feature import Official

PART: Final = "digest"
ONE_CLICK_BYTES: Final = 4096
blueprint = pages.blueprint("digest")


def _address(text: str) -> str:
    if not digest.is_address(text):
        raise PydanticCustomError("address", "no address")
    return text


class Ask(pages.FormModel):
    """Where the letter shall go."""

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
    address, language, database = form.value.address, pages.language(), portal().database

    def work(unit: Unit) -> None:
        digest.ask(unit, address, language)

    try:
        run_in_thread(lambda: database.write(work))
    except digest.CrowdedError:
        return _form(form.refuse("address", "crowded"), status=503)
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


def _form(form: pages.Form[Ask], *, status: int = 200) -> flask.Response:
    configured = portal().get(Official).mail.configured
    return pages.page("data/digest.html", part=PART, status=status, form=form, configured=configured)


def _said(what: str, *, status: int = 200) -> flask.Response:
    return pages.page("data/digest_said.html", part=PART, status=status, what=what)
