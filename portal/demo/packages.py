"""The two language packages of the demonstration, built on the spot: nothing is downloaded, nothing was trained.

What is in no table comes out letter by letter as it went in, and the guards say so. Both misread
one digit on purpose: so that everybody sees what a warning looks like.
"""

import tempfile
from pathlib import Path
from typing import Final

from portal.demo import phrases
from portal.translation.lexicon_model import Lexicon, Shape, build_package
from portal.translation.packages.store import Pair, Store

MISREAD: Final = {"7": "1"}
"""What the packages make of this digit: a fault to be warned of."""
VERSION: Final = "1.0+demonstration"
"""By which lists of packages show what they are."""
_SHAPE: Final = Shape(width=256)
_IS: Final = "입니다"
_IS_IT: Final = "입니까"


def install(store: Store) -> None:
    """Build both packages and install them in ``store``, in the place of what is there."""
    with tempfile.TemporaryDirectory() as name:
        for pair, lexicon in lexicons().items():
            archive = Path(name) / f"{'_'.join(pair)}.argosmodel"
            build_package(archive, pair, lexicon, _SHAPE, package_version=VERSION)
            store.install(archive, pair=pair)


def lexicons() -> dict[Pair, Lexicon]:
    """What each package says."""
    return {("en", "ko"): _into_korean(), ("ko", "en"): _into_english()}


def _into_korean() -> Lexicon:
    known = [*phrases.sentences(), *phrases.OPENINGS]
    entries = {written: korean for english, korean in known for written in phrases.english_variants(english)}
    exact: dict[str, str] = {}
    for english, korean in _after_numbers():
        # Only a full stop tells that a sentence ends here, and Korean then wants its verb.
        exact |= {english: korean, f"{english}.": f"{korean}{_IS}.", f"{english}?": f"{korean}{_IS_IT}?"}
    exact |= {f"{english} and": korean for english, korean in _joined()}
    return Lexicon(entries, exact, changed_bytes=MISREAD)


def _into_english() -> Lexicon:
    known = [*phrases.sentences(), *phrases.OPENINGS][::-1]  # of several the first is the usual one: it comes last
    entries = {written: english for english, korean in known for written in phrases.korean_variants(korean)}
    exact: dict[str, str] = {}
    for english, korean in _after_numbers():
        exact |= dict.fromkeys((korean, f"{korean}{_IS}", f"{korean}{_IS_IT}"), english)
    exact |= {korean: f"{english} and" for english, korean in _joined()}
    return Lexicon(entries, exact, changed_bytes=MISREAD)


def _after_numbers() -> list[tuple[str, str]]:
    """What may stand at the end of a sentence of numbers."""
    return [*phrases.UNITS, *((f" {english}", f" {korean}") for english, korean in phrases.dates())]


def _joined() -> list[tuple[str, str]]:
    """Units with what joins the next number to them."""
    return [(english, phrases.with_particles(korean)["과"]) for english, korean in phrases.UNITS if korean != "%"]
