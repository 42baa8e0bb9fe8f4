"""What the tests of the member share: the browser's packages, and the browser's cryptography in Node."""

from collections.abc import Iterator

import pytest

from deploy.build import install_packages
from tests.member.twin import ROOT, Twin


@pytest.fixture(scope="session")
def client_packages() -> None:
    """static/node_modules as the lock file says."""
    install_packages(ROOT)


@pytest.fixture(scope="module")
def twin(client_packages: None) -> Iterator[Twin]:
    """The browser's code, to be asked."""
    with Twin() as running:
        yield running
