"""What the worker does for moderators by itself: looks at new submissions, tells their language, translates them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass
class Looking:
    """What the looks of one process remember: into which languages submissions are translated."""

    languages: tuple[str, ...] | None = None


def look(portal: Portal) -> None:
    """See whether there is something to translate; enqueue one job for all of it."""
    _notice_changes(portal)
    if portal.database.read(_is_owed):
        portal.database.write(_enqueue)


def translate(portal: Portal, _payload: jobs.Payload) -> None:
    """Translate submissions, those due first, until nothing is owed or the turn is over."""
    until_s = time.monotonic() + TURN_S
    while portal.database.write(review.begin_with_all):
        pass
    while time.monotonic() < until_s:
        looked_at = portal.database.read(partial(readings.owed, limit=BATCH))
        asked = portal.database.read(partial(readings.asked, limit=BATCH))
        if not looked_at and not asked:
            return
        _detect(portal, looked_at)
        for one in (*asked, *(owed for owing in looked_at for owed in owing.translations)):
            made = render(portal.get(PublicTranslation).translator, one.text, one.language, one.target)
            portal.database.write(partial(readings.take_in, job=one, made=made))
        portal.database.write(partial(readings.settle, looked_at=looked_at))
    portal.database.write(_enqueue)


def _is_owed(unit: Unit) -> bool:
    under_way = sa.select(jobs.Job.id).where(jobs.Job.kind == JOB, jobs.Job.state.in_(("waiting", "running"))).limit(1)
    return unit.session.scalar(under_way) is None and readings.is_owed(unit)


def _enqueue(unit: Unit) -> None:
    jobs.enqueue(unit, JOB, {})


def _detect(portal: Portal, looked_at: Sequence[readings.Owing]) -> None:
    """Tell the languages of texts that nobody has looked at."""
    detector = portal.get(PublicTranslation).detector(frozenset(LANGUAGES))
    found = [
        (one.submission, detector.detect(one.text)) for one in looked_at if one.text is not None and not one.is_detected
    ]
    noted = [(submission, one.language, round(100 * one.confidence)) for submission, one in found]
    portal.database.write(partial(readings.note_detected, found=noted))


def _notice_changes(portal: Portal) -> None:
    """Look at everything once more when language packages were installed, or moderators read other languages."""
    if portal.get(PublicTranslation).packages_changed():
        portal.database.write(readings.ask_again)
        portal.database.write(public_texts.ask_again)
    looking, languages = portal.get(Looking), tuple(portal.database.read(readings.moderators_languages))
    if looking.languages != languages:
        looking.languages = languages
        portal.database.write(readings.owe_again)
