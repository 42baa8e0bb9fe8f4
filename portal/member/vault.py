"""The account's vault as this device holds it: changed here, sealed, and stored at the server by compare-and-swap.

When another device stored first, this one takes that version and puts its own changes since the last one upon it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vault import SealedVault, VaultContent, open_vault, seal_vault, vault_from_json
from portal.member.work import MemberError, Work, get, put, write
from portal.wire.ids import AccountId

_ATTEMPTS: Final = 5
Key = TypeVar("Key")
Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class KeptVault:
    """What is kept under "vault": the contents here, those that the server has, and its newest version seen."""

    content: VaultContent
    base: VaultContent
    newest: SealedVault


class Vault:
    """The vault of ``account``, whose key (32 bytes) is ``key``."""

    def __init__(self, account: AccountId, key: bytes, kept: KeptVault) -> None:
        self.account = account
        self._key = key
        self._kept = kept
        self.sign = SigningKey(kept.content.sign)

    @classmethod
    def opened(cls, account: AccountId, key: bytes, answer: Any) -> "Vault":
        """Begin with what the server has; Refusal if it does not open or is not signed."""
        sealed = vault_from_json(answer)
        content = open_vault(sealed, key, account)
        return cls(account, key, KeptVault(content, content, sealed))

    @property
    def content(self) -> VaultContent:
        """The contents as they are here."""
        return self._kept.content

    @property
    def version(self) -> int:
        """The newest version of the server's that was opened here."""
        return self._kept.newest.version

    @property
    def stored(self) -> bool:
        """Whether the server has all of it."""
        return self._kept.content == self._kept.base

    def keep(self) -> dict[str, Any]:
        """Return what to write into the store."""
        return {"vault": self._kept}

    def change(self, change: Callable[[VaultContent], VaultContent]) -> Work[None]:
        """Change the contents here and now, and let the server have them."""
        content = change(self.content)
        if content == self.content:
            return
        self._kept = replace(self._kept, content=content)
        yield from write(self.keep())
        yield from self.flush()

    def flush(self) -> Work[None]:
        """Store what is not stored yet; MemberError vault.version if others are always faster."""
        for _ in range(_ATTEMPTS):
            if self.stored or (yield from self._put()):
                return
        raise MemberError("vault.version")

    def refresh(self) -> Work[None]:
        """Take the server's version if it is newer, with this device's own changes upon it; Refusal if rolled back."""
        sealed = vault_from_json((yield from get("/api/vault")))
        remote = open_vault(sealed, self._key, self.account, self._kept.newest)
        if sealed.version == self.version:
            return
        merged = merge(self._kept.base, self._kept.content, remote)
        self._kept = KeptVault(merged, remote, sealed)
        yield from write(self.keep())

    def _put(self) -> Work[bool]:
        """One attempt; False if another device was first and its version is taken in now."""
        content = self.content
        sealed = seal_vault(content, self._key, self.account, self.version + 1)
        try:
            yield from put("/api/vault", sealed.to_json(), repeatable=False)
        except MemberError as error:
            if error.code != "vault.version":
                raise
            yield from self.refresh()
            return False
        self._kept = KeptVault(content, content, sealed)
        yield from write(self.keep())
        return True


def merge(base: VaultContent, mine: VaultContent, theirs: VaultContent) -> VaultContent:
    """Return ``theirs`` with what changed from ``base`` to ``mine`` put upon it, entry by entry."""
    # Box keys are only ever appended, by a revocation, which writes list and vault at once.
    boxes = theirs.boxes if len(theirs.boxes) >= len(mine.boxes) else mine.boxes
    pins = _merged(base.pins, mine.pins, theirs.pins)
    return VaultContent(theirs.sign, boxes, pins, _merged(base.labels, mine.labels, theirs.labels))


def _merged(base: Mapping[Key, Entry], mine: Mapping[Key, Entry], theirs: Mapping[Key, Entry]) -> dict[Key, Entry]:
    changed = {name: entry for name, entry in mine.items() if base.get(name) != entry}
    return {**theirs, **changed}
