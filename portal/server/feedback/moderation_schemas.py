"""What moderators' forms send. Field names differ between the forms of one page, since they are its anchors, too."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from portal.server.core.pages import FormModel
from portal.server.feedback import decisions, topics
from portal.server.feedback.feature import WRITTEN_LANGUAGES

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]
Revision = Annotated[int, Field(ge=0)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=decisions.TEXT_CHARS_MAX)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=topics.TITLE_CHARS_MAX)]
Theme = Annotated[str, StringConstraints(strip_whitespace=True, max_length=topics.THEME_CHARS_MAX)]


def _known_language(value: str) -> str:
    if value not in WRITTEN_LANGUAGES:
        kind = "unknown"
        raise PydanticCustomError(kind, "not a language of the portal")
    return value


def _known_minutes(value: int) -> int:
    if value not in topics.MINUTES:
        kind = "unknown"
        raise PydanticCustomError(kind, "not a length that topics have")
    return value


class Accept(FormModel):
    """Put under topics, or under a new one."""

    revision: Revision
    topics: tuple[Identifier, ...] = ()
    title: Title = ""
    title_language: str = "en"
    theme: Theme = ""
    minutes: int = 10

    _language = field_validator("title_language")(_known_language)
    _minutes = field_validator("minutes")(_known_minutes)


class Merge(FormModel):
    """Merge into another submission, by its id."""

    revision: Revision
    into: Identifier


class Reject(FormModel):
    """Reject for a published reason."""

    revision: Revision
    reason: decisions.SubmissionReason
    why: Words = ""
    why_language: str = "en"

    _language = field_validator("why_language")(_known_language)


class Ask(FormModel):
    """Return with a question."""

    revision: Revision
    question: Annotated[Words, StringConstraints(min_length=1)]
    question_language: str = "en"

    _language = field_validator("question_language")(_known_language)


class Redact(FormModel):
    """Take out what is marked."""

    revision: Revision
    marked: Annotated[str, StringConstraints(max_length=20_000)]
    cause: decisions.RedactionReason


class Language(FormModel):
    """Say in which language a submission is."""

    revision: Revision
    language: str

    _language = field_validator("language")(_known_language)


class Translated(FormModel):
    """A person's translation into the language of the page; without words: have the machine try again."""

    translated: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)] = ""


class Judge(FormModel):
    """What a person says of a suggested group of near duplicates."""

    group: Identifier
    state: Literal["confirmed", "dismissed"]


class Undo(FormModel):
    """Take back a decision."""

    decision: Identifier


class Second(FormModel):
    """The second person's word."""

    decision: Identifier
    agrees: Literal["yes", "no"]


class Bulk(FormModel):
    """One action for several submissions, each named as "<id>:<revision>", or for the ``whole`` filtered queue."""

    chosen: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}:[0-9]{1,9}$")], ...] = ()
    whole: bool = False
    act: Literal["accept", "reject", "ask", "merge"]
    bulk_topic: str = ""
    bulk_reason: str = ""
    bulk_words: Words = ""
    bulk_language: str = "en"

    _language = field_validator("bulk_language")(_known_language)


class TopicChange(FormModel):
    """Another title, theme or length."""

    revision: Revision
    title: Annotated[Title, StringConstraints(min_length=1)]
    title_language: str
    theme: Theme = ""
    minutes: int
    why: Words = ""

    _language = field_validator("title_language")(_known_language)
    _minutes = field_validator("minutes")(_known_minutes)


class TopicMerge(FormModel):
    """Merge a topic into another."""

    revision: Revision
    into: Identifier
    merge_why: Annotated[Words, StringConstraints(min_length=1)]


class TopicSplit(FormModel):
    """Make a new topic of some submissions."""

    revision: Revision
    away: tuple[Identifier, ...] = ()
    new_title: Annotated[Title, StringConstraints(min_length=1)]
    new_language: str
    new_theme: Theme = ""
    new_minutes: int = 10
    split_why: Annotated[Words, StringConstraints(min_length=1)]

    _language = field_validator("new_language")(_known_language)
    _minutes = field_validator("new_minutes")(_known_minutes)


class TopicReject(FormModel):
    """Reject a topic for a published reason."""

    revision: Revision
    reason: decisions.TopicReason
    reject_why: Annotated[Words, StringConstraints(min_length=1)]


class NewTopic(FormModel):
    """Make a topic that nobody raised yet, or that several did."""

    title: Annotated[Title, StringConstraints(min_length=1)]
    title_language: str = "en"
    theme: Theme = ""
    minutes: int = 10

    _language = field_validator("title_language")(_known_language)
    _minutes = field_validator("minutes")(_known_minutes)


class Checked(FormModel):
    """A translation that a person has compared with its original."""

    key: Annotated[str, StringConstraints(max_length=100)]
    language: str
    revision: Revision
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200_000)]


class Nothing(FormModel):
    """A button alone."""
