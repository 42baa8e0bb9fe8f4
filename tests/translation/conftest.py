"""Real packages for the tests of translation: dictionaries as CTranslate2 models, built on the spot."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.translation.engine import Engine, Tuning
from portal.translation.lexicon_model import Lexicon, build_package
from portal.translation.packages.store import Pair, Store
from portal.translation.translator import Translator

EN_KO = {
    "The": "그",
    "the": "그",
    "delegation": "대표단은",
    "accepts": "수락한다",
    "rejects": "거부한다",
    "ceasefire": "정전을",
    "withdraw": "철수",
    "troops": "병력",
    "not": "않는다",
    "does": "한다",
    "accept": "수락",
    "in": "에서",
    "We do not agree": "우리는 동의하지 않습니다",
    "We agree": "우리는 동의합니다",
    "Hello": "안녕하세요",
}
KO_EN = {words: english for english, words in EN_KO.items() if " " not in words and english not in {"the", "Hello"}}
KO_EN |= {"우리는 동의하지 않습니다": "We do not agree", "우리는 동의합니다": "We agree", "안녕하세요": "Hello"}
EN_FR = {"ceasefire": "trêve", "troops": "troupes", "We agree": "Nous sommes d'accord", "Hello": "Bonjour"}

SOUND = Lexicon(EN_KO, alternatives={"withdraw": ("물러나다", 0.97)})
CORRUPTS_NUMBERS = Lexicon(EN_KO, changed_bytes={"7": "8"})
LOOPS = Lexicon(EN_KO, loops_at=3)
DROPS_NEGATION = Lexicon(EN_KO | {"not": "정말", "We do not agree": "우리는 동의합니다"})

Install = Callable[..., Store]


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Archives by name, built once."""
    folder = tmp_path_factory.mktemp("archives")
    wanted: dict[str, tuple[Pair, Lexicon]] = {
        "en_ko": (("en", "ko"), SOUND),
        "ko_en": (("ko", "en"), Lexicon(KO_EN)),
        "en_fr": (("en", "fr"), Lexicon(EN_FR)),
        "corrupts_numbers": (("en", "ko"), CORRUPTS_NUMBERS),
        "loops": (("en", "ko"), LOOPS),
        "drops_negation": (("en", "ko"), DROPS_NEGATION),
    }
    return {
        name: build_package(folder / f"{name}.argosmodel", pair, lexicon) for name, (pair, lexicon) in wanted.items()
    }


@pytest.fixture
def install(tmp_path: Path, archives: dict[str, Path]) -> Install:
    """Puts the named archives into a store of this test's own, without the trial in another process."""

    def installed(*names: str) -> Store:
        store = Store(tmp_path / "languages")
        for name in names:
            store.install(archives[name], checked=False)
        return store

    return installed


@pytest.fixture
def translating() -> Iterator[Callable[[Store], Translator]]:
    """Makes translators whose engines are closed at the end of the test."""
    engines = []

    def made(store: Store, tuning: Tuning = Tuning(lanes=2)) -> Translator:  # noqa: B008 - frozen
        engines.append(Engine(store, tuning))
        return Translator(engines[-1], store)

    yield made
    for engine in engines:
        engine.close()
