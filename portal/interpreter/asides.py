"""Questions about texts that were not sent, and their answers (docs/protocol.md §5, Asides)."""

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from portal.interpreter.languages import base
from portal.interpreter.studio import Studio
from portal.interpreter.writing import models_of, written
from portal.member import content_fields as read
from portal.member.e2ee.asides import SEALED_MAX_BYTES
from portal.member.translation_content import Problem, sentence_fields
from portal.translation.engine import Priority
from portal.translation.results import Origin, Sentence
from portal.translation.translator import Course, Options
from portal.wire.ids import Id

FRESH_MS: Final = 300_000
"""A question is answered for five minutes around this machine's clock."""
TEXT_MAX_CHARS: Final = 8000
SENTENCES_MAX: Final = 100
"""Of a text that somebody asks about: the machine is there for all."""
ALTERNATIVES_MAX: Final = 4
ANSWER_MAX_BYTES: Final = SEALED_MAX_BYTES - 5120
"""Of an answer's content: what padding, keys and signature leave."""
_REMEMBERED: Final = 10_000

Refusal: TypeAlias = Problem | Literal["refused", "busy", "off"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question: how ``text`` would read in ``to``, and how that reads back."""

    ask: Id
    text: str
    from_: str
    """The language that the asker takes it for; "" if not known."""
    to: str
    back: bool
    alternatives: int


@dataclass(frozen=True, slots=True)
class Given:
    """A translated text of an answer."""

    from_: str
    to: str
    course: Course
    sentences: tuple[Sentence, ...]
    glossary: str

    @property
    def text(self) -> str:
        """The whole, in its layout."""
        return "".join(one.lead + one.text + one.tail for one in self.sentences)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer: a translation, perhaps with its way back, or why there is none."""

    ask: Id
    there: Given | None = None
    back: Given | None = None
    problem: Refusal | None = None


class Asked:
    """The questions that were answered: none is twice."""

    def __init__(self) -> None:
        self._answered: OrderedDict[Id, None] = OrderedDict()

    def is_new(self, ask: Id) -> bool:
        """Tell whether this question comes for the first time, and remember it."""
        if ask in self._answered:
            return False
        self._answered[ask] = None
        if len(self._answered) > _REMEMBERED:
            self._answered.popitem(last=False)
        return True


def parse_ask(content: bytes, now_ms: int) -> Ask | None:
    """Read a question; None if it is none, or not of these minutes."""
    try:
        fields = json.loads(content.decode("utf-8"))
        if fields["v"] != 1 or fields["t"] != "ask" or abs(read.count(fields["at"]) - now_ms) > FRESH_MS:
            return None
        return Ask(
            ask=Id(read.identifier(fields["ask"])),
            text=read.text(fields["text"]),
            from_="" if fields["from"] == "" else read.language(fields["from"]),
            to=read.language(fields["to"]),
            back=read.flag(fields["back"]),
            alternatives=min(read.count(fields["alternatives"]), ALTERNATIVES_MAX),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def encode_answer(answer: Answer, now_ms: int) -> bytes:
    """Return the content of an answer; what is too long goes without alternatives, then without its way back."""
    for alternatives, back in ((True, answer.back), (False, answer.back), (False, None)):
        encoded = _encoded(answer.ask, now_ms, _given_fields(answer, back, alternatives=alternatives))
        if len(encoded) <= ANSWER_MAX_BYTES:
            return encoded
    return _encoded(answer.ask, now_ms, {"problem": "too_long"})


def answered(ask: Ask, studio: Studio, options: Options, going_on: Callable[[], bool] = lambda: True) -> Answer:
    """Translate what was asked for. It computes: for a thread of its own.

    ``going_on`` is called at each sentence; once it says no, the answer is that there is none.
    """
    if len(ask.text) > TEXT_MAX_CHARS:
        return Answer(ask.ask, problem="too_long")
    from_ = studio.language_of(ask.text, ask.from_, [ask.to])
    if not from_:
        return Answer(ask.ask, problem="unknown_language")
    asked = Options(Priority.LIVE, ask.alternatives, options.glossary, options.memory)
    there = _given(ask.text, (from_, ask.to), studio, asked, going_on)
    if not isinstance(there, Given):
        return Answer(ask.ask, problem=there)
    if there.course.cause is not None and not any(one.origin is Origin.HUMAN for one in there.sentences):
        return Answer(ask.ask, problem=there.course.cause.value)
    if not ask.back or base(from_) == base(ask.to):
        return Answer(ask.ask, there)
    # What people corrected on the way there must not hide on the way back what the machine makes of it.
    back = _given(there.text, (ask.to, from_), studio, Options(Priority.LIVE, 0, options.glossary), going_on)
    return Answer(ask.ask, there, back if isinstance(back, Given) and back.course.cause is None else None)


def _given(
    text: str, pair: tuple[str, str], studio: Studio, options: Options, going_on: Callable[[], bool]
) -> Given | Problem:
    course = studio.translator.course(text, *pair, options)
    if course.count > SENTENCES_MAX:
        return "too_long"
    version = options.glossary.version if options.glossary.concepts else ""
    sentences = []
    for sentence in course.sentences:
        sentences.append(sentence)
        if not going_on():
            return "failed"
    return Given(*pair, course, tuple(sentences), version)


def _given_fields(answer: Answer, back: Given | None, *, alternatives: bool) -> dict[str, Any]:
    if answer.there is None:
        return {"problem": answer.problem or "failed"}
    fields = {"there": _fields(answer.there, alternatives=alternatives)}
    return fields if back is None else fields | {"back": _fields(back, alternatives=False)}


def _fields(given: Given, *, alternatives: bool) -> dict[str, Any]:
    sentences = [sentence_fields(written(one)) for one in given.sentences]
    for fields, one in zip(sentences, given.sentences, strict=True):
        if alternatives and one.alternatives:
            fields["alternatives"] = list(one.alternatives)
    models = [{"pair": one.pair, "sha256": one.sha256} for one in models_of(given.course.legs, given.sentences)]
    fields = {"from": given.from_, "to": given.to, "sentences": sentences, "models": models, "glossary": given.glossary}
    return fields if given.course.via is None else fields | {"via": given.course.via}


def _encoded(ask: Id, now_ms: int, fields: dict[str, Any]) -> bytes:
    whole = {"v": 1, "at": now_ms, "ask": ask, "t": "answer"} | fields
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
