"""``./dev fuzz``: for some minutes, malformed input for every parser, and for the HTTP interface of a running portal.

Half of the time goes to the parsers, by atheris, which follows the branches that an input takes, where it can be
installed (Linux), else by faults at random; the other half to the interface, by schemathesis. What breaks something is
kept in .dev/fuzz, to become a test.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from portal.bench.honest import besieged
from portal.bench.malformed import shows_defect
from portal.bench.parsers import PARSERS
from portal.bench.parsing import fuzz
from portal.server.accounts.sessions import COOKIE
from portal.server.admin.openapi import description
from tests.fuzz.interface import fuzz_interface
from tests.machine.tools import ROOT

KEPT: Final = ROOT / ".dev/fuzz"
INPUTS_AT_A_TIME: Final = 20_000
EXAMPLES_AT_A_TIME: Final = 4


def main() -> int:
    """Fuzz; 1 if something broke, else 0."""
    parser = argparse.ArgumentParser(prog="./dev fuzz")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    half_s = 30 * options.minutes
    KEPT.mkdir(parents=True, exist_ok=True)
    print(f"seed {options.seed}", flush=True)
    guided = find_spec("atheris") is not None
    broken = _guided(half_s) if guided else _at_random(half_s, options.seed)
    return 1 if _interface(half_s, options.seed) + broken else 0


def _guided(seconds: float) -> int:
    """Let atheris lead the faults; return whether a parser broke, which ends it."""
    command = [sys.executable, "-m", "tests.fuzz.guided", str(max(1, int(seconds))), str(KEPT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    words = done.stderr.strip().splitlines()
    print(f"{len(PARSERS)} parsers, led by their branches: {words[-1] if words else 'nothing said'}", flush=True)
    if done.returncode:
        print("BROKEN ", "\n".join(words[-40:]), flush=True)
    return int(bool(done.returncode))


def _at_random(seconds: float, seed: int) -> int:
    print("NOT GUIDED: atheris can not be installed here; the faults are put at random", flush=True)
    until_s, inputs, broken = time.monotonic() + seconds, 0, 0
    while time.monotonic() < until_s:
        outcome = fuzz(PARSERS, INPUTS_AT_A_TIME, seed)
        seed, inputs = seed + 1, inputs + outcome.inputs
        for words, raw in outcome.defects.items():
            broken += 1
            kept = KEPT / f"{words.replace(' ', '-').replace(':', '')}-{seed}"
            kept.write_bytes(raw)
            print(f"BROKEN  {words}: {kept}", flush=True)
    print(f"{inputs} malformed inputs to {len(PARSERS)} parsers: {broken} broken", flush=True)
    return broken


def _interface(seconds: float, seed: int) -> int:
    described, until_s, asked, broken = json.loads(description()), time.monotonic() + seconds, 0, 0
    with tempfile.TemporaryDirectory() as folder, besieged(Path(folder), 1, core=None, unlimited=True) as portal:
        _, http, listener = portal.people[0].sign_in()
        listener.connection.close()
        session = {COOKIE: http.token or ""}
        while time.monotonic() < until_s or not asked:
            count, failures = fuzz_interface(described, http.origin, session, examples=EXAMPLES_AT_A_TIME, seed=seed)
            seed, asked = seed + 1, asked + count
            broken += len(failures)
            print("".join(f"BROKEN  {failure}\n" for failure in failures), end="", flush=True)
        defects = [line for line in portal.log.read_text(encoding="utf-8").splitlines() if shows_defect(line)]
        print("".join(f"DEFECT  {line}\n" for line in defects), end="", flush=True)
    print(f"{asked} requests to {len(described['paths'])} paths: {broken} answers that do not fit", flush=True)
    return broken + len(defects)


if __name__ == "__main__":
    sys.exit(main())
