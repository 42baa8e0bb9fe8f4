"""Trying a package in a process of its own, before it may enter the portal's.

A damaged or hostile ``model.bin`` can end the process that loads it, or ask for all memory; here that costs a child.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

from portal.translation.errors import ModelFaultError, PackageRefusedError
from portal.translation.packages.archive import Metadata, read_metadata

LIMIT_S: Final = 120
MEMORY_BYTES: Final = 16 << 30
"""Address space of the trial; the libraries alone reserve several GiB without using them."""
TRIALS: Final = ("1.", "Hello.")


def probe(folder: Path, metadata: Metadata) -> None:
    """Load the unpacked package in ``folder`` and translate two lines; PackageRefusedError if that fails."""
    command = [sys.executable, "-m", "portal.translation.packages.probe", str(folder)]
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}
    pair = f"{metadata.source}->{metadata.target}"
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, this module, a folder of ours
            command, env=environ, capture_output=True, text=True, check=False, timeout=LIMIT_S, cwd=_root()
        )
    except subprocess.TimeoutExpired as error:
        msg = f"the model {pair} did not answer within {LIMIT_S} seconds"
        raise PackageRefusedError(msg) from error
    if done.returncode < 0:
        msg = f"the model {pair} is broken: it ended its trial with signal {-done.returncode}"
        raise PackageRefusedError(msg)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        msg = f"the model {pair} is broken: {said[-1] if said else 'it can not be loaded'}"
        raise PackageRefusedError(msg)


def main(folder: Path) -> int:
    """The child: 0 if the model translates; else 1, and the reason on stderr."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    from portal.translation.model import Decoding, load_model  # noqa: PLC0415 - after the limit

    try:
        model = load_model(folder, read_metadata(folder), threads=1)
        answers = model.translate([model.encode(line) for line in TRIALS], Decoding(beam=1))
    except (ModelFaultError, MemoryError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps([answer[0].text for answer in answers]))
    return 0


def _root() -> Path:
    """Where ``portal`` can be imported from, whatever the folder that the command runs in."""
    return Path(__file__).resolve().parents[3]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
