"""The peer of ``portal bench translate``: argostranslate, run by the Python of an environment that has it.

Not imported by the portal: this file is run as a script, with the standard library and argostranslate only. Reads one
JSON object from the standard input: the unpacked package's folder, sentences, callers. Writes one: seconds, and what
came of them.

What would be unfair to it or need the network is left out: its sentence splitter, and stanza (with torch) where that is
not installed, for it is imported but not used with this package.
"""

import json
import os
import sys
import tempfile
import threading
import time
import types
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def main() -> int:
    """Translate all sentences one after the other, then as several callers at once."""
    order = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
        os.environ |= {
            "ARGOS_PACKAGES_DIR": f"{home}/packages",
            "ARGOS_INTRA_THREADS": "1",
            "ARGOS_CHUNK_TYPE": "MINISBD",
        }
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        packages = Path(home, "packages")
        packages.mkdir()
        (packages / "package").symlink_to(order["folder"])
        if find_spec("stanza") is None:
            sys.modules["stanza"] = types.ModuleType("stanza")
        json.dump(_measure(order), sys.stdout)
    return 0


def _measure(order: dict[str, Any]) -> dict[str, Any]:
    packages = import_module("argostranslate.package")  # after the environment was set
    argos = import_module("argostranslate.translate")
    (package,) = packages.get_installed_packages()
    translation = argos.get_translation_from_codes(package.from_code, package.to_code)
    translation.underlying.sentencizer.split_sentences = lambda text: [text]
    argos.translate("1.", package.from_code, package.to_code)

    def translate(sentence: str) -> str:
        return str(argos.translate(sentence, package.from_code, package.to_code))

    began, cpu = time.perf_counter(), time.process_time()
    translations = [translate(sentence) for sentence in order["sentences"]]
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    waits: list[float] = []

    def call(sentences: list[str]) -> None:
        for sentence in sentences:
            asked = time.perf_counter()
            translate(sentence)
            waits.append(time.perf_counter() - asked)

    threads = [threading.Thread(target=call, args=(sentences,)) for sentences in order["callers"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"wall_s": wall_s, "cpu_s": cpu_s, "waits_s": waits, "translations": translations}


if __name__ == "__main__":
    sys.exit(main())
