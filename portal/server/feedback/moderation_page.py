"""What the moderators' pages share: constants of their templates, reasons in words, how refusals are shown."""

from collections.abc import Sequence
from typing import Any, Final

from portal.server.core import pages
from portal.server.core.catalogues import LANGUAGES
from portal.server.feedback import decisions, moderation, queue, topics
from portal.server.feedback.feature import WRITTEN_LANGUAGES
from portal.server.feedback.states import day_text
from portal.wire.errors import UserError

PUBLIC_PART: Final = "moderation"
"""Words that citizens read, too: reasons, and what was decided."""
SHOWN_AGAIN: Final = frozenset(
    {"moderation.moved", "moderation.closed", "moderation.second_person", "request.not_found"}
)
"""Refusals after which the page is shown as it is now, with what was typed."""


def constants() -> dict[str, Any]:
    """Return what every moderators' template may use."""
    return {
        "public": pages.words(PUBLIC_PART),
        "shelves": queue.SHELVES,
        "marks": queue.MARKS,
        "reasons": decisions.SUBMISSION_REASONS,
        "causes": decisions.REDACTION_REASONS,
        "lengths": topics.MINUTES,
        "all_languages": WRITTEN_LANGUAGES,
        "public_languages": tuple(LANGUAGES),
        "day_text": day_text,
        "topics_max": moderation.TOPICS_MAX,
        "reason_choices": reason_choices,
    }


def reason_choices(reasons: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return ``reasons`` as choices of a form, in the reader's words."""
    public = pages.words(PUBLIC_PART)
    return [(reason, public(f"reason.{reason}"), "") for reason in reasons]


def refusal(error: UserError) -> str:
    """Return the code of a refusal that is shown on the page itself; raises ``error`` again if it is another."""
    if error.code not in SHOWN_AGAIN:
        raise error
    return error.code
