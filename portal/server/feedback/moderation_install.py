"""Wires moderation into an application: its pages, and what the worker does for it."""

import flask

from portal.server.core import jobs
from portal.server.core.context import Portal
from portal.server.feedback import (
    check_views,
    log_views,
    moderation_jobs,
    moderation_views,
    second_views,
    topic_views,
)


def install(app: flask.Flask, portal: Portal) -> None:
    """Add the moderators' pages and the public log to ``app``."""
    portal.put(moderation_jobs.Looking())
    jobs.register(moderation_jobs.JOB, moderation_jobs.translate)
    jobs.register_tick("feedback.moderation", moderation_jobs.look, every_s=moderation_jobs.EVERY_S)
    for views in (
        moderation_views.blueprint,
        second_views.blueprint,
        topic_views.blueprint,
        check_views.blueprint,
        log_views.blueprint,
        log_views.public_views,
    ):
        app.register_blueprint(views)
