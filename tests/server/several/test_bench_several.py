"""``portal bench several`` in small: one order at all members, and every connection still answers."""

from pathlib import Path

import pytest

from portal.bench.faults.portals import Nursery
from portal.bench.several import Bench, Sizes
from tests.conftest import TEMPLATE
from tests.machine.postgresql import Cluster

pytestmark = pytest.mark.slow
SMALL = Sizes(items=400, rooms=2, connections=20, held_s=0.2)


def test_two_processes_send_one_order_and_hold_their_connections(
    nursery: Nursery, postgresql: Cluster, tmp_path: Path
) -> None:
    bench = Bench(nursery, tmp_path, "", SMALL)
    with postgresql.database(TEMPLATE) as url:
        (order,) = bench.order(url)
    assert order.met
    with postgresql.database(TEMPLATE) as url:
        answered, _ = bench.connections(url)
    assert answered.met
