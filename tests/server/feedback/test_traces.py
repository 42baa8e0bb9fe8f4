"""Nothing of who, from where and with what, in a portal that runs: its files, what it logs, and the backup made of it.

A process of its own, as the administrator starts it, asked over sockets from a marked address; the backup is the one
that ``portal admin backup`` makes meanwhile, unsealed. What the application alone keeps is in test_privacy.py.
"""

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

import pytest

from portal.server.admin import sealing
from portal.server.admin.archive import Reading
from tests.browser.portal_process import PortalProcess
from tests.server.feedback.citizen import Citizen, Wire

ADDRESS: Final = IPv4Address("127.83.61.7")
"""Of the loopback network, all of which is this machine's."""
FORWARDED: Final = IPv4Address("198.51.100.217")
SAID: Final = "The street lamps at the river should be lit longer in winter."
ADDRESSES: Final = (ADDRESS, FORWARDED)
MARKS: Final = (
    *(mark.encode() for each in ADDRESSES for mark in (str(each), each.packed.hex(), str(int(each)))),
    b"MarkedBrowser/7.7",
    b"x-marked-device",
    b"marked-referrer",
    b"marked-cookie",
)
PACKED: Final = {form for each in ADDRESSES for form in (int(each), each.packed, IPv6Address(f"::ffff:{each}").packed)}
"""As cells of a table may hold an address: as a whole alone, since four bytes can stand in a file by chance."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    with PortalProcess(tmp_path_factory.mktemp("traces") / "data") as process:
        yield process


def unsealed(file: Path, key: Path) -> dict[str, bytes]:
    with file.open("rb") as sealed, sealing.opened(sealed, sealing.identities(key)) as plain:
        return {entry.name: b"".join(entry.pieces()) for entry in Reading(plain).entries()}


def cells(database: Path) -> Iterator[object]:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield from row


def administers(*arguments: str) -> bytes:
    command = [str(Path(sys.executable).with_name("portal")), "admin", *arguments]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return done.stdout + done.stderr


@pytest.mark.slow
def test_no_mark_of_a_citizen_in_files_logs_and_backups_of_a_running_portal(
    running: PortalProcess, tmp_path: Path
) -> None:
    citizen = Citizen(
        Wire(running.origin, str(ADDRESS)),
        User_Agent="MarkedBrowser/7.7 (x-marked-device)",
        Referer="https://marked-referrer.example/from/where",
        X_Forwarded_For=str(FORWARDED),
        X_Real_IP=str(FORWARDED),
        Cookie="tracker=marked-cookie",
    )
    code = citizen.say(SAID)
    assert citizen.follow(code).status == 200
    assert citizen.open("/no/such/page").status == 404
    form = citizen.open("/say").form("/say")
    form.put("no_such_field", "x")
    assert citizen.send(form).status == 400
    key = tmp_path / "backup.key"
    said = administers("backup-key", str(key))
    backup = tmp_path / "portal.age"
    public = key.read_text("utf-8").split()[3]
    said += administers("backup", str(backup), "--to", public, "--data", str(running.data_dir))
    found = {f"backup {name}": content for name, content in unsealed(backup, key).items()}
    for path in running.data_dir.rglob("*"):
        if path.is_file():
            found[f"file {path.name}"] = path.read_bytes()
    found |= {"log": running.output.encode(), "said": said}
    # What is searched is what there is: the receipt's row and the pages asked for are in it, the words are sealed.
    assert any(b"submission" in content for name, content in found.items() if name.startswith("backup"))
    assert b"submission" in found["file portal.sqlite3"] + found["file portal.sqlite3-wal"]
    everything = {*MARKS, SAID.encode(), code.encode(), code.replace(" ", "").encode()}
    assert {(name, mark) for name, content in found.items() for mark in everything if mark in content} == set()
    kept = list(cells(running.database_path))
    assert len(kept) > 100
    assert PACKED.isdisjoint(kept)
