"""The register of instruments: for members over HTTP, for everybody as a page and as data."""

from collections.abc import Callable
from typing import Final, TypeVar

import flask

from portal.server.accounts.signed_in import read_as, write_as
from portal.server.core import pages
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.limits import HEAVY, limiter
from portal.server.core.web import json_body, reply
from portal.server.core.work import run_in_thread
from portal.server.drafts import instruments
from portal.server.drafts.instrument_schemas import PublicationRequest
from portal.server.drafts.views import draft_named
from portal.server.rooms.views import room_named

T = TypeVar("T")
CACHE_S: Final = 60
REQUEST_MAX_BYTES: Final = 1 << 20
blueprint = flask.Blueprint("instruments", __name__, url_prefix="/api/rooms/<room>/drafts/<draft>/instruments")
public = pages.blueprint("register")


@blueprint.post("")
@limiter.limit(HEAVY)
def consent(room: str, draft: str) -> flask.Response:
    """Consent to a publication, or propose it."""
    name, which = room_named(room), draft_named(draft)
    body = json_body(PublicationRequest, limit_bytes=REQUEST_MAX_BYTES)
    return reply(write_as(lambda unit, actor: instruments.consent(unit, actor, name, which, body)), 201)


@blueprint.get("")
def list_of_draft(room: str, draft: str) -> flask.Response:
    """List what is, or is to be, published of a draft."""
    name, which = room_named(room), draft_named(draft)
    return reply(read_as(lambda unit, actor: instruments.of_draft(unit, actor.account, name, which)))


@public.get("/instruments")
def show() -> flask.Response:
    """The register as a page."""
    found = _read(instruments.published)
    return pages.page("public/instruments.html", part="instruments", cache_s=CACHE_S, instruments=found)


@public.get("/instruments.json")
def data() -> flask.Response:
    """The register as data, with all that verifies the signatures."""
    response = reply(_read(instruments.published))
    response.headers["Cache-Control"] = f"public, max-age={CACHE_S}"
    return response


def _read(work: Callable[[Unit], T]) -> T:
    database = portal().database
    return run_in_thread(lambda: database.read(work))
