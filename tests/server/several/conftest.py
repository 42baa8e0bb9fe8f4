"""Several processes need PostgreSQL: all databases here are of that kind."""

from collections.abc import Iterator

import pytest

from portal.bench.faults.portals import Nursery
from tests.conftest import TEMPLATE
from tests.machine.postgresql import Cluster
from tests.machine.redis import Redis
from tests.server.several.processes import Several, several


@pytest.fixture
def database_kind() -> str:
    """See tests/conftest.py, where a test runs once on each kind."""
    return "postgresql"


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """The program, loaded once, that processes are forked from."""
    with Nursery(tmp_path_factory.mktemp("nursery") / "errors") as running:
        yield running


@pytest.fixture(scope="module", params=["notify", "redis"])
def shared(
    request: pytest.FixtureRequest, nursery: Nursery, postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Several]:
    """Two processes for a module, that wake one another by PostgreSQL, then two that do so by Redis."""
    redis: Redis | None = request.getfixturevalue("redis_server") if request.param == "redis" else None
    folder = tmp_path_factory.mktemp("several")
    with (
        postgresql.database(TEMPLATE) as url,
        several(nursery, url, folder, redis_url=redis.url if redis else "") as made,
    ):
        yield made


@pytest.fixture
def two(shared: Several) -> Iterator[Several]:
    """The module's two processes, without lines of other tests."""
    yield shared
    shared.hang_up()
