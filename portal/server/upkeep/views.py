"""/administration/health: how the installation fares, in plain words, for administrators; it works without scripts."""

from typing import Any, Final, Literal

import flask

from portal.server.core import pages
from portal.server.core.actor import Actor, Role
from portal.server.core.catalogues import Words
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.limits import HEAVY, limiter
from portal.server.core.pages import FormModel
from portal.server.core.work import run_in_thread
from portal.server.feedback import moderators
from portal.server.upkeep import examination, retention, shares, storage
from portal.server.upkeep.findings import PART, STATES, Finding, size_text, worst

ADMINISTRATORS: Final = frozenset({Role.ADMINISTRATOR})
SHARES_MAX: Final = 10
TEMPLATE: Final = "administration/health.html"
blueprint = moderators.blueprint("upkeep")


class FromOutside(FormModel):
    """The wish to look from outside, too."""

    look: Literal["outside"]


@blueprint.get("/administration/health")
def health() -> flask.Response:
    """What is well and what is not, as far as it shows from inside; what was erased; who fills the storage."""
    return _page(from_outside=False)


@blueprint.post("/administration/health")
@limiter.limit(HEAVY)
def health_from_outside() -> flask.Response:
    """The same, with what can only be seen from outside; it may take half a minute."""
    moderators.actor(roles=ADMINISTRATORS)
    return _page(from_outside=pages.form(FromOutside).value is not None)


def _page(*, from_outside: bool) -> flask.Response:
    parts = portal()
    settings, database = parts.settings, parts.database

    def read(unit: Unit, _actor: Actor) -> dict[str, Any]:
        return {
            "erased": retention.report(unit, settings),
            "used": size_text(storage.used_by_files(unit)),
            "people": shares.by_account(unit, SHARES_MAX),
            "rooms": shares.by_room(unit, SHARES_MAX),
        }

    read_values = moderators.read_as(read, roles=ADMINISTRATORS)
    found = run_in_thread(lambda: examination.examine(settings, database, from_outside=from_outside))
    words = pages.words(PART)
    return pages.page(
        TEMPLATE,
        part=PART,
        state=worst(found),
        findings=_sorted(found, words),
        from_outside=from_outside,
        quota=size_text(settings.storage_quota_bytes),
        share=size_text(settings.account_quota_bytes) if settings.account_quota_bytes else "",
        size_text=size_text,
        time_text=lambda rule: retention.time_text(rule, words),
        day_text=retention.day_text,
        **read_values,
    )


def _sorted(found: list[Finding], words: Words) -> list[tuple[str, list[tuple[str, str, str | None]]]]:
    """The findings by state, the worst first, each as its name, sentence and advice."""
    by_state = ((state, [one for one in found if one.state == state]) for state in reversed(STATES))
    return [
        (state, [(one.name(words), one.sentence(words), one.advice(words)) for one in ones])
        for state, ones in by_state
        if ones
    ]
