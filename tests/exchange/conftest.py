"""The files that the browser's code exports, made once by Node for all tests that open them."""

from pathlib import Path
from typing import Final

import pytest

from tests.conftest import needed
from tests.machine import programs
from tests.machine.tools import NODE, STATIC, run

RANDOM_DRAFTS: Final = 30


@pytest.fixture(scope="session")
def exports(client_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exports of a protocol in English, Arabic and Chinese, and of random drafts."""
    assert client_packages.is_dir()
    folder = tmp_path_factory.mktemp("exports")
    run(NODE, "test/draft/make_exports.ts", folder, str(RANDOM_DRAFTS), cwd=STATIC)
    return folder


@pytest.fixture(scope="session")
def libreoffice() -> Path:
    """LibreOffice without a window."""
    return needed(programs.libreoffice())
