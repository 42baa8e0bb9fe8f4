"""What the tests of MLS share: the official vectors, and peers in Node."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from deploy.build import install_packages
from tests.mls.peer import Peer, running_peer

ROOT: Final = Path(__file__).resolve().parents[2]
BESIDE: Final = ROOT.parent / "shared/vectors/mls"


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of the official vectors, which carry no licence and so are no part of the project."""
    folder = Path(os.environ.get("PORTAL_MLS_VECTORS", BESIDE))
    if not folder.is_dir():
        pytest.skip("the official MLS vectors are not here: set PORTAL_MLS_VECTORS to mlswg's test-vectors folder")
    return folder


@pytest.fixture(scope="module")
def library() -> Iterator[Peer]:
    """Members by ts-mls."""
    install_packages(ROOT)
    with running_peer("library_peer.mjs") as peer:
        yield peer


@pytest.fixture(scope="module")
def browsers() -> Iterator[Peer]:
    """Devices by the browser's code."""
    install_packages(ROOT)
    with running_peer("room_peer.mjs") as peer:
        yield peer
