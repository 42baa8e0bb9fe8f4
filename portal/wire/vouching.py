"""By what a person answers for an interpreter: a statement signed with the person's own key (docs/protocol.md §1)."""

from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from portal.wire.canonical import canonical_json
from portal.wire.device_list import VerifySignature
from portal.wire.fields import VERSION, id_field, number_field, read_fields, require, signature_key_field, text_field
from portal.wire.ids import AccountId, b64

LABEL: Final = b"portal interpreter v1\0"
OP: Final = "vouch"
VOUCHING_MAX_BYTES: Final = 512
_FIELDS: Final = frozenset({"account", "at", "by", "for", "op", "sign", "v"})

Readers = Literal["room", "delegation"]
"""Whom an interpreter's translations are sealed for: everybody in the room, or its own delegation there."""


@dataclass(frozen=True, slots=True)
class Vouching:
    """``by`` answers for the interpreter ``account`` with the key ``sign`` (32 bytes), at ``at_s`` by its own clock."""

    account: AccountId
    at_s: int
    by: AccountId
    readers: Readers
    sign: bytes

    def to_bytes(self) -> bytes:
        """Return the statement's body: canonical JSON."""
        return canonical_json(
            {
                "account": self.account,
                "at": self.at_s,
                "by": self.by,
                "for": self.readers,
                "op": OP,
                "sign": b64(self.sign),
                "v": VERSION,
            }
        )


def vouching_signed_bytes(body: bytes) -> bytes:
    """Return what the owner's sign key signs."""
    return LABEL + body


def parse_vouching(body: bytes) -> Vouching:
    """Read a statement's body; whose signature it bears is ``read_vouching``'s to judge.

    Raises:
        StatementError: it is malformed, or somebody answers for oneself.
    """
    fields = read_fields(body, VOUCHING_MAX_BYTES, _FIELDS)
    require(fields["op"] == OP, f"{OP} is what the statement does")
    readers = text_field(fields, "for")
    require(readers in get_args(Readers), "translations are for the room or for the delegation")
    vouching = Vouching(
        account=AccountId(id_field(fields, "account")),
        at_s=number_field(fields, "at"),
        by=AccountId(id_field(fields, "by")),
        readers=cast("Readers", readers),
        sign=signature_key_field(fields, "sign"),
    )
    require(vouching.account != vouching.by, "nobody answers for oneself")
    return vouching


def read_vouching(body: bytes, signature: bytes, owner_sign: bytes, verify: VerifySignature) -> Vouching:
    """Read a statement that must be signed by ``owner_sign`` (32 bytes).

    Raises:
        StatementError: it is malformed, or the signature (64 bytes) is not by that key.
    """
    vouching = parse_vouching(body)
    require(verify(owner_sign, vouching_signed_bytes(body), signature), "the signature is not its owner's")
    return vouching
