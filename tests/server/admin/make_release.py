"""Writes what an installation of schema 0010 looked like: run once, with the program of that time in PYTHONPATH.

    git archive 0456519 | tar x -C OLD
    PYTHONPATH=OLD python tests/server/admin/make_release.py tests/server/admin/release_0010

Two delegations in a room, a file, a submission with its receipt; Bob's store as his machine keeps it. Nothing in it is
anybody's: keys and words were made for this.
"""

import base64
import json
import sqlite3
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from portal.member.content import Message, encode_content
from portal.member.e2ee import opaque
from portal.member.making import make_room, until_joined
from portal.member.transfers import LocalFile, upload
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Database
from portal.server.core.migrations import upgrade
from portal.server.feedback import weeks
from portal.server.feedback.feature import Feedback
from portal.server.ledger.feature import Ledger
from tests.member.inside import administrator, newcomer, settled
from tests.server.feedback.citizen import Citizen

SAID = "Please light the path along the river."
ATTACHED = b"12 %" * 100


def main(target: Path) -> None:
    """Make the installation, and write it into ``target``."""
    opaque.Stretching = partial(opaque.Stretching, 1, 64, 1)  # type: ignore[assignment,misc]
    with tempfile.TemporaryDirectory() as name:
        folder, data = Path(name), Path(name) / "data"
        data.mkdir()
        database = Database(f"sqlite:///{folder / 'empty.sqlite3'}")
        upgrade(database)
        database.close()
        with settled(data, folder / "empty.sqlite3") as app:
            told = _live(app, folder)
        write(data, folder, told, target)


def _live(app: Any, folder: Path) -> dict[str, Any]:
    portal: Portal = app.extensions[EXTENSION]
    portal.database.write(lambda unit: weeks.ensure(unit, "UTC", 90))
    portal.get(Feedback).load.base_cost = 16
    ada = administrator(app, folder)
    bob = newcomer(app, folder, "bob")
    bob.comes_in(ada.asks("POST", "/api/invitations", {"delegation": None, "roles": ["delegate"]}), "bob", "Bob")
    room = ada.run(make_room(ada.member, "plenary", "Talks", [bob.member.account]))
    bob.run(until_joined(bob.member, room, 5))
    for text in ("We propose 12 %.", "합의합니다. 🕊️"):
        plaintext = encode_content(Message(text, "en"), int(time.time() * 1000))
        bob.run(bob.member.send(room, plaintext))
    local = LocalFile(lambda begin, end: ATTACHED[begin:end], len(ATTACHED), "terms.txt")
    attached = bob.run(upload(room, local))
    citizen = Citizen(app)
    code = citizen.say(SAID)
    ledger = portal.get(Ledger)
    ledger.release_held()
    ledger.record_regularly()
    ledger.sequence()
    receipt = citizen.send(citizen.follow(code).form("/r/file")).html
    bob.run(bob.member.look_at_ledger())
    bob.store.close()
    return {
        "at_s": int(time.time()),
        "room": room,
        "code": code,
        "receipt": receipt,
        "recovery_key": bob.recovery_key,
        "file": {"blob": attached.blob, "key": attached.key, "sha256": attached.sha256},
        "vkey": ledger.key.to_text(),
    }


def write(data: Path, folder: Path, told: dict[str, Any], target: Path) -> None:
    """Write the database as SQL, and the files beside it, and what people know, as JSON."""
    target.mkdir(exist_ok=True)
    with sqlite3.connect(data / "portal.sqlite3") as database:
        # One-time keys of devices are most of the size, and no part of what is asked here.
        database.execute("UPDATE key_package SET package = NULL WHERE NOT last_resort")
        database.commit()
        (target / "installation.sql").write_text("\n".join(database.iterdump()) + "\n", encoding="utf-8")
    kept = [path for path in data.rglob("*") if path.is_file() and not path.name.startswith("portal.sqlite3")]
    files = {f"data/{path.relative_to(data)}": path for path in kept if path.name != "lock"}
    files |= {f"bob/{path.name}": path for path in (folder / "bob").iterdir() if path.is_file()}
    files["bob.key"] = folder / "bob.key"
    told["files"] = {name: base64.b64encode(path.read_bytes()).decode() for name, path in sorted(files.items())}
    (target / "known.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
