"""Meanings of submissions for the suggestions, where an administrator installed a model; everything works without."""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from portal.analysis import meaning
from portal.analysis.bert import ModelFileError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vector: TypeAlias = npt.NDArray[np.float32]

WEEKS: Final = 2
"""Weeks whose meanings are remembered: one is being sorted while the next comes in."""
_log = structlog.get_logger(__name__)


class Meanings:
    """The model, opened when first asked for, and what it said lately: a text is computed once while it stands.

    ``model`` is the folder of its files, or None; ``sums`` are the SHA-256 that they must have. Meanings are kept in
    memory only, under a hash of the text, and only of texts that still count.
    """

    def __init__(self, model: Path | None, cache: Path, sums: Mapping[str, str] = meaning.SHA256) -> None:
        self._model, self._cache, self._sums = model, cache, sums
        self._encoder: meaning.Encoder | None = None
        self._weeks: dict[str, dict[bytes, Vector]] = {}
        self._one_at_a_time = threading.Lock()

    def of(self, week: str, texts: Sequence[tuple[str, str]]) -> "list[Vector | None]":
        """Return a vector for each (language, text) in a language that the model knows, None for the others.

        None for all where there is no model or it is refused, which is logged.
        """
        if self._model is None:
            return [None] * len(texts)
        with self._one_at_a_time:
            try:
                self._encoder = self._encoder or meaning.Encoder(self._model, self._cache, self._sums)
            except ModelFileError as error:
                _log.warning("meanings.refused", why=str(error))
                return [None] * len(texts)
            return self._remembered(self._encoder, week, texts)

    def _remembered(
        self, encoder: meaning.Encoder, week: str, texts: Sequence[tuple[str, str]]
    ) -> "list[Vector | None]":
        before = self._weeks.pop(week, {})
        keys = [_key(text) if language in meaning.LANGUAGES else None for language, text in texts]
        wanted = {key: text for key, (_, text) in zip(keys, texts, strict=True) if key is not None}
        new = {key: text for key, text in wanted.items() if key not in before}
        known = before | dict(zip(new, encoder.vectors(list(new.values())), strict=True))
        self._weeks[week] = {key: known[key] for key in wanted}
        for oldest in list(self._weeks)[:-WEEKS]:
            del self._weeks[oldest]
        return [None if key is None else known[key] for key in keys]


def opened(data_dir: Path) -> Meanings:
    """Return the installed model's meanings, or those of none; nothing is read yet."""
    return Meanings(meaning.installed(), data_dir / "models")


def state() -> str:
    """Say in a line whether meanings are used, and if not, what to do."""
    model = meaning.installed()
    if model is None:
        return f"meanings of sentences: not installed ({meaning.INSTALL})"
    try:
        meaning.check(model, meaning.SHA256)
    except ModelFileError as error:
        return f"meanings of sentences: REFUSED, {error}"
    return f"meanings of sentences: {meaning.PACKAGE}, for {', '.join(sorted(meaning.LANGUAGES))}"


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
