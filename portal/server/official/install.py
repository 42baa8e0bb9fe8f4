"""What the official part adds to the application: its pages, and what the worker does for it."""

import flask

from portal.server.core.context import Portal
from portal.server.official import digest_jobs as _digest_jobs  # noqa: F401 - what the worker does for letters
from portal.server.official import digest_views, feed_views, official_views, open_data_views
from portal.server.official import suggestions as _suggestions  # noqa: F401 - what the worker does for moderators
from portal.server.official.feature import Official


def install(app: flask.Flask, portal: Portal) -> None:
    """Add the official part of one installation to ``app``."""
    portal.put(Official.of(portal.settings))
    for views in (feed_views, open_data_views, digest_views, official_views):
        app.register_blueprint(views.blueprint)
