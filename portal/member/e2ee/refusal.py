"""One error for whatever this program does not accept from others. Twin of static/src/e2ee/refusal.ts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "item.malformed": "not an envelope, or a body of an impossible shape",
        "item.forged": "the signature is not by the device that the header names",
        "item.kind": "another kind of item than the one that is due here",
        "item.other_epoch": "the key is for another room, epoch or bucket",
        "item.commitment": "the ciphertext is not bound to this record key",
        "item.cipher": "the cipher's tag is wrong",
        "item.padding": "the padding is not the one that the length demands",
        "item.too_large": "the text does not fit into one item",
        "device_list.malformed": "a statement breaks a rule of the list",
        "device_list.forked": "another history than the one seen before",
        "device_list.rolled_back": "shorter than the one seen before",
        "credential.malformed": "a leaf does not say which device it is",
        "safety.malformed": "a scanned text that is no safety number",
        "vouching.malformed": "no statement about an interpreter",
        "vouching.forged": "not signed with the key of the person who is said to answer for it",
        "vouching.other": "made for another account, another key, or by somebody else",
        "aside.malformed": "no aside",
        "aside.cipher": "not sealed to this account, in this room, by whom it is said to come from",
        "aside.forged": "not signed by a device of the account that it comes from",
        "private.key": "not a private key for this account in this room",
        "private.cipher": "not sealed under this private key, in this room, by this device",
        "key_package.malformed": "no key package of this portal",
        "key_package.lifetime": "expired, not yet valid, or valid for too long",
        "leaf.unlisted": "the account's device list does not hold this device with this key and kind",
        "leaf.revoked": "the device may not be added: its account has revoked it",
        "leaf.profile": "capabilities or extensions that this portal does not use",
        "leaf.duplicate": "a device comes twice in the group",
        "commit.malformed": "no public commit by a member",
        "commit.other_group": "the commit is of another group",
        "commit.other_epoch": "the commit is for another epoch",
        "commit.other_sender": "signed in the group by another device than the one that sent the item",
        "commit.other_data": "what it authenticates is not what the header says",
        "commit.history": "group extensions other than one history policy",
        "commit.bucket": "a day before the one of the epoch that it ends",
        "commit.going": "an account is said to be out of the room although a device of it stays or comes",
        "commit.own": "made by this very device: what it kept when it made it counts",
        "commit.own_removal": "a device can not remove itself: the others do",
        "commit.unknown_member": "asks to remove who is not there",
        "commit.too_large": "more than an item may hold",
        "commit.refused": "RFC 9420's own checks",
        "welcome.not_for_us": "made for key packages that are not this device's",
        "welcome.other_group": "not this room's",
        "welcome.other_commit": "not the welcome that belongs to this commit",
        "welcome.refused": "RFC 9420's own checks",
        "state.malformed": "stored bytes of another version, or damaged",
        "grant.malformed": "no ring grant",
        "grant.forged": "not signed by the device that deposited it",
        "grant.cipher": "it opens with none of the account's keys",
        "grant.mismatch": "what is inside is not what is written on it",
        "vault.malformed": "no vault",
        "vault.cipher": "sealed by another key, for another account or version, or damaged",
        "vault.forged": "not signed by the account's key",
        "vault.rolled_back": "older than the one seen before",
        "vault.wrap": "the wrap does not open: wrong passphrase or recovery key",
        "vault.damaged": "the vault's key is not the one that the account's devices are signed with",
        "recovery_key.length": "a recovery key has 36 characters",
        "recovery_key.character": "a character that no recovery key has",
        "recovery_key.check": "every character is possible, but together they are not a key: a typing error",
        "opaque.refused": "wrong passphrase, or an answer that is not the server's",
        "file.truncated": "the file ends before its last chunk",
        "file.extended": "more chunks than the file has",
        "file.chunk": "damaged, reordered or of another file",
        "file.padding": "bytes after the file's end",
        "file.size": "another size than the message said",
        "file.hash": "another content than the message said",
    }
)
"""The closed list: which check failed."""


class Refusal(Exception):  # noqa: N818 - the name that both twins use: nothing went wrong here
    """Something was not accepted; nothing was changed. ``detail`` holds numbers and ids, never content or keys."""

    def __init__(self, code: str, **detail: str | int | bool | None) -> None:
        if code not in CODES:
            msg = f"no such refusal: {code}"
            raise KeyError(msg)
        super().__init__(code)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        inside = ", ".join(f"{name} {value}" for name, value in self.detail.items())
        return f"{self.code}: {CODES[self.code]}" + (f" ({inside})" if inside else "")


def require(condition: bool, code: str, **detail: str | int | bool | None) -> None:  # noqa: FBT001 - reads as an assertion
    """Raise a Refusal unless ``condition`` holds."""
    if not condition:
        raise Refusal(code, **detail)
