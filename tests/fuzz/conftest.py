"""A portal that really runs, with somebody signed in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.bench.honest import besieged
from portal.bench.malformed import shows_defect
from portal.server.accounts.sessions import COOKIE


@dataclass(frozen=True, slots=True)
class Served:
    """Where the portal is, the cookie of somebody signed in, and its log."""

    origin: str
    session: dict[str, str]
    log: Path

    def defects(self) -> list[str]:
        """Lines of the log that show a defect."""
        return [line for line in self.log.read_text(encoding="utf-8").splitlines() if shows_defect(line)]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with besieged(tmp_path, 1, core=None, unlimited=True) as portal:
        _, http, listener = portal.people[0].sign_in()
        listener.connection.close()
        assert http.token is not None
        yield Served(http.origin, {COOKIE: http.token}, portal.log)
        http.close()
