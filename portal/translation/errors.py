"""What can go wrong in translation, each with words that say what to do."""


class TranslationError(Exception):
    """Base of all; the message is for a person."""


class PackageRefusedError(TranslationError):
    """A language package is hostile, damaged or of a wrong kind; nothing of it was kept."""


class SourceError(TranslationError):
    """A mirror or index does not answer, or answers what can not be trusted."""


class NoModelError(TranslationError):
    """No installed package translates this direction."""

    def __init__(self, source: str, target: str) -> None:
        super().__init__(f"no model for {source}->{target}. Install one: portal languages install {source} {target}")
        self.source = source
        self.target = target


class BusyError(TranslationError):
    """The queue of a direction is full; the caller should send less, or later."""


class ModelFaultError(TranslationError):
    """A model can not be loaded, or failed while it translated."""


class ExchangeError(TranslationError):
    """A glossary or memory file (CSV, TBX, TMX) can not be read; nothing of it was taken."""
