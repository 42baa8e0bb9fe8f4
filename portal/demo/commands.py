"""The command ``portal demo``: a server, an interpreter and a room with a past, on this machine, for looking around.

Exit status: 0 stopped by whoever started it, 1 it could not be set up or a program ended (the reason is on stderr).
"""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from portal.demo.programs import DemoError
from portal.demo.stage import DEFAULT_PORT, Place, Running, performed
from portal.member.work import MemberError

_EXIT_FAULT: Final = 1
_LOOK_S: Final = 0.5


def main(arguments: Sequence[str]) -> int:
    """Run ``portal demo`` until it is stopped; returns the exit status."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with performed(options.data.resolve(), options.port, fresh=options.fresh, say=_say) as running:
            _greet(running)
            while True:
                time.sleep(_LOOK_S)
                for program in running.programs:
                    program.require()
    except KeyboardInterrupt:
        return 0
    except (DemoError, MemberError) as error:
        print(f"portal demo: {error}", file=sys.stderr)
        return _EXIT_FAULT


def _parser() -> argparse.ArgumentParser:
    words = "Show the portal with invented delegations, an interpreter and a room, on this machine alone."
    parser = argparse.ArgumentParser(prog="portal demo", description=words)
    parser.add_argument("--data", type=Path, default=Path("data/demo"), metavar="DIR", help="default: data/demo")
    parser.add_argument("--port", type=int, metavar="N", help=f"port to listen on (default: {DEFAULT_PORT})")
    parser.add_argument("--fresh", action="store_true", help="make it anew, whatever was done in it")
    return parser


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _say(words: str) -> None:
    print(words, flush=True)


def _greet(running: Running) -> None:
    _say(f"\nThe demonstration is open at {running.origin}. A link for each person; open every one in a browser")
    _say("profile or private window of its own, for a browser is one person:\n")
    for place in running.places:
        if not place.moderates:
            _show(place)
    for place in running.places:
        if place.moderates:
            _say("Moderator: hears the citizens, whose words of this week wait for a decision:\n")
            _show(place)
    if running.heard is not None:
        _say("Citizens need no account. What they said, what the town hall did with it, and what can be checked:\n")
        for path in ("town-hall", f"week/{running.heard}", "ledger"):
            _say(f"  {running.origin}/{path}")
        _say("")
    _say("Translations come from demonstration packages that know some hundreds of phrases; they are no translators.")
    _say(
        "Press Ctrl+C to stop it. What is said in it is kept until it is made anew with --fresh (./dev: --demo-fresh)."
    )


def _show(place: Place) -> None:
    about = ", ".join(word for word in (place.name, place.delegation, place.reads) if word)
    _say(f"  {about}\n    {place.link}\n")
