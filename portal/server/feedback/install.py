"""Puts intake into an application: what it owns, its pages, and what a worker looks after."""

from functools import partial
from typing import Final

import flask

from portal.server.core import jobs
from portal.server.core.context import Portal
from portal.server.feedback import follow_views, say_views, service, views
from portal.server.feedback.feature import Feedback
from portal.server.ledger.feature import Ledger

TIDY_S: Final = 3600.0
TOPIC: Final = "intake"
"""Of wake-ups: something was taken in."""


def install(app: flask.Flask, portal: Portal) -> None:
    """Register the citizens' pages; the ledger and the key of texts at rest must be there."""
    at_rest = portal.database.at_rest
    if at_rest is None:
        msg = "the database was opened without the key of texts at rest"
        raise RuntimeError(msg)
    settings = portal.settings
    feedback = Feedback.open(at_rest, portal.get(Ledger), public_url=settings.citizens_url, regions=settings.regions)
    portal.put(feedback)
    feedback.load.tell = partial(portal.wake.wake, TOPIC)
    portal.wake.listen(TOPIC, feedback.load.hear)
    for part in (views, say_views, follow_views):
        app.register_blueprint(part.blueprint)
    jobs.register_tick("feedback.tidy", _tidy, every_s=TIDY_S)


def _tidy(portal: Portal) -> None:
    """Erase what has had its time."""
    portal.database.write(service.erase_ended)
    portal.database.write(service.forget_passes)
