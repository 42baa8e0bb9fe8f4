"""What the translation of one running portal owns: the language packages, and in the worker the engine."""

import threading
from dataclasses import dataclass, field

from portal.config import Settings
from portal.translation.detection import Detector
from portal.translation.engine import Engine
from portal.translation.packages.store import Pair, Store
from portal.translation.translator import Translator


@dataclass
class PublicTranslation:
    """Translator and language detector, made when first needed: the serving process never loads a model."""

    store: Store
    _engine: Engine | None = None
    _detector: Detector | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _packages: dict[Pair, str] | None = None

    @classmethod
    def open(cls, settings: Settings) -> "PublicTranslation":
        """Return the translation of an installation, with the packages of ``portal languages``."""
        return cls(Store(settings.data_dir / "languages"))

    @property
    def translator(self) -> Translator:
        """The translator; models are loaded at its first use."""
        with self._lock:
            if self._engine is None:
                self._engine = Engine(self.store)
            return Translator(self._engine, self.store)

    def detector(self, languages: frozenset[str]) -> Detector:
        """Return what tells ``languages`` apart; those of the first call, since its tables are large."""
        with self._lock:
            if self._detector is None:
                self._detector = Detector(languages)
            return self._detector

    def packages_changed(self) -> bool:
        """Tell whether there are other language packages than at the last call; also at the first call, if any."""
        found = dict(self.store.active())
        changed = found != (self._packages or {})
        self._packages = found
        return changed

    def close(self) -> None:
        """End the engine's threads, if there are any."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
                self._engine = None
