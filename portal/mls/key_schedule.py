"""From one epoch's secrets to the next one's (RFC 9420 §8), and pre-shared keys (§8.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.mls.codec import Reader, opaque, u16
from portal.mls.context import GroupContext
from portal.mls.derive import derive_secret, expand_with_label, extract
from portal.mls.errors import MalformedError, RefusedError
from portal.mls.proposals import PskId, PskType
from portal.mls.suites import Suite


@dataclass(frozen=True, slots=True, repr=False)
class EpochSecrets:
    """What an epoch's keys come from (§8, table 4), each ``hash_bytes`` long. ``init`` is for the epoch after it."""

    sender_data: bytes
    encryption: bytes
    exporter: bytes
    external: bytes
    confirmation_key: bytes
    membership_key: bytes
    resumption_psk: bytes
    epoch_authenticator: bytes
    init: bytes

    def encode(self) -> bytes:
        """Return the bytes to store; the encryption secret is left out, since the secret tree has taken its place."""
        return b"".join(opaque(getattr(self, name)) for name in self.__slots__ if name != "encryption")

    @classmethod
    def read(cls, reader: Reader, suite: Suite) -> "EpochSecrets":
        """Take what ``encode`` wrote; MalformedError."""
        read = {name: reader.opaque() for name in cls.__slots__ if name != "encryption"}
        if any(len(secret) != suite.hash_bytes for secret in read.values()):
            raise MalformedError("malformed.state")
        return cls(**read, encryption=b"")


def joiner_secret(suite: Suite, init: bytes, commit: bytes, context: GroupContext) -> bytes:
    """Mix a commit's secret into the last epoch's init secret (§8)."""
    return expand_with_label(suite, extract(suite, init, commit), "joiner", context.encode(), suite.hash_bytes)


def welcome_secret(suite: Suite, joiner: bytes, psk: bytes) -> bytes:
    """Derive what a Welcome's group info is sealed with (§8, §12.4.3.1)."""
    return derive_secret(suite, extract(suite, joiner, psk), "welcome")


def secrets_of(suite: Suite, joiner: bytes, psk: bytes, context: GroupContext) -> EpochSecrets:
    """Derive an epoch from what its new members are given, too, and its pre-shared keys (§8)."""
    member = extract(suite, joiner, psk)
    return epoch_secrets(suite, expand_with_label(suite, member, "epoch", context.encode(), suite.hash_bytes))


def epoch_secrets(suite: Suite, epoch: bytes) -> EpochSecrets:
    """Derive all of an epoch's secrets from its own (§8, table 4)."""
    return EpochSecrets(
        sender_data=derive_secret(suite, epoch, "sender data"),
        encryption=derive_secret(suite, epoch, "encryption"),
        exporter=derive_secret(suite, epoch, "exporter"),
        external=derive_secret(suite, epoch, "external"),
        confirmation_key=derive_secret(suite, epoch, "confirm"),
        membership_key=derive_secret(suite, epoch, "membership"),
        resumption_psk=derive_secret(suite, epoch, "resumption"),
        epoch_authenticator=derive_secret(suite, epoch, "authentication"),
        init=derive_secret(suite, epoch, "init"),
    )


def export(suite: Suite, exporter: bytes, label: str, context: bytes, length_bytes: int) -> bytes:
    """§8.5, MLS-Exporter."""
    secret = derive_secret(suite, exporter, label)
    return expand_with_label(suite, secret, "exported", suite.digest(context), length_bytes)


def no_secret(suite: Suite) -> bytes:
    """Return the zeros that stand where a commit has no path, or no pre-shared key."""
    return bytes(suite.hash_bytes)


def psk_secret(suite: Suite, psks: Sequence[tuple[PskId, bytes]]) -> bytes:
    """Mix pre-shared keys, in their order, into one secret (§8.4)."""
    secret = no_secret(suite)
    for index, (psk, key) in enumerate(psks):
        label = psk.encode() + u16(index) + u16(len(psks))
        extracted = extract(suite, no_secret(suite), key)
        mixed = expand_with_label(suite, extracted, "derived psk", label, suite.hash_bytes)
        secret = extract(suite, mixed, secret)
    return secret


def find_psks(
    psks: Sequence[PskId], external: Mapping[bytes, bytes], past: Mapping[int, bytes], group_id: bytes
) -> list[tuple[PskId, bytes]]:
    """Look pre-shared keys up: external ones by identifier, resumption keys of this group by epoch.

    Raises:
        RefusedError: psk.unknown.
    """
    found = []
    for psk in psks:
        if psk.kind is PskType.EXTERNAL:
            key = external.get(psk.identifier)
        else:
            key = past.get(psk.epoch) if psk.group_id == group_id else None
        if key is None:
            raise RefusedError("psk.unknown")
        found.append((psk, key))
    return found
