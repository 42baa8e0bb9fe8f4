"""What the weekly agenda adds to an application: its pages, its clock, and what it tells the holder of a receipt."""

import flask
import sqlalchemy as sa

from portal.server.core.catalogues import Words
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.feedback import topics, weeks
from portal.server.feedback.feature import Answer, Feedback
from portal.server.feedback.models import Submission
from portal.server.townhall import agenda_desk_views, week_views
from portal.server.townhall import clock as _clock  # noqa: F401 - its tick, for the worker
from portal.server.townhall.agenda_models import AgendaItem
from portal.server.townhall.redline import redline


def install(app: flask.Flask, portal: Portal) -> None:
    """Add the week's pages to ``app``; intake must be there."""
    app.jinja_env.globals["redline"] = redline
    app.register_blueprint(week_views.blueprint)
    app.register_blueprint(agenda_desk_views.blueprint)
    portal.get(Feedback).answers.append(place_on_agenda)


def place_on_agenda(unit: Unit, submission: Submission, language: str) -> list[Answer]:
    """Return where on a published agenda a submission's topic stands, for whoever holds its receipt."""
    week = weeks.get(unit, submission.week_id)
    if submission.state != "on_agenda" or week is None:
        return []
    about = topics.topics_of(unit, submission.id)
    rows = sa.select(AgendaItem).where(AgendaItem.week_id == week.id).order_by(AgendaItem.position)
    public = [item for item in unit.session.scalars(rows) if item.kind != "internal"]
    words = Words("week", language)
    hall = words("follow.hall", moment=words.moment(week.hall_s * 1000, week.tz))
    return [
        Answer(words("follow.on_agenda", week=week.id, place=place), hall, language, f"/week/{week.id}#agenda")
        for place, item in enumerate(public, 1)
        if item.topic_id in about
    ]
