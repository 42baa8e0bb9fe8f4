"""One installation as it is deployed: nginx in front, portals behind it, a browser that knows the three names."""

from pathlib import Path

import pytest

from tests.conftest import needed
from tests.machine import programs


@pytest.fixture(scope="session")
def nginx() -> Path:
    """nginx as the machine has it."""
    return needed(programs.nginx())
