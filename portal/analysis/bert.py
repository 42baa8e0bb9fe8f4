"""A BERT encoder from its published files, made into a CTranslate2 model of 8-bit weights. Needs no torch.

Files: ``config.json`` and ``model.safetensors`` (eight bytes: length of the header, little-endian; the header: JSON of
name → dtype, shape, offsets; then the numbers). Names of weights are those of Hugging Face's BertModel.
"""

import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float32]
QUANTISED: Final = "int8"
_LONGEST_HEADER: Final = 1 << 20


class ModelFileError(Exception):
    """The files are not those of a model that can be read here; the message says what is wrong."""


def weights(file: Path) -> dict[str, Array]:
    """Return the float32 arrays of a safetensors file, mapped, not read; others are left out. ModelFileError."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if length > min(_LONGEST_HEADER, size - 8):
            msg = f"{file.name} is not a safetensors file"
            raise ModelFileError(msg)
        header = opened.read(length)
    data = np.memmap(file, np.uint8, "r", offset=8 + length)
    try:
        entries = {name: entry for name, entry in json.loads(header).items() if name != "__metadata__"}
        return {name: _array(data, entry) for name, entry in entries.items() if entry["dtype"] == "F32"}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{file.name} is damaged: {error}"
        raise ModelFileError(msg) from error


def _array(data: npt.NDArray[np.uint8], entry: dict[str, Any]) -> Array:
    (first, last), shape = entry["data_offsets"], tuple(entry["shape"])
    if not 0 <= first <= last <= len(data) or last - first != 4 * math.prod(shape):
        msg = "offsets do not fit"
        raise ValueError(msg)
    return np.array(data[first:last]).view("<f4").astype(np.float32, copy=False).reshape(shape)


def convert(source: Path, target: Path) -> None:
    """Write the model in ``source`` as a CTranslate2 encoder to ``target``, whole or not at all. ModelFileError."""
    try:
        config = json.loads((source / "config.json").read_bytes())
        vocabulary = (source / "vocab.txt").read_text(encoding="utf-8").splitlines()
        spec = _spec(config, weights(source / "model.safetensors"))
    except (OSError, ValueError, KeyError) as error:
        msg = f"the model in {source.name} can not be read: {error}"
        raise ModelFileError(msg) from error
    spec.register_vocabulary(vocabulary)
    spec.config.unk_token = "[UNK]"  # noqa: S105 - a mark
    spec.config.layer_norm_epsilon = config["layer_norm_eps"]
    spec.validate()
    spec.optimize(quantization=QUANTISED)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".making-", dir=target.parent))
    try:
        spec.save(str(made))
        made.replace(target)
    except OSError:
        if not target.is_dir():  # else another process was faster
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _spec(config: dict[str, Any], named: dict[str, Array]) -> Any:
    from ctranslate2.specs import TransformerEncoderModelSpec, TransformerEncoderSpec  # noqa: PLC0415 - once a model
    from ctranslate2.specs.common_spec import Activation  # noqa: PLC0415 - as above

    if (config["model_type"], config["hidden_act"]) != ("bert", "gelu"):
        msg = f"not a BERT encoder with GELU: {config['model_type']}, {config['hidden_act']}"
        raise ModelFileError(msg)
    encoder = TransformerEncoderSpec(
        config["num_hidden_layers"],
        config["num_attention_heads"],
        pre_norm=False,
        activation=Activation.GELU,
        layernorm_embedding=True,
    )
    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = named["embeddings.word_embeddings.weight"]
    # A text is one segment: what marks the first of two is the same everywhere, so positions carry it.
    segment = named["embeddings.token_type_embeddings.weight"][0]
    encoder.position_encodings.encodings = named["embeddings.position_embeddings.weight"] + segment
    _norm(encoder.layernorm_embedding, named, "embeddings.LayerNorm")
    for number, layer in enumerate(encoder.layer):
        _set_layer(layer, named, f"encoder.layer.{number}")
    return TransformerEncoderModelSpec(encoder)


def _set_layer(layer: Any, named: dict[str, Array], name: str) -> None:
    asked = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    attention = layer.self_attention
    attention.linear[0].weight = np.concatenate([named[f"{part}.weight"] for part in asked])
    attention.linear[0].bias = np.concatenate([named[f"{part}.bias"] for part in asked])
    _linear(attention.linear[1], named, f"{name}.attention.output.dense")
    _norm(attention.layer_norm, named, f"{name}.attention.output.LayerNorm")
    _linear(layer.ffn.linear_0, named, f"{name}.intermediate.dense")
    _linear(layer.ffn.linear_1, named, f"{name}.output.dense")
    _norm(layer.ffn.layer_norm, named, f"{name}.output.LayerNorm")


def _linear(spec: Any, named: dict[str, Array], name: str) -> None:
    spec.weight, spec.bias = named[f"{name}.weight"], named[f"{name}.bias"]


def _norm(spec: Any, named: dict[str, Array], name: str) -> None:
    spec.gamma, spec.beta = named[f"{name}.weight"], named[f"{name}.bias"]
