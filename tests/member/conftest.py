"""What the tests of the member share: the browser's packages, and the browser's cryptography in Node."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import flask
import pytest

from deploy.build import install_packages
from portal.member.e2ee import opaque
from tests.member.inside import Inhabitant, administrator, settled
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


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at next to no cost."""
    monkeypatch.setattr(opaque, "Stretching", partial(opaque.Stretching, 1, 64, 1))


@pytest.fixture
def app(tmp_path: Path, cheap: None, sqlite_template: Path) -> Iterator[flask.Flask]:
    """A portal in this process."""
    with settled(tmp_path, sqlite_template) as app:
        yield app


@pytest.fixture
def ada(app: flask.Flask, tmp_path: Path) -> Inhabitant:
    """A chair with a delegation."""
    return administrator(app, tmp_path)
