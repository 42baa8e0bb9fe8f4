"""``portal admin storage``: who fills the disk, by person and by room."""

import argparse
import json
from collections.abc import Sequence

from portal.config import Settings
from portal.server.admin.asked import add_installation, answered, opened, settings_of
from portal.server.core.db import Unit
from portal.server.upkeep import storage
from portal.server.upkeep.findings import size_text
from portal.server.upkeep.shares import Share, by_account, by_room


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin storage``; gives the exit status."""
    words = "Say who fills what the rooms' files may take. Names of rooms and files are sealed: nobody here knows them."
    parser = argparse.ArgumentParser(prog="portal admin storage", description=words)
    add_installation(parser)
    parser.add_argument("--json", action="store_true", help="for machines")
    options = parser.parse_args(arguments)
    return answered(lambda: _show(options))


def _show(options: argparse.Namespace) -> int:
    chosen = settings_of(options)
    with opened(chosen) as database:
        used_bytes, people, rooms = database.read(_read)
    if options.json:
        print(json.dumps(_as_json(chosen, used_bytes, people, rooms), ensure_ascii=False, indent=2))
        return 0
    print(f"Files take {size_text(used_bytes)} of {size_text(chosen.storage_quota_bytes)}.")
    if chosen.account_quota_bytes:
        print(f"One person may take {size_text(chosen.account_quota_bytes)}.")
    for title, shares in (("By person", people), ("By room", rooms)):
        print(f"\n{title}:")
        for share in shares:
            print(f"  {size_text(share.size_bytes):>8}  {share.number:>5} files  {share.name}")
        if not shares:
            print("  nothing yet")
    return 0


def _read(unit: Unit) -> tuple[int, list[Share], list[Share]]:
    return storage.used_by_files(unit), by_account(unit), by_room(unit)


def _as_json(chosen: Settings, used_bytes: int, people: list[Share], rooms: list[Share]) -> dict[str, object]:
    def rows(shares: list[Share]) -> list[dict[str, object]]:
        return [{"name": one.name, "files": one.number, "bytes": one.size_bytes} for one in shares]

    return {
        "used_bytes": used_bytes,
        "quota_bytes": chosen.storage_quota_bytes,
        "account_quota_bytes": chosen.account_quota_bytes,
        "people": rows(people),
        "rooms": rows(rooms),
    }
