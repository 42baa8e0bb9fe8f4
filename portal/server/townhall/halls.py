"""How halls are wired into one portal."""

import flask

from portal.server.core.context import Portal
from portal.server.townhall import hall_desk_views, hall_views
from portal.server.townhall import hall_models as _hall_models  # noqa: F401 - the rows of halls
from portal.server.townhall.hall_live import Halls


def install(app: flask.Flask, portal: Portal) -> None:
    """Add the halls' pages and streams to ``app``."""
    halls = Halls.open(portal.settings, portal.database)
    portal.put(halls)
    portal.starting.append(halls.start)
    portal.parting.append(halls.part)
    app.register_blueprint(hall_views.blueprint)
    app.register_blueprint(hall_desk_views.blueprint)
