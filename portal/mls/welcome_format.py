"""Welcomes: what lets somebody into an epoch (RFC 9420 §12.4.3.1)."""

import hmac
from dataclasses import dataclass
from typing import Self

from portal.mls.codec import Reader, decode, opaque, optional, u16, vector
from portal.mls.commits import HpkeCiphertext
from portal.mls.context import GroupInfo
from portal.mls.derive import expand_with_label
from portal.mls.errors import RefusedError
from portal.mls.key_schedule import welcome_secret
from portal.mls.proposals import PskId
from portal.mls.sealing import decrypt_with_label, encrypt_with_label, open_sealed, seal
from portal.mls.suites import Suite


@dataclass(frozen=True, slots=True, repr=False)
class PathSecret:
    """The secret of the lowest node that the committer and a new member share (§12.4.3.1)."""

    secret: bytes

    def encode(self) -> bytes:
        """Return the bytes."""
        return opaque(self.secret)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.opaque())


@dataclass(frozen=True, slots=True, repr=False)
class GroupSecrets:
    """What a new member is given (§12.4.3.1); no path secret if the commit had no path."""

    joiner_secret: bytes
    path_secret: PathSecret | None
    psks: tuple[PskId, ...]

    def encode(self) -> bytes:
        """Return the bytes."""
        return opaque(self.joiner_secret) + optional(self.path_secret) + vector(self.psks)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take them; MalformedError."""
        return cls(reader.opaque(), reader.optional(PathSecret.read), reader.vector(PskId.read))


@dataclass(frozen=True, slots=True)
class EncryptedGroupSecrets:
    """Group secrets, sealed to the key package that ``new_member`` is the hash of."""

    new_member: bytes
    sealed: HpkeCiphertext

    def encode(self) -> bytes:
        """Return the bytes."""
        return opaque(self.new_member) + self.sealed.encode()

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take them; MalformedError."""
        return cls(reader.opaque(), HpkeCiphertext.read(reader))


@dataclass(frozen=True, slots=True)
class Welcome:
    """One message for all who were added by a commit."""

    suite: int
    secrets: tuple[EncryptedGroupSecrets, ...]
    encrypted_group_info: bytes

    def encode(self) -> bytes:
        """Return the bytes, without an MLSMessage around them."""
        return u16(self.suite) + vector(self.secrets) + opaque(self.encrypted_group_info)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Take one; MalformedError."""
        return cls(reader.number(2), reader.vector(EncryptedGroupSecrets.read), reader.opaque())

    def open_secrets(self, suite: Suite, ref: bytes, init_private: bytes) -> GroupSecrets:
        """Open what is for the key package of this hash.

        Raises:
            MlsError: suite.other, welcome.not_ours, cipher.welcome, MalformedError.
        """
        if self.suite != suite.number:
            raise RefusedError("suite.other", f"suite {self.suite}")
        for one in self.secrets:
            if hmac.compare_digest(one.new_member, ref):
                context = self.encrypted_group_info
                opened = decrypt_with_label(suite, init_private, "Welcome", context, one.sealed, code="cipher.welcome")
                return decode(GroupSecrets, opened)
        raise RefusedError("welcome.not_ours")

    def open_info(self, suite: Suite, joiner: bytes, psk: bytes) -> GroupInfo:
        """Open the group info, whose signature is the caller's to check; BrokenError cipher.welcome, MalformedError."""
        key, nonce = _info_key(suite, joiner, psk)
        opened = open_sealed(suite, key, nonce, self.encrypted_group_info, b"", code="cipher.welcome")
        return decode(GroupInfo, opened)


def seal_info(suite: Suite, info: GroupInfo, joiner: bytes, psk: bytes) -> bytes:
    """Return the group info, sealed for a Welcome. Its key is used this once."""
    key, nonce = _info_key(suite, joiner, psk)
    return seal(suite, key, nonce, info.encode(), b"")


def seal_secrets(
    suite: Suite, init_key: bytes, ref: bytes, sealed_info: bytes, secrets: GroupSecrets
) -> EncryptedGroupSecrets:
    """Return group secrets, sealed to one new member."""
    sealed = encrypt_with_label(suite, init_key, "Welcome", sealed_info, secrets.encode())
    return EncryptedGroupSecrets(ref, sealed)


def _info_key(suite: Suite, joiner: bytes, psk: bytes) -> tuple[bytes, bytes]:
    secret = welcome_secret(suite, joiner, psk)
    key = expand_with_label(suite, secret, "key", b"", suite.key_bytes)
    return key, expand_with_label(suite, secret, "nonce", b"", suite.nonce_bytes)
