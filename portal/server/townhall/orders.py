"""What moderators and citizens may ask of a hall, as their forms send it.

Every order carries a ``key``, so that sending it again changes nothing. A moderator's says up to which event its
sender had seen the hall (``expected_seq``): what another moderator did since then is never acted upon unseen.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from portal.server.core.pages import FormModel
from portal.server.core.schemas import IdText
from portal.server.townhall.hall_state import SlideKind
from portal.server.townhall.statements import Language, Question, Title, cleaned

OPTIONS_MAX: Final = 8
Number = Annotated[int, Field(ge=1, lt=2**53)]
ItemName = Annotated[str, StringConstraints(min_length=1, max_length=40)]


def _options(text: str) -> str:
    lines = [line for line in map(cleaned, text.split("\n")) if line]
    if not 2 <= len(lines) <= OPTIONS_MAX or len(set(lines)) < len(lines) or any(len(line) > 120 for line in lines):
        raise PydanticCustomError("options", "between two and eight, all different", {"n": OPTIONS_MAX})
    return "\n".join(lines)


class Order(FormModel):
    """What every order has."""

    command: str
    key: IdText


class ModeratorOrder(Order):
    """An order of someone who runs the hall."""

    expected_seq: int = Field(ge=0, lt=2**53)


class Saying(ModeratorOrder):
    """Something is said to everyone: an announcement, a note."""

    text: Question
    lang: Language


class Hands(ModeratorOrder):
    """Whether hands may be raised."""

    open: bool


class OnItem(ModeratorOrder):
    """About one item of the agenda."""

    item: ItemName


class Add(ModeratorOrder):
    """A new item at the end of the agenda."""

    text: Title
    lang: Language
    minutes: int = Field(ge=1, le=240)
    kind: Literal["fixed", "internal"] = "fixed"


class Withdraw(OnItem):
    """An item is taken off the running agenda; everyone reads why."""

    text: Question
    lang: Language


class Move(Withdraw):
    """An item gets another place, before ``before`` or at the end; everyone reads why."""

    before: str = ""


class Extend(ModeratorOrder):
    """More time for the current item, or less."""

    seconds: int = Field(ge=-3600, le=3600)


class Call(ModeratorOrder):
    """The floor for one speaker; without a number, for the first of the queue."""

    speaker: Number | None = None
    seconds: int = Field(default=120, ge=10, le=1800)


class OnSpeaker(ModeratorOrder):
    """About one raised hand."""

    speaker: Number


class OnQuestion(ModeratorOrder):
    """About one question."""

    question: Number


class Hide(OnQuestion):
    """A question is not shown; the reason is one of a few."""

    reason: Literal["off_topic", "personal_data", "insult", "repeated"] = "off_topic"


class OpenPoll(ModeratorOrder):
    """A question to everyone with ``options``, one a line."""

    text: Question
    options: Annotated[str, StringConstraints(max_length=4000), AfterValidator(_options)]
    lang: Language


class OnPoll(ModeratorOrder):
    """About one poll."""

    poll: Number


class OnNote(ModeratorOrder):
    """About one note."""

    note: Number


class Project(ModeratorOrder):
    """What the projector is to show, at once or next."""

    what: SlideKind
    id: str = ""


MODERATORS: Final[Mapping[str, type[ModeratorOrder]]] = MappingProxyType(
    {
        "open": ModeratorOrder,
        "close": ModeratorOrder,
        "announce": Saying,
        "clear": ModeratorOrder,
        "hands": Hands,
        "next": ModeratorOrder,
        "start": OnItem,
        "finish": ModeratorOrder,
        "add": Add,
        "withdraw": Withdraw,
        "move": Move,
        "pause": ModeratorOrder,
        "resume": ModeratorOrder,
        "extend": Extend,
        "call": Call,
        "end_turn": ModeratorOrder,
        "dismiss": OnSpeaker,
        "show": OnQuestion,
        "hide": Hide,
        "take": OnQuestion,
        "answered": OnQuestion,
        "erase": OnQuestion,
        "poll": OpenPoll,
        "close_poll": OnPoll,
        "note": Saying,
        "show_note": OnNote,
        "hide_note": OnNote,
        "project": Project,
        "preview": Project,
        "back": ModeratorOrder,
        "undo": ModeratorOrder,
    }
)
"""The moderators' orders by name."""


class Ask(Order):
    """A question of a citizen."""

    text: Question
    lang: Language


class Upvote(Order):
    """Support for a question."""

    question: Number


class RaiseHand(Order):
    """A hand; ``order``: for a point of order."""

    order: bool = False


class Vote(Order):
    """A vote in a poll; ``option`` counts from 0."""

    poll: Number
    option: int = Field(ge=0, lt=OPTIONS_MAX)


CITIZENS: Final[Mapping[str, type[Order]]] = MappingProxyType(
    {"ask": Ask, "upvote": Upvote, "hand": RaiseHand, "lower": Order, "vote": Vote}
)
"""The citizens' orders by name."""
