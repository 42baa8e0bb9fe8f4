"""Sizes and signed bytes of the sealed vault (docs/protocol.md §3). Sealing and opening are the clients' alone."""

import hashlib
from typing import Final

from portal.wire.ids import AccountId, id_bytes

VAULT_LABEL: Final = b"portal vault v1\0"
SEALED_MIN_BYTES: Final = 28  # nonce 12, tag 16
SEALED_MAX_BYTES: Final = 1 << 20
WRAP_BYTES: Final = 60  # nonce 12, vault key 32, tag 16
RECOVERY_AUTH_BYTES: Final = 32


def vault_signed_bytes(account: AccountId, version: int, sealed: bytes) -> bytes:
    """Return what the account's sign key signs for one version of its vault."""
    return VAULT_LABEL + id_bytes(account) + version.to_bytes(8, "big") + hashlib.sha256(sealed).digest()
