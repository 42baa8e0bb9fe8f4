"""What a commit authenticates beside the group's change (docs/protocol.md §4, authenticated_data)."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from portal.wire.envelope import HASH_BYTES, Envelope
from portal.wire.ids import ID_BYTES, AccountId, Id, b64, id_bytes

COMMIT_LABEL: Final = b"portal commit v1\0"
DAY_S: Final = 86_400


class OtherCommitDataError(ValueError):
    """Authenticated data that does not belong to the item's header, or names accounts out of order."""


def bucket_of(now_s: float) -> int:
    """Return the bucket in which a moment lies: its UTC day, counted from 1970."""
    return int(now_s // DAY_S)


def commit_data(seen_number: int, seen_head: bytes, bucket: int, going: Iterable[AccountId] = ()) -> bytes:
    """Return the authenticated data of a commit.

    That is the record as its maker saw it (``seen_head`` has 32 bytes), the bucket of the epoch that begins, and the
    accounts that are out of the room from then on.
    """
    if len(seen_head) != HASH_BYTES:
        msg = f"a head of {len(seen_head)} bytes"
        raise ValueError(msg)
    accounts = sorted({id_bytes(account) for account in going})
    return COMMIT_LABEL + seen_number.to_bytes(8, "big") + seen_head + bucket.to_bytes(4, "big") + b"".join(accounts)


def accounts_going(authenticated: bytes, envelope: Envelope) -> tuple[AccountId, ...]:
    """Return the accounts that go, from a commit's authenticated data.

    Raises:
        OtherCommitDataError: it does not begin with what ``envelope``'s header says, or the accounts are not whole,
            strictly ascending ids.
    """
    due = commit_data(envelope.seen_number, envelope.seen_head, envelope.bucket)
    tail = authenticated[len(due) :]
    if authenticated[: len(due)] != due or len(tail) % ID_BYTES:
        msg = "the commit authenticates something else than its header"
        raise OtherCommitDataError(msg)
    accounts = [tail[at : at + ID_BYTES] for at in range(0, len(tail), ID_BYTES)]
    if any(earlier >= later for earlier, later in pairwise(accounts)):
        msg = "the accounts that go are not in ascending order"
        raise OtherCommitDataError(msg)
    return tuple(AccountId(Id(b64(account))) for account in accounts)
