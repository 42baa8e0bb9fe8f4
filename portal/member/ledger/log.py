"""Asking the public log. What comes is checked where it is used; a refusal is a MemberError that does not pass."""

from typing import Any, Final

from portal.member.work import MemberError, Wait, Work, get, get_bytes
from portal.wire.ledger.base64 import std_unb64
from portal.wire.ledger.merkle import HASH_BYTES, PROOF_MAX
from portal.wire.ledger.note import NOTE_MAX_BYTES, NoteError
from portal.wire.ledger.tiles import TILE_WIDTH, TilePlace, parse_bundle

REFUSED_PAUSE_S: Final = 3.0
_ABSENT: Final = frozenset({"request.not_found", "ledger.absent"})


def key() -> Work[str | None]:
    """Return the line of the log's verifier key; None if there is no ledger."""
    line = yield from _absent(_text("/ledger/key"))
    return None if line is None else line.rstrip("\n")


def checkpoint() -> Work[str | None]:
    """Return the newest signed checkpoint; None before the first."""
    return (yield from _absent(_text("/ledger/checkpoint")))


def milestone() -> Work[str | None]:
    """Return the newest checkpoint that witnesses had time to cosign."""
    return (yield from _absent(_text("/ledger/milestone")))


def policy() -> Work[str | None]:
    """Return whose cosignatures are enough, as text."""
    return (yield from _absent(_text("/ledger/policy")))


def consistency(old: int, new: int) -> Work[list[bytes]]:
    """Return the hashes of a consistency proof; what is refused is asked for once more, some seconds later.

    To refuse it accuses the log for good, so a server that was just starting must not be taken for one that hides.
    """
    path = f"/ledger/consistency?old={old}&new={new}"
    try:
        return (yield from _hashes(path))
    except MemberError as error:
        if error.code not in _ABSENT:
            raise
    yield Wait(REFUSED_PAUSE_S)
    return (yield from _hashes(path))


def inclusion(index: int, size: int) -> Work[list[bytes]]:
    """Return the hashes of an inclusion proof."""
    return (yield from _hashes(f"/ledger/proof?index={index}&size={size}"))


def leaf(index: int, size: int) -> Work[bytes]:
    """Return the hash of the leaf at ``index`` of the tree of ``size``."""
    tile, at = divmod(index, TILE_WIDTH)
    width = min(TILE_WIDTH, size - tile * TILE_WIDTH)
    raw = yield from get_bytes(f"/ledger/tile/{TilePlace(0, tile, width).to_text()}")
    if len(raw) != width * HASH_BYTES:
        raise malformed()
    return raw[at * HASH_BYTES : (at + 1) * HASH_BYTES]


def entries(bundle: int, width: int) -> Work[list[bytes]]:
    """Return the entries of a bundle, of which ``width`` are there."""
    raw = yield from get_bytes(f"/ledger/tile/{TilePlace(None, bundle, width).to_text()}")
    try:
        return parse_bundle(raw, width)
    except NoteError:
        raise malformed() from None


def malformed() -> MemberError:
    """Return the failure for an answer that no honest server gives: not a fault of the network."""
    return MemberError("ledger.malformed")


def _text(path: str) -> Work[str]:
    raw = yield from get_bytes(path)
    try:
        if len(raw) <= NOTE_MAX_BYTES:
            return raw.decode()
    except UnicodeDecodeError:
        raise malformed() from None
    raise malformed()


def _hashes(path: str) -> Work[list[bytes]]:
    answer: Any = yield from get(path)
    hashes = answer.get("hashes") if isinstance(answer, dict) else None
    if not isinstance(hashes, list) or len(hashes) > PROOF_MAX:
        raise malformed()
    try:
        return [std_unb64(text, HASH_BYTES) for text in hashes]
    except (ValueError, TypeError, AttributeError):
        raise malformed() from None


def _absent(work: Work[str]) -> Work[str | None]:
    try:
        return (yield from work)
    except MemberError as error:
        if error.code not in _ABSENT:
            raise
        return None
