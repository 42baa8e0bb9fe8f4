"""The client's own tests, a file of them each. Apart from test_structure.py so that two processors share them."""

from pathlib import Path
from typing import Final

import pytest

from tests.machine.tools import NODE, STATIC, run

FILES: Final = sorted(
    path.relative_to(STATIC).as_posix() for folder in ("test", "src") for path in (STATIC / folder).rglob("*.test.ts")
)
# Whole engines with a real server; one of them shows that the main job runs.
SLOW: Final = {file for file in FILES if file.startswith("test/member/")} - {"test/member/first_message.test.ts"} | {
    *(f"test/e2ee/{name}.test.ts" for name in ("attacks", "bundle", "files", "fuzz")),
    *(f"test/e2ee/{name}.test.ts" for name in ("going", "joining", "ring", "tree")),
    *(f"test/draft/{name}.test.ts" for name in ("binding", "imports", "imports_hard", "pasting", "redline")),
    "test/ui/record.test.ts",
}


@pytest.mark.parametrize("file", [pytest.param(file, marks=pytest.mark.slow if file in SLOW else ()) for file in FILES])
def test_client(file: str, client_packages: Path) -> None:
    assert client_packages.is_dir()
    run(NODE, "--test", "--test-reporter=spec", file, cwd=STATIC)
