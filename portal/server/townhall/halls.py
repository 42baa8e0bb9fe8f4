"""How halls are wired into one portal."""

import flask

from portal.server.core.context import Portal
from portal.server.feedback.feature import Feedback
from portal.server.townhall import hall_desk_views, hall_views, minutes_views, outcome_views, outcomes
from portal.server.townhall import hall_models as _hall_models  # noqa: F401 - the rows of halls
from portal.server.townhall.hall_live import Halls


def install(app: flask.Flask, portal: Portal) -> None:
    """Add the pages and streams of halls to ``app``, and outcomes to what a receipt shows."""
    halls = Halls.open(portal.settings, portal.database, portal.wake)
    portal.put(halls)
    portal.starting.append(halls.start)
    portal.parting.append(halls.part)
    portal.get(Feedback).answers.append(outcomes.answers_for)
    for views in (
        hall_views.blueprint,
        hall_desk_views.blueprint,
        minutes_views.public,
        minutes_views.desk,
        outcome_views.blueprint,
    ):
        app.register_blueprint(views)
