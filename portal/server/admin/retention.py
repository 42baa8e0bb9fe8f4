"""``portal admin retention``: what is erased after how many days, and what was."""

import argparse
import json
from collections.abc import Sequence

from portal.server.admin.asked import add_installation, answered, opened, settings_of
from portal.server.app import create_app
from portal.server.core.catalogues import Words
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.erasures import Erased
from portal.server.upkeep import retention
from portal.server.upkeep.findings import PART, size_text
from portal.server.upkeep.retention import Rule, day_text


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin retention``; gives the exit status."""
    words = "Say what is erased after how many days, and how much was. The worker erases once an hour."
    parser = argparse.ArgumentParser(prog="portal admin retention", description=words)
    add_installation(parser)
    parser.add_argument(
        "--now", action="store_true", help="first erase what is due by the settings, as the worker does"
    )
    parser.add_argument("--json", action="store_true", help="for machines")
    options = parser.parse_args(arguments)
    return answered(lambda: _show(options))


def _show(options: argparse.Namespace) -> int:
    chosen = settings_of(options)
    with opened(chosen) as database:
        if options.now:
            portal: Portal = create_app(chosen).extensions[EXTENSION]
            retention.erase_due(portal)
            portal.database.close()
        found = database.read(lambda unit: retention.report(unit, chosen))
    print(_as_json(found) if options.json else _as_text(found))
    return 0


def _as_text(found: list[tuple[Rule, Erased]]) -> str:
    words = Words(PART, "en")
    lines = []
    for rule, erased in found:
        lines.append(f"{words(f'erased.{rule.kind}')}: {retention.time_text(rule, words)}")
        size = f" ({size_text(erased.size_bytes)})" if erased.size_bytes else ""
        last = "" if erased.last_day is None else f", last on {day_text(erased.last_day)}"
        lines.append(f"    erased in 30 days: {erased.recent}; ever: {erased.number}{size}{last}")
    return "\n".join(lines)


def _as_json(found: list[tuple[Rule, Erased]]) -> str:
    rows = [
        {
            "kind": rule.kind,
            "after_days": None if rule.is_own else rule.days,
            "setting": rule.setting or None,
            "erased_in_30_days": erased.recent,
            "erased": erased.number,
            "bytes": erased.size_bytes,
            "last": None if erased.last_day is None else day_text(erased.last_day),
        }
        for rule, erased in found
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)
