"""What intake owns beside its rows: keys, how busy it is, how it tells languages."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from portal.server.core.at_rest import AtRest
from portal.server.core.catalogues import LANGUAGES
from portal.server.core.db import Unit
from portal.server.feedback.models import Submission
from portal.server.feedback.proof_of_work import Load, Pass, Passes
from portal.server.feedback.receipts import derived_code
from portal.server.feedback.topics import TopicView
from portal.server.ledger.feature import Ledger
from portal.translation.detection import Detector

FURTHER_LANGUAGES: Final = (
    "bn", "cs", "de", "el", "fa", "he", "hi", "id", "it", "ms", "nl", "pl", "pt", "ro", "sv", "sw", "th", "tl", "tr",
    "uk", "ur", "vi",
)  # fmt: skip
"""Languages that one may write in although the pages do not speak them."""
TOPICS_KEPT_S: Final = 10.0
"""How old the topics may be that a text is compared with: a hall full of people writes at once."""
WRITTEN_LANGUAGES: Final = (*LANGUAGES, *FURTHER_LANGUAGES)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a submission, for its writer: title and words in the language ``lang``, and where there is more."""

    title: str
    text: str
    lang: str
    address: str = ""
    day: str = ""


AnswersOf = Callable[[Unit, Submission, str], list[Answer]]


@dataclass
class Feedback:
    """The intake of one running portal.

    ``answers`` are asked for what the follow page shows of a submission, in the reader's language: features above this
    one add theirs, such as the agenda that it came on and the outcome that it had.
    """

    passes: Passes
    load: Load
    ledger: Ledger
    public_url: str
    regions: tuple[str, ...]
    code_key: bytes = field(repr=False)
    answers: list[AnswersOf] = field(default_factory=list)
    _topics: dict[str, tuple[float, list[TopicView]]] = field(default_factory=dict, repr=False)
    detector: Detector = field(default_factory=lambda: Detector(WRITTEN_LANGUAGES, light=True))

    @classmethod
    def open(
        cls,
        at_rest: AtRest,
        ledger: Ledger,
        *,
        public_url: str,
        regions: tuple[str, ...] = (),
        clock_s: Callable[[], float] = time.monotonic,
    ) -> "Feedback":
        """Return the intake of an installation, whose keys come from the one at rest."""
        passes = Passes(at_rest.derive("intake passes"))
        return cls(passes, Load(clock_s), ledger, public_url, regions, at_rest.derive("receipt codes"))

    def topics_lately(self, language: str, read: Callable[[], list[TopicView]]) -> list[TopicView]:
        """Return the published topics as they were at most TOPICS_KEPT_S ago; ``read`` anew where that is older."""
        at_s, found = self._topics.get(language, (-TOPICS_KEPT_S, []))
        if self.load.clock_s() - at_s >= TOPICS_KEPT_S:
            found = read()
            self._topics[language] = (self.load.clock_s(), found)
        return found

    def code_of(self, used: Pass) -> str:
        """Return the receipt's number that belongs to a pass: the same each time, and stored nowhere."""
        return derived_code(self.code_key, used.identifier)
