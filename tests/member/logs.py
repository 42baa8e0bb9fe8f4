"""Logs for tests of their followers: real trees, signed with a real key, answered as HTTP, and able to lie."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.member import kept
from portal.member.driver import Driver
from portal.member.ledger.follower import LogFollower
from portal.member.ledger.kept import LedgerStore, Signed
from portal.member.ledger.word import LogWord
from portal.member.work import Ask, MemberError
from portal.tlog.signers import NoteSigner
from portal.wire.ledger.base64 import std_b64
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from portal.wire.ledger.tiles import TILE_WIDTH, bundle, parse_tile_place

ORIGIN: Final = "portal.example/ledger"
_QUERY: Final = re.compile(r"/ledger/(consistency|proof)\?\w+=(\d+)&\w+=(\d+)")


@dataclass
class ShownLog:
    """One history under a key that other histories may share. ``shown``: how much of it is signed so far."""

    signer: NoteSigner = field(default_factory=lambda: NoteSigner(ORIGIN, Ed25519PrivateKey.generate()))
    history: list[bytes] = field(default_factory=list)
    shown: int | None = None
    refuse: Callable[[str], MemberError | None] | None = None
    """What to refuse, by the path, and how."""
    others: Callable[[Ask], Any] | None = None
    """Who answers what is not about the log."""

    def grow(self, entries: int, name: str) -> "ShownLog":
        """Append so many entries."""
        self.history += [f"{name} {len(self.history) + at}".encode() for at in range(entries)]
        return self

    def forked_at(self, size: int) -> "ShownLog":
        """Return another history of the same log that agrees up to ``size``."""
        return ShownLog(self.signer, self.history[:size])

    def signed(self, size: int | None = None) -> Signed:
        """Return the checkpoint of the first ``size`` entries."""
        size = (len(self.history) if self.shown is None else self.shown) if size is None else size
        root = root_of(self._leaves(size))
        line = self.signer.sign(Checkpoint(self.signer.name, size, root).to_text()).signatures[0]
        return Signed(size, root, line.value)

    def word(self, size: int | None = None) -> LogWord:
        """Return what a member says who has seen so much."""
        signed = self.signed(size)
        return LogWord(signed.size, signed.root, signed.signature, self.signer.key.key)

    def note(self) -> str:
        """Return the newest signed checkpoint."""
        signed = self.signed()
        return self.signer.sign(Checkpoint(self.signer.name, signed.size, signed.root).to_text()).to_text()

    def ask(self, asked: Ask) -> Any:
        """Answer one request."""
        if not asked.path.startswith("/ledger/"):
            if self.others is None:
                raise MemberError("request.not_found")
            return self.others(asked)
        error = None if self.refuse is None else self.refuse(asked.path)
        if error is not None:
            raise error
        if asked.path == "/ledger/key":
            return f"{self.signer.key.to_text()}\n".encode()
        if asked.path in {"/ledger/checkpoint", "/ledger/milestone"}:
            return self.note().encode()
        if asked.path.startswith("/ledger/tile/"):
            return self._tile(asked.path.removeprefix("/ledger/tile/"))
        return self._proof(asked.path)

    def _tile(self, path: str) -> bytes:
        place = parse_tile_place(path)
        begin = place.index * TILE_WIDTH
        entries = self.history[begin : begin + place.width]
        if len(entries) < place.width:
            raise MemberError("ledger.absent")
        return bundle(entries) if place.level is None else b"".join(map(leaf_hash, entries))

    def _proof(self, path: str) -> dict[str, list[str]]:
        asked = _QUERY.fullmatch(path)
        if asked is None:
            raise MemberError("ledger.absent")
        one, size = int(asked[2]), int(asked[3])
        if size > len(self.history):
            raise MemberError("ledger.absent")
        leaves = self._leaves(size)

        def node(height: int, index: int) -> bytes:
            return root_of(leaves[index << height : (index + 1) << height])

        try:
            make = inclusion_proof if asked[1] == "proof" else consistency_proof
            return {"hashes": list(map(std_b64, make(one, size, node)))}
        except ValueError:
            raise MemberError("ledger.absent") from None

    def _leaves(self, size: int) -> Sequence[bytes]:
        return list(map(leaf_hash, self.history[:size]))


class Memory:
    """A key store without a disk, for what is asked a hundred times."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def get(self, name: str, kind: type[Any]) -> Any:
        """Return the value under ``name``, or None."""
        raw = self._values.get(name)
        return None if raw is None else kept.decode(kind, raw)

    def all(self, family: str, kind: type[Any]) -> dict[str, Any]:
        """Return all values of a family by the last part of their names."""
        found = {name: raw for name, raw in self._values.items() if name.rpartition(":")[0] == family}
        return {name.rpartition(":")[2]: kept.decode(kind, raw) for name, raw in sorted(found.items())}

    def write(self, changes: Mapping[str, Any]) -> None:
        """Keep all of ``changes``."""
        for name, value in changes.items():
            if value is None:
                self._values.pop(name, None)
            else:
                self._values[name] = kept.encode(value)


@dataclass
class Clock:
    """Stands until it is moved; Unix seconds."""

    now_s: float = 1_795_000_000.0

    def read(self) -> float:
        """Return the time."""
        return self.now_s


class Following:
    """A follower with a store of its own; ``kept_in``: what another one had kept."""

    def __init__(self, log: ShownLog, clock: Clock | None = None, kept_in: Memory | None = None) -> None:
        self.store = Memory() if kept_in is None else kept_in
        self.driver = Driver(self.store, log)
        self.ledger = LedgerStore((clock or Clock()).read)
        self.follower = LogFollower(self.ledger)

    def evidence(self) -> bytes:
        """The file of the first finding."""
        return (self.ledger.state.findings[0].evidence or "").encode()

    @property
    def kinds(self) -> list[str]:
        """What was found."""
        return [finding.kind for finding in self.ledger.state.findings]
