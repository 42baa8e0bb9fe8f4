"""Whether people's device lists stand in the ledger. Twin of static/src/member/ledger/listings.ts and shown.ts.

| the newest statement is                             | its devices                                            |
|-----------------------------------------------------|--------------------------------------------------------|
| proven: the log holds the commitment to it          | count                                                  |
| not proven yet, first seen less than an hour ago    | count: it is being entered                             |
| not proven an hour after, while the log does answer | what it added since the last proven one is not         |
|                                                     | believed; nothing is sealed to the account             |
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal.member.content_fields import is_count
from portal.member.ledger import log
from portal.member.ledger.kept import GRACE_S, Listing, Place, Signed
from portal.member.work import MemberError, Work, is_passing
from portal.wire.device_list import SignedStatement
from portal.wire.ids import AccountId, b64, unb64
from portal.wire.ledger.entries import NONCE_BYTES, Entry, Kind, commitment, device_list_tag
from portal.wire.ledger.merkle import leaf_hash, verify_inclusion


@dataclass(frozen=True, slots=True)
class Shown:
    """A verified list as it was shown: the account's key, each statement's hash, and what the server says of it."""

    sign: bytes
    heads: tuple[bytes, ...]
    places: tuple[Place | None, ...]


def shown_in(sign: bytes, statements: Sequence[SignedStatement], answer: Sequence[Any]) -> Shown:
    """Return a verified list with what the answer that brought it says of its places in the ledger."""
    heads = tuple(statement.sha256 for statement in statements)
    places = tuple(
        _place(seq, head, one.get("ledger")) for seq, (head, one) in enumerate(zip(heads, answer, strict=True))
    )
    return Shown(sign, heads, places)


def noted(before: Listing | None, shown: Shown, now_s: int) -> Listing:
    """Return what is known of a list after it was shown."""
    newest = len(shown.heads) - 1
    same = before if before is not None and before.sign == shown.sign else None
    proven = -1 if same is None else same.proven
    place = next((place for place in reversed(shown.places) if place is not None and place.seq > proven), None)
    waiting = same is not None and same.proven < same.newest
    since_s = same.since_s if same is not None and waiting else now_s
    refused = same is not None and same.refused and proven < newest
    return Listing(shown.sign, proven, newest, place, since_s, refused)


def commitment_of(account: AccountId, place: Place) -> bytes:
    """Return the commitment to a statement of a device list."""
    statement = {"account": account, "list": b64(place.head), "version": place.seq}
    return commitment(Kind.DEVICE_LIST, place.nonce, statement)


def judged(account: AccountId, listing: Listing, tree: Signed, now_s: float) -> Work[Listing]:
    """Look for the list in the tree.

    Raises:
        MemberError: of a passing kind, unless the hour is over.
    """
    if listing.proven >= listing.newest:
        return listing
    late = now_s - listing.since_s > GRACE_S
    try:
        found = yield from _is_in(account, listing.place, tree)
    except MemberError as error:
        if is_passing(error) and not late:
            raise
        found = False
    if found and listing.place is not None:
        listing = replace(listing, proven=listing.place.seq, place=None)
    return replace(listing, refused=listing.proven < listing.newest and late)


def _is_in(account: AccountId, place: Place | None, tree: Signed) -> Work[bool]:
    if place is None or place.index >= tree.size:
        return False
    entry = Entry(Kind.DEVICE_LIST, device_list_tag(account), commitment_of(account, place))
    proof = yield from log.inclusion(place.index, tree.size)
    return verify_inclusion(leaf_hash(entry.to_bytes()), place.index, tree.size, proof, tree.root)


def _place(seq: int, head: bytes, said: Any) -> Place | None:
    """Where the ledger has a statement, by the server's word; None as long as it has none, or for what is no place."""
    if not isinstance(said, dict) or not is_count(said.get("index")):
        return None
    nonce = said.get("nonce")
    try:
        return Place(seq, head, said["index"], unb64(nonce, NONCE_BYTES)) if isinstance(nonce, str) else None
    except ValueError:
        return None
