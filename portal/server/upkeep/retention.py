"""What is erased when its time is over: by the settings, and always. The worker looks once an hour.

What the features erase by themselves is listed here, too, so that the list is whole; they note it where they do it
(``core.erasures``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import structlog

from portal.config import Settings
from portal.server.accounts import closing
from portal.server.core import erasures, jobs
from portal.server.core.catalogues import Words
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.core.erasures import Erased, Kind
from portal.server.feedback import service as feedback
from portal.server.official import digest
from portal.server.rooms import blobs
from portal.server.rooms.feature import Rooms

EVERY_S: Final = 3600.0
_EPOCH: Final = date(1970, 1, 1).toordinal()
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of what is erased, and after how many days; 0 means never.

    ``setting`` is the name of the setting that says so, empty where it is not to be chosen. ``is_own``: the days are
    each row's own, such as how long a session lasts.
    """

    kind: Kind
    days: int
    setting: str = ""
    is_own: bool = False


def rules(chosen: Settings) -> list[Rule]:
    """Return for all kinds when they are erased."""
    return [
        Rule("archived_files", chosen.archived_files_days, "archived_files_days"),
        Rule("closed_accounts", chosen.closed_account_days, "closed_account_days"),
        Rule("sessions", chosen.session_days, "session_days"),
        Rule("invitations", closing.INVITATION_KEPT_DAYS),
        Rule("enrolments", 0, is_own=True),
        Rule("uploads", blobs.UNFINISHED_DAYS),
        Rule("words", feedback.KEPT_DAYS),
        Rule("passes", 0, is_own=True),
        Rule("addresses", digest.ASKED_DAYS),
        Rule("jobs", jobs.KEPT_DAYS),
    ]


def report(unit: Unit, chosen: Settings) -> list[tuple[Rule, Erased]]:
    """Return all rules with what was erased by them."""
    found = {one.kind: one for one in erasures.erased(unit)}
    return [(rule, found[rule.kind]) for rule in rules(chosen)]


def time_text(rule: Rule, words: Words) -> str:
    """Return in words after which time a kind goes, and which setting says so."""
    if rule.is_own:
        return words(f"time.{rule.kind}")
    text = words("time.days", n=rule.days) if rule.days else words("time.never")
    return f"{text} ({rule.setting})" if rule.setting else text


def day_text(day: int) -> str:
    """Return a day since 1970 as 2026-11-22."""
    return date.fromordinal(_EPOCH + day).isoformat()


def erase_due(portal: Portal) -> dict[Kind, int]:
    """Erase what is due of what settings decide, and old invitations; return how much of which.

    Each kind in a transaction of its own; the rest is erased by its own feature, where it also has to tell sockets.
    """
    settings, database, files = portal.settings, portal.database, portal.get(Rooms).files
    works: dict[Kind, Callable[[Unit], int]] = {"invitations": closing.drop_old_invitations}
    if settings.closed_account_days:
        works["closed_accounts"] = lambda unit: closing.empty_closed(unit, settings.closed_account_days)
    if settings.archived_files_days:
        works["archived_files"] = lambda unit: files.erase_archived(unit, settings.archived_files_days)
    return {kind: database.write(work) for kind, work in works.items()}


def _look(portal: Portal) -> None:
    for kind, number in erase_due(portal).items():
        if number:
            _log.info("retention.erased", kind=kind, number=number)


jobs.register_tick("upkeep.retention", _look, every_s=EVERY_S)
