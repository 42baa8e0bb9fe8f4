"""Commits: one item that ends an epoch, and everything that depends on it, accepted or refused as a whole.

What a commit says openly (commit_format.py) must be what its request says. What the server decides is who may do it,
and that nobody is left without keys; it can not check what only the group's secrets show.

| `commit.refused` with reason | what is wrong |
|---|---|
| malformed | no public MLS commit by a member with a path, with adds, removes and a history policy only |
| other_group | of another group or epoch |
| other_data | its authenticated data are not the header's |
| committer | it is not from the committing device's leaf |
| added, removed | it adds or removes other devices than the request says |
| history | no history policy |
| group | it is not what a member of the group at this epoch can have made: signature, path, parent hashes, leaves |
| repeated | a device or account is named twice |
| device_unknown | an added device is in no device list, is revoked, or belongs to another or a suspended account |
| device_present | an added device is a leaf already, and not removed by the same commit |
| device_own | the committer's own device |
| going | a leaf is taken out that nobody asked to take out, and its account is not named to go |
| devices_left | an account is named to go, but has a leaf afterwards |
| account | the committer's own account is named to go |
| role | another role than the member's own, a chair made by somebody who is none, an interpreter that is no member |
| delegations | a bilateral would hold more than two delegations, or somebody of none |
| welcome | a welcome without added devices, or the other way round |
| grants | not one grant for each member with a leaf afterwards (for others at most one), of its epoch, by its device |
"""

from collections.abc import Iterable

import sqlalchemy as sa

from portal.server.accounts.models import Account, Device
from portal.server.core.actor import Role
from portal.server.core.db import Unit
from portal.server.rooms import policy, rules
from portal.server.rooms.batch import Batch
from portal.server.rooms.changes import Change, apply_change
from portal.server.rooms.commit_check import Said, read_public_half, refusal
from portal.server.rooms.group_follow import keep_group, next_group
from portal.server.rooms.key_packages import identity_of
from portal.server.rooms.memory import MemberMemory, RoomMemory
from portal.server.rooms.models import RoomDevice, RoomRole
from portal.server.rooms.requests import Addition, AppendCommit, Grant, Receipt
from portal.wire.envelope import ItemKind
from portal.wire.founding import is_history
from portal.wire.ids import DeviceId


def append_commit(work: Batch, request: AppendCommit) -> Receipt:
    """Append a commit with its changes of membership, its welcome and its grants.

    Raises:
        PortalError: any of "Who accepts what", or commit.refused with a ``reason`` of the table above.
    """
    item = rules.open_item(request.raw, ItemKind.COMMIT, request.room)
    stored = work.stored_receipt(item, request.sender)
    if stored is not None:
        return stored
    room, member = rules.check_member(work.room(request.room), request.sender)
    device = rules.check_device(work.unit, room, item, request.sender)
    work.check_unused(item)
    policy.check_may_write(member.role)
    rules.check_active(room)
    rules.check_place(work.unit, room, device, item.envelope)
    rules.check_commit_epoch(work.unit, room, item.envelope)
    _check_named_once(request)
    said = read_public_half(room, device, item.envelope, request)
    change = _plan(work.unit, room, member, request, said)
    group = next_group(work.unit, room.room, item.envelope)
    receipt = work.append(room, device, item)
    keep_group(work.unit, room.room, group)
    apply_change(work, room, item.envelope, change, request)
    return receipt


def _plan(unit: Unit, room: RoomMemory, member: MemberMemory, request: AppendCommit, said: Said) -> Change:
    """Return the whole change, or refuse it."""
    unasked = _unasked(unit, room, request)
    _check_going(room, request, set(said.going), unasked)
    owners = _owners(unit, room, request, said)
    change = Change(
        added=said.added,
        removed=request.removed,
        going=set(room.members).intersection(said.going),
        coming=_coming(room, member, request.added, owners),
        interpreters={account for account, row in owners.items() if Role.INTERPRETER in row.roles},
        history=said.history,
    )
    if unasked or change.going or change.coming or change.history is not None:
        policy.check_may_manage(room.kind, member.role, interpreter=member.interpreter)
    if change.history is not None and not is_history(change.history):
        raise refusal("history")
    if change.coming:
        _check_delegations(unit, room, change)
    if (request.welcome is None) == bool(request.added):
        raise refusal("welcome")
    _check_all_granted(room, request, change)
    return change


def _check_named_once(request: AppendCommit) -> None:
    named: tuple[Iterable[str], ...] = (
        [addition.device for addition in request.added],
        request.removed,
    )
    for names in map(list, named):
        if len(set(names)) != len(names):
            raise refusal("repeated")


def _unasked(unit: Unit, room: RoomMemory, request: AppendCommit) -> set[str]:
    """Return the removed leaves of others that are neither revoked, left, suspended nor rejoining."""
    rejoining = unit.session.scalars(
        sa.select(RoomDevice.device_id).where(
            RoomDevice.room_id == room.room, RoomDevice.device_id.in_(request.removed), RoomDevice.rejoin
        )
    ).all()
    unasked: set[str] = set()
    for device in request.removed:
        known = room.devices[device]
        if device == request.sender.device:
            raise refusal("device_own", device=device)
        owner = room.members.get(known.account)
        free = owner is None or owner.disabled or known.revoked or known.account == request.sender.account
        if not free and device not in rejoining:
            unasked.add(device)
    return unasked


def _check_going(room: RoomMemory, request: AppendCommit, going: set[str], unasked: set[str]) -> None:
    """Check that exactly those accounts are named to go that lose a leaf unasked, or have none afterwards."""
    again = {addition.device for addition in request.added}
    for device in unasked - again:
        if room.devices[device].account not in going:
            raise refusal("going", account=room.devices[device].account)
    arriving = {addition.account for addition in request.added}
    for account in going:
        if account == request.sender.account:
            raise refusal("account", account=account)
        if account in arriving or not set(room.devices_of(account)) <= set(request.removed):
            raise refusal("devices_left", account=account)


def _owners(unit: Unit, room: RoomMemory, request: AppendCommit, said: Said) -> dict[str, Account]:
    """Check that the added devices can be let in, and return the accounts that they belong to."""
    if not request.added:
        return {}
    rows = unit.session.execute(
        sa.select(Device, Account)
        .join(Account, Account.id == Device.account_id)
        .where(Device.id.in_([addition.device for addition in request.added]))
        .execution_options(populate_existing=True)
    ).all()
    found = {row.Device.id: (row.Device, row.Account) for row in rows}
    for addition in request.added:
        device, account = found.get(addition.device, (None, None))
        if device is None or account is None or device.revoked_s is not None or account.disabled:
            raise refusal("device_unknown", device=addition.device)
        if account.id != addition.account:
            raise refusal("device_unknown", device=addition.device)
        leaf = said.leaves[addition.device]
        if leaf.key != device.key or leaf.identity != identity_of(device):
            raise refusal("added", device=addition.device)
        known = room.devices.get(addition.device)
        if known is not None and known.leaf is not None and addition.device not in request.removed:
            raise refusal("device_present", device=addition.device)
    return {account.id: account for _, account in found.values()}


def _coming(
    room: RoomMemory, member: MemberMemory, added: tuple[Addition, ...], owners: dict[str, Account]
) -> dict[str, RoomRole]:
    """Return the accounts that are new in the room, with their roles there."""
    coming: dict[str, RoomRole] = {}
    for addition in added:
        present = room.members.get(addition.account)
        expected = coming.get(addition.account) if present is None else present.role
        role = addition.role or expected or policy.first_role(owners[addition.account].roles)
        if expected is not None and role != expected:
            raise refusal("role", account=addition.account)
        if present is None:
            interpreter = Role.INTERPRETER in owners[addition.account].roles
            if (role == "chair" and member.role != "chair") or not policy.role_fits(role, interpreter=interpreter):
                raise refusal("role", account=addition.account)
            coming[addition.account] = role
    return coming


def _check_delegations(unit: Unit, room: RoomMemory, change: Change) -> None:
    members = set(room.members) - change.going | set(change.coming)
    delegations = unit.session.scalars(sa.select(Account.delegation_id).where(Account.id.in_(members)))
    if not policy.delegations_fit(room.kind, delegations):
        raise refusal("delegations")


def _check_all_granted(room: RoomMemory, request: AppendCommit, change: Change) -> None:
    """Check the grants. Members without a leaf may go without: who was let in lately can not know of them."""
    members = set(room.members) - change.going | set(change.coming)
    seated = {
        known.account for name, known in room.devices.items() if known.leaf is not None and name not in request.removed
    }
    seated |= {addition.account for addition in request.added}
    check_grants(request.grants, room.epoch + 1, request.sender.device, required=members & seated, allowed=members)


def check_grants(
    grants: tuple[Grant, ...], epoch: int, device: DeviceId, *, required: set[str], allowed: set[str]
) -> None:
    """Check that ``device`` deposits one grant of ``epoch`` for each account: all required, none that is not allowed.

    Raises:
        PeerError: commit.refused with reason "grants" and the first account that it is about.
    """
    granted = [grant.account for grant in grants]
    for account in sorted((required - set(granted)) | (set(granted) - allowed)):
        raise refusal("grants", account=account)
    if len(granted) != len(set(granted)):
        raise refusal("grants")
    for grant in grants:
        if grant.epoch != epoch or grant.device != device:
            raise refusal("grants", account=grant.account)
