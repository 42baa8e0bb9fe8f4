"""Is the process alive, and can it work: for supervisors and load balancers."""

import flask
from sqlalchemy.exc import SQLAlchemyError

from portal.server.core import migrations
from portal.server.core.context import portal
from portal.server.core.db import Database
from portal.server.core.web import reply
from portal.server.core.work import run_in_thread

blueprint = flask.Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> flask.Response:
    """The process answers."""
    return reply({"ok": True})


@blueprint.get("/readyz")
def ready() -> flask.Response:
    """The database answers and has the schema that this program needs; 503 otherwise, with which check failed."""
    database = portal().database
    checks = run_in_thread(lambda: _checks(database))
    return reply({"ok": all(checks.values()), "checks": checks}, 200 if all(checks.values()) else 503)


def _checks(database: Database) -> dict[str, bool]:
    try:
        schema = migrations.current(database) == migrations.newest()
    except SQLAlchemyError:
        return {"database": False, "schema": False}
    return {"database": True, "schema": schema}
