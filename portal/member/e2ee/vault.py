"""The vault: what an account needs on any device, sealed under one random key (docs/protocol.md §3).

The passphrase and the recovery key wrap that key separately.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from portal.member.e2ee import aead, box, signing
from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.signing import SigningKey, verify
from portal.wire.ids import AccountId, DeviceId, b64, id_bytes, is_id, unb64
from portal.wire.padding import LENGTH_BYTES, pad
from portal.wire.vault import SEALED_MIN_BYTES, VAULT_LABEL, WRAP_BYTES, vault_signed_bytes

VAULT_KEY_BYTES: Final = 32
EXPORT_KEY_BYTES: Final = 64
_WRAP_LABEL: Final = b"portal wrap v1\0"
_STEP_BYTES: Final = 4096

WrapKind: TypeAlias = Literal["passphrase", "recovery"]


@dataclass(frozen=True, slots=True)
class Pin:
    """What an account remembers of another one: its sign key as first seen, keys acknowledged later (32 bytes each).

    ``name`` is the one that the server said at first sight, at the verification, or when another was accepted last.
    """

    sign: bytes
    verified: bool = False
    acknowledged: tuple[bytes, ...] = ()
    name: str | None = None

    @property
    def current(self) -> bytes:
        """The key that counts: the one acknowledged last, else the one seen first."""
        return self.acknowledged[-1] if self.acknowledged else self.sign


@dataclass(frozen=True, slots=True)
class VaultContent:
    """The contents: 32-byte seeds of the sign key and of the box keys, oldest first; ``labels`` name own devices."""

    sign: bytes = field(repr=False)
    boxes: tuple[bytes, ...] = field(repr=False)
    pins: Mapping[AccountId, Pin] = field(default_factory=dict)
    labels: Mapping[DeviceId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SealedVault:
    """A vault as it is stored: nonce, ciphertext and tag; and the 64-byte signature of the account's key."""

    version: int
    sealed: bytes
    signature: bytes

    def to_json(self) -> dict[str, str | int]:
        """Return the JSON form."""
        return {"version": self.version, "sealed": b64(self.sealed), "sig": b64(self.signature)}


def vault_from_json(answer: Any) -> SealedVault:
    """Read the JSON form; Refusal vault.malformed."""
    try:
        vault = SealedVault(answer["version"], unb64(answer["sealed"]), unb64(answer["sig"], signing.SIGNATURE_BYTES))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal("vault.malformed") from error
    version: object = vault.version
    require(isinstance(version, int) and not isinstance(version, bool) and version >= 0, "vault.malformed")
    return vault


def new_vault_key() -> bytes:
    """Return a fresh vault key, 32 bytes."""
    return secrets.token_bytes(VAULT_KEY_BYTES)


def seal_vault(content: VaultContent, key: bytes, account: AccountId, version: int) -> SealedVault:
    """Seal and sign version ``version`` of the vault, padded to a multiple of 4 KiB."""
    raw = _write(content)
    padded = pad(raw, -(-(LENGTH_BYTES + len(raw)) // _STEP_BYTES) * _STEP_BYTES)
    sealed = aead.seal(key, padded, _aad(account, version))
    signature = SigningKey(content.sign).sign(vault_signed_bytes(account, version, sealed))
    return SealedVault(version, sealed, signature)


def open_vault(vault: SealedVault, key: bytes, account: AccountId, known: SealedVault | None = None) -> VaultContent:
    """Open a vault and check that the sign key inside signed it. ``known`` is the newest version seen before.

    That it is the account's own sign key is shown by the account's device list, which the caller compares.

    Raises:
        Refusal: vault.rolled_back, vault.cipher, vault.malformed or vault.forged.
    """
    if known is not None:
        same = vault.version == known.version and vault.sealed == known.sealed
        newer = vault.version > known.version
        require(newer or same, "vault.rolled_back", version=vault.version, known=known.version)
    require(len(vault.sealed) > SEALED_MIN_BYTES, "vault.malformed")
    padded = aead.open_sealed(key, vault.sealed, _aad(account, vault.version))
    if padded is None:
        raise Refusal("vault.cipher", version=vault.version)
    content = _read(padded)
    signed = vault_signed_bytes(account, vault.version, vault.sealed)
    require(verify(SigningKey(content.sign).public, signed, vault.signature), "vault.forged", version=vault.version)
    return content


def wrap_vault_key(key: bytes, account: AccountId, kind: WrapKind, wrap_key: bytes) -> bytes:
    """Wrap the vault key under ``wrap_key`` (32 bytes); returns 60 bytes."""
    return aead.seal(wrap_key, key, _wrap_aad(account, kind))


def unwrap_vault_key(wrap: bytes, account: AccountId, kind: WrapKind, wrap_key: bytes) -> bytes:
    """Return the vault key in a wrap; Refusal vault.wrap if it does not open."""
    key = aead.open_sealed(wrap_key, wrap, _wrap_aad(account, kind)) if len(wrap) == WRAP_BYTES else None
    if key is None:
        raise Refusal("vault.wrap", kind=kind)
    return key


def passphrase_wrap_key(export_key: bytes) -> bytes:
    """Return the wrap key (32 bytes) that OPAQUE's export key (64 bytes) gives."""
    if len(export_key) != EXPORT_KEY_BYTES:
        msg = f"an export key has {EXPORT_KEY_BYTES} bytes, not {len(export_key)}"
        raise ValueError(msg)
    return aead.hkdf(export_key, b"", b"portal wrap passphrase v1", aead.KEY_BYTES)


def _aad(account: AccountId, version: int) -> bytes:
    return VAULT_LABEL + id_bytes(account) + version.to_bytes(8, "big")


def _wrap_aad(account: AccountId, kind: WrapKind) -> bytes:
    return _WRAP_LABEL + id_bytes(account) + kind.encode()


def _write(content: VaultContent) -> bytes:
    pins = {account: _pin_fields(pin) for account, pin in content.pins.items()}
    fields = {"v": 1, "sign": b64(content.sign), "box": list(map(b64, content.boxes)), "pins": pins}
    return json.dumps(fields | {"labels": dict(content.labels)}, ensure_ascii=False, separators=(",", ":")).encode()


def _read(padded: bytes) -> VaultContent:
    length = int.from_bytes(padded[:LENGTH_BYTES], "big")
    require(LENGTH_BYTES + length <= len(padded), "vault.malformed")
    try:
        fields: Any = json.loads(padded[LENGTH_BYTES : LENGTH_BYTES + length])
        boxes = tuple(unb64(seed, box.SEED_BYTES) for seed in fields["box"])
        pins = {account: _pin(pin) for account, pin in fields["pins"].items()}
        content = VaultContent(unb64(fields["sign"], signing.SEED_BYTES), boxes, pins, dict(fields["labels"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Refusal("vault.malformed") from error
    named = all(map(is_id, [*content.pins, *content.labels]))
    texts = all(isinstance(label, str) for label in content.labels.values())
    require(fields.get("v") == 1 and bool(boxes) and named and texts, "vault.malformed")
    return content


def _pin_fields(pin: Pin) -> dict[str, Any]:
    acknowledged = list(map(b64, pin.acknowledged))
    fields: dict[str, Any] = {"sign": b64(pin.sign), "verified": pin.verified, "acknowledged": acknowledged}
    return fields if pin.name is None else fields | {"name": pin.name}


def _pin(fields: Any) -> Pin:
    name = fields.get("name")
    if not isinstance(fields["verified"], bool) or not isinstance(name, str | None):
        msg = "no pin"
        raise TypeError(msg)
    acknowledged = tuple(unb64(key, signing.PUBLIC_KEY_BYTES) for key in fields["acknowledged"])
    return Pin(unb64(fields["sign"], signing.PUBLIC_KEY_BYTES), fields["verified"], acknowledged, name)
