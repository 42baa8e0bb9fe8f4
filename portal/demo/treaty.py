"""The draft on the demonstration's table: its words, and what two delegations make of them. All of it is invented."""

from dataclasses import dataclass
from typing import Final, Literal

from portal.member.drafts.writing import NewClause

TITLE: Final = {"en": "Protocol on Fishing in the Grey Strait", "ko": "회색 해협 어업에 관한 의정서"}
LANGUAGES: Final = ("en", "ko")
VERSION: Final = "Rev.1"
"""What the text is kept as before anything is put into brackets."""
CLAUSES: Final = (
    NewClause("title", TITLE),
    NewClause(
        "preamble",
        {
            "en": "Recalling that the fish of the Grey Strait feed the people of both shores,",
            "ko": "회색 해협의 물고기가 양안의 주민을 먹여 살린다는 것을 상기하며,",
        },
    ),
    NewClause("article", {"en": "Catch", "ko": "어획"}),
    NewClause(
        "paragraph",
        {
            "en": "The total catch in one year shall not exceed 15,000 tonnes.",
            "ko": "한 해의 총어획량은 15,000톤을 넘지 않는다.",
        },
        under=2,
    ),
    NewClause(
        "paragraph",
        {
            "en": "Each Party shall report its catch every month.",
            "ko": "각 당사자는 매월 어획량을 보고하여야 한다.",
        },
        under=2,
    ),
    NewClause("article", {"en": "Inspection", "ko": "검사"}),
    NewClause(
        "paragraph",
        {
            "en": "Each Party shall admit 4 inspectors of the other Party.",
            "ko": "각 당사자는 상대방 당사자의 검사관 4명을 받아들여야 한다.",
        },
        under=5,
    ),
    # Without Korean on purpose: here the interpreter's machine text is shown.
    NewClause("paragraph", {"en": "The inspection fee is 4 percent."}, under=5),
    NewClause("article", {"en": "Duration", "ko": "기간"}),
    NewClause(
        "paragraph",
        {
            "en": "This Protocol remains in force for 24 months.",
            "ko": "이 의정서는 24개월 동안 효력을 가진다.",
        },
        under=8,
    ),
)


@dataclass(frozen=True, slots=True)
class Contested:
    """Words of one clause (its place in the list) in a bracket; ``by`` and ``for_`` are codes of delegations."""

    place: int
    present: dict[str, str]
    for_: str
    offered: dict[str, str]
    by: str
    reason: str


BRACKETS: Final = (
    Contested(
        3,
        {"en": "15,000", "ko": "15,000"},
        "HB",
        {"en": "12,000", "ko": "12,000"},
        "WM",
        "The stock was last counted at 40,000 tonnes.",
    ),
    Contested(
        6,
        {"en": "shall", "ko": "받아들여야 한다"},
        "WM",
        {"en": "should", "ko": "받아들이는 것이 바람직하다"},
        "HB",
        "Our ports can not be bound before the budget is passed.",
    ),
)
DECIDED: Final = (1, 0)
"""Of the brackets, the one that the chair settles, and for which option."""

ALTERNATIVE: Final = (
    4,
    {
        "en": "Each Party shall report its catch every week, by species.",
        "ko": "각 당사자는 매주 어종별로 어획량을 보고하여야 한다.",
    },
    "A month is too long to close a fishery in time.",
)
"""What Westmark would rather have in place of a clause: its place, the words, the reason."""


@dataclass(frozen=True, slots=True)
class Stance:
    """A delegation's position on a clause."""

    by: str
    place: int
    stance: Literal["accept", "ad_ref", "reserve", "object"]
    note: str = ""


STANCES: Final = (
    Stance("haneul", 9, "accept"),
    Stance("clara", 9, "accept"),
    Stance("haneul", 6, "ad_ref", "Subject to the ports authority."),
    Stance("clara", 6, "accept"),
    Stance("clara", 4, "reserve", "See our alternative."),
    Stance("haneul", 7, "object", "No fee, or each pays its own."),
)
AGREED: Final = (9,)
COMMENT: Final = (3, "en", "Shall we split the difference by area?")
