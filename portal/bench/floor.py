"""What no server in Python can leave out: to check an item's signature, and to force the item to the disk.

Measured alone, with nothing around it, and set against the yardstick: so a reader sees which part of a missed target is
the portal's own, and which is the price of what it does beyond relaying.
"""

import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import sqlalchemy as sa
from nacl.signing import SigningKey

from portal.bench.seed import BODY_BYTES, seeded
from portal.bench.targets import BARE, Extra, Figures
from portal.server.core import driver
from portal.server.core.driver import Prepared
from portal.server.rooms.models import RecordItem
from portal.wire.envelope import HEADER_BYTES, ITEM_LABEL, PREFIX_BYTES
from portal.wire.ids import new_id

_TIMES: Final = 200


@dataclass(frozen=True, slots=True)
class Floor:
    """Microseconds of processor: one signature checked, one item inserted and committed to SQLite with fsync."""

    signature_us: float
    commit_us: float

    @property
    def item_us(self) -> float:
        """Both."""
        return self.signature_us + self.commit_us


def floor() -> Floor:
    """Measure both, in this thread."""
    return Floor(_signature_us(), _commit_us())


def print_floor(parts: Floor, found: Mapping[str, Figures], extra: Extra) -> None:
    """Print the parts, and what the yardstick would reach if it had to do them, too."""
    print(f"\nunavoidable: a signature's check {parts.signature_us:.0f} µs, an item's commit {parts.commit_us:.0f} µs")
    for size, throughput in sorted(found[BARE].serial.items()) if BARE in found else ():
        bare_us = size * throughput.cpu_s / throughput.deliveries * 1e6
        share = bare_us / (bare_us + parts.item_us)
        print(f"  serial, {size:4} listeners: bare gevent with both would reach {share:.2f} of itself")
    if extra.syncs_per_s:
        most = 1e6 / parts.signature_us / extra.syncs_per_s
        print(f"  appends on one core: {most:.2f} of the fdatasync rate, if it did nothing but check signatures")


def _signature_us() -> float:
    key = SigningKey.generate()
    text = ITEM_LABEL + secrets.token_bytes(HEADER_BYTES)
    signature = key.sign(text).signature
    return _median_us(lambda: key.verify_key.verify(text, signature))


def _commit_us() -> float:
    insert = Prepared(cast("sa.Table", RecordItem.__table__).insert())
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        installation = seeded(f"sqlite:///{Path(folder) / 'floor.sqlite3'}", 1)
        row: dict[str, Any] = {
            "room_id": installation.room,
            "number": 1,
            "kind": 1,
            "epoch": 0,
            "bucket": installation.bucket,
            "device_id": installation.devices[0].device,
            "head": installation.head,
            "at_ms": 0,
            "envelope": secrets.token_bytes(PREFIX_BYTES + BODY_BYTES),
        }
        with installation.database.engine.connect() as connection:

            def append() -> None:
                row["number"] += 1
                item = row | {"item_id": new_id(), "sequence": row["number"]}
                driver.begin(connection, "BEGIN IMMEDIATE")
                insert.run_all(connection, [item])
                driver.commit(connection)

            spent_us = _median_us(append)
        installation.database.close()
    return spent_us


def _median_us(work: Callable[[], object]) -> float:
    spent_s = []
    for _ in range(_TIMES):
        before_s = time.thread_time()
        work()
        spent_s.append(time.thread_time() - before_s)
    return sorted(spent_s)[_TIMES // 2] * 1e6
