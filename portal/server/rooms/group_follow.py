"""Following a room's group by its public half, so that a commit that no honest member would take is never stored.

The founder tells the group of epoch 0 (its GroupInfo, which holds no secret); from then on every commit gives the next
one. portal.mls.public checks what RFC 9420 lets be checked without secrets: who signed, for which epoch, the path and
its parent hashes, every new leaf. What needs the group's secrets (tags, what is sealed in the path) stays the members'
to check.
"""

from typing import Final

import sqlalchemy as sa

from portal.mls.codec import decode
from portal.mls.errors import MlsError, RefusedError
from portal.mls.leaf import MLS10, Capabilities, CredentialType, Extension, LeafNode, LeafSource
from portal.mls.proposals import ProposalType
from portal.mls.public import PublicGroup, group_from_info, read_group_info
from portal.mls.rules import Rules
from portal.server.accounts.models import Device
from portal.server.core.db import Unit
from portal.server.rooms.commit_check import refusal
from portal.server.rooms.key_packages import identity_of
from portal.server.rooms.models import RoomGroup
from portal.wire.envelope import Envelope
from portal.wire.errors import PeerError
from portal.wire.founding import HISTORY_EXTENSION, SUITE
from portal.wire.ids import RoomId, id_bytes

_PROPOSALS: Final = frozenset({ProposalType.ADD, ProposalType.REMOVE, ProposalType.GROUP_CONTEXT_EXTENSIONS})
_CAPABILITIES: Final = Capabilities((MLS10,), (SUITE,), (HISTORY_EXTENSION,), (), (int(CredentialType.BASIC),))


def _check_leaf(leaf: LeafNode) -> None:
    """Check a leaf's profile (docs/protocol.md §4); whose it is, ``commit_check`` and ``commits`` compare."""
    basic = leaf.credential.kind is CredentialType.BASIC
    plain = not leaf.extensions and leaf.source is not LeafSource.UPDATE
    if not (basic and plain and leaf.capabilities == _CAPABILITIES):
        raise RefusedError("leaf.refused")


RULES: Final = Rules(_check_leaf, _PROPOSALS, inline_only=True, path_always=True, fixed_identity=True)
"""Lifetimes are not judged here: key packages are when they are uploaded and handed out."""


def group_of_founding(raw: bytes, room: RoomId, history: str, founder: Device) -> PublicGroup:
    """Return the group that a founder tells, which holds nobody but the founding device, at epoch 0.

    Raises:
        PeerError: item.malformed with reason "group".
    """
    try:
        group = group_from_info(read_group_info(raw), None, RULES)
    except MlsError as error:
        raise PeerError("item.malformed", reason="group", problem=error.code) from None
    context, leaf = group.context, group.tree.leaf(0)
    due = (SUITE, id_bytes(room), 0, b"", (Extension(HISTORY_EXTENSION, history.encode("ascii")),))
    told = (context.suite, context.group_id, context.epoch, context.confirmed_transcript_hash, context.extensions)
    own = leaf is not None and (leaf.signature_key, leaf.credential.identity) == (founder.key, identity_of(founder))
    if told != due or not own or group.tree.leaves != 1:
        raise PeerError("item.malformed", reason="group", problem="other")
    return group


def next_group(unit: Unit, room: RoomId, envelope: Envelope) -> PublicGroup:
    """Check a commit against the room's group, and return the group after it.

    Raises:
        PeerError: commit.refused with reason "group"; ``problem`` is the code of portal.mls.errors.
    """
    state = unit.session.scalar(sa.select(RoomGroup.state).where(RoomGroup.room_id == room))
    if state is None:
        raise refusal("group", problem="unknown")
    try:
        return decode(PublicGroup, state).process(envelope.body, RULES).group
    except MlsError as error:
        raise refusal("group", problem=error.code) from None


def begin_following(unit: Unit, room: RoomId, group: PublicGroup) -> None:
    """Store the group of a new room."""
    unit.session.execute(sa.insert(RoomGroup).values(room_id=room, state=group.encode()))


def keep_group(unit: Unit, room: RoomId, group: PublicGroup) -> None:
    """Store the group of a room after a commit."""
    unit.session.execute(sa.update(RoomGroup).where(RoomGroup.room_id == room).values(state=group.encode()))
