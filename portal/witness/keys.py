"""A witness's keys: one name, two signatures, Ed25519 for every reader and ML-DSA-44 for the time after it."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.tlog.signers import Cosigner
from portal.wire.ids import b64, unb64
from portal.wire.ledger.note import ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE, NoteError, check_name

SEED_BYTES: Final = 32
_VERSION: Final = 1
_FILE_MAX_BYTES: Final = 4096


class KeysError(Exception):
    """The file of keys can not be used; the message says why and what to do."""


@dataclass(frozen=True)
class WitnessKeys:
    """Both cosigners of one witness, under one name."""

    ed25519: Cosigner
    ml_dsa_44: Cosigner

    @property
    def name(self) -> str:
        """The name under which the witness signs."""
        return self.ed25519.name

    @property
    def both(self) -> tuple[Cosigner, Cosigner]:
        """The shorter signature first."""
        return self.ed25519, self.ml_dsa_44

    def policy_lines(self) -> str:
        """Return what a policy file has to say so that one signature of this witness counts as the witness."""
        word = self.name.replace("/", ".")
        return (
            f"witness {word}:ed25519 {self.ed25519.key.to_text()}\n"
            f"witness {word}:ml-dsa-44 {self.ml_dsa_44.key.to_text()}\n"
            f"group {word} any {word}:ed25519 {word}:ml-dsa-44\n"
        )


def new_keys(file: Path, name: str) -> WitnessKeys:
    """Make keys and write them to ``file``, which the owner alone can read.

    Raises:
        KeysError: there is a file already, it can not be written, or the name can be no key's.
    """
    try:
        check_name(name)
    except NoteError as error:
        msg = f"{name!r} can not be a witness's name: it has no spaces and no +, like kr.example/witness"
        raise KeysError(msg) from error
    seeds = [secrets.token_bytes(SEED_BYTES) for _ in range(2)]
    written = {"v": _VERSION, "name": name, "ed25519": b64(seeds[0]), "ml_dsa_44": b64(seeds[1])}
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(json.dumps(written, ensure_ascii=False, indent=1) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
    except FileExistsError as error:
        msg = f"{file} is there already; a witness's keys are not replaced. Choose another file"
        raise KeysError(msg) from error
    except OSError as error:
        msg = f"can not write {file}: {error.strerror}"
        raise KeysError(msg) from error
    return _keys(name, *seeds)


def read_keys(file: Path) -> WitnessKeys:
    """Return the keys of ``file``; KeysError if they are not there, not whole, or readable by others."""
    try:
        with file.open("rb") as opened:
            others = os.fstat(opened.fileno()).st_mode & 0o077
            raw = opened.read(_FILE_MAX_BYTES)
    except OSError as error:
        msg = f"can not read {file}: {error.strerror}. Make keys with: portal witness keygen"
        raise KeysError(msg) from error
    if others:
        msg = f"{file} can be read by others; allow it for yourself alone: chmod 600 {file}"
        raise KeysError(msg)
    try:
        read = json.loads(raw)
        seeds = unb64(read["ed25519"], SEED_BYTES), unb64(read["ml_dsa_44"], SEED_BYTES)
        keys = _keys(read["name"], *seeds) if read["v"] == _VERSION else None
    except (ValueError, TypeError, KeyError, AttributeError):
        keys = None
    if keys is None:
        msg = f"{file} holds no keys of a witness"
        raise KeysError(msg)
    return keys


def _keys(name: str, ed25519: bytes, ml_dsa_44: bytes) -> WitnessKeys:
    return WitnessKeys(
        Cosigner.from_seed(name, ED25519_COSIGNATURE, ed25519),
        Cosigner.from_seed(name, ML_DSA_44_COSIGNATURE, ml_dsa_44),
    )
