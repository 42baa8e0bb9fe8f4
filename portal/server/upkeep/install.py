"""What of upkeep an application is made of."""

import flask

from portal.server.core import counted_requests, metrics
from portal.server.core.context import Portal
from portal.server.core.work import Hub
from portal.server.upkeep import gauges, views
from portal.server.upkeep import retention as _retention  # noqa: F401 - what the worker erases
from portal.server.upkeep.exposition import Exposition


def install(app: flask.Flask, portal: Portal) -> None:
    """Register the page of health, count requests, and serve ``/metrics`` if a port for it is set."""
    app.register_blueprint(views.blueprint)
    counted_requests.install(app)
    settings = portal.settings

    def start(_hub: Hub) -> None:
        exposition = Exposition(
            settings.metrics_host, settings.metrics_port, (metrics.REGISTRY, gauges.registry(portal))
        )
        portal.stopping += [exposition.close, metrics.watch_hub()]

    if settings.metrics_port:
        portal.starting.append(start)
