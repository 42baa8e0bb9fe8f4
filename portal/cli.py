"""The command ``portal``. Each subcommand loads what it needs when it runs, so that ``--version`` loads nothing."""

import argparse
import errno
import fcntl
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from portal import __version__
from portal.config import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from portal.server.core.db import Database
    from portal.server.core.worker_process import WorkerProcess

EXIT_FAULT = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
_SERVER_FLAGS = ("host", "port", "public_url", "log_level", "metrics_port")


# Commands whose modules read all that follows their name.
_ELSEWHERE: Final = {
    "migrate-store": ("portal.server.admin.moving", "move the database to another one, such as SQLite to PostgreSQL"),
    "town-hall": ("portal.server.console", "the weekly clock: status, steps taken by hand, a rehearsal"),
    "agenda": ("portal.verify.agenda", "compute an agenda from a published ballot file"),
    "languages": ("portal.translation.commands", "language packages of the machine translation"),
    "room": ("portal.member.commands", "read and write in rooms from this machine"),
    "interpreter": ("portal.interpreter.commands", "translate in rooms, on this machine"),
    "demo": ("portal.demo.commands", "look around: invented delegations, a room, translation"),
    "witness": ("portal.witness.commands", "follow a portal's ledger and cosign it"),
}
_BENCHES: Final = {
    "relay": "deliveries a second, and how long each takes",
    "translate": "sentences a CPU-second, and how long each takes",
    "guards": "false alarms about translations, and what is caught",
    "page": "what a visit loads, and how long it takes",
    "catchup": "items a second that a browser verifies and opens",
    "ledger": "entries and proofs of the ledger a second",
    "intake": "submissions a second, from the form to the receipt",
    "agenda": "the weekly job at several sizes: time and memory",
    "hall": "how fast a thousand followers of a hall hear of it",
    "draft": "ten people write one text, here and without encryption",
    "clauses": "whether a text of 400 clauses is as quick to write in as a short one",
    "siege": "attacks before sign-in: the server's memory, and how long honest people wait",
    "uniform": "whether answers and their times tell which accounts there are",
    "malformed": "a hundred thousand malformed inputs: crashes, memory, and how long honest people wait",
    "faults": "kills, cut networks, full disks, wrong clocks: what is lost, how soon all are back",
    "several": "two processes on one database: one order, throughput, connections",
    "scale": "what one installation carries, and what breaks first: arithmetic and a simulation",
}
"""What `portal bench` measures, each in a module of its name: its options are its own."""
# What ``portal verify`` checks of a portal, each in a module of its own that reads what follows.
_VERIFIED: Final = {
    "receipt": "a citizen's receipt: a text was taken, and stands in the ledger",
    "log": "the ledger: it is what it signed for, has only grown, and who stands behind it",
    "code": "what browsers are served: it is what the ledger says",
    "room": "a room's exported record: by whom each item is, in this order, nothing left out",
    "draft": "a draft's exported versions and acts",
}

# What ``portal admin`` does, each in a module of portal.server.admin that reads what follows.
_ADMIN: Final[dict[str, tuple[str, str]]] = {
    "backup": ("portal.server.admin.backup", "copy everything, sealed to a key; while the portal runs"),
    "backup-key": ("portal.server.admin.backup_key", "make the key pair of backups"),
    "restore": ("portal.server.admin.restore", "put a backup into an empty place, and verify it"),
    "check": ("portal.server.admin.check", "whether records, ledger, files and keys fit together"),
    "upgrade": ("portal.server.admin.upgrade", "bring the database to the version of this program"),
    "doctor": ("portal.server.admin.doctor", "what is well, what is not, and what to do"),
    "invite": ("portal.server.admin.invite", "a link for somebody with any role"),
    "disable": ("portal.server.admin.disable", "close somebody's account, or open it again"),
    "export": ("portal.server.admin.export", "what the portal knows about one account"),
    "storage": ("portal.server.admin.storage", "who fills what files may take"),
    "openapi": ("portal.server.admin.openapi", "the HTTP interface, described for programs"),
    "retention": ("portal.server.admin.retention", "what is erased after how many days, and what was"),
}


class CommandError(Exception):
    """A command can not be done; the message says why and what to do."""


class _PassedOn:
    """A command whose module, loaded when it runs, reads all that follows the command's name."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __call__(self, options: argparse.Namespace) -> int:
        main: Callable[[Sequence[str]], int] = import_module(self._module).main
        return main(options.further)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status: 0 done, 1 failed, 2 wrongly asked."""
    parser = _parser()
    options, further = parser.parse_known_args(arguments)
    if further and not isinstance(options.command, _PassedOn):
        parser.error(f"unrecognized arguments: {' '.join(further)}")
    options.further = further
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except SettingsError as error:
        print(f"portal: {error}", file=sys.stderr)
        return EXIT_USAGE
    except CommandError as error:
        print(f"portal: {error}", file=sys.stderr)
        return EXIT_FAULT
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal", description="Rooms for negotiating delegations.")
    parser.add_argument("--version", action="version", version=f"portal {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    run = commands.add_parser("run", help="start the server", description="Start the server.")
    _add_settings(run)
    _add_server_settings(run)
    run.set_defaults(command=_run)

    words = "Do what need not be done while somebody waits, and keep the weekly clock. The server starts one by itself."
    worker = commands.add_parser("worker", help="work off what is queued; keep the weekly clock", description=words)
    _add_settings(worker)
    _add_server_settings(worker)
    worker.add_argument("--with-parent", action="store_true", help="end when standard input does")
    worker.set_defaults(command=_worker)

    for name, (module, words) in _ELSEWHERE.items():
        commands.add_parser(name, add_help=False, help=words).set_defaults(command=_PassedOn(module))

    admin = commands.add_parser("admin", help="administer an installation", description="Administer an installation.")
    tasks = admin.add_subparsers(required=True, metavar="task")
    words = "Print a one-time link that makes whoever opens it an administrator."
    invite = tasks.add_parser("invite-link", help="a link for another administrator", description=words)
    _add_settings(invite)
    invite.add_argument("--days", type=int, default=1, help="how long the link is good (default: 1)")
    invite.set_defaults(command=_invite_link)
    for name, (module, words) in _ADMIN.items():
        tasks.add_parser(name, add_help=False, help=words).set_defaults(command=_PassedOn(module))

    bench = commands.add_parser("bench", help="measure", description="Measure.")
    subjects = bench.add_subparsers(required=True, metavar="subject")
    for name, words in _BENCHES.items():
        measured = subjects.add_parser(name, add_help=False, help=words)
        measured.set_defaults(command=_PassedOn(f"portal.bench.{name}"))
    words = "Check what a portal says without trusting it; and this program against what others published."
    verify = commands.add_parser("verify", help="check receipts, ledger, delivered code, rooms", description=words)
    against = verify.add_subparsers(required=True, metavar="subject")
    mls = against.add_parser("mls", help="the official test vectors of MLS (RFC 9420)")
    mls.add_argument("--vectors", type=Path, required=True, metavar="DIR", help="the folder with the JSON files")
    mls.set_defaults(command=_verify_mls)
    for name, words in _VERIFIED.items():
        one = against.add_parser(name, add_help=False, help=words)
        one.set_defaults(command=_PassedOn(f"portal.verify.{name}"))
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: ./data)")


def _add_server_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="TCP port to listen on (default: 8700)")
    parser.add_argument("--public-url", metavar="URL", help="how browsers reach the portal, if not on this machine")
    parser.add_argument("--metrics-port", type=int, help="TCP port of /metrics on this machine (default: none)")
    parser.add_argument("--log-level", help="debug, info, warning or error")


def _settings(options: argparse.Namespace) -> Settings:
    named = {"data_dir": options.data}
    named |= {name: getattr(options, name, None) for name in _SERVER_FLAGS}
    return load_settings(file=options.config, flags=named)


def _run(options: argparse.Namespace) -> int:
    settings = _settings(options)

    with _loading():
        from portal.server.accounts import service
        from portal.server.app import serve
        from portal.server.core.db import AnotherServerError
        from portal.server.core.worker_process import WorkerProcess
        from portal.server.upkeep.exposition import MetricsPortError

    with _only_here(settings), WorkerProcess(_worker_command(options)) as worker:
        with _database(settings) as database:
            issued = database.write(service.first_administrator_invitation)
        first = None if issued is None else service.invitation_url(settings.public_url, issued)
        try:
            serve(settings, listening=lambda: _listening(settings, first, worker))
        except AnotherServerError:
            raise CommandError(_served_already(settings)) from None
        except MetricsPortError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}:
                raise
            msg = f"can not listen on {settings.host} port {settings.port}: {error.strerror}. Choose another: --port N"
            raise CommandError(msg) from error
    return 0


def _served_already(settings: Settings) -> str:
    if settings.several:
        return "a portal that is not set to be one of several serves this database: set several = true for it, too"
    return "another portal serves this database already: stop that one first, or set several = true for all of them"


def _listening(settings: Settings, first: str | None, worker: "WorkerProcess") -> None:
    _greet(settings, first)
    if settings.worker:
        worker.start()


def _worker_command(options: argparse.Namespace) -> list[str]:
    """The command line of a worker with the settings of this server; the environment it inherits."""
    command = [sys.executable, "-m", "portal", "worker", "--with-parent"]
    given = {"config": options.config, "data": options.data}
    given |= {name.replace("_", "-"): getattr(options, name) for name in _SERVER_FLAGS}
    return command + [f"--{name}={value}" for name, value in given.items() if value is not None]


def _worker(options: argparse.Namespace) -> int:
    settings = _settings(options)
    _make_private(settings.data_dir)

    with _loading():
        from portal.server.app import work
        from portal.server.core.migrations import MissingSchemaError

    try:
        work(settings, with_parent=options.with_parent)
    except MissingSchemaError as error:
        raise CommandError(str(error)) from error
    return 0


def _greet(settings: Settings, first: str | None) -> None:
    print(f"\nThe portal is open at {settings.public_url}", flush=True)
    if first is not None:
        print(f"There is no administrator yet. This link, good once and for a day, makes you one:\n\n    {first}\n")
    print("Press Ctrl+C to stop it.", flush=True)


def _invite_link(options: argparse.Namespace) -> int:
    settings = _settings(options)
    if options.days < 1:
        msg = f"--days is {options.days}; it must be at least 1"
        raise SettingsError(msg)

    from portal.server.accounts import service

    with _database(settings) as database:
        issued = database.write(lambda unit: service.administrator_invitation(unit, options.days))
    print(service.invitation_url(settings.public_url, issued))
    return 0


def _verify_mls(options: argparse.Namespace) -> int:
    from portal.verify import mls

    try:
        return mls.main(options.vectors)
    except mls.VectorsError as error:
        raise CommandError(str(error)) from error


@contextmanager
def _loading() -> Iterator[None]:
    """Search for no garbage meanwhile: modules leave none, and the searches are a quarter of the time to load them."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _database(settings: Settings) -> "Iterator[Database]":
    """The installation's database, brought to this version's schema."""
    import sqlalchemy as sa

    from portal.server.core import deliveries
    from portal.server.core.db import AnotherServerError, Database
    from portal.server.core.migrations import NewerDatabaseError, upgrade

    _make_private(settings.data_dir)
    database = Database(settings.database_url)
    if settings.several:
        database.before_commit = deliveries.record
    try:
        upgrade(database)
        yield database
    except NewerDatabaseError as error:
        raise CommandError(str(error)) from error
    except AnotherServerError as error:
        msg = "a portal of an earlier version serves this database: stop all of its processes, then start anew"
        raise CommandError(msg) from error
    except sa.exc.OperationalError as error:
        msg = f"the database does not answer: {error.orig}. Is database_url right, and is the server running?"
        raise CommandError(msg) from error
    finally:
        database.close()


@contextmanager
def _only_here(settings: Settings) -> Iterator[None]:
    """Holds the data folder: two servers on one SQLite file would number the same record. Several share it."""
    _make_private(settings.data_dir)
    with (settings.data_dir / "lock").open("w") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if settings.several else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"another portal runs on {settings.data_dir}. Stop it, or choose another folder: --data DIR"
            if settings.several:
                msg = f"a portal runs on {settings.data_dir} by itself: set several = true for it, too"
            raise CommandError(msg) from error
        yield


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        msg = f"can not make the data folder {folder}: {error.strerror}"
        raise CommandError(msg) from error
