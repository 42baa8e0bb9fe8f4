"""What Prometheus asks of an installation besides what a process has counted: how things stand now.

Asked from the thread that serves ``/metrics``, never on the hub. Several processes of one installation all say the same
of the database; what each says of itself it says alone.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import sqlalchemy as sa
import structlog
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from portal import __version__
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.core.jobs import Job
from portal.server.ledger import tree
from portal.server.rooms.feature import Rooms
from portal.server.upkeep import services, storage
from portal.server.upkeep.backups import last_backup
from portal.server.upkeep.examination import inside
from portal.server.upkeep.findings import STATES
from portal.server.upkeep.machine import disk_space

ROWS_EVERY_S: Final = 10.0
FINDINGS_EVERY_S: Final = 60.0
ROUNDED_BYTES: Final = 1 << 20
"""The database's size is told so roughly: page by page it would tell of single submissions."""
Numbers: TypeAlias = dict[str, float]
_ABOUT: Final = {
    "portal_sockets": "Sockets that are open.",
    "portal_sockets_signed_in": "Sockets that have signed in.",
    "portal_writer_waiting": "Requests that wait for the writer.",
    "portal_threads_waiting": "Requests that wait for a thread.",
    "portal_disk_free_bytes": "Free on the disk of the data folder.",
    "portal_disk_bytes": "Size of the disk of the data folder.",
    "portal_database_up": "1 if the database answered.",
    "portal_database_bytes": "Size of the database, to the next MiB.",
    "portal_files_bytes": "What all rooms' files take.",
    "portal_files_quota_bytes": "What all rooms' files may take.",
    "portal_jobs_failed": "Jobs that were given up.",
    "portal_jobs_late_seconds": "How long the oldest job that is due has waited.",
    "portal_ledger_entries": "Entries in the ledger's tree.",
    "portal_ledger_waiting": "Entries that could enter the tree now.",
    "portal_ledger_witnessed_timestamp_seconds": "When enough witnesses last stood behind the ledger; 0 if never.",
    "portal_worker_at_work": "1 if a worker works for this installation.",
    "portal_backup_timestamp_seconds": "When the newest backup was made; 0 if none is known of.",
    "portal_backup_bytes": "Size of the newest backup.",
}
_log = structlog.get_logger(__name__)


class Remembered:
    """What ``ask`` said, for ``for_s`` seconds: whoever asks for metrics often costs the database nothing."""

    def __init__(self, ask: Callable[[], Numbers], for_s: float) -> None:
        self._ask, self._for_s = ask, for_s
        self._lock = threading.Lock()
        self._until_s = 0.0
        self._numbers: Numbers = {}

    def __call__(self) -> Numbers:
        """Return the numbers; from any thread."""
        with self._lock:
            if time.monotonic() >= self._until_s:
                self._numbers = self._ask()
                self._until_s = time.monotonic() + self._for_s
            return self._numbers


class Gauges(Collector):
    """How things stand with the installation and the process of ``portal``."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._rows = Remembered(self._of_database, ROWS_EVERY_S)
        self._findings = Remembered(self._of_examination, FINDINGS_EVERY_S)

    def collect(self) -> Iterator[Metric]:
        """Yield all gauges."""
        about = "Which program this process runs, at which port."
        info = GaugeMetricFamily("portal_process_info", about, labels=("process", "version"))
        info.add_metric((str(self._portal.settings.port), __version__), 1)
        yield info
        about = "1 while this part of the process works, as /readyz says."
        ready = GaugeMetricFamily("portal_ready", about, labels=("part",))
        for part, holds in self._portal.checks.items():
            ready.add_metric((part,), holds())
        yield ready
        for name, number in (self._of_process() | self._of_disk() | self._rows()).items():
            yield GaugeMetricFamily(name, _ABOUT[name], value=number)
        about = "What portal admin doctor says of each thing: 0 is well, 1 is to be seen to, 2 is wrong."
        found = GaugeMetricFamily("portal_finding", about, labels=("check",))
        for check, state in self._findings().items():
            found.add_metric((check,), state)
        yield found

    def describe(self) -> Iterator[Metric]:
        """Yield the names, without asking anything."""
        yield from (GaugeMetricFamily(name, about) for name, about in _ABOUT.items())

    def _of_process(self) -> Numbers:
        portal = self._portal
        sockets, signed_in = portal.realtime.sockets
        return {
            "portal_sockets": sockets,
            "portal_sockets_signed_in": signed_in,
            "portal_writer_waiting": portal.get(Rooms).writer.waiting,
            "portal_threads_waiting": 0 if portal.hub is None else portal.hub.waiting,
        }

    def _of_disk(self) -> Numbers:
        folder = self._portal.settings.data_dir
        free_bytes, disk_bytes = disk_space(folder)
        last = last_backup(folder)
        return {
            "portal_disk_free_bytes": free_bytes,
            "portal_disk_bytes": disk_bytes,
            "portal_files_quota_bytes": self._portal.settings.storage_quota_bytes,
            "portal_backup_timestamp_seconds": 0 if last is None else last.at_ms / 1000,
            "portal_backup_bytes": 0 if last is None else last.size_bytes,
        }

    def _of_database(self) -> Numbers:
        database, settings = self._portal.database, self._portal.settings
        try:
            return database.read(rows) | {
                "portal_database_up": 1,
                "portal_worker_at_work": services.works(database, settings),
            }
        except SQLAlchemyError as error:
            _log.warning("metrics.database", kind=type(error).__name__)
            return {"portal_database_up": 0}

    def _of_examination(self) -> Numbers:
        found: Numbers = {}
        try:
            for finding in inside(self._portal.settings, self._portal.database):
                state = STATES.index(finding.state)
                found[finding.check] = max(state, found.get(finding.check, 0))
        except SQLAlchemyError as error:
            _log.warning("metrics.database", kind=type(error).__name__)
        return found


def registry(portal: Portal) -> CollectorRegistry:
    """Return a registry of what stands now with ``portal`` and its process (``process_…``)."""
    made = CollectorRegistry()
    made.register(Gauges(portal))
    ProcessCollector(registry=made)
    return made


def rows(unit: Unit) -> Numbers:
    """Return what the database's rows say."""
    connection = unit.connection
    due = sa.and_(Job.state == "waiting", Job.due_ms <= unit.now_ms)
    oldest_ms = connection.scalar(sa.select(sa.func.min(Job.due_ms)).where(due))
    failed = connection.scalar(sa.select(sa.func.count()).where(Job.state == "failed"))
    return {
        "portal_database_bytes": -(-storage.database_bytes(unit) // ROUNDED_BYTES) * ROUNDED_BYTES,
        "portal_files_bytes": storage.used_by_files(unit),
        "portal_jobs_failed": failed or 0,
        "portal_jobs_late_seconds": 0 if oldest_ms is None else (unit.now_ms - oldest_ms) / 1000,
        "portal_ledger_entries": tree.size(unit),
        "portal_ledger_waiting": services.waiting_entries(unit),
        "portal_ledger_witnessed_timestamp_seconds": services.witnessed_s(unit) or 0,
    }
