"""The letters of the digest, written and handed in by the worker: one that asks for a yes, then one a week.

A mail server that does not answer loses nothing: the job is tried again, later and later, and who has had a week's
letter does not get it twice but for the moment between the server's word and ours.
"""

import smtplib
from typing import Final

import structlog

from portal.server.core import jobs
from portal.server.core.catalogues import Words
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.feedback import weeks
from portal.server.feedback.weeks import IntakeWeek
from portal.server.official import digest, news
from portal.server.official.feature import Official

WEEK_JOB: Final = "digest.week"
EVERY_S: Final = 300.0
BATCH: Final = 40
"""Letters of one job; the next job takes the next."""
PART: Final = "digest"
RECENT_DAYS: Final = 7
_HOUR_MS: Final = 3_600_000
_log = structlog.get_logger(__name__)


def look(portal: Portal) -> None:
    """Forget who did not answer; have the newest agenda's letters sent to whoever has not had one."""
    portal.database.write(digest.drop_unanswered)
    if portal.get(Official).mail.configured:
        portal.database.write(_enqueue)


def ask(portal: Portal, payload: jobs.Payload) -> None:
    """Send the letter that asks whether its reader wants the digest."""
    official = portal.get(Official)
    identifier = str(payload["subscription"])

    def prepare(unit: Unit) -> tuple[digest.Reader, str] | None:
        reader = digest.reader(unit, identifier)
        return None if reader is None else (reader, digest.token(unit, identifier, "confirm"))

    prepared = portal.database.read(prepare)
    if prepared is None:  # meanwhile forgotten
        return
    reader, token = prepared
    words = Words(PART, reader.language)
    link = f"{official.public_url}/digest/confirm?t={token}&lang={reader.language}"
    text = words("letter.confirm_text", name=words("site.name"), link=link)
    letter = official.mail.letter(reader.address, words("letter.confirm_subject"), text, language=reader.language)
    with official.mail.open() as line:
        line.send_message(letter)


def send(portal: Portal, payload: jobs.Payload) -> None:
    """Send the digest of one week to the next readers, and have the following job go on with those after them."""
    week = str(payload["week"])
    readers = portal.database.read(lambda unit: digest.due(unit, week, BATCH))
    if not readers:
        return
    with portal.get(Official).mail.open() as line:
        for identifier in readers:
            _send_one(portal, line, week, identifier)
    portal.database.write(lambda unit: jobs.enqueue(unit, WEEK_JOB, {"week": week}))


def written(unit: Unit, words: Words, week: IntakeWeek, base: str) -> str:
    """Return the digest of ``week`` in the words' language, without the line that stops it."""
    lines = [words("letter.hall", when=words.moment(week.hall_s * 1000, week.tz)), "", words("letter.agenda")]
    agenda = news.agenda_lines(unit, week.id, words.language)
    lines += ["- " + words("letter.item", title=line.title, n=line.minutes) for line in agenda]
    results = news.results(unit, words.language, since_day=week.publishes_s // 86_400 - RECENT_DAYS, limit=20)
    if results:
        lines += ["", words("letter.outcomes")]
        lines += ["- " + " ".join(f"{words(f'outcome.{one.kind}')}: {one.text}".split()) for one in results]
    return "\n".join([*lines, "", words("letter.read", link=f"{base}/week/{week.id}?lang={words.language}")])


def _send_one(portal: Portal, line: smtplib.SMTP, week: str, identifier: str) -> None:
    official = portal.get(Official)

    def prepare(unit: Unit) -> tuple[digest.Reader, str, str] | None:
        reader, row = digest.reader(unit, identifier), weeks.get(unit, week)
        if reader is None or row is None:
            return None
        text = written(unit, Words(PART, reader.language), row, official.public_url)
        return reader, text, digest.token(unit, identifier, "stop")

    prepared = portal.database.read(prepare)
    if prepared is None:
        return
    reader, text, token = prepared
    words = Words(PART, reader.language)
    stop = f"{official.public_url}/digest/stop?t={token}"
    full = f"{text}\n\n{words('letter.stop', link=f'{stop}&lang={reader.language}')}\n"
    subject = words("letter.subject", week=week)
    try:
        line.send_message(official.mail.letter(reader.address, subject, full, language=reader.language, stop=stop))
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError) as error:
        # This one address is not taken: that must not keep the letter from all the others.
        _log.warning("digest.refused", kind=type(error).__name__)
    portal.database.write(lambda unit: digest.handed_in(unit, identifier, week))


def _enqueue(unit: Unit) -> None:
    week = weeks.latest(unit, "published")
    if week is not None and digest.due(unit, week.id, 1):
        # Also for who subscribed since: an hour's number as the key, so that one such job an hour begins.
        jobs.enqueue(unit, WEEK_JOB, {"week": week.id}, key=f"{WEEK_JOB}:{week.id}:{unit.now_ms // _HOUR_MS}")


jobs.register(digest.CONFIRM_JOB, ask)
jobs.register(WEEK_JOB, send)
jobs.register_tick("official.digest", look, every_s=EVERY_S)
