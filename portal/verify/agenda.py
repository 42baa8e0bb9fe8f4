"""``portal agenda compute``: the agenda that a published ballot file gives, by anyone, without a portal."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from portal.wire.agenda import Agenda, BallotFile, BallotFileError, compute, json_text, parse

EXIT_FAULT: Final = 1
_STDIN: Final = Path("-")


def main(arguments: Sequence[str]) -> int:
    """Run ``portal agenda``; gives the exit status: 0 computed, 1 the file is no ballot file, 2 wrongly asked."""
    parser = argparse.ArgumentParser(prog="portal agenda", description="Agendas of town halls, computed by anyone.")
    tasks = parser.add_subparsers(required=True, metavar="task")
    words = "Compute the agenda of a ballot file (docs/agenda.md), exactly as the portal and its pages do."
    task = tasks.add_parser("compute", help="from a published ballot file", description=words)
    task.add_argument("file", type=Path, metavar="FILE", help="the ballot file; - for standard input")
    task.add_argument("--json", action="store_true", help="print the result as one line of JSON")
    options = parser.parse_args(arguments)
    try:
        raw = sys.stdin.buffer.read() if options.file == _STDIN else options.file.read_bytes()
        file = parse(raw)
    except OSError as error:
        return _refused(f"can not read {options.file}: {error.strerror}")
    except BallotFileError as error:
        return _refused(f"{options.file} is no ballot file. {error}")
    agenda = compute(file)
    print(json_text(agenda.result()) if options.json else _for_people(file, agenda))
    return 0


def _refused(words: str) -> int:
    print(f"portal agenda: {words}", file=sys.stderr)
    return EXIT_FAULT


def _for_people(file: BallotFile, agenda: Agenda) -> str:
    taken = sum(item.minutes for item in agenda.items)
    lines = [f"Agenda of {file.week}: {len(agenda.items)} items, {taken} of {file.minutes} minutes"]
    for place, item in enumerate(agenda.items, 1):
        lines += ["", f"{place:3}. {item.topic}  ({item.minutes} min, queue: {item.queue})", f"     {item.why}"]
    lines += ["", f"Heard: {agenda.heard.heard} of {agenda.heard.of} ballots"]
    lines += [f"  {name}: {share.heard} of {share.of}" for name, share in agenda.per_community.items()]
    return "\n".join(lines)
