"""The sealed vault: compare-and-swap on its version, signed by the account. The server can not open it."""

import sqlalchemy as sa

from portal.server.accounts import schemas
from portal.server.accounts.device_lists import verify_ed25519
from portal.server.accounts.models import Account, Vault, VaultWrap
from portal.server.accounts.policy import own_account
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import AccountId, Id, unb64
from portal.wire.vault import SEALED_MIN_BYTES, vault_signed_bytes

FIRST_VERSION = 1


def create_vault(unit: Unit, account: Account, vault: schemas.VaultText, wraps: schemas.Wraps) -> None:
    """Keep the first vault of a new account.

    Raises:
        PeerError: vault.refused, if its version is not 1 or its signature is wrong.
    """
    if vault.version != FIRST_VERSION:
        raise PeerError("vault.refused", reason="the first vault has version 1")
    sealed = _checked(account, vault)
    unit.session.add(
        Vault(account_id=account.id, version=vault.version, sealed=sealed, signature=unb64(vault.sig)),
    )
    keep_wrap(unit, account.id, "passphrase", wraps.passphrase)
    keep_wrap(unit, account.id, "recovery", wraps.recovery)


def write_vault(unit: Unit, account: Account, vault: schemas.VaultText) -> None:
    """Put the next version of ``account``'s vault in place of the last.

    Raises:
        UserError: vault.version (with the present one), if it does not follow: someone else wrote meanwhile.
        PeerError: vault.refused, if its signature is wrong.
    """
    row = unit.session.get_one(Vault, account.id, with_for_update=True)
    if vault.version != row.version + 1:
        raise UserError("vault.version", version=row.version)
    row.sealed = _checked(account, vault)
    row.signature = unb64(vault.sig)
    row.version = vault.version
    unit.session.flush()


def put_vault(unit: Unit, actor: Actor, request: schemas.VaultPut) -> None:
    """Write the actor's next vault, with new wraps if given.

    A new recovery wrap and the hash that its key signs in with change together: else a printed key would open the
    vault but not sign in, or the other way round.

    Raises:
        UserError: vault.version.
        PeerError: vault.refused.
    """
    if (request.wraps.recovery is None) != (request.recovery_auth_sha256 is None):
        raise PeerError("vault.refused", reason="a recovery wrap and its sign-in hash change together")
    account = own_account(unit, actor, lock=True)
    write_vault(unit, account, request)
    if request.wraps.passphrase is not None:
        keep_wrap(unit, account.id, "passphrase", request.wraps.passphrase)
    if request.wraps.recovery is not None and request.recovery_auth_sha256 is not None:
        keep_wrap(unit, account.id, "recovery", request.wraps.recovery)
        account.recovery_auth_sha256 = unb64(request.recovery_auth_sha256)


def keep_wrap(unit: Unit, account: str, kind: str, wrap: str) -> None:
    """Put ``wrap`` (60 bytes as base64url) in place of the account's wrap of this kind."""
    unit.session.merge(VaultWrap(account_id=account, kind=kind, wrapped=unb64(wrap)))


def present_version(unit: Unit, account: str) -> int:
    """Return the version of ``account``'s newest vault."""
    return unit.session.scalars(sa.select(Vault.version).where(Vault.account_id == account)).one()


def _checked(account: Account, vault: schemas.VaultText) -> bytes:
    sealed = unb64(vault.sealed)
    if len(sealed) < SEALED_MIN_BYTES:
        raise PeerError("vault.refused", reason="too short to be sealed")
    signed = vault_signed_bytes(AccountId(Id(account.id)), vault.version, sealed)
    if not verify_ed25519(account.sign_key, signed, unb64(vault.sig)):
        raise PeerError("vault.refused", reason="the signature is not the account's")
    return sealed
