"""What people and auditors open in a browser: the ledger's page, the receipt checker, and the release's manifest."""

import flask

from portal.server.core import pages
from portal.server.core.context import portal
from portal.server.core.web import reply
from portal.server.core.work import run_in_thread
from portal.server.ledger.feature import Ledger
from portal.server.ledger.releases import Release, shown
from portal.server.ledger.views import open_to_all
from portal.wire.ledger.entries import Kind

_PAGE_AGE_S = 300
release_views = flask.Blueprint("ledger_release", __name__, url_prefix="/ledger")
release_views.after_request(open_to_all)
page_views = pages.blueprint("ledger_pages")


@release_views.get("/release.json")
def show_release() -> flask.Response:
    """Show what browsers are served, with the proof that the ledger says the same."""
    parts = portal()
    release = parts.get(Release)
    response = reply(run_in_thread(lambda: parts.database.read(lambda unit: shown(unit, release))))
    response.headers["Cache-Control"] = "public, max-age=1"
    return response


@page_views.get("/ledger")
def show_ledger() -> flask.Response:
    """Show the auditor's page: its script reads the ledger and checks it in the browser."""
    kinds = [(kind.value, kind.name.lower()) for kind in Kind]
    origin = portal().settings.public_url
    return pages.page("public/ledger.html", part="verify", cache_s=_PAGE_AGE_S, kinds=kinds, origin=origin)


@page_views.get("/verify")
def show_verify() -> flask.Response:
    """Show the page that checks a receipt in the browser, which sends nothing."""
    ledger = portal().get(Ledger)
    vkey, policy = ledger.key.to_text(), ledger.policy_text
    return pages.page("public/verify.html", part="verify", cache_s=_PAGE_AGE_S, vkey=vkey, policy=policy)


@page_views.get("/ledger/verify")
def show_verify_as_before() -> flask.Response:
    """Send on to the one address of the receipt checker."""
    return flask.redirect("/verify", 308)  # type: ignore[return-value]  # flask's own class, by its application
