"""Commits: one item that ends an epoch, and everything that depends on it, accepted or refused as a whole.

The server can not read an MLS commit's secrets, and takes from the committer which devices it adds and removes; members
see the truth in the commit itself. What the server decides is who may do it, and that nobody is left without keys.

| `commit.refused` with reason | what is wrong |
|---|---|
| committer | the committing device is no leaf |
| repeated | a device or account is named twice |
| device_unknown | an added device is in no device list, is revoked, or belongs to another or a suspended account |
| device_present | an added device is a leaf already, and not removed by the same commit |
| device_absent | a removed device is no leaf |
| device_own | the committer's own device |
| devices_left | an account is being removed, but some of its devices would stay |
| account | an account to remove is not in the room, is added as well, or is the committer's own |
| role | another role than the member's own, or a chair made by somebody who is none |
| delegations | a bilateral would hold more than two delegations, or somebody of none |
| welcome | a welcome without added devices, or the other way round |
| grants | not exactly one grant for each member after the commit, of its epoch and by the committing device |
"""

from collections.abc import Iterable

import sqlalchemy as sa

from portal.server.accounts.models import Account, Device
from portal.server.core.db import Unit
from portal.server.rooms import policy, rules
from portal.server.rooms.batch import Batch
from portal.server.rooms.changes import Change, apply_change
from portal.server.rooms.memory import MemberMemory, RoomMemory
from portal.server.rooms.models import RoomDevice, RoomRole
from portal.server.rooms.requests import Addition, AppendCommit, Grant, Receipt
from portal.wire.envelope import ItemKind
from portal.wire.errors import PeerError
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
    if not device.present:
        raise _refusal("committer")
    change = _plan(work.unit, room, member, request)
    receipt = work.append(room, device, item)
    apply_change(work, room, item.envelope, change, request)
    return receipt


def _plan(unit: Unit, room: RoomMemory, member: MemberMemory, request: AppendCommit) -> Change:
    """Return the whole change, or refuse it."""
    _check_named_once(request)
    others = _unasked(unit, room, request)
    change = Change(
        added=tuple(addition.device for addition in request.added),
        removed=request.removed,
        going=_going(room, request, others),
        coming=_coming(room, member, request.added, _owners(unit, room, request)),
    )
    if others or change.going or change.coming:
        policy.check_may_manage(room.kind, member.role)
    if change.coming:
        _check_delegations(unit, room, change)
    if (request.welcome is None) == bool(request.added):
        raise _refusal("welcome")
    _check_grants(room, request, set(room.members) - change.going | set(change.coming))
    return change


def _refusal(reason: str, **detail: str) -> PeerError:
    return PeerError("commit.refused", reason=reason, **detail)


def _check_named_once(request: AppendCommit) -> None:
    named: tuple[Iterable[str], ...] = (
        [addition.device for addition in request.added],
        request.removed,
        request.removed_accounts,
    )
    for names in map(list, named):
        if len(set(names)) != len(names):
            raise _refusal("repeated")


def _unasked(unit: Unit, room: RoomMemory, request: AppendCommit) -> set[str]:
    """Return the removed leaves of others that are neither revoked, left, suspended nor rejoining."""
    rejoining = unit.session.scalars(
        sa.select(RoomDevice.device_id).where(
            RoomDevice.room_id == room.room, RoomDevice.device_id.in_(request.removed), RoomDevice.rejoin
        )
    ).all()
    unasked: set[str] = set()
    for device in request.removed:
        known = room.devices.get(device)
        if known is None or not known.present:
            raise _refusal("device_absent", device=device)
        if device == request.sender.device:
            raise _refusal("device_own", device=device)
        owner = room.members.get(known.account)
        free = owner is None or owner.disabled or known.revoked or known.account == request.sender.account
        if not free and device not in rejoining:
            unasked.add(device)
    return unasked


def _going(room: RoomMemory, request: AppendCommit, unasked: set[str]) -> set[str]:
    """Return the accounts that the commit puts out: those named, and those whose leaves it takes unasked."""
    again = {addition.device for addition in request.added}
    going = set(request.removed_accounts) | {room.devices[device].account for device in unasked - again}
    for account in going:
        if account not in room.members or account == request.sender.account:
            raise _refusal("account", account=account)
        if any(addition.account == account for addition in request.added):
            raise _refusal("account", account=account)
        if not set(room.devices_of(account)) <= set(request.removed):
            raise _refusal("devices_left", account=account)
    return going


def _owners(unit: Unit, room: RoomMemory, request: AppendCommit) -> dict[str, Account]:
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
            raise _refusal("device_unknown", device=addition.device)
        if account.id != addition.account:
            raise _refusal("device_unknown", device=addition.device)
        known = room.devices.get(addition.device)
        if known is not None and known.present and addition.device not in request.removed:
            raise _refusal("device_present", device=addition.device)
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
            raise _refusal("role", account=addition.account)
        if present is None:
            if role == "chair" and member.role != "chair":
                raise _refusal("role", account=addition.account)
            coming[addition.account] = role
    return coming


def _check_delegations(unit: Unit, room: RoomMemory, change: Change) -> None:
    members = set(room.members) - change.going | set(change.coming)
    delegations = unit.session.scalars(sa.select(Account.delegation_id).where(Account.id.in_(members)))
    if not policy.delegations_fit(room.kind, delegations):
        raise _refusal("delegations")


def _check_grants(room: RoomMemory, request: AppendCommit, members: set[str]) -> None:
    check_grants(request.grants, members, room.epoch + 1, request.sender.device)


def check_grants(grants: tuple[Grant, ...], members: set[str], epoch: int, device: DeviceId) -> None:
    """Check that every one of ``members``, and nobody else, gets one grant of ``epoch`` deposited by ``device``.

    Raises:
        PeerError: commit.refused with reason "grants" and the first account that it is about.
    """
    granted = [grant.account for grant in grants]
    for account in sorted(members.symmetric_difference(granted)):
        raise _refusal("grants", account=account)
    if len(granted) != len(members):
        raise _refusal("grants")
    for grant in grants:
        if grant.epoch != epoch or grant.device != device:
            raise _refusal("grants", account=grant.account)
