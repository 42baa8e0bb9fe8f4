"""The key store on the disk: all that a member keeps, sealed, changed in transactions that a power cut can not halve.

SQLite holds the transactions (rollback journal, synchronous=EXTRA: on the disk when ``write`` returns; deleted pages
are overwritten). Names and values are sealed with XChaCha20-Poly1305 under a random data key; a lookup goes by keyed
hashes, so that the file shows sizes and counts only. The data key is wrapped by a passphrase (Argon2id) or a key file.

One process at a time: a lock beside the file is held as long as the store is open.
"""

import fcntl
import json
import os
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import nacl.exceptions
import nacl.pwhash
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)

from portal.member import kept
from portal.wire.ids import b64, unb64

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 24
_SALT_BYTES: Final = 16
_VERSION: Final = 1
_WRAP_LABEL: Final = b"portal member store v1"
_HASH_BYTES: Final = 32
_PRIVATE: Final = 0o600
Value = TypeVar("Value")

Changes = Mapping[str, Any]
"""Names and their new values; None removes."""


class StoreError(Exception):
    """The store can not be used; the message says why and what to do."""


class StoreLockedError(StoreError):
    """Another process has the store open."""


class WrongKeyError(StoreError):
    """The passphrase or the key file is not the store's."""


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What a guess at the passphrase costs: passes over so many bytes of memory."""

    passes: int = 3
    memory_bytes: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Passphrase:
    """Opens a store by what a person knows."""

    text: str
    cost: Argon2Cost = Argon2Cost()

    def key(self, salt: bytes, cost: Argon2Cost) -> bytes:
        """Return the wrapping key, 32 bytes."""
        return nacl.pwhash.argon2id.kdf(
            KEY_BYTES, self.text.encode(), salt, opslimit=cost.passes, memlimit=cost.memory_bytes
        )


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Opens a store by a file of 32 random bytes, for machines that start without a person."""

    path: Path

    @classmethod
    def generate(cls, path: Path) -> "KeyFile":
        """Make a new key file (mode 600); FileExistsError if there is one."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        return cls(path)

    def key(self, _salt: bytes, _cost: Argon2Cost) -> bytes:
        """Return the wrapping key, 32 bytes; StoreError if the file is none, or others may read it."""
        try:
            mode, raw = self.path.stat().st_mode, self.path.read_bytes()
        except OSError as error:
            msg = f"the key file {self.path} can not be read: {error.strerror}"
            raise StoreError(msg) from error
        if mode & 0o077:
            msg = f"{self.path} holds a secret but others may read it; run: chmod 600 {self.path}"
            raise StoreError(msg)
        if len(raw) != KEY_BYTES:
            msg = f"{self.path} is no key file: it has {len(raw)} bytes, not {KEY_BYTES}"
            raise StoreError(msg)
        return raw


class Store:
    """An open store. Every method raises StoreError if the file is damaged."""

    def __init__(self, database: sqlite3.Connection, lock: int, key: bytes) -> None:
        self._database = database
        self._lock = lock
        self._seal_key = _derived(key, b"seal")
        self._name_key = _derived(key, b"name")

    @classmethod
    def create(cls, folder: Path, opener: Passphrase | KeyFile) -> Self:
        """Make a store in ``folder`` (mode 700) and open it; StoreError if there is one."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _take_lock(folder)
        database = _connect(folder)
        if _header(database) is not None:
            _release(database, lock)
            msg = f"there is a store in {folder} already"
            raise StoreError(msg)
        key = secrets.token_bytes(KEY_BYTES)
        with database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("CREATE TABLE IF NOT EXISTS header (at INTEGER PRIMARY KEY CHECK (at = 0), text TEXT)")
            database.execute(
                "CREATE TABLE IF NOT EXISTS kept"
                " (name BLOB PRIMARY KEY, family BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID"
            )
            database.execute("CREATE INDEX IF NOT EXISTS kept_family ON kept (family)")
            database.execute("INSERT INTO header VALUES (0, ?)", [_wrapped(key, opener)])
        return cls(database, lock, key)

    @classmethod
    def open(cls, folder: Path, opener: Passphrase | KeyFile) -> Self:
        """Open the store in ``folder``.

        Raises:
            StoreLockedError: another process has it open.
            WrongKeyError: ``opener`` is not the one that it was made with.
            StoreError: there is none.
        """
        if not _file(folder).exists():
            msg = f"there is no store in {folder}"
            raise StoreError(msg)
        lock = _take_lock(folder)
        database = _connect(folder)
        try:
            return cls(database, lock, _unwrapped(_present_header(database, folder), opener))
        except StoreError:
            _release(database, lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get(self, name: str, kind: type[Value]) -> Value | None:
        """Return the value under ``name``, which must be of type ``kind`` (see kept.py), or None."""
        hashed = self._hash(name)
        found = self._database.execute("SELECT sealed FROM kept WHERE name = ?", [hashed]).fetchone()
        return None if found is None else self._opened(hashed, found[0], kind)[1]

    def all(self, family: str, kind: type[Value]) -> dict[str, Value]:
        """Return all values whose names are ``family``, a colon, and a last part, by that part, in its order."""
        rows = self._database.execute("SELECT name, sealed FROM kept WHERE family = ?", [self._hash(family)])
        found = [self._opened(hashed, sealed, kind) for hashed, sealed in rows]
        return {name.rpartition(":")[2]: value for name, value in sorted(found, key=lambda one: one[0])}

    def write(self, changes: Changes) -> None:
        """Write all of ``changes`` in one transaction, which is on the disk when this returns."""
        sealed = [(self._hash(name), self._family(name), self._sealed(name, value)) for name, value in changes.items()]
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            for name, family, value in sealed:
                if value is None:
                    self._database.execute("DELETE FROM kept WHERE name = ?", [name])
                else:
                    self._database.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", [name, family, value])

    def rewrap(self, opener: Passphrase | KeyFile, folder: Path, before: Passphrase | KeyFile) -> None:
        """Let ``opener`` open the store in ``folder`` from now on, instead of ``before``."""
        text = _wrapped(_unwrapped(_present_header(self._database, folder), before), opener)
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("UPDATE header SET text = ?", [text])

    def close(self) -> None:
        """Close the file and let others in."""
        _release(self._database, self._lock)

    def _hash(self, name: str) -> bytes:
        return blake2b(name.encode(), digest_size=_HASH_BYTES, key=self._name_key).digest()

    def _family(self, name: str) -> bytes:
        return self._hash(name.rpartition(":")[0])

    def _sealed(self, name: str, value: Any) -> bytes | None:
        if value is None:
            return None
        encoded = name.encode()
        plain = len(encoded).to_bytes(2, "big") + encoded + kept.encode(value)
        return _seal(self._seal_key, plain, self._hash(name))

    def _opened(self, hashed: bytes, sealed: bytes, kind: type[Value]) -> tuple[str, Value]:
        plain = _open(self._seal_key, sealed, hashed)  # sealed in its place: a row that was moved does not open
        length = int.from_bytes(plain[:2], "big")
        name = plain[2 : 2 + length].decode()
        try:
            return name, kept.decode(kind, plain[2 + length :])
        except kept.KeptValueError as error:
            msg = f"the store holds a {name.partition(':')[0]} that this version can not read"
            raise StoreError(msg) from error


def exists(folder: Path) -> bool:
    """Tell whether there is a store in ``folder``."""
    return _file(folder).exists()


def is_in_use(folder: Path) -> bool:
    """Tell whether a process has the store in ``folder`` open."""
    try:
        lock = _take_lock(folder)
    except StoreLockedError:
        return True
    os.close(lock)
    return False


def _file(folder: Path) -> Path:
    return folder / "member.sqlite3"


def _take_lock(folder: Path) -> int:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, _PRIVATE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        msg = f"another process has the store in {folder} open. Wait for it, or stop it"
        raise StoreLockedError(msg) from error
    return lock


def _connect(folder: Path) -> sqlite3.Connection:
    path = _file(folder)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE))  # SQLite would make it readable to others
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for setting in ("journal_mode=DELETE", "synchronous=EXTRA", "secure_delete=ON", "trusted_schema=OFF"):
        database.execute(f"PRAGMA {setting}")
    return database


def _release(database: sqlite3.Connection, lock: int) -> None:
    database.close()
    os.close(lock)


def _header(database: sqlite3.Connection) -> dict[str, Any] | None:
    try:
        found = database.execute("SELECT text FROM header").fetchone()
    except sqlite3.OperationalError:  # no such table: nothing was made here yet
        return None
    header: dict[str, Any] = json.loads(found[0])
    if header.get("v") != _VERSION:
        msg = f"the store is of version {header.get('v')}, which this program can not read"
        raise StoreError(msg)
    return header


def _present_header(database: sqlite3.Connection, folder: Path) -> dict[str, Any]:
    header = _header(database)
    if header is None:
        msg = f"there is no store in {folder}"
        raise StoreError(msg)
    return header


def _wrapped(key: bytes, opener: Passphrase | KeyFile) -> str:
    salt = secrets.token_bytes(_SALT_BYTES)
    cost = opener.cost if isinstance(opener, Passphrase) else Argon2Cost(0, 0)
    sealed = _seal(opener.key(salt, cost), key, _WRAP_LABEL)
    kind = type(opener).__name__
    fields = {"v": _VERSION, "kind": kind, "salt": b64(salt), "passes": cost.passes, "memory": cost.memory_bytes}
    return json.dumps(fields | {"key": b64(sealed)})


def _unwrapped(header: dict[str, Any], opener: Passphrase | KeyFile) -> bytes:
    if header["kind"] != type(opener).__name__:
        needed = "a passphrase" if header["kind"] == Passphrase.__name__ else "its key file"
        msg = f"this store is opened by {needed}"
        raise WrongKeyError(msg)
    wrapping = opener.key(unb64(header["salt"]), Argon2Cost(header["passes"], header["memory"]))
    try:
        return _open(wrapping, unb64(header["key"]), _WRAP_LABEL)
    except StoreError:
        msg = "that is not the passphrase, or the key file, of this store"
        raise WrongKeyError(msg) from None


def _derived(key: bytes, purpose: bytes) -> bytes:
    return blake2b(purpose, digest_size=KEY_BYTES, key=key, person=b"portal store v1").digest()


def _seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, aad, nonce, key)


def _open(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[_NONCE_BYTES:], aad, sealed[:_NONCE_BYTES], key)
    except (nacl.exceptions.CryptoError, ValueError) as error:
        msg = "the store is damaged: something in it was not sealed here"
        raise StoreError(msg) from error
