"""What the citizens' forms send. Each page of a way carries what was answered on the ones before it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from portal.server.core.pages import FormModel
from portal.server.feedback.feature import WRITTEN_LANGUAGES
from portal.server.feedback.texts import TEXT_MAX_CHARS, normalised
from portal.wire.ids import id_bytes

REPLY_MAX_CHARS = 2000
Step = Literal["text", "privacy", "language", "similar", "visibility", "region", "check", "wait"]
Short = Annotated[str, StringConstraints(max_length=300)]


def _written(text: str, limit: int) -> str:
    clean = normalised(text)
    if not clean:
        kind = "empty"
        raise PydanticCustomError(kind, "nothing is written")
    if len(clean) > limit:
        kind = "too_long"
        raise PydanticCustomError(kind, "too long", {"limit": limit, "length": len(clean)})
    return clean


def _language(code: str) -> str:
    if code and code not in WRITTEN_LANGUAGES:
        kind = "unknown"
        raise PydanticCustomError(kind, "no language that one can choose")
    return code


def _topic(identifier: str) -> str:
    id_bytes(identifier)
    return identifier


Text = Annotated[str, AfterValidator(lambda text: _written(text, TEXT_MAX_CHARS))]
Language = Annotated[str, AfterValidator(_language)]
TopicId = Annotated[str, AfterValidator(_topic)]


class Earned(FormModel):
    """What shows that sending cost something: a pass for work with its solution, or one for patience."""

    work: Short = ""
    solution: Short = ""
    patience: Short = ""


class Say(Earned):
    """One page of the way from a thought to its receipt.

    ``at`` is the page that was answered, ``go`` the one to go to instead of the next ("again": the same one, in another
    language). ``kept`` names the text that is to be sent although it may give somebody away.
    """

    at: Step
    go: Literal["", "again", "text", "language", "visibility", "region", "similar"] = ""
    begun: Short = ""
    text: Text
    lang: Language = ""
    kept: Short = ""
    seen: Literal["", "yes"] = ""
    corrected: Literal["", "yes"] = ""
    supports: tuple[TopicId, ...] = ()
    visibility: Literal["", "public", "moderators"] = ""
    region: Annotated[str, StringConstraints(max_length=80)] = ""


class Code(FormModel):
    """A receipt's number, as typed; ``go`` is sent by the buttons of other languages."""

    code: Annotated[str, StringConstraints(max_length=400)] = ""
    go: Literal["", "again"] = ""


class Reply(Code):
    """An answer to the moderators' question."""

    text: Annotated[str, AfterValidator(lambda text: _written(text, REPLY_MAX_CHARS))]


class Withdrawal(Code):
    """Taking back what was said, once one is ``sure``."""

    sure: Literal["", "yes"] = ""


class TakeBack(Code):
    """A support that is taken back."""

    topic: TopicId
    begun: Short = ""


class Support(Earned):
    """A support: with a number, or with a new one (``new``)."""

    topic: TopicId
    code: Annotated[str, StringConstraints(max_length=400)] = ""
    new: Literal["", "yes"] = ""
    go: Literal["", "again"] = ""
    begun: Short = ""
