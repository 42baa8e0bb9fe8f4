"""A PostgreSQL of the tests' own: the benchmarks' cluster, and a way to empty one of its databases."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from portal.bench import postgresql
from portal.bench.postgresql import OWNER


class Cluster(postgresql.Cluster):
    """A running cluster; ``url`` names its databases for SQLAlchemy."""

    def clear(self, url: str, tables: Iterable[str]) -> None:
        """Take every row out of ``tables`` and close what is still connected; ten times as fast as a new database."""
        name = urlsplit(url).path.removeprefix("/")
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        deletions = "; ".join(f'DELETE FROM "{table}"' for table in tables)
        restart = "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences"
        # "replica" leaves foreign keys unchecked, so that the order of the tables does not matter.
        with psycopg.connect(host=str(self.home), user=OWNER, dbname=name) as connection:
            connection.execute(f"SET session_replication_role = replica; {deletions}; {restart}".encode())


@contextmanager
def running_cluster(postgres: Path) -> Iterator[Cluster]:
    """Make a cluster with the programs beside ``postgres``, run it, and leave nothing of it behind."""
    with postgresql.running_cluster(postgres, kind=Cluster) as cluster:
        yield cluster
