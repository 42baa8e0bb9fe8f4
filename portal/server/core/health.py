"""Is the process alive, and can it work: for supervisors and load balancers."""

from typing import Any, Final

import flask
from sqlalchemy.exc import SQLAlchemyError

from portal.server.core import migrations
from portal.server.core.context import portal
from portal.server.core.db import Database
from portal.server.core.web import reply
from portal.server.core.work import run_in_thread

PROBE_HEADER: Final = "Portal-Probe"
"""Holds an address that its sender claims by X-Forwarded-For; the answer says whether the claim is believed."""
blueprint = flask.Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> flask.Response:
    """The process answers; ``demonstration`` is said only by one, ``seen`` only to who asks how it is seen."""
    said: dict[str, Any] = {"ok": True}
    if portal().settings.demonstration:
        said["demonstration"] = True
    claimed = flask.request.headers.get(PROBE_HEADER)
    if claimed is not None:
        # Tells its sender what it could find out by trying: whether an address that it makes up counts as its own.
        hops = flask.request.headers.getlist("X-Forwarded-For")
        said["seen"] = {"believed": flask.request.remote_addr == claimed, "hops": len(",".join(hops).split(","))}
    return reply(said)


@blueprint.get("/readyz")
def ready() -> flask.Response:
    """The database answers with the schema of this program, the writer writes; 503 otherwise, with what failed."""
    database = portal().database
    checks = run_in_thread(lambda: _checks(database)) | {name: check() for name, check in portal().checks.items()}
    return reply({"ok": all(checks.values()), "checks": checks}, 200 if all(checks.values()) else 503)


def _checks(database: Database) -> dict[str, bool]:
    try:
        schema = migrations.current(database) == migrations.newest()
    except SQLAlchemyError:
        return {"database": False, "schema": False}
    return {"database": True, "schema": schema}
