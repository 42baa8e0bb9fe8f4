"""What intake owns beside its rows: keys, how busy it is, how it tells languages."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from portal.server.core.at_rest import AtRest
from portal.server.core.catalogues import LANGUAGES
from portal.server.feedback.proof_of_work import Load, Pass, Passes
from portal.server.feedback.receipts import derived_code
from portal.server.ledger.feature import Ledger
from portal.translation.detection import Detector

FURTHER_LANGUAGES: Final = (
    "bn", "cs", "de", "el", "fa", "he", "hi", "id", "it", "ms", "nl", "pl", "pt", "ro", "sv", "sw", "th", "tl", "tr",
    "uk", "ur", "vi",
)  # fmt: skip
"""Languages that one may write in although the pages do not speak them."""
WRITTEN_LANGUAGES: Final = (*LANGUAGES, *FURTHER_LANGUAGES)


@dataclass
class Feedback:
    """The intake of one running portal."""

    passes: Passes
    load: Load
    ledger: Ledger
    public_url: str
    regions: tuple[str, ...]
    code_key: bytes = field(repr=False)
    detector: Detector = field(default_factory=lambda: Detector(WRITTEN_LANGUAGES))

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

    def code_of(self, used: Pass) -> str:
        """Return the receipt's number that belongs to a pass: the same each time, and stored nowhere."""
        return derived_code(self.code_key, used.identifier)
