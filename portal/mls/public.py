"""The half of MLS without secrets: a group followed from outside, by its tree and its public commits.

Whoever holds no key of a group still can check, of each commit: that it is for this group and epoch, signed by a
present member with the key of its leaf; that its proposals may be together; that it has the path that it needs, of the
right shape, with parent hashes that fit the tree; that every new leaf is valid and signed. It can not check membership
and confirmation tags, nor what is sealed in the path: that is the members' part.

Importing this loads no module that handles secrets (tests/mls/test_public_half.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from portal.mls.changes import (
    NOTHING_SENT,
    Changes,
    SentProposal,
    Situation,
    apply_proposals,
    require_kind,
    resolve,
)
from portal.mls.codec import Reader, decode, opaque, u8, u32
from portal.mls.commits import Commit, UpdatePath
from portal.mls.context import GroupContext, GroupInfo
from portal.mls.errors import MalformedError, RefusedError
from portal.mls.framing import (
    AuthenticatedContent,
    PublicMessage,
    Sender,
    SenderType,
    confirmed_transcript_hash,
    interim_transcript_hash,
    require_place,
)
from portal.mls.leaf import Extension, LeafNode
from portal.mls.paths import apply_path
from portal.mls.proposals import Add, GroupContextExtensions, Psk, PskId, Remove, read_proposal, write_proposal
from portal.mls.ratchet_tree import RatchetTree
from portal.mls.rules import Rules, check_incoming_leaf, check_members
from portal.mls.suites import Suite, suite_of
from portal.mls.tree_checks import check_tree, require_distinct_keys
from portal.mls.wire_format import WireFormat, read_message

STATE_VERSION: Final = 1
NOBODY: Final = -1
"""No leaf's index."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What a commit makes of a group, as far as that is public.

    ``path_context`` is what the path's secrets are sealed with: the next epoch's context with the old transcript.
    ``removed`` holds the leaves that members had before, ``updated`` those that they have now.
    """

    committer: int
    authenticated_data: bytes
    changes: Changes
    path: UpdatePath | None
    tree: RatchetTree
    path_context: GroupContext
    context: GroupContext
    confirmation_tag: bytes

    @property
    def joiners(self) -> tuple[int, ...]:
        """The leaf indices of who was added."""
        return tuple(joiner.index for joiner in self.changes.added)


@dataclass(frozen=True)
class PublicGroup:
    """A group at one epoch, as everybody can know it. An immutable value."""

    suite: Suite
    context: GroupContext
    tree: RatchetTree
    interim_transcript_hash: bytes
    proposals: Mapping[bytes, SentProposal] = field(default_factory=dict)

    def member(self, sender: Sender) -> LeafNode:
        """Return the leaf of a member who sent something.

        Raises:
            RefusedError: sender.kind, sender.unknown.
        """
        if sender.kind is not SenderType.MEMBER:
            raise RefusedError("sender.kind", sender.kind.name.lower())
        leaf = self.tree.leaf(sender.index)
        if leaf is None:
            raise RefusedError("sender.unknown", f"leaf {sender.index}")
        return leaf

    def authenticate(self, message: AuthenticatedContent) -> None:
        """Check that a present member signed this for this group and epoch.

        Raises:
            MlsError: group.other, epoch.other, sender.kind, sender.unknown, signature.message.
        """
        require_place(message.framed, self.context)
        message.verify(self.member(message.framed.sender).signature_key, self.context)

    def with_proposal(self, message: AuthenticatedContent, rules: Rules) -> "PublicGroup":
        """Return the group with an authenticated proposal kept for a commit to refer to (§12.1).

        Raises:
            MlsError: proposal.*, leaf.*, key_package.*, signature.*, message.kind.
        """
        proposal, sender = message.framed.content, message.framed.sender.index
        if isinstance(proposal, bytes | Commit):
            raise RefusedError("message.kind")
        if rules.inline_only:
            raise RefusedError("proposal.reference")
        require_kind(proposal, rules)
        sent = SentProposal(proposal, sender)
        # Members may propose what they may not commit, their own removal or update: hence nobody is the committer.
        apply_proposals([sent], self.situation(NOBODY, rules))
        kept = {**self.proposals, message.proposal_ref(self.suite): sent}
        return replace(self, proposals=MappingProxyType(kept))

    def check_commit(self, message: AuthenticatedContent, rules: Rules) -> Transition:
        """Check an authenticated commit and return what it makes of the group (§12.4.2).

        Raises:
            MlsError: message.kind, proposal.*, commit.*, leaf.*, key_package.*, psk.*, tree.*, signature.leaf.
        """
        commit, framed = message.framed.content, message.framed
        if not isinstance(commit, Commit):
            raise RefusedError("message.kind")
        situation = self.situation(framed.sender.index, rules)
        proposals = resolve(commit.proposals, self.proposals, situation.committer, rules)
        changes = apply_proposals(proposals, situation)
        if commit.path is None and (changes.path_needed or rules.path_always):
            raise RefusedError("commit.no_path")
        tree = changes.tree
        if commit.path is not None:
            tree = apply_path(commit.path, tree, [joiner.index for joiner in changes.added], situation)
        self.check_next(tree, changes)
        path_context = self.next_context(tree, changes)
        confirmed = confirmed_transcript_hash(self.suite, self.interim_transcript_hash, message)
        context = replace(path_context, confirmed_transcript_hash=confirmed)
        data, tag = framed.authenticated_data, message.confirmation_tag
        return Transition(situation.committer, data, changes, commit.path, tree, path_context, context, tag)

    def check_next(self, tree: RatchetTree, changes: Changes) -> None:
        """Check a finished tree: no key twice, and everybody able to do what the group needs.

        Raises:
            MlsError: leaf.duplicate, leaf.capabilities.
        """
        require_distinct_keys(tree)
        check_members(tree, changes.extensions, self.suite)

    def next_context(self, tree: RatchetTree, changes: Changes) -> GroupContext:
        """Return the next epoch's context with the old transcript (§12.4.1)."""
        tree_hash = tree.root_hash(self.suite)
        return replace(self.context, epoch=self.context.epoch + 1, tree_hash=tree_hash, extensions=changes.extensions)

    def after(self, transition: Transition) -> "PublicGroup":
        """Return the group after a commit."""
        confirmed = transition.context.confirmed_transcript_hash
        interim = interim_transcript_hash(self.suite, confirmed, transition.confirmation_tag)
        return PublicGroup(self.suite, transition.context, transition.tree, interim)

    def situation(self, committer: int, rules: Rules) -> Situation:
        """Return what proposals by ``committer`` are judged by."""
        return Situation(self.suite, self.context.group_id, self.tree, self.context.extensions, committer, rules)

    def process(self, raw: bytes, rules: Rules) -> "Followed":
        """Follow the group by one public message, a commit or a proposal.

        Raises:
            MlsError: MalformedError, or whatever rule or signature is broken; this group stays as it was.
        """
        message = read_message(PublicMessage, WireFormat.PUBLIC_MESSAGE, raw).authenticated
        if isinstance(message.framed.content, bytes):
            raise RefusedError("message.public")
        self.authenticate(message)
        if not isinstance(message.framed.content, Commit):
            return Followed(self.with_proposal(message, rules), None)
        transition = self.check_commit(message, rules)
        return Followed(self.after(transition), transition)

    def encode(self) -> bytes:
        """Return the bytes to store: a version, and everything public of this epoch."""
        kept = b"".join(_write_kept(ref, one) for ref, one in self.proposals.items())
        parts = (self.context.encode(), self.tree.encode(), self.interim_transcript_hash)
        return u8(STATE_VERSION) + b"".join(map(opaque, parts)) + opaque(kept)

    @classmethod
    def read(cls, reader: Reader) -> "PublicGroup":
        """Take what ``encode`` wrote; MalformedError, also malformed.state for another version."""
        if reader.number(1) != STATE_VERSION:
            raise MalformedError("malformed.state", "version")
        context, tree = decode(GroupContext, reader.opaque()), decode(RatchetTree, reader.opaque())
        interim = reader.opaque()
        kept = dict(reader.vector(_read_kept))
        return cls(suite_of(context.suite), context, tree, interim, MappingProxyType(kept))


@dataclass(frozen=True, slots=True)
class Followed:
    """The group after a message, and what it was if it was a commit."""

    group: PublicGroup
    transition: Transition | None


def _write_kept(ref: bytes, one: SentProposal) -> bytes:
    return opaque(ref) + u32(one.sender) + opaque(write_proposal(one.proposal))


def _read_kept(reader: Reader) -> tuple[bytes, SentProposal]:
    ref, sender = reader.opaque(), reader.number(4)
    inner = Reader(reader.opaque())
    proposal = read_proposal(inner)
    inner.end()
    return ref, SentProposal(proposal, sender)


def group_from_info(info: GroupInfo, tree_beside: bytes | None, rules: Rules) -> PublicGroup:
    """Start to follow a group from what a member says of it (§12.4.3.1), once all of that is checked.

    ``tree_beside`` is the ratchet tree (``ratchet_tree<V>``) if it is not inside of ``info``.

    Raises:
        MlsError: MalformedError, suite.unsupported, welcome.no_tree, tree.*, leaf.*, signature.leaf,
            signature.group_info.
    """
    suite = suite_of(info.context.suite)
    tree = decode(RatchetTree, info.tree_bytes(tree_beside))
    info.verify(tree.member(info.signer).signature_key)
    if tree.root_hash(suite) != info.context.tree_hash:
        raise RefusedError("tree.hash")
    check_tree(tree, suite)
    # Lifetimes are for the moment of adding: who is a member stays one.
    timeless = replace(rules, now_s=None)
    for member in tree.members():
        check_incoming_leaf(member.leaf, member.leaf.source, suite, timeless)
        member.leaf.verify(info.context.group_id, member.index)
    check_members(tree, info.context.extensions, suite)
    interim = interim_transcript_hash(suite, info.context.confirmed_transcript_hash, info.confirmation_tag)
    return PublicGroup(suite, info.context, tree, interim)


def read_group_info(raw: bytes) -> GroupInfo:
    """Read the MLSMessage ``raw``, which must hold a GroupInfo; MalformedError, RefusedError message.kind."""
    return read_message(GroupInfo, WireFormat.GROUP_INFO, raw)


@dataclass(frozen=True, slots=True)
class PublicCommit:
    """What a commit says to somebody who does not follow the group; its signatures are not checked.

    ``added`` are in the order of their proposals, which is the order in which they take the leftmost free leaves once
    ``removed`` are blank. ``extensions`` are those that the commit sets, None if it leaves them.
    """

    group_id: bytes
    epoch: int
    sender: int
    authenticated_data: bytes
    path_leaf: LeafNode | None
    added: tuple[LeafNode, ...]
    removed: tuple[int, ...]
    extensions: tuple[Extension, ...] | None
    psks: tuple[PskId, ...]
    confirmation_tag: bytes


def read_commit(raw: bytes) -> PublicCommit:
    """Read the MLSMessage ``raw``, which must be a public commit by a member with all proposals inline.

    Raises:
        MlsError: MalformedError, message.kind, sender.kind, proposal.reference, proposal.kind.
    """
    message = read_message(PublicMessage, WireFormat.PUBLIC_MESSAGE, raw).authenticated
    framed, commit = message.framed, message.framed.content
    if not isinstance(commit, Commit):
        raise RefusedError("message.kind")
    if framed.sender.kind is not SenderType.MEMBER:
        raise RefusedError("sender.kind", framed.sender.kind.name.lower())
    inline_only = Rules(lambda _leaf: None, inline_only=True)
    proposals = [one.proposal for one in resolve(commit.proposals, NOTHING_SENT, framed.sender.index, inline_only)]
    replacing = [one.extensions for one in proposals if isinstance(one, GroupContextExtensions)]
    if len(replacing) > 1:
        raise RefusedError("proposal.conflict", "group extensions")
    return PublicCommit(
        group_id=framed.group_id,
        epoch=framed.epoch,
        sender=framed.sender.index,
        authenticated_data=framed.authenticated_data,
        path_leaf=None if commit.path is None else commit.path.leaf,
        added=tuple(one.package.leaf for one in proposals if isinstance(one, Add)),
        removed=tuple(one.removed for one in proposals if isinstance(one, Remove)),
        extensions=replacing[0] if replacing else None,
        psks=tuple(one.psk for one in proposals if isinstance(one, Psk)),
        confirmation_tag=message.confirmation_tag,
    )
