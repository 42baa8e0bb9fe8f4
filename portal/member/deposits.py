"""Ring grants: what every commit deposits for every account of the room, and mending one's own."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from portal.member.e2ee.group import RoomGroup
from portal.member.e2ee.ring import Base, GrantContent, RingEntry, seal_grant
from portal.member.keyring import GROUP, Held, fetch_grants
from portal.member.room import Room
from portal.member.work import Work, put
from portal.wire.envelope import ItemKind, first_head
from portal.wire.founding import first_epoch
from portal.wire.ids import AccountId


def deposits_for(room: Room, after: RoomGroup, accounts: Iterable[AccountId], seen: Base) -> list[dict[str, str | int]]:
    """Return grants of the epoch that ``after`` begins, for these accounts.

    Newcomers also get the older epochs that the room's history lets them read; ``seen`` is the place of the record that
    the commit builds on.
    """
    entry, known = after.ring_entry(), room.data.membership.accounts
    grants = []
    for account in accounts:
        newcomer = account not in known
        older = _allowed(room.ring.all(), after.history) if newcomer else ()
        base = _newcomers_base(room, after.history, seen) if newcomer else known[account] or room.data.base or seen
        content = GrantContent(account, room.data.room, after.epoch, base, (*older, entry))
        grants.append(seal_grant(content, room.people.devices(account).box, room.keyholder.device).to_json())
    return grants


def mend_own_grants(room: Room, epoch: int) -> Work[None]:
    """Put a right grant in the place of each own one since ``epoch`` that differs from the own ring in any entry."""
    base, account = room.data.base, room.keyholder.device.account
    if room.group is None or base is None:
        return
    grants = yield from fetch_grants(room.data.room, max(0, epoch - 1), room.people, room.keyholder)
    deposited = {grant.content.epoch: grant.content.ring for grant in grants}
    for held in room.ring.all():
        entry = held.entry
        there = deposited.get(entry.epoch, ())
        right = _corrected(room, there) or (entry,)
        if entry.epoch < max(epoch, 1) or held.source != GROUP or there == right:
            continue
        content = GrantContent(account, room.data.room, entry.epoch, base, right)
        grant = seal_grant(content, room.people.devices(account).box, room.keyholder.device)
        yield from put(f"/api/rooms/{room.data.room}/grants", {"grant": grant.to_json()})


def _corrected(room: Room, ring: Sequence[RingEntry]) -> tuple[RingEntry, ...]:
    """A grant's entries as the own ring has them; the last alone where the older ones do not fit together."""
    entries = tuple(entry if (held := room.ring.held(entry.epoch)) is None else held.entry for entry in ring)
    return entries if all(a.bucket <= b.bucket for a, b in pairwise(entries)) else entries[-1:]


def _allowed(held: Iterable[Held], history: str) -> tuple[RingEntry, ...]:
    if history == "none":
        return ()
    return tuple(one.entry for one in held if one.entry.epoch >= first_epoch(history))


def _newcomers_base(room: Room, history: str, seen: Base) -> Base:
    if history == "none":
        return seen
    first = first_epoch(history)
    if first == 0:
        return Base(0, first_head(room.data.room))
    # The place before the commit that began that epoch.
    commits = (row for row in room.log if row.kind is ItemKind.COMMIT and row.state == "open")
    began = next((row for row in commits if row.epoch == first - 1), None)
    before = None if began is None else room.log.row(began.number - 1)
    return seen if before is None else Base(before.number, before.head)
