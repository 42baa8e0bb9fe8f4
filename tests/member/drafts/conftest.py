"""Two delegations at a table."""

from pathlib import Path

import flask
import pytest

from tests.member.drafts.table import Negotiator, Table, negotiator, opened
from tests.member.inside import Inhabitant


@pytest.fixture
def chair(ada: Inhabitant) -> Negotiator:
    delegation = next(one["id"] for one in ada.asks("GET", "/api/delegations") if one["code"] == "NL")
    ada.run(ada.member.people.fetch_all())
    return Negotiator(ada, delegation)


@pytest.fixture
def bob(ada: Inhabitant, app: flask.Flask, tmp_path: Path) -> Negotiator:
    return negotiator(ada, app, tmp_path, "bob", "KR")


@pytest.fixture
def table(chair: Negotiator, bob: Negotiator) -> Table:
    """Ada is chair, Bob holds a pen for another delegation."""
    return opened(chair, [(bob, "pen")])
