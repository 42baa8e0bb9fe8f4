"""The keys of a room's record that this account holds: one exporter value an epoch, one share a bucket.

| entry comes from             | reads | a device outside of the group may seal under it                          |
|------------------------------|-------|--------------------------------------------------------------------------|
| own group state              | yes   | (it is inside)                                                           |
| grant of own account, or of  | yes   | yes                                                                      |
|  the pinned one that made    |       |                                                                          |
|  the commit                  |       |                                                                          |
| grant of someone else        | yes   | no: an account that the server made up could hand out a key of its own   |
| of a revoked device          | yes   | no: nor may whoever has that device now                                  |
| of a device that is listed   | yes   | no: the server could have listed it                                      |
|  under a changed key alone   |       |                                                                          |

A grant speaks for its own epoch. What it says of older ones only fills gaps, so that a member who hands out a ring of
junk spoils the one epoch that its commit began.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from portal.member.answers import GRANTS, SHARES, checked
from portal.member.e2ee.record import RecordKey, derive_record_key
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ring import GrantContent, RingEntry, grant_from_json, is_grant_signed, open_grant
from portal.member.keyholder import Keyholder
from portal.member.people import Owner, People
from portal.member.work import Work, get
from portal.wire.ids import AccountId, RoomId, unb64

GROUP: Final = "group"
"""The source of what the own group gave."""
REVOKED: Final = "revoked"
"""The source of what a revoked device deposited."""
UNACCEPTED: Final = "unaccepted"
"""The source of what a device deposited that only a list under a key that was not accepted names."""
_SHARE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Held:
    """An entry, and where it is from: the account whose device deposited it, GROUP, REVOKED or UNACCEPTED."""

    entry: RingEntry
    source: str


@dataclass(frozen=True, slots=True)
class KeptRing:
    """Kept under "ring:<room>"; shares are (bucket, 32 bytes)."""

    held: tuple[Held, ...] = ()
    shares: tuple[tuple[int, bytes], ...] = ()


class KeyRing:
    """A room's ring in memory."""

    def __init__(self, room: RoomId, kept: KeptRing | None = None) -> None:
        self.room = room
        self._held = {one.entry.epoch: one for one in (kept or KeptRing()).held}
        self._shares = dict((kept or KeptRing()).shares)
        self._keys: dict[int, RecordKey] = {}

    def keep(self) -> KeptRing:
        """Return what to write into the store."""
        return KeptRing(tuple(self.all()), tuple(sorted(self._shares.items())))

    def copy(self) -> "KeyRing":
        """Return a ring of its own with the same content."""
        return KeyRing(self.room, self.keep())

    def all(self) -> list[Held]:
        """Return all entries, in the order of their epochs."""
        return [self._held[epoch] for epoch in sorted(self._held)]

    def held(self, epoch: int) -> Held | None:
        """Return an epoch's entry."""
        return self._held.get(epoch)

    def has_share(self, bucket: int) -> bool:
        """Tell whether a bucket's share is here."""
        return bucket in self._shares

    def put(self, entry: RingEntry, source: str) -> bool:
        """Put in what the own group gave, or a grant says of its own epoch; whether anything changed.

        The own group's word stands against every grant's, and is replaced by its own newer word alone.
        """
        before, after = self._held.get(entry.epoch), Held(entry, source)
        if before is not None and not _gives_way(before, after):
            return False
        self._held[entry.epoch] = after
        self._keys.pop(entry.epoch, None)
        return True

    def take(self, grant: "ReadGrant") -> None:
        """Put a grant's entries in: its own epoch's in the place of another grant's, older ones where there is none."""
        for entry in grant.content.ring:
            if entry.epoch == grant.content.epoch or entry.epoch not in self._held:
                self.put(entry, grant.source)

    def put_share(self, bucket: int, share: bytes) -> None:
        """Put a bucket's share (32 bytes) in."""
        if self._shares.get(bucket) != share:
            self._shares[bucket] = share
            self._keys.clear()

    def key(self, epoch: int) -> RecordKey | None:
        """Return the key of an epoch's items, or None while its entry or its bucket's share is missing."""
        held = self._held.get(epoch)
        share = None if held is None else self._shares.get(held.entry.bucket)
        if held is None or share is None:
            return None
        if epoch not in self._keys:
            bucket = held.entry.bucket
            self._keys[epoch] = derive_record_key(held.entry.value, share, self.room, epoch, bucket)
        return self._keys[epoch]


@dataclass(frozen=True, slots=True)
class ReadGrant:
    """A grant that opened, and whose device deposited it: an account, REVOKED or UNACCEPTED."""

    content: GrantContent
    source: str


def fetch_grants(room: RoomId, after: int | None, people: People, keyholder: Keyholder) -> Work[list[ReadGrant]]:
    """Return the account's own grants after an epoch, in their order.

    Those that no listed device of somebody known signed, or that do not open, are left out: nothing can be done with
    them.
    """
    query = "" if after is None else f"?after={after}"
    answer = checked((yield from get(f"/api/rooms/{room}/grants{query}")), GRANTS)
    yield from keyholder.meet(json["device"] for json in answer)
    read = [_read(room, json, people, keyholder) for json in answer]
    return sorted((grant for grant in read if grant is not None), key=lambda grant: grant.content.epoch)


def fetch_shares(room: RoomId) -> Work[Iterable[tuple[int, bytes]]]:
    """Return the shares of a room's buckets, as the server has them now."""
    answer = checked((yield from get(f"/api/rooms/{room}/shares")), SHARES)
    return [(one["bucket"], unb64(one["share"], _SHARE_BYTES)) for one in answer]


def _read(room: RoomId, json: Any, people: People, keyholder: Keyholder) -> ReadGrant | None:
    owner = people.owner(json["device"], people.accounts())
    if owner is None or AccountId(json["account"]) != keyholder.device.account:
        return None
    try:
        grant = grant_from_json(room, json)
        if not is_grant_signed(grant, owner.listed.key):
            return None
        content = open_grant(grant, keyholder.boxes())
    except Refusal:
        return None
    return ReadGrant(content, _source(owner))


def _source(owner: Owner) -> str:
    if owner.listed.revoked:
        return REVOKED
    return owner.account if owner.accepted else UNACCEPTED


def _gives_way(before: Held, after: Held) -> bool:
    if GROUP in {before.source, after.source}:
        return after.source == GROUP and before != after
    # The same entry again matters only where its depositor's key was accepted meanwhile.
    return before.entry != after.entry or before.source == UNACCEPTED != after.source
