"""Becoming somebody: sign-in with the passphrase or the printed recovery key, and this device's place in the list.

with_passphrase / with_recovery_key → unwrap the vault key → open the vault → verify the own device list
→ bind: this device, if it is still listed and unrevoked, else a new one
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from portal.member.answers import LISTS, SIGNED_IN, checked
from portal.member.e2ee.devices import add_device, statement_from_json, statement_to_json, verify_device_list
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.opaque import start_sign_in
from portal.member.e2ee.recovery import parse_recovery_key, recovery_auth, recovery_wrap_key
from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vault import passphrase_wrap_key, unwrap_vault_key
from portal.member.vault import Vault
from portal.member.work import MemberError, Work, post, write
from portal.wire.device_list import DeviceKind, DeviceList
from portal.wire.ids import AccountId, DeviceId, b64, new_id, unb64

_OPAQUE_S: Final = 60.0
_ATTEMPTS: Final = 4
_STARTED: Final = {"attempt": str, "response": str}


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in here; kept under "session".

    ``seed`` is the device key's and ``vault_key`` the vault's, 32 bytes each; ``statement`` is the one (body, sig as
    b64) that listed this device.
    """

    account: AccountId
    handle: str
    device: DeviceId
    kind: DeviceKind
    seed: bytes = field(repr=False)
    vault_key: bytes = field(repr=False)
    statement: tuple[str, str]

    @property
    def identity(self) -> DeviceIdentity:
        """The device as the cryptography sees it."""
        return DeviceIdentity(self.account, self.device, self.kind, SigningKey(self.seed))


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that the server knows, and the account's vault."""

    session: Session
    vault: Vault


def with_passphrase(handle: str, passphrase: str) -> Work[tuple[dict[str, Any], bytes]]:
    """Sign in; returns the server's answer and the vault key.

    Raises:
        MemberError: signin.refused, alike for a wrong passphrase and an unknown handle.
    """
    begun = start_sign_in(passphrase)
    start = checked((yield from post("/api/sign-in/start", {"handle": handle, "request": begun.request})), _STARTED)
    try:
        finish, export_key = begun.finish(start["response"])
    except Refusal as refusal:
        raise MemberError("signin.refused") from refusal
    body = {"attempt": start["attempt"], "finish": finish}
    answer: dict[str, Any] = checked((yield from post("/api/sign-in/finish", body, timeout_s=_OPAQUE_S)), SIGNED_IN)
    wrap, key = unb64(answer["wraps"]["passphrase"]), passphrase_wrap_key(export_key)
    return answer, unwrap_vault_key(wrap, answer["account"], "passphrase", key)


def with_recovery_key(handle: str, text: str) -> Work[tuple[dict[str, Any], bytes]]:
    """Sign in with the printed key; returns the server's answer and the vault key.

    Raises:
        Refusal: recovery_key.* for what can not be one.
        MemberError: signin.refused.
    """
    key = parse_recovery_key(text)
    body = {"handle": handle, "recovery_auth": b64(recovery_auth(key))}
    answer: dict[str, Any] = checked((yield from post("/api/sign-in/recovery", body)), SIGNED_IN)
    wrap = unb64(answer["wraps"]["recovery"])
    return answer, unwrap_vault_key(wrap, answer["account"], "recovery", recovery_wrap_key(key))


def bind(
    answer: dict[str, Any], vault_key: bytes, before: Session | None, kind: DeviceKind, now_s: Callable[[], float]
) -> Work[Opened]:
    """Open the vault of a signed-in account and bind the server's session to this device.

    That is ``before``, if it is the same account's and not revoked, else a new one of ``kind``, whose key is kept
    before the server hears of it.

    Raises:
        Refusal: vault.*, device_list.*, if vault or list are not what the account signed.
    """
    account = AccountId(answer["account"])
    vault = Vault.opened(account, vault_key, answer["vault"])
    devices = own_list(vault, answer["statements"])
    listed = None if before is None else devices.devices.get(before.device)
    if before is not None and before.account == account and (listed is None or not listed.revoked):
        device, seed, kind = before.device, before.seed, before.kind
    else:
        device, seed, listed = DeviceId(new_id()), SigningKey.generate().seed, None
    session = Session(account, answer["handle"], device, kind, seed, vault_key, ("", ""))
    if listed is not None and before is not None:
        session = replace(session, statement=before.statement)
        yield from write({"session": session, **vault.keep()})
        yield from post("/api/devices", {"statement": _statement(session)}, repeatable=True)
        return Opened(session, vault)
    return (yield from _list_device(session, vault, devices, now_s))


def own_list(vault: Vault, statements: Any) -> DeviceList:
    """Verify the account's own list: signed by the vault's key, and not newer than the vault.

    Raises:
        Refusal: device_list.*, vault.damaged.
        MemberError: vault.rolled_back.
    """
    devices = verify_device_list(vault.account, [statement_from_json(one) for one in statements])
    require(devices.sign == vault.sign.public, "vault.damaged")
    # Whoever added a device had opened a vault of that version: an older one now means that the server went back.
    if vault.version < devices.vault:
        raise MemberError("vault.rolled_back", version=vault.version, known=devices.vault)
    return devices


def _list_device(session: Session, vault: Vault, devices: DeviceList, now_s: Callable[[], float]) -> Work[Opened]:
    """Add this device to the account's list; somebody else's addition in between only makes it try again."""
    identity = session.identity
    for _ in range(_ATTEMPTS):
        added = identity.device, identity.key.public, identity.kind
        signed = add_device(devices, vault.sign, int(now_s()), added, vault.version)
        json = statement_to_json(signed)
        session = replace(session, statement=(json["body"], json["sig"]))
        yield from write({"session": session, **vault.keep()})
        try:
            yield from post("/api/devices", {"statement": json}, repeatable=True)
        except MemberError as error:
            if error.code != "device.list_moved":
                raise
            body = {"accounts": [vault.account]}
            lists = checked((yield from post("/api/device-lists", body, repeatable=True)), LISTS)
            devices = own_list(vault, lists.get(vault.account, []))
            continue
        return Opened(session, vault)
    raise MemberError("device.list_moved")


def _statement(session: Session) -> dict[str, str]:
    body, sig = session.statement
    return {"body": body, "sig": sig}
