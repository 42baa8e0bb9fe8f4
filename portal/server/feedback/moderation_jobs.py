"""What the worker does for moderators by itself: looks at new submissions, tells their language, translates them."""

import time
from functools import partial
from typing import Final

import sqlalchemy as sa

from portal.server.core import jobs
from portal.server.core.catalogues import LANGUAGES
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.feedback import readings, review
from portal.server.translation import service as public_texts
from portal.server.translation.feature import PublicTranslation
from portal.server.translation.rendering import render

JOB: Final = "feedback.translate"
EVERY_S: Final = 10.0
TURN_S: Final = 40.0
"""For how long one job translates before others have their turn."""
BATCH: Final = 20


def look(portal: Portal) -> None:
    """See whether there is something to translate; enqueue one job for all of it."""
    _notice_packages(portal)
    if portal.database.read(_is_owed):
        portal.database.write(_enqueue)


def translate(portal: Portal, _payload: jobs.Payload) -> None:
    """Translate submissions, those due first, until nothing is owed or the turn is over."""
    until_s = time.monotonic() + TURN_S
    portal.database.write(review.begin_with_all)
    _detect(portal)
    while time.monotonic() < until_s:
        owed = portal.database.read(_next)
        if not owed:
            return
        for one in owed:
            made = render(portal.get(PublicTranslation).translator, one.text, one.language, one.target)
            portal.database.write(partial(readings.take_in, job=one, made=made))
    portal.database.write(_enqueue)


def _next(unit: Unit) -> list[readings.Owed]:
    return readings.asked(unit, BATCH) or readings.owed(unit, BATCH)


def _is_owed(unit: Unit) -> bool:
    under_way = sa.select(jobs.Job.id).where(jobs.Job.kind == JOB, jobs.Job.state.in_(("waiting", "running"))).limit(1)
    if unit.session.scalar(under_way) is not None:
        return False
    return bool(readings.undetected(unit, 1) or readings.asked(unit, 1) or readings.owed(unit, 1))


def _enqueue(unit: Unit) -> None:
    jobs.enqueue(unit, JOB, {})


def _detect(portal: Portal) -> None:
    detector = portal.get(PublicTranslation).detector(frozenset(LANGUAGES))
    while texts := portal.database.read(lambda unit: readings.undetected(unit, 200)):
        found = [(submission, detector.detect(text)) for submission, text in texts]
        noted = [(submission, one.language, round(100 * one.confidence)) for submission, one in found]
        portal.database.write(partial(readings.note_detected, found=noted))


def _notice_packages(portal: Portal) -> None:
    """Try once more what had no model, when language packages were installed."""
    translation = portal.get(PublicTranslation)
    if translation.packages_changed():
        portal.database.write(readings.ask_again)
        portal.database.write(public_texts.ask_again)
