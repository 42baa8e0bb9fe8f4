"""``portal town-hall``: where the weekly clock stands, its steps taken by hand, a whole week rehearsed on a copy."""

import argparse
import fcntl
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from portal.config import Settings, SettingsError, load_settings
from portal.server.app import create_app
from portal.server.core import logs, migrations
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import AnotherServerError, Unit
from portal.server.feedback import weeks
from portal.server.feedback.weeks import STATES, IntakeWeek, WeekState
from portal.server.ledger.feature import Ledger
from portal.server.official import meanings
from portal.server.rehearsal import rehearse
from portal.server.townhall import account, agenda, clock

LEDGER_PATIENCE_S: Final = 30.0
BAR_CHARS: Final = 30
EXIT_FAULT: Final = 1
EXIT_USAGE: Final = 2
_BY_CLOCK: Final = tuple(state for state in STATES if state in {step.becomes for step in clock.STEPS.values()})


class TownHallError(Exception):
    """A command can not be done; the message says why and what to do."""


def main(arguments: Sequence[str]) -> int:
    """Run ``portal town-hall``; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings(file=options.config, flags={"data_dir": options.data})
        logs.configure("warning")
        with _opened(settings) as portal:
            return int(options.command(portal, options))
    except SettingsError as error:
        print(f"portal: {error}", file=sys.stderr)
        return EXIT_USAGE
    except (TownHallError, migrations.NewerDatabaseError) as error:
        print(f"portal: {error}", file=sys.stderr)
        return EXIT_FAULT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal town-hall", description="The weekly clock of the town hall.")
    tasks = parser.add_subparsers(required=True, metavar="task")

    status = tasks.add_parser("status", help="where each week stands, and whether its account is whole")
    status.set_defaults(command=_status)

    words = "Take the steps of the weekly clock up to a state, at once. What was taken can not be taken back."
    advance = tasks.add_parser("advance", help="take steps of the clock by hand", description=words)
    advance.add_argument("--to", required=True, choices=_BY_CLOCK, help="until this state")
    advance.add_argument("--week", metavar="ID", help="which week (default: the oldest that has not come there)")
    advance.set_defaults(command=_advance)

    words = "Play a whole week on a copy of this installation, with invented submissions. Nothing here is changed."
    rehearsal = tasks.add_parser("rehearse", help="a whole week on a copy, in minutes", description=words)
    rehearsal.add_argument("--submissions", type=int, default=300, metavar="N", help="how many (default: 300)")
    rehearsal.set_defaults(command=_rehearse)

    for task in (status, advance, rehearsal):
        task.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
        task.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: ./data)")
    return parser


@contextmanager
def _opened(settings: Settings) -> Iterator[Portal]:
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = create_app(settings)
    portal: Portal = app.extensions[EXTENSION]
    try:
        migrations.upgrade(portal.database)
        portal.database.write(lambda unit: weeks.ensure(unit, settings.time_zone, settings.hall_minutes))
        with app.app_context():
            yield portal
    finally:
        portal.database.close()


def _status(portal: Portal, _options: argparse.Namespace) -> int:
    """Print each week that has begun; 1 if an account is not whole."""
    lines, is_whole = portal.database.read(_report)
    print("\n".join([*lines, meanings.state()]))
    return 0 if is_whole else EXIT_FAULT


def _report(unit: Unit) -> tuple[list[str], bool]:
    lines, is_whole = [], True
    for week in weeks.unfinished(unit):
        found, lost = account.of(unit, week), account.missing(unit, week)
        is_whole = is_whole and found.is_whole and not lost
        ends = " + ".join(f"{number} {state.replace('_', ' ')}" for state, number in found.ends.items())
        lines += [f"{week.id}  {week.state}; {_next(week)}", f"  received {found.received} = {ends}"]
        lines[-1] += f" + {found.in_work} in work; {found.unanswered} without an answer"
        if found.gap or lost:
            lines.append(f"  NOT WHOLE: {found.gap} unaccounted for, {len(lost)} of the published list are gone")
    strays = account.strays(unit)
    if strays:
        lines.append(f"NOT WHOLE: {strays} submissions stand in the ledger and nowhere else")
    return lines, is_whole and not strays


def _next(week: IntakeWeek) -> str:
    step = clock.STEPS.get(week.state)
    if step is None:
        return "waits for people"
    at = datetime.fromtimestamp(getattr(week, step.due_s), ZoneInfo(week.tz))
    return f"{step.becomes} from {at:%Y-%m-%d %H:%M} {week.tz}"


def _advance(portal: Portal, options: argparse.Namespace) -> int:
    identifier, state = portal.database.read(lambda unit: _chosen(unit, options.week, options.to))
    with _sequencing(portal) as sequence:
        while STATES.index(state) < STATES.index(options.to):
            state = _one_step(portal, identifier, state, sequence)
            print(f"{identifier} is {state}", flush=True)
        sequence()
    return 0


def _chosen(unit: Unit, identifier: str | None, to: WeekState) -> tuple[str, WeekState]:
    """Return the week that is meant, and its state."""
    if identifier is None:
        week = next((it for it in weeks.unfinished(unit) if not it.has_reached(to)), None)
    else:
        week = weeks.get(unit, identifier)
    if week is None:
        msg = f"there is no week {identifier or 'to be advanced'}; portal town-hall status names those that there are"
        raise TownHallError(msg)
    return week.id, week.state


def _one_step(portal: Portal, identifier: str, state: WeekState, sequence: Callable[[], object]) -> WeekState:
    """Take one step, and wait for the ledger where it has to place something first."""
    deadline_s = time.monotonic() + LEDGER_PATIENCE_S
    while True:
        sequence()
        taken = clock.advance(portal, identifier, early=True)
        if taken is not None:
            return taken
        if state != "frozen" or time.monotonic() > deadline_s:
            raise TownHallError(portal.database.read(lambda unit: _obstacle(unit, identifier)))
        time.sleep(0.2)


def _obstacle(unit: Unit, identifier: str) -> str:
    """Why the next step of a week can not be taken."""
    week = weeks.get(unit, identifier)
    row = agenda.get(unit, identifier)
    if week is None or week.state == "frozen":
        return "the ledger does not take in the ballot file's hash: does the server run, and is it well (/readyz)?"
    if week.state == "drafted" and row is not None:
        found = agenda.blocked(unit, week, row)
        texts = ", ".join(sorted({language for _, language in found.texts_missing})) or "none"
        return (
            f"{identifier} can not be published: {found.approvals_missing} approvals are missing, texts are missing or "
            f"unchecked in: {texts}; {found.minutes_over} minutes are too many. See /moderate/agenda/{identifier}"
        )
    if week.state == "minuted":
        found_account = account.of(unit, week)
        return f"{identifier} can not be closed: {found_account.in_work} in work, {found_account.unanswered} unanswered"
    return f"{identifier} is {week.state}: its next step is taken by people, not by the clock"


def _rehearse(portal: Portal, options: argparse.Namespace) -> int:
    if options.submissions < 1:
        msg = f"--submissions is {options.submissions}; it must be at least 1"
        raise TownHallError(msg)
    report = rehearse(portal.settings, options.submissions, Progress().show)
    print(f"Week {report.week}, on a copy that is gone now. Seconds by step:")
    for name, seconds in report.seconds.items():
        print(f"  {seconds:8.2f}  {name}")
    print("Agenda:")
    for place, (title, minutes) in enumerate(report.items, 1):
        print(f"  {place:2}. {title} ({minutes} min)")
    if report.account is None or not report.account.is_whole:
        msg = "the account of the rehearsed week does not come out: see above, and do not go on before it does"
        raise TownHallError(msg)
    ends = " + ".join(f"{number} {state.replace('_', ' ')}" for state, number in report.account.ends.items())
    print(f"Account: received {report.account.received} = {ends}; answered {report.account.answered}")
    return 0


class Progress:
    """A bar with the amount and the time left, written over on a terminal; a line for each part elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._name = ""
        self._begun_s = 0.0

    def show(self, name: str, done: int, total: int) -> None:
        """Show how far ``name`` is."""
        now_s = time.monotonic()
        if name != self._name:
            self._name, self._begun_s = name, now_s
        left_s = (now_s - self._begun_s) * (total - done) / max(done, 1)
        filled = BAR_CHARS * done // total
        line = f"{name:<16} [{'#' * filled}{'.' * (BAR_CHARS - filled)}] {done}/{total}, {left_s:.0f} s left"
        if self._terminal:
            print(f"\r\033[K{line}", end="\n" if done == total else "", flush=True)
        elif done == total:
            print(line, flush=True)


@contextmanager
def _sequencing(portal: Portal) -> Iterator[Callable[[], object]]:
    """What has the ledger take in what waits: the running server does by itself; where none runs, this process."""
    with ExitStack() as held:
        file = held.enter_context((portal.settings.data_dir / "lock").open("w"))
        sequence: Callable[[], object] = portal.get(Ledger).sequence
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held.enter_context(portal.database.served_here_alone())
        except (BlockingIOError, AnotherServerError):
            sequence = lambda: None  # noqa: E731 - the other of two
        yield sequence
