"""A room's record to take away, as a bundle that others can verify (docs/protocol.md §8)."""

from collections.abc import Iterator, Sequence

from portal.member.e2ee.bundle import BundleInput, BundleItem, LoggedRoot, write_bundle
from portal.member.room import Room
from portal.member.work import MemberError, Work
from portal.wire.envelope import decode_envelope


def record_bundle(room: Room, exported_s: int, roots: Sequence[LoggedRoot] = ()) -> Work[Iterator[str]]:
    """Return the lines of a bundle: the record from this account's base on, signed by this device.

    ``roots``: heads of it that stand in the ledger.
    """
    base = room.data.base
    if base is None:
        raise MemberError("room.no_key")
    items = []
    for row in room.log:
        raw = yield from room.log.raw(row.number)
        if raw is not None and row.number > base.number:
            items.append(BundleItem(row.number, row.at_ms, decode_envelope(raw)))
    device = room.keyholder.device
    authors = dict.fromkeys([device.account, *(row.account for row in room.log if row.account is not None)])
    lists = {account: room.people.statements(account) for account in authors}
    keys = [key for held in room.ring.all() if (key := room.ring.key(held.entry.epoch)) is not None]
    return write_bundle(BundleInput(room.data.room, base, exported_s, device, lists, keys, items, roots))
