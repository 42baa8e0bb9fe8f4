"""A dictionary as a real language package: a CTranslate2 transformer whose weights are set by hand.

For demonstrations, benchmarks and tests: nothing is trained and nothing is downloaded, and the same words give the same
bytes. Entry k of the source becomes entry k of the target; whatever is in no entry is copied byte by byte, so names and
digits survive.

How it works. A vector has two halves: the code of a word and the code of a position, both of +1 and -1, nearly
orthogonal to each other. The encoder only adds them up. The decoder's one working attention asks with its own position
for the source at that position, and gets the word's code, which the projection turns into the target word; the end of
the source gives the end of the target. All other weights are zero, and cost what a trained model's cost.
"""

import json
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from portal.translation.packages.archive import pack

Array = npt.NDArray[np.float32]

SPACE: Final = "\u2581"
SPECIAL: Final = ("<unk>", "<s>", "</s>")
BYTES: Final = tuple(f"<0x{value:02X}>" for value in range(256))
PUNCTUATION: Final = (*".,;:!?()\"'-/%", *"\u3002\u3001\uff0c\uff1f\uff01")
_SHARPNESS: Final = 20.0
_UNKNOWN, _CONTROL, _NORMAL, _BYTE = 2, 3, 1, 6  # SentencePiece's kinds of pieces


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of the network; what is not needed for the dictionary is zeros."""

    width: int = 128
    heads: int = 1
    layers: int = 1
    inner: int = 8
    """Width inside the feed-forward layers."""
    vocabulary: int = 0
    """Number of target pieces to fill up to with pieces that never come; 0 for no filling."""
    positions: int = 512


ARGOS_SIZE: Final = Shape(width=512, heads=8, layers=6, inner=2048, vocabulary=32_000)
"""The usual Argos model: some 60 million parameters."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the model says, and what it gets wrong on purpose."""

    entries: Mapping[str, str]
    """Source words or phrases, and what each becomes."""
    exact: Mapping[str, str] = field(default_factory=dict)
    """Further entries to the letter: one that begins with no blank joins on to what stands before it."""
    alternatives: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    """A second translation of an entry and its weight, 0 to 1, for lists of hypotheses."""
    changed_bytes: Mapping[str, str] = field(default_factory=dict)
    """ASCII characters that the model silently replaces."""
    loops_at: int | None = None
    """Position from which on the model repeats one piece for ever."""


def build_package(archive: Path, pair: tuple[str, str], lexicon: Lexicon, shape: Shape = Shape(), **extra: str) -> Path:
    """Write an ``.argosmodel`` that translates ``pair`` by ``lexicon``; ``extra`` goes into its metadata."""
    metadata = {
        "package_version": "1.0",
        "argos_version": "1.9",
        "from_code": pair[0],
        "from_name": pair[0],
        "to_code": pair[1],
        "to_name": pair[1],
        "license": "CC0-1.0",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sentencepiece.model").write_bytes(save_model(folder / "model", lexicon, shape))
        (folder / "metadata.json").write_text(json.dumps(metadata | extra), encoding="utf-8")
        (folder / "README.md").write_text("A dictionary, not a translator.\n", encoding="utf-8")
        pack(folder, [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()], archive)
    return archive


def save_model(folder: Path, lexicon: Lexicon, shape: Shape) -> bytes:
    """Write the CTranslate2 model into ``folder``; gives the SentencePiece model that belongs to it."""
    from ctranslate2.specs import TransformerSpec  # noqa: PLC0415 - only the maker of a model pays for it

    target_of = {SPACE: SPACE, **{_piece(k): _piece(v) for k, v in lexicon.entries.items()}}
    target_of |= {_exact(k): _exact(v) for k, v in lexicon.exact.items()}
    source = list(dict.fromkeys([*target_of, *PUNCTUATION]))
    second = {_piece(k): (_piece(word), weight) for k, (word, weight) in lexicon.alternatives.items()}
    wanted = [target_of.get(piece, piece) for piece in source] + [word for word, _ in second.values()]
    source_vocabulary = [*SPECIAL, *BYTES, *source]
    target_vocabulary = [*SPECIAL, *BYTES, *dict.fromkeys(wanted)]
    random = np.random.default_rng(1)
    codes = _codes(len(target_vocabulary), shape.width // 2, random)
    code_of = dict(zip(target_vocabulary, codes, strict=True))
    words = np.zeros((len(source_vocabulary), shape.width), np.float32)
    for row, piece in enumerate(source_vocabulary):
        meant = _changed(piece, lexicon.changed_bytes) if piece in BYTES else target_of.get(piece, piece)
        words[row, : shape.width // 2] = code_of[meant]
        if piece in second:
            other, weight = second[piece]
            words[row, : shape.width // 2] += weight * code_of[other]
    spec = TransformerSpec.from_config((shape.layers, shape.layers), num_heads=shape.heads, pre_norm=True)
    filling = [f"<filling {n}>" for n in range(shape.vocabulary - len(target_vocabulary))]
    projection = np.zeros((len(target_vocabulary) + len(filling), shape.width), np.float32)
    projection[: len(codes), : shape.width // 2] = codes
    _set_weights(spec, shape, words, projection, _positions(shape, random), lexicon.loops_at)
    spec.config.add_source_eos = True
    spec.register_source_vocabulary(source_vocabulary)
    spec.register_target_vocabulary(target_vocabulary + filling)
    folder.mkdir(parents=True, exist_ok=True)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    return sentencepiece_model(list(dict.fromkeys([*source, *target_vocabulary[len(SPECIAL) + len(BYTES) :]])))


def sentencepiece_model(pieces: Sequence[str]) -> bytes:
    """A unigram SentencePiece model of these pieces, with byte fallback; a longer piece is preferred."""
    kinds = [_UNKNOWN, _CONTROL, _CONTROL] + [_BYTE] * len(BYTES) + [_NORMAL] * len(pieces)
    scores = [0.0] * (len(SPECIAL) + len(BYTES)) + [-1.0] * len(pieces)
    out = b"".join(
        _block(1, _block(1, piece.encode()) + _real(2, score) + _whole(3, kind))
        for piece, score, kind in zip([*SPECIAL, *BYTES, *pieces], scores, kinds, strict=True)
    )
    # trainer_spec: model_type UNIGRAM, byte_fallback, ids of <unk>, <s>, </s>, no padding (-1)
    trainer = _whole(3, 1) + _whole(35, 1) + _whole(40, 0) + _whole(41, 1) + _whole(42, 2) + _whole(43, (1 << 64) - 1)
    # normalizer_spec: name, add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces
    normalizer = _block(1, b"identity") + _whole(3, 1) + _whole(4, 1) + _whole(5, 1)
    return out + _block(2, trainer) + _block(3, normalizer)


def _piece(words: str) -> str:
    return _exact(" " + words)


def _exact(words: str) -> str:
    return words.replace(" ", SPACE)


def _changed(piece: str, changed: Mapping[str, str]) -> str:
    character = chr(int(piece[3:5], 16))
    return f"<0x{ord(changed.get(character, character)):02X}>"


def _codes(count: int, length: int, random: np.random.Generator) -> Array:
    """Codes of +1 and -1 with mean 0 and variance 1 (layer norms leave them), far from each other."""
    balanced = np.concatenate([np.ones(length // 2), -np.ones(length // 2)]).astype(np.float32)
    codes = np.empty((count, length), np.float32)
    made = 0
    while made < count:
        code = random.permutation(balanced)
        if made == 0 or np.abs(codes[:made] @ code).max() < 0.72 * length:
            codes[made] = code
            made += 1
    return codes


def _positions(shape: Shape, random: np.random.Generator) -> Array:
    """Codes of positions in the second half; one head's width of them is repeated, so that every head can tell."""
    half = shape.width // 2
    length = min(half, shape.width // shape.heads)
    encodings = np.zeros((shape.positions, shape.width), np.float32)
    encodings[:, half:] = np.tile(_codes(shape.positions, length, random), half // length)
    return encodings


def _set_weights(spec: Any, shape: Shape, words: Array, projection: Array, at: Array, loops_at: int | None) -> None:
    encoder, decoder, width = spec.encoder, spec.decoder, shape.width
    encoder.scale_embeddings = decoder.scale_embeddings = False
    encoder.embeddings[0].weight = words
    encoder.position_encodings.encodings = at
    asked = at.copy()
    if loops_at is not None:
        asked[loops_at:] = at[loops_at]
    decoder.position_encodings.encodings = asked
    decoder.embeddings.weight = np.zeros_like(projection)  # the decoder looks at positions only
    _linear(decoder.projection, projection)
    _norm(encoder.layer_norm, width)
    _norm(decoder.layer_norm, width)
    for layer in (*encoder.layer, *decoder.layer):
        _norm(layer.self_attention.layer_norm, width)
        _linear(layer.self_attention.linear[0], np.zeros((3 * width, width)))
        _linear(layer.self_attention.linear[1], np.zeros((width, width)))
        _norm(layer.ffn.layer_norm, width)
        _linear(layer.ffn.linear_0, np.zeros((shape.inner, width)))
        _linear(layer.ffn.linear_1, np.zeros((width, shape.inner)))
    for number, layer in enumerate(decoder.layer):
        _norm(layer.attention.layer_norm, width)
        matrices = _reading(shape) if number == 0 else [np.zeros_like(m) for m in _reading(shape)]
        for linear, matrix in zip(layer.attention.linear, matrices, strict=True):
            _linear(linear, matrix)


def _reading(shape: Shape) -> list[Array]:
    """Query, key and value, and output of the attention that fetches the word at the decoder's own position."""
    width, half, head = shape.width, shape.width // 2, shape.width // shape.heads
    asked, carried = min(half, head), half // shape.heads
    query, key, value, back = (np.zeros((width, width), np.float32) for _ in range(4))
    for number in range(shape.heads):
        first = number * head
        for n in range(asked):
            query[first + n, half + n] = _SHARPNESS
            key[first + n, half + n] = 1
        for n in range(carried):
            value[first + n, number * carried + n] = 1
            back[number * carried + n, first + n] = 1
    return [query, np.concatenate([key, value]), back]


def _norm(spec: Any, width: int) -> None:
    spec.gamma, spec.beta = np.ones(width, np.float32), np.zeros(width, np.float32)


def _linear(spec: Any, weight: npt.NDArray[Any]) -> None:
    spec.weight, spec.bias = weight.astype(np.float32), np.zeros(weight.shape[0], np.float32)


# Protocol Buffers' wire format, as far as SentencePiece's file needs it.


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _whole(field_number: int, value: int) -> bytes:
    return _varint(field_number << 3) + _varint(value)


def _real(field_number: int, value: float) -> bytes:
    return _varint(field_number << 3 | 5) + struct.pack("<f", value)


def _block(field_number: int, data: bytes) -> bytes:
    return _varint(field_number << 3 | 2) + _varint(len(data)) + data
