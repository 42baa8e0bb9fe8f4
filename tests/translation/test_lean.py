"""What translation brings with it: no torch and no other heavy library, no network, no telemetry."""

import json
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

import pytest

from portal.translation.packages.store import Store

ROOT: Final = Path(__file__).resolve().parents[2]
HEAVY: Final = {"torch", "stanza", "onnxruntime", "spacy", "transformers", "tensorflow", "argostranslate", "sacremoses"}
MOST_MB: Final = 420
"""Of what translation adds: CTranslate2 146, lingua with its tables 96, NumPy 73, SentencePiece 7, YAML 4."""

TRANSLATE: Final = """
import json, socket, sys
tried = []
sys.addaudithook(lambda event, arguments: tried.append(event) if event.startswith("socket.") and event in
    {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"} else None)
from pathlib import Path
from portal.translation.detection import Detector
from portal.translation.engine import Engine
from portal.translation.packages.store import Store
from portal.translation.translator import Translator
store = Store(Path(sys.argv[1]))
engine = Engine(store)
text = Translator(engine, store).translate("We agree.", "en", "ko").text
language = Detector({"en", "fr"}).detect("good morning").language
engine.close()
modules = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"text": text, "language": language, "tried": tried, "modules": modules}))
"""


def python(*arguments: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    ).stdout


@pytest.fixture(scope="module")
def translated(archives: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a fresh process says that has translated a sentence."""
    folder = tmp_path_factory.mktemp("lean")
    Store(folder).install(archives["en_ko"], checked=False)
    said: dict[str, object] = json.loads(python("-c", TRANSLATE, str(folder)))
    return said


def test_translating_loads_no_heavy_library(translated: dict[str, object]) -> None:
    assert translated["text"] == "우리는 동의합니다."
    modules = translated["modules"]
    assert isinstance(modules, list)
    assert HEAVY.isdisjoint(modules)
    assert {"flask", "sqlalchemy", "gevent"}.isdisjoint(modules)


def test_translating_and_detecting_opens_no_socket(translated: dict[str, object]) -> None:
    assert translated["language"] == "en"
    assert translated["tried"] == []


def test_the_environment_has_no_heavy_library_and_is_small() -> None:
    names = {(one.metadata["Name"] or "").lower() for one in distributions()}
    assert HEAVY.isdisjoint(names)
    assert not any(name.startswith("nvidia-") for name in names)
    ours = {"ctranslate2", "sentencepiece", "lingua-language-detector", "numpy", "pyyaml"}
    size = sum(
        (file.size or 0)
        for one in distributions()
        if (one.metadata["Name"] or "").lower() in ours
        for file in one.files or ()
    )
    assert 0 < size / 1e6 < MOST_MB


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_locks_draw_no_heavy_library(name: str) -> None:
    locked = {line.partition("==")[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}
    assert HEAVY.isdisjoint(locked)
    assert not any(package.startswith("nvidia-") for package in locked)


def test_telemetry_is_switched_off_before_anything_is_loaded() -> None:
    script = "import os, portal.translation.model; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    assert python("-c", script).strip() == "1"
