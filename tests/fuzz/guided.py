"""All parsers under atheris for some seconds: ``python -m tests.fuzz.guided SECONDS FOLDER``.

The first byte of an input says which parser gets the rest. libFuzzer, inside atheris, ends the process when something
other than a refusal comes out of one, and keeps the input in FOLDER.
"""

import sys
import tempfile
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["portal"]):
    from portal.bench.parsers import PARSERS
    from portal.bench.samples import samples

NAMES: Final = tuple(PARSERS)


def one(raw: bytes) -> None:
    """Give an input to its parser."""
    if raw:
        name = NAMES[raw[0] % len(NAMES)]
        try:
            PARSERS[name].survives(raw[1:])
        except BaseException as defect:
            defect.add_note(f"parser: {name}")
            raise


def main() -> None:
    """Fuzz until the time is over."""
    seconds, kept = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="portal-corpus-") as corpus:
        for name, good in samples().items():
            for number, raw in enumerate(good):
                (Path(corpus) / f"{name}-{number}").write_bytes(bytes([NAMES.index(name)]) + raw)
        limits = [f"-max_total_time={seconds}", "-max_len=262144", "-timeout=10", "-rss_limit_mb=2048"]
        atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={kept}/", corpus], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
