"""What the weekly agenda adds to an application: its pages, and what it tells the holder of a receipt."""

import flask

from portal.server.core.context import Portal
from portal.server.townhall import agenda_desk_views, week_views
from portal.server.townhall import clock as _clock  # noqa: F401 - its tick, for the worker


def install(app: flask.Flask, _portal: Portal) -> None:
    """Add the week's pages to ``app``."""
    app.register_blueprint(week_views.blueprint)
    app.register_blueprint(agenda_desk_views.blueprint)
