"""One text into one language, with what a reader must know of it: who made it, over which way, what looks wrong."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from portal.translation.engine import Priority
from portal.translation.results import Cause, Sentence, Translation
from portal.translation.translator import Options, Translator

State = Literal["done", "no_model", "failed"]
Confidence = Literal["clear", "doubtful", "none"]
"""What can be said without knowing both languages. A model's own score is not among it: it is no measure of quality.

clear: translated directly, and no guard objects. doubtful: a guard objects, or the way led over a third language.
none: a part of the text is not translated.
"""
ENGINE_CHARS_MAX: Final = 160
_BACKGROUND: Final = Options(priority=Priority.BACKFILL)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A translation as it is stored.

    ``engine`` names the packages that made it by the first 16 hex digits of their SHA-256, one for each leg of the way.
    ``findings`` are the guards' objections: [{sentence, kind, detail}], the sentences counted from 0.
    """

    text: str
    state: State
    engine: str
    via: str | None
    confidence: Confidence
    findings: list[dict[str, Any]]


def render(translator: Translator, text: str, source: str, target: str) -> Rendering:
    """Translate ``text``. Never raises for want of a model: what can not be translated stands in its original."""
    made = translator.translate(text, source, target, _BACKGROUND)
    findings = [
        {"sentence": sentence.index, "kind": finding.kind.value, "detail": finding.detail}
        for sentence in made.sentences
        for finding in sentence.findings
    ]
    state = _state(made.sentences)
    return Rendering(made.text, state, _engine(made), made.via, _confidence(made, state), findings)


def _state(sentences: tuple[Sentence, ...]) -> State:
    causes = {sentence.cause for sentence in sentences}
    if Cause.NO_MODEL in causes:
        return "no_model"
    return "failed" if Cause.FAILED in causes else "done"


def _confidence(made: Translation, state: State) -> Confidence:
    if state != "done":
        return "none"
    warned = any(sentence.findings for sentence in made.sentences)
    return "doubtful" if warned or made.via is not None else "clear"


def _engine(made: Translation) -> str:
    digests = dict.fromkeys(digest[:16] for sentence in made.sentences for digest in sentence.digests)
    return " ".join(["ctranslate2", *digests])[:ENGINE_CHARS_MAX] if digests else ""
