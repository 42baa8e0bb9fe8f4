"""A process that records and signs as fast as it can, says what is acknowledged and what is signed, and is killed.

``python -m tests.server.ledger.appender URL FOLDER``. Lines: ``entry ROW COMMITMENT`` after the commit, ``signed NOTE``
(as hex) for every checkpoint that anybody could have fetched, ``ready`` first.
"""

import sys
import threading
from itertools import count
from pathlib import Path
from typing import Final

from portal.server.core.db import Database
from portal.server.ledger import service
from portal.server.ledger.feature import Ledger
from portal.server.ledger.keys import open_signer
from portal.wire.ledger.entries import Kind

ORIGIN: Final = "localhost/ledger"
BATCH: Final = 40
_one_line = threading.Lock()


def say(line: str) -> None:
    with _one_line:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def record_for_ever(database: Database) -> None:
    for number in count():
        recorded = database.write(
            lambda unit, number=number: [  # type: ignore[misc]  # each is called before the next number
                service.record(unit, Kind.HALL, {"number": number, "place": place}) for place in range(BATCH)
            ]
        )
        for one in recorded:
            say(f"entry {one.entry} {one.commitment.hex()}")


def main(url: str, folder: Path) -> None:
    database = Database(url)
    ledger = Ledger(database, open_signer(folder, ORIGIN), "quorum none\n", folder)
    ledger.sequence()
    say("ready")
    threading.Thread(target=record_for_ever, args=(database,), daemon=True).start()
    while True:
        ledger.sequence()
        say(f"signed {database.read(service.latest).encode().hex()}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
