"""Verifying notes: a log's signature, and which witnesses stand behind a checkpoint."""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from portal.wire.ledger.checkpoint import Checkpoint, parse_checkpoint
from portal.wire.ledger.cosignature import cosigned_message, parse_timed_signature
from portal.wire.ledger.note import (
    ED25519,
    ML_DSA_44_COSIGNATURE,
    Note,
    NoteError,
    NoteSignature,
    VerifierKey,
    parse_note,
)


class UnverifiedNoteError(NoteError):
    """A note without a valid signature of the key that it needs, or with a broken one of a known key."""


def verify_signature(key: VerifierKey, text: str, line: NoteSignature) -> int | None:
    """Return when ``key`` signed the note's ``text`` by ``line``: seconds since 1970, 0 for the log's own type.

    None if the line is not its valid signature.
    """
    try:
        if key.kind == ED25519:
            at_s, message, signature = 0, text.encode(), line.value
        else:
            at_s, signature = parse_timed_signature(line.value, key.kind)
            message = cosigned_message(key.kind, key.name, parse_checkpoint(text), at_s)
        _public(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return None
    return at_s if line.is_of(key) else None


def verify_note(text: str, key: VerifierKey) -> Note:
    """Return the note that ``text`` is, signed by ``key``.

    Raises:
        NoteError: it is no note.
        UnverifiedNoteError: no signature is by that key, or one that says so is not.
    """
    note = parse_note(text)
    lines = [line for line in note.signatures if line.is_of(key)]
    if not lines or any(verify_signature(key, note.text, line) is None for line in lines):
        msg = f"not signed by {key.name}"
        raise UnverifiedNoteError(msg)
    return note


def verify_checkpoint(text: str, key: VerifierKey) -> Checkpoint:
    """Return the checkpoint that the log with ``key`` signed; its origin is the key's name.

    Raises:
        NoteError: it is no note, or no checkpoint of that log.
        UnverifiedNoteError: as ``verify_note``.
    """
    checkpoint = parse_checkpoint(verify_note(text, key).text)
    if checkpoint.origin != key.name:
        msg = f"a checkpoint of {checkpoint.origin}, signed by {key.name}"
        raise UnverifiedNoteError(msg)
    return checkpoint


def cosigned(note: Note, witnesses: Mapping[str, VerifierKey]) -> dict[str, int]:
    """Return which of ``witnesses`` (names of the policy) cosigned ``note``, and when: seconds since 1970.

    Raises:
        UnverifiedNoteError: a line says that it is by one of them, and is not.
    """
    found = {}
    for name, key in witnesses.items():
        for line in note.signatures:
            if line.is_of(key):
                at_s = verify_signature(key, note.text, line)
                if at_s is None:
                    msg = f"a broken cosignature of {name}"
                    raise UnverifiedNoteError(msg)
                found[name] = at_s
    return found


def _public(key: VerifierKey) -> Ed25519PublicKey | MLDSA44PublicKey:
    if key.kind == ML_DSA_44_COSIGNATURE:
        return MLDSA44PublicKey.from_public_bytes(key.key)
    return Ed25519PublicKey.from_public_bytes(key.key)
