"""Becoming somebody new: an account made from an invitation, for a person or an interpreter (docs/protocol.md §6).

new_keys → kept, if the passphrase is random → onboard: passphrase, list, vault, wraps → signed in

Whether an onboarding whose answer was lost took place shows the next sign-in.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from portal.member.answers import checked
from portal.member.e2ee.box import BoxKey
from portal.member.e2ee.devices import add_device, found, statement_to_json, verify_device_list
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.opaque import start_registration
from portal.member.e2ee.recovery import new_recovery_key, print_recovery_key, recovery_auth, recovery_wrap_key
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vault import (
    Pin,
    VaultContent,
    new_vault_key,
    passphrase_wrap_key,
    seal_vault,
    wrap_vault_key,
)
from portal.member.session import Opened, Session
from portal.member.vault import Vault
from portal.member.work import MemberError, Work, is_passing, post, write
from portal.wire.device_list import DeviceKind
from portal.wire.ids import AccountId, DeviceId, b64, new_id

_OPAQUE_S: Final = 60.0
_PASSPHRASE_BYTES: Final = 32
FIRST_VERSION: Final = 1
"""Of a vault."""


@dataclass(frozen=True, slots=True)
class NewKeys:
    """Everything that an account is made of: seeds of 32 bytes, the vault's key, the recovery key of 20 bytes.

    ``passphrase`` is random where nobody types it (interpreters).
    """

    account: AccountId
    device: DeviceId
    kind: DeviceKind
    sign: bytes = field(repr=False)
    box: bytes = field(repr=False)
    key: bytes = field(repr=False)
    vault_key: bytes = field(repr=False)
    recovery_key: bytes = field(repr=False)
    passphrase: str = field(repr=False)

    @property
    def identity(self) -> DeviceIdentity:
        """The first device."""
        return DeviceIdentity(self.account, self.device, self.kind, SigningKey(self.key))

    @property
    def printed_recovery_key(self) -> str:
        """The recovery key as people keep it."""
        return print_recovery_key(self.recovery_key)


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation's id and secret, as they stand in its link."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """How the new account is called; an interpreter gets the name and languages that were approved instead."""

    handle: str
    name: str
    languages: tuple[str, ...]


def new_keys(kind: DeviceKind, passphrase: str | None = None) -> NewKeys:
    """Make fresh keys; without a passphrase, a random one of 256 bits."""
    return NewKeys(
        account=AccountId(new_id()),
        device=DeviceId(new_id()),
        kind=kind,
        sign=SigningKey.generate().seed,
        box=BoxKey.generate().seed,
        key=SigningKey.generate().seed,
        vault_key=new_vault_key(),
        recovery_key=new_recovery_key(),
        passphrase=b64(secrets.token_bytes(_PASSPHRASE_BYTES)) if passphrase is None else passphrase,
    )


def onboard(
    keys: NewKeys,
    invited: Invited,
    wish: NewAccount,
    now_s: Callable[[], float],
    pins: Mapping[AccountId, Pin] = MappingProxyType({}),
) -> Work[Opened]:
    """Make the account; its first device is signed in then, and kept so. ``pins`` are keys that it knows already.

    Raises:
        MemberError: invitation.unknown, invitation.used, invitation.expired, handle.taken, handle.malformed. After one
            that passes it is unknown whether the account was made: sign in to see, as the device that is kept here.
    """
    registration = start_registration(keys.passphrase)
    link = {"id": invited.id, "secret": invited.secret, "account": keys.account}
    answer = yield from post("/api/onboarding/start", {**link, "request": registration.request}, repeatable=True)
    record, export_key = registration.finish(checked(answer, {"response": str})["response"])
    sign, at_s = SigningKey(keys.sign), int(now_s())
    founding = found(keys.account, sign, BoxKey(keys.box).public, at_s)
    listing = keys.device, keys.identity.key.public, keys.kind
    adding = add_device(verify_device_list(keys.account, [founding]), sign, at_s, listing, FIRST_VERSION)
    sealed = seal_vault(VaultContent(keys.sign, (keys.box,), pins), keys.vault_key, keys.account, FIRST_VERSION)
    statement = statement_to_json(adding)
    body = link | {
        "handle": wish.handle,
        "name": wish.name,
        "languages": list(wish.languages),
        "opaque_record": record,
        "statements": [statement_to_json(founding), statement],
        "vault": sealed.to_json(),
        "wraps": _wraps(keys, export_key),
        "recovery_auth_sha256": b64(hashlib.sha256(recovery_auth(keys.recovery_key)).digest()),
    }
    vault = Vault.opened(keys.account, keys.vault_key, sealed.to_json())
    said = statement["body"], statement["sig"]
    session = Session(keys.account, wish.handle, keys.device, keys.kind, keys.key, keys.vault_key, said)
    # Kept before the server hears of it: signing in needs the very statement that listed this device.
    yield from write({"session": session, **vault.keep()})
    try:
        me = checked((yield from post("/api/onboarding/finish", body, timeout_s=_OPAQUE_S)), {"handle": str})
    except MemberError as error:
        if not is_passing(error):
            yield from write({"session": None, "vault": None})
        raise
    session = replace(session, handle=me["handle"])
    yield from write({"session": session})
    return Opened(session, vault)


def _wraps(keys: NewKeys, export_key: bytes) -> dict[str, str]:
    by_passphrase, by_recovery = passphrase_wrap_key(export_key), recovery_wrap_key(keys.recovery_key)
    return {
        "passphrase": b64(wrap_vault_key(keys.vault_key, keys.account, "passphrase", by_passphrase)),
        "recovery": b64(wrap_vault_key(keys.vault_key, keys.account, "recovery", by_recovery)),
    }
