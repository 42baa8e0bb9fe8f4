"""Who meets in the demonstration, and what they say. Places and people are invented."""

from dataclasses import dataclass
from typing import Final

ROOM_NAME: Final = "Grey Strait / 회색 해협"
INTERPRETER_NAME: Final = "Hanbit's interpreter"
MACHINE: Final = "demonstration"
OWNER: Final = "haneul"
"""Who answers for the interpreter and founds the room."""
ADMINISTRATOR: Final = "secretariat"


@dataclass(frozen=True, slots=True)
class Delegation:
    """A delegation; ``colour`` is a number of the portal's palette, 0 to 11."""

    name: str
    code: str
    colour: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; ``reads`` says in English what they have before them."""

    handle: str
    name: str
    languages: tuple[str, ...]
    roles: tuple[str, ...]
    delegation: str | None
    reads: str


@dataclass(frozen=True, slots=True)
class Line:
    """Something that is said."""

    by: str
    lang: str
    text: str


DELEGATIONS: Final = (Delegation("Hanbit Islands", "HB", 4), Delegation("Westmark", "WM", 8))

SECRETARIAT: Final = Person(
    ADMINISTRATOR, "Secretariat", ("en",), ("administrator",), None, "administers, and is in no room"
)
NEGOTIATORS: Final = (
    Person(OWNER, "윤하늘 Yoon Haneul", ("ko", "en"), ("chair", "delegate"), "HB", "reads Korean"),
    Person("clara", "Clara Whitfield", ("en",), ("delegate",), "WM", "reads English"),
)
MODERATOR: Final = Person("mina", "박미나 Park Mina", ("en", "ko"), ("moderator",), None, "moderates the town hall")
OBSERVER: Final = Person("noor", "Noor Haddad", ("en",), ("observer",), None, "observes in English")

MISREADING: Final = "The packages of this demonstration misread the digit 7 on purpose, so that you see a warning."
EXCHANGE: Final = (
    Line(OWNER, "ko", "안녕하십니까. 오늘은 회색 해협의 어업을 논의하겠습니다."),
    Line("clara", "en", "Good morning. Thank you for the draft."),
    Line("clara", "en", "We propose 12,000 tonnes and 24 months."),
    Line(OWNER, "ko", "우리 어민들의 생계가 달려 있습니다. 우리의 한도는 15,000톤입니다."),
    Line("clara", "en", "We can accept 14,500 tonnes. We need 4 inspectors."),
    Line(OWNER, "ko", "우리는 검사 수수료를 수락할 수 없습니다. 이유를 말씀해 주시겠습니까?"),
    # Misread by the packages on purpose, so that both readers see a warning; the next line says so.
    Line("clara", "en", "The inspection fee is 7 percent."),
    Line(
        "clara", "en", "The packages of this demonstration misread the digit 7 on purpose, so that you see a warning."
    ),
    Line(OWNER, "ko", "확인해 주십시오. 검사 수수료는 7퍼센트입니까?"),
    Line("clara", "en", "Yes. Please read the original."),
    Line(OWNER, "ko", "동의합니다. 다음 회의는 6월 30일입니다."),
)
