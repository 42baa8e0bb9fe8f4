"""``portal admin export``: what the portal knows about one account, for the person who asks for it."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from portal.server.admin.asked import AdministrationError, add_installation, answered, opened, settings_of
from portal.server.admin.disable import account_of
from portal.server.core.secret_files import write_whole
from portal.server.upkeep.known import everything_about


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin export``; gives the exit status."""
    words = (
        "Write down, as JSON, every row that names an account or one of its devices. It goes to that person alone: hand"
        " it over as you would a letter."
    )
    parser = argparse.ArgumentParser(prog="portal admin export", description=words)
    parser.add_argument("handle", help="the name with which the person signs in")
    parser.add_argument("--to", type=Path, metavar="FILE", help="a new file, readable by you alone (default: print)")
    add_installation(parser)
    options = parser.parse_args(arguments)
    return answered(lambda: _export(options))


def _export(options: argparse.Namespace) -> int:
    if options.to is not None and options.to.exists():
        msg = f"{options.to} exists already"
        raise AdministrationError(msg)
    with opened(settings_of(options)) as database:
        known = database.read(lambda unit: everything_about(unit, account_of(unit, options.handle)))
    text = json.dumps(known, ensure_ascii=False, indent=2) + "\n"
    if options.to is None:
        print(text, end="")
        return 0
    try:
        write_whole(options.to.resolve(), text.encode(), once=True)
    except OSError as error:
        msg = f"can not write {options.to}: {error.strerror}"
        raise AdministrationError(msg) from error
    rows = sum(len(part["rows"]) for part in known["parts"].values())
    print(f"{rows} rows about {known['about']} are in {options.to}.")
    return 0
