"""Taking in what other members sent (RFC 9420 §6, §12.4.2). A refusal leaves the group as it was."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from portal.mls.codec import decode
from portal.mls.commits import Commit
from portal.mls.committing import advance, begin_epoch
from portal.mls.derive import verify_mac
from portal.mls.errors import RefusedError
from portal.mls.framing import AuthenticatedContent, ContentType, PrivateMessage, PublicMessage
from portal.mls.group import Group
from portal.mls.key_schedule import no_secret
from portal.mls.leaf import Extension
from portal.mls.proposals import Proposal
from portal.mls.protection import open_private, open_public
from portal.mls.public import Transition
from portal.mls.ratchet_tree import Member
from portal.mls.rules import Rules
from portal.mls.sealing import KeyPair
from portal.mls.treekem import Ground, open_path
from portal.mls.wire_format import WireFormat, open_message

NO_PSKS: Final[Mapping[bytes, bytes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, repr=False)
class Committed:
    """A commit was processed.

    ``group`` is the next epoch's, None if the commit took this member out. ``removed`` and ``updated`` have the leaves
    from before and after; ``committer`` is the committer's leaf index, ``extensions`` are the group's from then on.
    """

    group: Group | None
    committer: int
    added: tuple[Member, ...]
    removed: tuple[Member, ...]
    updated: tuple[Member, ...]
    extensions: tuple[Extension, ...]
    authenticated_data: bytes
    confirmation_tag: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Proposed:
    """A proposal was kept, for a commit to name it by ``ref``."""

    group: Group
    sender: int
    proposal: Proposal
    ref: bytes
    authenticated_data: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Received:
    """Application data came. Store ``group`` with it, or the same message can be taken in again."""

    group: Group
    sender: int
    data: bytes
    authenticated_data: bytes


Event: TypeAlias = Committed | Proposed | Received


def process(group: Group, raw: bytes, rules: Rules, known: Mapping[bytes, bytes] = NO_PSKS) -> Event:
    """Process one MLSMessage of the group. ``known`` are external pre-shared keys by identifier.

    Raises:
        MlsError: whatever is wrong with it; message.kind for what is no message of a group, sender.own for an own one.
    """
    wire_format, content = open_message(raw)
    if wire_format is WireFormat.PUBLIC_MESSAGE:
        opened = _open_public(group, decode(PublicMessage, content))
    elif wire_format is WireFormat.PRIVATE_MESSAGE:
        group, opened = _open_private(group, decode(PrivateMessage, content))
    else:
        raise RefusedError("message.kind", wire_format.name.lower())
    framed = opened.framed
    data, sender = framed.authenticated_data, framed.sender.index
    if isinstance(framed.content, bytes):
        return Received(group, sender, framed.content, data)
    if isinstance(framed.content, Commit):
        return _process_commit(group, opened, rules, known)
    following = replace(group, public=group.public.with_proposal(opened, rules))
    return Proposed(following, sender, framed.content, opened.proposal_ref(group.suite), data)


def _open_public(group: Group, message: PublicMessage) -> AuthenticatedContent:
    authenticated = message.authenticated
    if isinstance(authenticated.framed.content, bytes):
        raise RefusedError("message.public")
    # In this order, so that the refusal tells a foreign or late message from a forged one.
    group.public.member(authenticated.framed.sender)
    _require_place(group, authenticated.framed.group_id, authenticated.framed.epoch)
    if authenticated.framed.sender.index == group.own_leaf:
        raise RefusedError("sender.own")
    open_public(group.suite, message, group.secrets.membership_key, group.public.context)
    group.public.authenticate(authenticated)
    return authenticated


def _open_private(group: Group, message: PrivateMessage) -> tuple[Group, AuthenticatedContent]:
    _require_place(group, message.group_id, message.epoch)
    opened, messages = open_private(group.suite, message, group.secrets.sender_data, group.messages, group.own_leaf)
    group.public.authenticate(opened)
    return replace(group, messages=messages), opened


def _require_place(group: Group, group_id: bytes, epoch: int) -> None:
    if group_id != group.group_id:
        raise RefusedError("group.other")
    if epoch != group.epoch:
        raise RefusedError("epoch.other", f"epoch {epoch} in {group.epoch}")


def _process_commit(
    group: Group, message: AuthenticatedContent, rules: Rules, known: Mapping[bytes, bytes]
) -> Committed:
    transition = group.public.check_commit(message, rules)
    changes = transition.changes
    gone = any(member.index == group.own_leaf for member in changes.removed)
    following = None if gone else _next_group(group, transition, known)
    return Committed(
        group=following,
        committer=transition.committer,
        added=tuple(Member(joiner.index, joiner.package.leaf) for joiner in changes.added),
        removed=changes.removed,
        updated=changes.updated,
        extensions=changes.extensions,
        authenticated_data=transition.authenticated_data,
        confirmation_tag=transition.confirmation_tag,
    )


def _next_group(group: Group, transition: Transition, known: Mapping[bytes, bytes]) -> Group:
    """Derive the next epoch, and check that its key confirms the commit (§12.4.2).

    Raises:
        MlsError: cipher.path, commit.path_shape, commit.path_secret, psk.unknown, tag.confirmation, tree.own.
    """
    suite, changes = group.suite, transition.changes
    keys = {**group.keys, **_own_update(group, transition)}
    commit_secret = no_secret(suite)
    if transition.path is not None:
        ground = Ground(suite, changes.tree, transition.path_context, transition.joiners)
        opened = open_path(ground, transition.path, transition.committer, group.own_leaf, keys)
        keys, commit_secret = {**keys, **opened.keys}, opened.commit_secret
    epoch = begin_epoch(group, commit_secret, changes.psks, known, transition.context)
    confirmed, tag = transition.context.confirmed_transcript_hash, transition.confirmation_tag
    verify_mac(suite, epoch.secrets.confirmation_key, confirmed, tag, "tag.confirmation")
    return advance(group, transition, keys, epoch.secrets)


def _own_update(group: Group, transition: Transition) -> dict[int, KeyPair]:
    """Return the private key of an own Update that this commit carries out."""
    own = [member.leaf for member in transition.changes.updated if member.index == group.own_leaf]
    pairs = [pair for pair in group.updates.values() if own and pair.public == own[0].encryption_key]
    return {2 * group.own_leaf: pairs[0]} if pairs else {}


def is_application(raw: bytes) -> bool:
    """Tell whether an MLSMessage is a private one with application data, without any key."""
    wire_format, content = open_message(raw)
    return wire_format is WireFormat.PRIVATE_MESSAGE and decode(PrivateMessage, content).kind is ContentType.APPLICATION
