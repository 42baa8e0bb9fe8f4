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
    """The process answers; ``demonstration`` is said only by one."""
    return reply({"ok": True} | ({"demonstration": True} if portal().settings.demonstration else {}))


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
