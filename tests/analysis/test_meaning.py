"""Meanings of sentences: the loader against a BERT written out in numpy, and the real model where it is installed."""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from portal.analysis import meaning
from portal.analysis.bert import ModelFileError, weights
from portal.analysis.wordpiece import WordPiece
from portal.server.official.meanings import WEEKS, Meanings, state

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
WORDS = [*MARKS, "the", "bus", "##es", "tree", "##s", "park", "cafe", "公", "園", *".,!5", "e", "##t"]
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "layer_norm_eps": 1e-12,
}
TEXTS = ["The buses, the trees!", "", "Café 5 公園.", "the park " * 20]
Named = dict[str, npt.NDArray[np.float32]]


def named_weights() -> Named:
    source = np.random.default_rng(1)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), 32),
        "embeddings.token_type_embeddings.weight": (2, 32),
        "embeddings.position_embeddings.weight": (64, 32),
        "embeddings.LayerNorm.weight": (32,),
        "embeddings.LayerNorm.bias": (32,),
    }
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        sizes = {f"attention.self.{part}": (32, 32) for part in ("query", "key", "value")}
        sizes |= {"attention.output.dense": (32, 32), "intermediate.dense": (64, 32), "output.dense": (32, 64)}
        for part, shape in sizes.items():
            shapes |= {f"{layer}.{part}.weight": shape, f"{layer}.{part}.bias": shape[:1]}
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{layer}.{part}.weight": (32,), f"{layer}.{part}.bias": (32,)}
    return {name: source.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}


def write_safetensors(file: Path, named: Named) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, array in named.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [at, at := at + array.nbytes]}
    text = json.dumps(header).encode()
    data = b"".join(array.tobytes() for array in named.values())
    file.write_bytes(len(text).to_bytes(8, "little") + text + data)


def sums_of(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in meaning.SHA256}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    write_safetensors(folder / "model.safetensors", named_weights())
    return folder


@pytest.fixture(scope="module")
def encoder(model: Path, tmp_path_factory: pytest.TempPathFactory) -> meaning.Encoder:
    return meaning.Encoder(model, tmp_path_factory.mktemp("cache"), sums_of(model))


def written_out(named: Named, numbers: list[int]) -> npt.NDArray[np.float64]:
    """BERT in numpy, as its paper has it, with the mean of all pieces."""

    def linear(values: Any, name: str) -> Any:
        return values @ named[f"{name}.weight"].T + named[f"{name}.bias"]

    def normed(values: Any, name: str) -> Any:
        centred = values - values.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * named[f"{name}.weight"] + named[f"{name}.bias"]

    words = named["embeddings.word_embeddings.weight"][numbers].astype(np.float64)
    words += named["embeddings.position_embeddings.weight"][: len(numbers)]
    hidden = normed(words + named["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        asked = [linear(hidden, f"{layer}.attention.self.{part}") for part in ("query", "key", "value")]
        heads = []
        for first in range(0, 32, 8):
            query, key, value = (array[:, first : first + 8] for array in asked)
            likeness = np.exp(query @ key.T / math.sqrt(8))
            heads.append(likeness / likeness.sum(-1, keepdims=True) @ value)
        attended = linear(np.concatenate(heads, axis=1), f"{layer}.attention.output.dense")
        hidden = normed(hidden + attended, f"{layer}.attention.output.LayerNorm")
        inner = linear(hidden, f"{layer}.intermediate.dense")
        inner = inner * (1 + np.vectorize(math.erf)(inner / math.sqrt(2))) / 2
        hidden = normed(hidden + linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    mean = hidden.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


def test_the_loaded_model_computes_what_bert_computes(encoder: meaning.Encoder) -> None:
    pieces = WordPiece(WORDS)
    found = encoder.vectors(TEXTS)
    for text, vector in zip(TEXTS, found, strict=True):
        assert vector @ written_out(named_weights(), pieces.numbers(text, meaning.LONGEST)) >= 0.99, text
    assert np.linalg.norm(found, axis=1) == pytest.approx(1)
    assert encoder.vectors([]).shape[0] == 0


def test_what_is_computed_beside_a_text_does_not_change_it(encoder: meaning.Encoder) -> None:
    together = encoder.vectors(TEXTS * 20)
    alone = np.concatenate([encoder.vectors([text]) for text in TEXTS] * 20)
    assert np.einsum("nd,nd->n", together, alone).min() >= 0.999


def test_a_text_is_cut_into_the_longest_pieces() -> None:
    pieces = WordPiece(WORDS)

    def of(text: str, most: int = 50) -> str:
        return " ".join(WORDS[number] for number in pieces.numbers(text, most))

    assert of("The BUSES,trees!") == "[CLS] the bus ##es , tree ##s ! [SEP]"
    assert of("Café\t公園\u200b 5") == "[CLS] cafe 公 園 5 [SEP]"
    assert of("the [SEP] busx " + "b" * 101) == "[CLS] the [UNK] [UNK] [UNK] [UNK] [UNK] [SEP]"
    assert of("the " * 100, most=5) == "[CLS] the the the [SEP]"
    with pytest.raises(ValueError, match=r"\[UNK\]"):
        WordPiece(["[CLS]", "[SEP]"])


def test_other_files_than_the_expected_are_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="not the one expected"):
        meaning.Encoder(model, tmp_path)
    with pytest.raises(ModelFileError, match="missing"):
        meaning.Encoder(tmp_path, tmp_path)
    assert not list(tmp_path.iterdir())


def test_damaged_weights_are_refused(model: Path, tmp_path: Path) -> None:
    whole = (model / "model.safetensors").read_bytes()
    file = tmp_path / "model.safetensors"
    for damaged in (b"", b"short", b"\xff" * 100, whole[:-4], whole.replace(b"shape", b"shepe", 1)):
        file.write_bytes(damaged)
        with pytest.raises(ModelFileError):
            weights(file)


def test_only_texts_the_model_knows_have_meanings_and_each_is_computed_once(model: Path, tmp_path: Path) -> None:
    meanings = Meanings(model, tmp_path, sums_of(model))
    first = meanings.of("W1", [("en", "The bus."), ("ko", "버스"), ("en", "trees")])
    assert [vector is None for vector in first] == [False, True, False]
    assert meanings.of("W1", [("en", "trees"), ("en", "the park")])[0] is first[2]
    assert meanings.of("W1", [("en", "The bus.")])[0] is not first[0], "what no longer counts is forgotten"
    kept = meanings.of("W2", [("en", "trees")])[0]
    for week in range(WEEKS):
        meanings.of(f"W{3 + week}", [("en", "trees")])
    assert meanings.of("W2", [("en", "trees")])[0] is not kept


def test_without_a_model_or_with_a_wrong_one_suggestions_go_on(model: Path, tmp_path: Path) -> None:
    texts = [("en", "The bus."), ("ko", "버스")]
    assert Meanings(None, tmp_path).of("W1", texts) == [None, None]
    assert Meanings(model, tmp_path).of("W1", texts) == [None, None]


def test_the_real_model_says_what_its_publishers_software_says(tmp_path: Path) -> None:
    folder = meaning.installed()
    if folder is None:
        assert meaning.INSTALL in state()
        pytest.skip(f"NOT CHECKED: the model of meanings is not installed ({meaning.INSTALL})")
    # Vectors by sentence-transformers 5 with torch, rounded to three digits.
    rows = json.loads(Path(__file__).with_name("meaning_reference.json").read_bytes())
    found = meaning.Encoder(folder, tmp_path).vectors([row["text"] for row in rows])
    for row, vector in zip(rows, found, strict=True):
        expected = np.array(row["vector"])
        assert vector @ expected / np.linalg.norm(expected) >= 0.99, row["text"]
    assert found[0] @ found[1] > found[0] @ found[2] + 0.3
    assert "REFUSED" not in state()
