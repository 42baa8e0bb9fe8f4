"""A PostgreSQL of one's own: a fresh cluster on a Unix socket, to be measured, stopped and started at will."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import psycopg

START_S: Final = 30.0
OWNER: Final = "portal"
# As in production, a commit is on disk before it is acknowledged: fsync and synchronous_commit stay on.
SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}
_ELSEWHERE: Final = "portal_elsewhere"
SMART: Final = signal.SIGTERM
FAST: Final = signal.SIGINT
IMMEDIATE: Final = signal.SIGQUIT


class PostgresqlError(RuntimeError):
    """PostgreSQL could not be made or started; the message says what it said."""


def postgres_program() -> Path | None:
    """Return the server ``postgres`` that has ``initdb`` beside it, the newest first, as Debian keeps several."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    debian = sorted(versions, key=lambda path: float(path.parts[-3]), reverse=True)
    on_path = shutil.which("postgres")
    found = (*debian, *([] if on_path is None else [Path(on_path)]))
    return next((path for path in found if path.with_name("initdb").exists() and os.access(path, os.X_OK)), None)


class Cluster:
    """A cluster in ``home``, which also holds its Unix socket; ``url`` names its databases for SQLAlchemy."""

    def __init__(self, home: Path, program: Path, user: str | None) -> None:
        self.home = home
        self._program = program
        self._user = user
        self._made = 0
        self._server: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of ``database``."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.home}"

    def start(self) -> None:
        """Start the server and wait until it answers. Raises PostgresqlError."""
        settings = SETTINGS | {"unix_socket_directories": str(self.home)}
        arguments = [f"--{name}={value}" for name, value in settings.items()]
        command = [str(self._program), "-D", str(self.home / "data"), *arguments]
        with (self.home / "log").open("w") as log:
            self._server = subprocess.Popen(command, user=self._user, cwd="/", stderr=log)  # noqa: S603
        deadline_s = time.monotonic() + START_S
        while time.monotonic() < deadline_s:
            if self._server.poll() is not None:
                msg = f"postgres ended at once: {(self.home / 'log').read_text()}"
                raise PostgresqlError(msg)
            try:
                psycopg.connect(host=str(self.home), user=OWNER, dbname="postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        msg = f"postgres did not answer within {START_S} s"
        raise PostgresqlError(msg)

    def stop(self, how: signal.Signals = IMMEDIATE) -> None:
        """Stop the server: FAST rolls back what is under way, IMMEDIATE leaves that to the next start."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait()
            self._server = None

    @contextmanager
    def tablespace(self, folder: Path) -> Iterator[str]:
        """Make a tablespace in ``folder``, which is empty, and drop it in the end; the name is given."""
        if self._user is not None:
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)
        self.execute(f"CREATE TABLESPACE {_ELSEWHERE} LOCATION '{folder}'")
        try:
            yield _ELSEWHERE
        finally:
            self.execute(f"DROP TABLESPACE {_ELSEWHERE}")

    @contextmanager
    def database(self, template: str = "template1", tablespace: str = "pg_default") -> Iterator[str]:
        """Make a database that is a copy of ``template``, give its URL, and drop it in the end."""
        self._made += 1
        name = f"portal_{self._made}"
        self.execute(f'CREATE DATABASE {name} TEMPLATE "{template}" TABLESPACE {tablespace}')
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction, as the cluster's owner."""
        with psycopg.connect(host=str(self.home), user=OWNER, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


Kind = TypeVar("Kind", bound=Cluster)


@contextmanager
def running_cluster(postgres: Path, kind: type[Kind] = Cluster) -> Iterator[Kind]:  # type: ignore[assignment]
    """Make a cluster with the programs beside ``postgres``, run it, and leave nothing of it behind.

    ``kind`` is what is to be given. Raises PostgresqlError.
    """
    # The path of a Unix socket has at most 107 bytes, which TMPDIR could exceed.
    home = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))
    user = _unprivileged_user()
    try:
        if user is not None:
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
            postgres = _reachable(postgres, home)
        _initialise(postgres, home, user)
        cluster = kind(home, postgres, user)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(home)


def _initialise(postgres: Path, home: Path, user: str | None) -> None:
    options = ["-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    command = [str(postgres.with_name("initdb")), "-D", str(home / "data"), *options]
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        msg = f"initdb: {done.stdout}{done.stderr}"
        raise PostgresqlError(msg)


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: then as its own user where there is one, else as nobody."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _reachable(postgres: Path, home: Path) -> Path:
    """Return ``postgres``, or a copy of its installation where another user may not enter its folder."""
    if all(folder.stat().st_mode & 0o001 for folder in postgres.parents):
        return postgres
    shutil.copytree(postgres.parent.parent, home / "programs", symlinks=True)
    return home / "programs/bin" / postgres.name
