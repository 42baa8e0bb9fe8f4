"""The same package through the real argostranslate, which needs torch and is in no environment of ours.

ARGOS_PYTHON names a Python that has it (argostranslate 1.11, in a virtual environment of its own).
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal.bench import argos_peer
from portal.translation.translator import Translator
from tests.translation.conftest import Install

Translating = Callable[..., Translator]
SENTENCES = ["The delegation accepts the ceasefire of 27 July.", "We do not agree.", "Kim Weber 17 %"]


@pytest.fixture
def argos() -> str:
    python = os.environ.get("ARGOS_PYTHON")
    if not python:
        pytest.skip("the machine lacks argostranslate: compatibility with it was NOT TESTED (set ARGOS_PYTHON)")
    return python


def test_argostranslate_says_the_same(argos: str, install: Install, translating: Translating) -> None:
    store = install("en_ko")
    order = {"folder": str(store.find(("en", "ko")).folder), "sentences": SENTENCES, "callers": []}
    done = subprocess.run(
        [argos, str(Path(argos_peer.__file__))],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    theirs: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    translator = translating(store)
    assert theirs["translations"] == [translator.translate(line, "en", "ko").text for line in SENTENCES]
