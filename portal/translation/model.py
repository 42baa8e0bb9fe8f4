"""One translation model: SentencePiece in front of CTranslate2. Sentences in, hypotheses out; no silent truncation."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# The libraries below need no such thing; a person's environment may hold others that do.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import ctranslate2
import sentencepiece

from portal.translation.errors import ModelFaultError
from portal.translation.packages.archive import Metadata

MAX_SOURCE_PIECES: Final = 200
"""Pieces of one sentence; the models learnt from sentences, and lose the thread beyond; callers cut what is longer."""
MAX_TARGET_PIECES: Final = 480
_END: Final = "</s>"


@dataclass(frozen=True, slots=True)
class Decoding:
    """How to search for a translation."""

    beam: int = 2
    hypotheses: int = 1
    """How many to return, best first; the beam is widened to it."""
    no_repeat: int = 0
    """Sequences of this many pieces may come only once; 0 for no such rule. For models that loop."""
    batch: int = 16
    """Sentences that are computed together; longer lists are sorted by length and cut."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One translation that the model offers."""

    text: str
    cut: bool
    """Whether it was ended by our limit, not by the model."""


class Model:
    """A loaded model. Safe to use from several threads; each call computes in native threads, without the GIL."""

    def __init__(
        self,
        translator: ctranslate2.Translator,
        source: sentencepiece.SentencePieceProcessor,
        target: sentencepiece.SentencePieceProcessor,
        metadata: Metadata,
    ) -> None:
        self._translator = translator
        self._source = source
        self._target = target
        self._source_prefix = [metadata.source_prefix] if metadata.source_prefix else []
        self._target_prefix = [metadata.target_prefix] if metadata.target_prefix else []

    def encode(self, text: str) -> list[str]:
        """The pieces of ``text``."""
        pieces: list[str] = self._source.encode(text, out_type=str)
        return self._source_prefix + pieces

    def translate(self, sentences: Sequence[list[str]], decoding: Decoding) -> list[list[Hypothesis]]:
        """Hypotheses for each sentence of pieces, best first; ModelFaultError if the computation fails."""
        longest = max(map(len, sentences), default=0)
        limit = min(MAX_TARGET_PIECES, 40 + 3 * longest)
        try:
            results = self._translator.translate_batch(
                sentences,
                target_prefix=[self._target_prefix] * len(sentences) if self._target_prefix else None,
                beam_size=max(decoding.beam, decoding.hypotheses),
                num_hypotheses=decoding.hypotheses,
                no_repeat_ngram_size=decoding.no_repeat,
                max_batch_size=decoding.batch,
                max_input_length=0,  # nothing is cut off unseen
                max_decoding_length=limit,
                return_end_token=True,
            )
        except (RuntimeError, ValueError, MemoryError) as error:
            msg = f"the model failed: {error}"
            raise ModelFaultError(msg) from error
        return [[self._hypothesis(pieces) for pieces in result.hypotheses] for result in results]

    def _hypothesis(self, pieces: list[str]) -> Hypothesis:
        whole = bool(pieces) and pieces[-1] == _END
        body = pieces[len(self._target_prefix) : -1 if whole else None]
        # A byte that is no whole character would show as a replacement mark: the reader gets the rest.
        text = str(self._target.decode(body)).replace("\ufffd", "").replace("\u2581", " ")
        return Hypothesis(re.sub(r" {2,}", " ", text).strip(), not whole)


def load_model(folder: Path, metadata: Metadata, *, threads: int, lanes: int = 1) -> Model:
    """Load the unpacked package in ``folder``: ``lanes`` batches at a time, each with ``threads`` native threads.

    Raises ModelFaultError if a file is damaged.
    """
    one = folder / "sentencepiece.model"
    paths = (one, one) if one.exists() else (folder / "source.spm", folder / "target.spm")
    try:
        processors = [sentencepiece.SentencePieceProcessor(model_file=str(path)) for path in paths]
        translator = ctranslate2.Translator(
            str(folder / "model"), device="cpu", inter_threads=lanes, intra_threads=threads
        )
    except (RuntimeError, ValueError, OSError, MemoryError) as error:
        msg = f"the model in {folder.name} can not be loaded: {error}"
        raise ModelFaultError(msg) from error
    return Model(translator, processors[0], processors[1], metadata)
