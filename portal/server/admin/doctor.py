"""``portal admin doctor``: what is well with an installation, what is not, and what to do about it."""

import argparse
import json
import sys
import unicodedata
from collections.abc import Sequence
from typing import Final

from portal.server.admin.asked import EXIT_FAULT, add_installation, answered, settings_of
from portal.server.core.catalogues import Words
from portal.server.core.db import Database
from portal.server.upkeep.examination import examine
from portal.server.upkeep.findings import PART, Finding, worst

LANGUAGES: Final = ("en", "ko")
_COLOURS: Final = {"fine": "\033[32m", "warning": "\033[33m", "wrong": "\033[31m"}
_PLAIN: Final = "\033[0m"
_SIGNS: Final = {"fine": "ok", "warning": "warning", "wrong": "WRONG"}


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin doctor``; 0 if nothing is wrong, 1 if something is, or, with --strict, is to be seen to."""
    options = _parser().parse_args(arguments)
    return answered(lambda: _examine(options))


def _parser() -> argparse.ArgumentParser:
    words = "Look an installation over. Changes nothing. Exit status 1: something does not work, or is dangerous."
    parser = argparse.ArgumentParser(prog="portal admin doctor", description=words)
    add_installation(parser)
    parser.add_argument("--inside", action="store_true", help="ask neither the server nor anything over the network")
    parser.add_argument("--strict", action="store_true", help="exit with 1 also for what should be seen to")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of the sentences (default: en)")
    return parser


def _examine(options: argparse.Namespace) -> int:
    chosen = settings_of(options)
    database = Database(chosen.database_url)
    try:
        found = examine(chosen, database, from_outside=not options.inside)
    finally:
        database.close()
    words = Words(PART, options.language)
    print(_as_json(found, words) if options.json else _as_text(found, words, coloured=sys.stdout.isatty()))
    failing = {"wrong", "warning"} if options.strict else {"wrong"}
    return EXIT_FAULT if worst(found) in failing else 0


def _as_text(found: Sequence[Finding], words: Words, *, coloured: bool) -> str:
    width = max(_columns(finding.name(words)) for finding in found)
    lines = []
    for finding in found:
        sign = f"{_SIGNS[finding.state]:<7}"
        if coloured:
            sign = f"{_COLOURS[finding.state]}{sign}{_PLAIN}"
        name = finding.name(words)
        lines.append(f"{sign}  {name}{' ' * (width - _columns(name))}  {finding.sentence(words)}")
        advice = finding.advice(words)
        if advice is not None:
            lines.append(f"{'':<{9 + width}}  → {advice}")
    return "\n".join([*lines, "", words(f"all.{worst(found)}")])


def _columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "FW" else 1 for character in text)


def _as_json(found: Sequence[Finding], words: Words) -> str:
    shown = [
        {
            "check": finding.check,
            "state": finding.state,
            "kind": finding.kind,
            "says": finding.sentence(words),
            "do": finding.advice(words),
        }
        for finding in found
    ]
    return json.dumps({"state": worst(found), "findings": shown}, ensure_ascii=False, indent=2)
