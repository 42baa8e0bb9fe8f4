"""A PostgreSQL of the tests' own: a fresh cluster on a Unix socket, and databases out of a template."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psycopg

START_TIMEOUT_S: Final = 30.0
OWNER: Final = "portal"
# As in production, a commit is on disk before it is acknowledged: fsync and synchronous_commit stay on.
SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


class Cluster:
    """A running cluster; ``url`` names its databases for SQLAlchemy."""

    def __init__(self, sockets: Path) -> None:
        self._sockets = sockets
        self._made = 0

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of ``database``."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self._sockets}"

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database that is a copy of ``template``, give its URL, and drop it in the end."""
        self._made += 1
        name = f"portal_{self._made}"
        self.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def clear(self, url: str, tables: Iterable[str]) -> None:
        """Take every row out of ``tables`` and close what is still connected; ten times as fast as a new database."""
        name = urlsplit(url).path.removeprefix("/")
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        deletions = "; ".join(f'DELETE FROM "{table}"' for table in tables)
        restart = "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences"
        # "replica" leaves foreign keys unchecked, so that the order of the tables does not matter.
        with psycopg.connect(host=str(self._sockets), user=OWNER, dbname=name) as connection:
            connection.execute(f"SET session_replication_role = replica; {deletions}; {restart}".encode())

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction, as the cluster's owner."""
        with psycopg.connect(host=str(self._sockets), user=OWNER, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_cluster(postgres: Path) -> Iterator[Cluster]:
    """Make a cluster with the programs beside ``postgres``, run it, and leave nothing of it behind."""
    # The path of a Unix socket has at most 107 bytes, which TMPDIR could exceed.
    home = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))
    user = _unprivileged_user()
    try:
        if user is not None:
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
            postgres = _reachable(postgres, home)
        data = str(home / "data")
        initdb = [
            str(postgres.with_name("initdb")),
            "-D",
            data,
            "-U",
            OWNER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
        ]
        done = subprocess.run([*initdb, "--no-sync"], user=user, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"initdb: {done.stdout}{done.stderr}"
        settings = SETTINGS | {"unix_socket_directories": str(home)}
        command = [str(postgres), "-D", data, *(f"--{name}={value}" for name, value in settings.items())]
        with (home / "log").open("w") as log, subprocess.Popen(command, user=user, cwd="/", stderr=log) as server:
            try:
                _wait_for(home, server)
                yield Cluster(home)
            finally:
                server.send_signal(signal.SIGQUIT)  # "immediate shutdown"
    finally:
        shutil.rmtree(home)


def _wait_for(sockets: Path, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert server.poll() is None, f"postgres ended at once: {(sockets / 'log').read_text()}"
        try:
            psycopg.connect(host=str(sockets), user=OWNER, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    msg = f"postgres did not answer within {START_TIMEOUT_S} s"
    raise TimeoutError(msg)


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: then as its own user where there is one, else as nobody."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _reachable(postgres: Path, home: Path) -> Path:
    """``postgres`` itself, or a copy of its installation where another user may not enter its folder."""
    if all(folder.stat().st_mode & 0o001 for folder in postgres.parents):
        return postgres
    shutil.copytree(postgres.parent.parent, home / "programs", symlinks=True)
    return home / "programs/bin" / postgres.name
