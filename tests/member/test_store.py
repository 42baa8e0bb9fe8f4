"""The key store: what is written is there after any end of the process, whole and sealed; one process at a time."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest

from portal.member.kept import KeptValueError, UnkeptTypeError, decode, encode
from portal.member.store import Argon2Cost, KeyFile, Passphrase, Store, StoreError, StoreLockedError, WrongKeyError
from portal.wire.envelope import ItemKind
from portal.wire.ids import Id, RoomId

CHEAP: Final = Argon2Cost(passes=1, memory_bytes=8192)
ME: Final = Passphrase("correct horse", CHEAP)
SECRET: Final = "a sentence that must not be found"


@dataclass(frozen=True)
class Inner:
    raw: bytes
    kind: ItemKind
    more: "Inner | None" = None


@dataclass(frozen=True)
class Whole:
    text: str
    inner: tuple[Inner, ...]
    pairs: tuple[int, bytes] | None
    room: RoomId
    state: Literal["open", "closed"]
    named: dict[str, Inner | None]


WHOLE: Final = Whole(
    "합의",
    (Inner(b"\0", ItemKind.COMMIT, Inner(b"", ItemKind.CONTENT)),),
    (5, b"x"),
    RoomId(Id("r")),
    "open",
    {"a": None},
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "store", ME) as made:
        yield made


def test_values_come_back_by_their_types() -> None:
    assert decode(Whole, encode(WHOLE)) == WHOLE
    for damaged in (
        b"",
        b"{}",
        encode(WHOLE)[:-1],
        encode(5),
        encode(WHOLE).replace(b"text", b"next"),
        encode(WHOLE).replace(b"open", b"shut"),
    ):
        with pytest.raises(KeptValueError):
            decode(Whole, damaged)
    with pytest.raises(UnkeptTypeError):
        decode(complex, b"1")


def test_what_is_written_is_read_by_name_and_by_family(store: Store) -> None:
    store.write({"row:b:0002": WHOLE, "row:b:0001": WHOLE, "row:c:0001": WHOLE, "session": SECRET})
    assert store.get("session", str) == SECRET
    assert store.get("nothing", str) is None
    assert list(store.all("row:b", Whole)) == ["0001", "0002"]
    store.write({"row:b:0001": None, "session": "other"})
    assert store.all("row:b", Whole) == {"0002": WHOLE}
    assert store.get("session", str) == "other"


def test_a_store_opens_with_its_own_key_alone(tmp_path: Path) -> None:
    folder, key_file = tmp_path / "store", KeyFile.generate(tmp_path / "key")
    with Store.create(folder, key_file) as store:
        store.write({"session": SECRET})
        with pytest.raises(StoreLockedError):
            Store.open(folder, key_file)
    with pytest.raises(WrongKeyError, match="key file"):
        Store.open(folder, ME)
    with pytest.raises(WrongKeyError):
        Store.open(folder, KeyFile.generate(tmp_path / "other"))
    with pytest.raises(StoreError, match="there is a store"):
        Store.create(folder, key_file)
    with pytest.raises(StoreError, match="there is no store"):
        Store.open(tmp_path / "nowhere", key_file)
    with Store.open(folder, key_file) as again:
        again.rewrap(ME, folder, key_file)
    with pytest.raises(WrongKeyError, match="passphrase"):
        Store.open(folder, key_file)
    with pytest.raises(WrongKeyError):
        Store.open(folder, Passphrase("correct hors"))
    with Store.open(folder, ME) as by_passphrase:
        assert by_passphrase.get("session", str) == SECRET


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    key_file = KeyFile.generate(tmp_path / "key")
    Store.create(tmp_path / "store", key_file).close()
    key_file.path.chmod(0o640)
    with pytest.raises(StoreError, match="chmod 600"):
        Store.open(tmp_path / "store", key_file)
    key_file.path.chmod(0o600)
    key_file.path.write_bytes(b"short")
    with pytest.raises(StoreError, match="no key file"):
        Store.open(tmp_path / "store", key_file)


def test_the_file_shows_neither_names_nor_values(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with Store.create(folder, ME) as store:
        store.write({f"room:{SECRET}": SECRET})
        store.write({f"room:{SECRET}": None})
        store.write({f"room:{SECRET}": SECRET})
    raw = b"".join(path.read_bytes() for path in folder.iterdir())
    assert SECRET.encode() not in raw
    assert b"room:" not in raw
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {"lock": 0o600, "member.sqlite3": 0o600}


def test_a_row_that_was_changed_or_moved_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with Store.create(folder, ME) as store:
        store.write({"a:1": "one", "a:2": "two"})
    with sqlite3.connect(folder / "member.sqlite3") as database:
        (_, moved), (second, _) = database.execute("SELECT name, sealed FROM kept").fetchall()
        database.execute("UPDATE kept SET sealed = ? WHERE name = ?", [moved, second])
    database.close()
    with Store.open(folder, ME) as store, pytest.raises(StoreError, match="not sealed here"):
        store.all("a", str)


WRITER: Final = """
import os, signal, sys
from pathlib import Path
from portal.member.store import KeyFile, Store

folder, key, fatal = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
store = Store.open(folder, KeyFile(key))
statements = 0

def count(statement):
    # Called before each statement of a transaction, COMMIT included: the end comes at every point of it.
    global statements
    statements += 1
    if statements == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

store._database.set_trace_callback(count)
written = store.get("count", int) or 0
while True:
    written += 1
    store.write({"count": written, f"log:{written:06}": written, f"log:{written - 3:06}": None})
    print(written, flush=True)
"""


@pytest.mark.slow
def test_a_process_that_is_killed_at_any_statement_leaves_whole_transactions(tmp_path: Path) -> None:
    folder, key_file = tmp_path / "store", KeyFile.generate(tmp_path / "key")
    Store.create(folder, key_file).close()
    acknowledged = 0
    for fatal in range(2, 24):
        arguments = [sys.executable, "-c", WRITER, str(folder), str(key_file.path), str(fatal)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode == -signal.SIGKILL, done.stderr
        acknowledged = int(done.stdout.split()[-1]) if done.stdout else acknowledged
        with Store.open(folder, key_file) as store:
            count = store.get("count", int) or 0
            # What was acknowledged is there, and at most one write more.
            assert acknowledged <= count <= acknowledged + 1
            assert list(store.all("log", int).values()) == list(range(max(1, count - 2), count + 1))
            acknowledged = count
