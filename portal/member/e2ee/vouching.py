"""A person's word for an interpreter, signed with the person's sign key (docs/protocol.md §1, Interpreters)."""

from dataclasses import dataclass
from typing import Any

from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.signing import SIGNATURE_BYTES, SigningKey, verify
from portal.wire.fields import StatementError
from portal.wire.ids import b64, unb64
from portal.wire.vouching import Vouching, read_vouching, vouching_signed_bytes


@dataclass(frozen=True, slots=True)
class SignedVouching:
    """The statement as it travels: canonical body, 64-byte signature."""

    body: bytes
    signature: bytes

    def to_json(self) -> dict[str, str]:
        """Return the JSON form."""
        return {"body": b64(self.body), "sig": b64(self.signature)}


def vouching_from_json(json: Any) -> SignedVouching:
    """Read the JSON form; Refusal vouching.malformed."""
    try:
        return SignedVouching(unb64(json["body"]), unb64(json["sig"], SIGNATURE_BYTES))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal("vouching.malformed") from error


def vouch(vouching: Vouching, sign: SigningKey) -> SignedVouching:
    """Sign the statement with the owner's sign key."""
    body = vouching.to_bytes()
    return SignedVouching(body, sign.sign(vouching_signed_bytes(body)))


def verified_vouching(signed: SignedVouching, owner_sign: bytes) -> Vouching:
    """Return what the owner, whose sign key (32 bytes) is given, says; Refusal vouching.forged.

    For which account and key, and by whom, is the caller's to compare.
    """
    try:
        return read_vouching(signed.body, signed.signature, owner_sign, verify)
    except StatementError as error:
        raise Refusal("vouching.forged", reason=str(error)) from error
