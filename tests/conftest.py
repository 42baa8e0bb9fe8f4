"""What all tests share: databases of both kinds, Redis, a browser, and a closed door to the network.

What the machine lacks is not passed over in silence: the tests that need it are counted and listed at the end.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from werkzeug.routing import Rule

from deploy.build import ROOT, install_packages
from portal.config import ENVIRONMENT_PREFIX, OTHER_VARIABLES, Settings
from portal.server.core.db import Base, Database
from portal.server.core.migrations import upgrade
from tests.browser.stage import LAUNCH_ARGUMENTS
from tests.machine import programs, sharing
from tests.machine.network import confine, stay_inside
from tests.machine.postgresql import Cluster, running_cluster
from tests.machine.redis import Redis, running_redis

LACKING = "the machine lacks "
BROWSER_PATIENCE_MS = 60_000
TEMPLATE = "portal_template"

LEFT_OUT_BY_CHOICE = "left_out_by_choice"

left_out_by_choice = pytest.StashKey[int]()
unconfined = pytest.StashKey[str]()
"""Why programs that tests start could reach other machines; empty if they could not."""


def pytest_configure(config: pytest.Config) -> None:
    """Close the doors before anything of the tests is imported."""
    _compile_each_route_once()
    config.stash[left_out_by_choice] = 0
    config.stash[unconfined] = confine()
    stay_inside()
    # No test may fail for the slowness of a machine; benchmarks measure.
    hypothesis.settings.register_profile("portal", deadline=None)
    hypothesis.settings.load_profile("portal")
    # Settings of the person who runs the tests must not reach them.
    for name in [name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX)]:
        if name not in OTHER_VARIABLES or name == "PORTAL_CONFIG":
            del os.environ[name]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = sharing.mixed(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    return sharing.scheduler(config, log)


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end; to search it for garbage again and again was an eighth of the work."""
    gc.collect()
    gc.freeze()


def pytest_deselected(items: list[pytest.Item]) -> None:
    if items:
        items[0].config.stash[left_out_by_choice] += len(items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In one of several processes: give the count to the one that prints the summary."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[LEFT_OUT_BY_CHOICE] = session.config.stash[left_out_by_choice]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every process collects, and leaves out, the same tests; one that crashed says nothing."""
    output: dict[str, int] = getattr(node, "workeroutput", None) or {}
    node.config.stash[left_out_by_choice] = max(
        node.config.stash[left_out_by_choice], output.get(LEFT_OUT_BY_CHOICE, 0)
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly what this run had to leave out, and what it ran on."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons: dict[str, int] = {}
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] = reasons.get(reason.removeprefix("Skipped: "), 0) + 1
    found = (programs.chromium(), programs.postgres(), programs.redis(), programs.nginx())
    terminalreporter.section("what these tests ran on")
    for program in found:
        origin = " (fetched for the tests)" if program.fetched else ""
        terminalreporter.line(f"{program.name}: {program.executable or 'NOT FOUND'}{origin}")
    outside = config.stash[unconfined]
    network = "this machine's" if outside else "loopback alone, for all processes"
    terminalreporter.line(f"network: {network}")
    chosen = config.stash[left_out_by_choice]
    if reasons or chosen or outside:
        terminalreporter.section("LEFT OUT", "!", bold=True, red=True)
        for reason, count in sorted(reasons.items()):
            terminalreporter.line(f"{count} test{'s' if count > 1 else ''}: {reason}", red=True)
        if outside:
            words = f"Servers and browsers of the tests were NOT kept from other machines: {outside}"
            terminalreporter.line(words, red=True)
        if chosen:
            terminalreporter.line(f"{chosen} test{'s' if chosen > 1 else ''}: not chosen on the command line", red=True)


def needed(program: programs.Program) -> Path:
    """Where a program of this machine is; without it the test is left out, and that is told."""
    if program.executable is None:
        pytest.skip(f"{LACKING}{program.name}, and no package registry gave one")
    return program.executable


@pytest.fixture(scope="session")
def client_packages() -> Path:
    """static/node_modules as the lock file says."""
    install_packages(ROOT)
    return ROOT / "static/node_modules"


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A Chromium or Chrome to be started by Playwright."""
    return needed(programs.chromium())


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The one Playwright of a process: a second one beside it would find the first one's loop running."""
    expect.set_options(timeout=BROWSER_PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: Path) -> Iterator[Browser]:
    """One Chromium for all; each person gets a profile of their own in it."""
    launched = playwright.chromium.launch(executable_path=chromium, args=LAUNCH_ARGUMENTS)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A running PostgreSQL cluster, with a template database of the newest schema."""
    with running_cluster(needed(programs.postgres())) as cluster:
        cluster.execute(f"CREATE DATABASE {TEMPLATE}")
        _migrate(cluster.url(TEMPLATE))
        yield cluster


@pytest.fixture(scope="session")
def postgresql_url(postgresql: Cluster) -> Iterator[str]:
    """The URL of the database that tests use one after the other; ``database_url`` gives it without rows."""
    with postgresql.database(TEMPLATE) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file of the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "portal.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each test that asks for a database runs once on each kind."""
    return str(request.param)


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database of the newest schema without rows, for one test alone."""
    if database_kind == "sqlite":
        path = tmp_path / "database/portal.sqlite3"
        path.parent.mkdir()
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    url: str = request.getfixturevalue("postgresql_url")
    yield url
    cluster.clear(url, Base.metadata.tables)


@pytest.fixture
def empty_database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without any table, for tests of the schema's versions."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    with cluster.database() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A Database on ``database_url``."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation of this test's own, on ``database_url``."""
    return Settings(data_dir=tmp_path / "data", database_url=database_url)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A running Redis."""
    with running_redis(needed(programs.redis())) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of an empty Redis."""
    redis_server.say("FLUSHALL")
    return redis_server.url


def _compile_each_route_once() -> None:
    """Most tests make an application of their own, and half of that time goes into the same functions for its routes.

    What werkzeug compiles depends on nothing but the rule's parts, its defaults and ``append_unknown``.
    """
    compiled: dict[tuple[object, ...], Any] = {}
    compile_builder = Rule._compile_builder  # noqa: SLF001 - there is no other way in

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:  # noqa: FBT001, FBT002 - werkzeug's own signature
        key = (rule.rule, tuple(rule._trace), tuple(sorted((rule.defaults or {}).items())), append_unknown)  # noqa: SLF001
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = remembered  # type: ignore[assignment, method-assign]  # noqa: SLF001


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()
